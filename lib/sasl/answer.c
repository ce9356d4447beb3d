/* SPDX-License-Identifier: ISC */
/* answer - OK, CONT and FAIL of the server, taken apart (sasl.h). */
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "sasl.h"

bool
sasl_is_base64(struct view v)
{
	size_t i, pad = 0;

	if (v.n % 4 != 0)
		return (false);
	while (pad < 2 && v.n > 0 && v.p[v.n - 1] == '=') {
		v.n--;
		pad++;
	}
	for (i = 0; i < v.n; i++) {
		char c = v.p[i];

		if ((c < 'A' || c > 'Z') && (c < 'a' || c > 'z') &&
		    (c < '0' || c > '9') && c != '+' && c != '/')
			return (false);
	}
	return (true);
}

/*
 * A value without the server's escapes (SOH and one more byte), fit for a log
 * and a reply.
 */
static const char *
plain(struct arena *a, struct view v)
{
	char *p = arena_strn(a, v.p, v.n), *to = p;
	size_t i;

	for (i = 0; i < v.n; i++) {
		char c = v.p[i];

		if (c == '\001' && i + 1 < v.n) {
			c = v.p[++i];
			/* NUL, SOH, TAB, CR, LF: no text has them. */
			if (strchr("01trn", c) != NULL)
				c = '?';
		}
		*to++ = c != '\0' ? c : '?';
	}
	*to = '\0';
	printable(p, (size_t)(to - p));
	return (p);
}

static void
take_fields(struct arena *a, struct view rest, bool *temp,
    struct sasl_answer *out)
{
	struct view field;

	while (view_field(&rest, '\t', &field)) {
		if (view_starts(field, "user="))
			out->user = plain(a, view_sub(field, 5, field.n));
		else if (view_starts(field, "reason="))
			out->reason = plain(a, view_sub(field, 7, field.n));
		else if (view_eq(field, "temp") ||
		    view_eq(field, "code=temp_fail"))
			*temp = true;
	}
	if (out->user != NULL && out->user[0] == '\0')
		out->user = NULL;
}

bool
sasl_answer_line(struct arena *a, struct view line, uint32_t id,
    enum sasl_got *got, struct sasl_answer *out)
{
	struct view word, number, data = { "", 0 };
	bool temp = false;
	int64_t n;

	*out = (struct sasl_answer){ .data = "" };
	if (!view_field(&line, '\t', &word) ||
	    !view_field(&line, '\t', &number) ||
	    !num_parse(number, 0, UINT32_MAX, &n) || n != id)
		return (false);
	if (view_eq(word, "CONT")) {
		(void)view_field(&line, '\t', &data);
		*got = sasl_is_base64(data) ? SASL_CONTINUE : SASL_GONE;
		if (*got == SASL_CONTINUE)
			out->data = arena_strn(a, data.p, data.n);
	} else if (view_eq(word, "OK")) {
		take_fields(a, line, &temp, out);
		/* Somebody without a name is nobody. */
		*got = out->user != NULL ? SASL_OK : SASL_GONE;
	} else if (view_eq(word, "FAIL")) {
		take_fields(a, line, &temp, out);
		*got = temp ? SASL_TEMPFAIL : SASL_FAIL;
	} else
		return (false);
	return (true);
}
