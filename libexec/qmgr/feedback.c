/* SPDX-License-Identifier: ISC */
/* feedback - the concurrency window of one destination. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/view.h"
#include "feedback.h"

/*
 * Sums of thirds and the like must reach a whole step in spite of rounding.
 */
#define EPSILON	1e-7

bool
fb_parse(const char *text, struct fb_rule *out)
{
	static const struct {
		const char	*word;
		enum fb_kind	 kind;
	} forms[] = {
		{ "concurrency", FB_LINEAR },
		{ "sqrt_concurrency", FB_SQRT },
	};
	struct fb_rule r = { 0, FB_CONST };
	struct view rest;
	char *end;

	r.number = strtod(text, &end);
	if (end == text || !(r.number >= 0 && r.number <= 1))
		return (false);
	rest = view_trim(view_of(end));
	if (rest.n != 0) {
		size_t i, n = sizeof(forms) / sizeof(forms[0]);

		if (rest.p[0] != '/')
			return (false);
		rest = view_trim(view_sub(rest, 1, rest.n));
		for (i = 0; i < n; i++)
			if (view_eq(rest, forms[i].word))
				break;
		if (i == n)
			return (false);
		r.kind = forms[i].kind;
	}
	*out = r;
	return (true);
}

static double
amount(const struct fb_rule *r, uint32_t window)
{
	switch (r->kind) {
	case FB_LINEAR:
		return (r->number / window);
	case FB_SQRT:
		return (r->number / sqrt(window));
	case FB_CONST:
		break;
	}
	return (r->number);
}

void
fb_start(struct feedback *f, const struct fb_conf *c)
{
	uint32_t first = c->initial > 0 ? c->initial : 1;

	*f = (struct feedback){ .window = first };
	if (c->limit != 0 && f->window > c->limit)
		f->window = c->limit;
}

void
fb_success(struct feedback *f, const struct fb_conf *c, uint32_t busy)
{
	f->failed = 0;
	/* A window that is not used up says nothing about the host. */
	if (f->window >= busy + c->initial)
		return;
	if (c->limit != 0 && f->window >= c->limit)
		return;
	f->success += amount(&c->positive, f->window);
	while (f->success + EPSILON >= 1) {
		f->window++;
		f->success -= 1;
		f->failure = 0;
		if (c->limit != 0 && f->window >= c->limit)
			break;
	}
}

bool
fb_failure(struct feedback *f, const struct fb_conf *c)
{
	double step;

	f->failed += 1.0 / f->window;
	if (c->cohorts > 0 && f->failed + EPSILON >= c->cohorts)
		return (true);
	/*
	 * A step down is taken at the start of its cycle: the first failure
	 * narrows the window, the following ones use up what that paid for.
	 */
	step = amount(&c->negative, f->window);
	f->failure -= step;
	while (f->failure + EPSILON < 0) {
		f->failure += 1;
		f->success = 0;
		if (f->window > 1)
			f->window--;
	}
	return (false);
}
