/* SPDX-License-Identifier: ISC */
/*
 * param - the table of parameters, and the one way from text to a member.
 *
 * Trusts the rows; distrusts the text, which an administrator wrote.
 */
#include <bsd/string.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/num.h"
#include "base/view.h"
#include "lib/conf/paths.h"
#include "conf_in.h"

#define R_ALL		UINT64_MAX
#define R_COMMANDS	UINT64_C(0)

const struct param param_table[] = {
#define PARAM_AS(type, member, name, dflt, lo, hi, choices, roles, doc)	\
	{ name, dflt, choices, doc, lo, hi, roles,			\
	    offsetof(struct params, member), PARAM_##type },
#include "param.def"
};
#define NPARAM	(sizeof(param_table) / sizeof(param_table[0]))
const size_t param_count = NPARAM;

const struct param param_service[] = {
#define SERVICE(type, member, dflt, lo, hi, doc)			\
	{ "_" #member, dflt, NULL, doc, lo, hi, R(qmgr),		\
	    offsetof(struct transport_params, member), PARAM_##type },
#include "service.def"
#undef SERVICE
};
const size_t param_service_count =
    sizeof(param_service) / sizeof(param_service[0]);

const struct param_legacy param_legacy[] = {
#define LEGACY(name, instead)	{ #name, instead },
#include "legacy.def"
#undef LEGACY
};
const size_t param_legacy_count =
    sizeof(param_legacy) / sizeof(param_legacy[0]);

/* Transports whose defaults differ from those of the rest. */
static const struct {
	const char	*transport;
	const char	*suffix;
	const char	*dflt;
} service_defaults[] = {
	{ "local", "_destination_concurrency_limit", "2" },
	{ "local", "_destination_recipient_limit", "1" },
};

int
conf_fail(struct conf_error *e, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return (-1);
}

uint64_t
conf_role_mask(const char *name)
{
	static const char *const names[CONF_ROLE_COUNT] = {
#define CONF_ROLE_NAME(name)	[CONF_##name] = #name,
		CONF_ROLES(CONF_ROLE_NAME)
	};
	size_t i;

	if (strcmp(name, "trivial-rewrite") == 0)
		name = "trivial_rewrite";
	else if (strcmp(name, "lmtp") == 0)
		name = "smtp";
	else if (strcmp(name, "oqmgr") == 0)
		name = "qmgr";
	for (i = 0; i < CONF_ROLE_COUNT; i++)
		if (strcmp(names[i], name) == 0)
			return (UINT64_C(1) << i);
	return (0);
}

static int
by_name(const void *a, const void *b)
{
	const uint16_t *x = a, *y = b;

	return (strcmp(param_table[*x].name, param_table[*y].name));
}

const struct param *
param_sorted(size_t n)
{
	static uint16_t order[NPARAM];
	static bool sorted;
	size_t i;

	must(n < NPARAM);
	if (!sorted) {
		for (i = 0; i < NPARAM; i++)
			order[i] = (uint16_t)i;
		qsort(order, NPARAM, sizeof(order[0]), by_name);
		sorted = true;
	}
	return (&param_table[order[n]]);
}

const struct param *
param_find(const char *name)
{
	size_t lo = 0, hi = NPARAM;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct param *p = param_sorted(mid);
		int d = strcmp(name, p->name);

		if (d == 0)
			return (p);
		if (d < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return (NULL);
}

const struct param *
param_service_find(const char *name, size_t *prefix)
{
	const struct param *best = NULL;
	size_t i, n = strlen(name);

	/* The longest: x_destination_recipient_limit is not of "x_dest...". */
	for (i = 0; i < param_service_count; i++) {
		size_t m = strlen(param_service[i].name);

		if (n > m && strcmp(name + n - m, param_service[i].name) == 0 &&
		    (best == NULL || m > strlen(best->name)))
			best = &param_service[i];
	}
	if (best != NULL)
		*prefix = n - strlen(best->name);
	return (best);
}

const char *
param_service_default(const struct param *p, const char *transport, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(service_defaults) / sizeof(service_defaults[0]);
	    i++)
		if (strcmp(service_defaults[i].suffix, p->name) == 0 &&
		    view_eq((struct view){ transport, n },
		    service_defaults[i].transport))
			return (service_defaults[i].dflt);
	return (p->dflt);
}

static int
parse_text(const struct param *p, const char *text, const char **out,
    struct conf_error *e)
{
	size_t n = strlen(text);

	if (n < (size_t)p->lo)
		return (conf_fail(e, p->lo == 1 ? "expected a value" :
		    "expected at least %lld characters", (long long)p->lo));
	if (p->hi != 0 && n > (size_t)p->hi)
		return (conf_fail(e, "expected at most %lld characters",
		    (long long)p->hi));
	*out = text;
	return (0);
}

static int
parse_word(const struct param *p, const char *text, const char **out,
    struct conf_error *e)
{
	struct view rest = view_of(p->choices), word;

	/* A word that may be left out is one that is left out by default. */
	if (*text == '\0' && (p->dflt[0] == '\0' || p->dflt[0] == '$')) {
		*out = text;
		return (0);
	}
	while ((word = view_word(&rest, " ")).n > 0)
		if (view_ieq(word, text)) {
			*out = text;
			return (0);
		}
	return (conf_fail(e, "expected one of: %s", p->choices));
}

static int
parse_bool(const char *text, bool *out, struct conf_error *e)
{
	if (strcasecmp(text, "yes") == 0)
		*out = true;
	else if (strcasecmp(text, "no") == 0)
		*out = false;
	else
		return (conf_fail(e, "expected yes or no"));
	return (0);
}

static int
parse_number(const struct param *p, struct view text, int64_t *out,
    struct conf_error *e)
{
	int64_t hi = p->hi;

	if (hi == 0 && p->lo >= 0)
		hi = p->type == PARAM_long ? INT64_MAX : INT32_MAX;
	if (num_parse(text, p->lo, hi, out))
		return (0);
	return (conf_fail(e, "expected %s from %lld to %lld",
	    p->type == PARAM_time ? "a time in seconds" : "a number",
	    (long long)p->lo, (long long)hi));
}

/* A number and one letter for its unit. */
static int
parse_time(const struct param *p, const char *text, struct span *out,
    struct conf_error *e)
{
	static const char letters[] = "smhdw";
	static const int64_t seconds[] = { 1, 60, 3600, 86400, 604800 };
	size_t dn = strlen(p->dflt);
	const char *unit = dn == 0 ? NULL : strchr(letters, p->dflt[dn - 1]);
	struct view v = view_trim(view_of(text));
	int64_t n;
	char secs[24];

	/* "${stress?{10}:{300}}s" ends in a unit, "$default_x_limits" does not. */
	if (unit == NULL || (p->dflt[0] == '$' && p->dflt[dn - 2] != '}'))
		unit = letters;
	if (v.n > 0 && strchr(letters, v.p[v.n - 1]) != NULL) {
		unit = strchr(letters, v.p[v.n - 1]);
		v.n--;
	}
	if (!num_parse(v, 0, INT32_MAX, &n))
		return (conf_fail(e, "expected a time: a number and one of "
		    "s, m, h, d or w"));
	(void)snprintf(secs, sizeof(secs), "%lld",
	    (long long)(n * seconds[unit - letters]));
	if (parse_number(p, view_of(secs), &n, e) == -1)
		return (-1);
	*out = span_s(n);
	return (0);
}

int
param_parse(const struct param *p, const char *text, void *base,
    struct conf_error *e)
{
	void *at = (char *)base + p->off;

	switch (p->type) {
	case PARAM_str:
	case PARAM_raw:
		return (parse_text(p, text, at, e));
	case PARAM_word:
		return (parse_word(p, text, at, e));
	case PARAM_yesno:
		return (parse_bool(text, at, e));
	case PARAM_int:
	case PARAM_long:
		return (parse_number(p, view_trim(view_of(text)), at, e));
	case PARAM_time:
		return (parse_time(p, text, at, e));
	}
	panic("%s: type %d", p->name, (int)p->type);
}
