/* SPDX-License-Identifier: ISC */
/*
 * pattern - /pattern/flags, and values with $1 in them.
 *
 * The pattern and the value are the administrator's; what $1 stands for is a
 * stranger's, and is never looked at again for a '$'.
 */
#include <ctype.h>
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "pattern.h"

/* Cut off /pattern/; NULL without a closing delimiter. */
static char *
delimited(char **text)
{
	char *p = *text, delimiter = *p++, *begin = p;

	for (; *p != '\0' && *p != delimiter; p++)
		if (*p == '\\' && p[1] != '\0')
			p++;
	if (*p == '\0')
		return (NULL);
	*p = '\0';
	*text = p + 1;
	return (begin);
}

static bool
parse_flags(struct table *t, unsigned line, char **text,
    const struct pattern_flag *known, int *flags)
{
	const struct pattern_flag *f;

	for (; **text != '\0' && **text != ' ' && **text != '\t'; (*text)++) {
		for (f = known; f->letter != 0 && f->letter != **text; f++)
			;
		if (f->letter == 0) {
			rule_warn(t, line, "unknown regexp option \"%c\": "
			    "skipping this rule", **text);
			return (false);
		}
		*flags ^= f->bit;
	}
	return (true);
}

/*
 * Take one $n, ${n}, $(n) or $$ off *v; *n is the group, 0 for a '$'.
 * False if it is something else.
 */
static bool
take_group(struct view *v, size_t *n)
{
	struct view rest = view_sub(*v, 1, v->n), digits;
	int64_t group;
	size_t i = 0;
	char close = 0;

	if (rest.n > 0 && rest.p[0] == '$') {
		*v = view_sub(rest, 1, rest.n);
		*n = 0;
		return (true);
	}
	if (rest.n > 0 && (rest.p[0] == '{' || rest.p[0] == '(')) {
		close = rest.p[0] == '{' ? '}' : ')';
		rest = view_sub(rest, 1, rest.n);
	}
	while (i < rest.n && isdigit((unsigned char)rest.p[i]))
		i++;
	digits = view_sub(rest, 0, i);
	if (!num_parse(digits, 1, PATTERN_GROUPS_MAX - 1, &group))
		return (false);
	/* "$1a" would be the name "1a". */
	if (close == 0 && i < rest.n && (rest.p[i] == '_' ||
	    isalnum((unsigned char)rest.p[i])))
		return (false);
	if (close != 0 && (i == rest.n || rest.p[i++] != close))
		return (false);
	*n = (size_t)group;
	*v = view_sub(rest, i, rest.n);
	return (true);
}

/* May this value stand behind this pattern? */
static bool
check_value(struct table *t, unsigned line, const struct rule *r)
{
	struct view v = view_of(r->value);
	ptrdiff_t at;
	size_t n;

	while ((at = view_chr(v, '$')) != -1) {
		v = view_sub(v, (size_t)at, v.n);
		if (!take_group(&v, &n)) {
			rule_warn(t, line, "bad replacement syntax in \"%s\": "
			    "skipping this rule", r->value);
			return (false);
		}
		if (n == 0)
			continue;
		if (r->negate)
			rule_warn(t, line, "$number found in negative match "
			    "replacement text: skipping this rule");
		else if (t->flags & TABLE_NOSUB)
			rule_warn(t, line, "regular expression substitution "
			    "is not allowed: skipping this rule");
		else if (n > r->groups)
			rule_warn(t, line, "out of range replacement index "
			    "\"%zu\": skipping this rule", n);
		else
			continue;
		return (false);
	}
	return (true);
}

static bool
parse_value(struct table *t, unsigned line, char *text, struct rule *r)
{
	struct view v = view_trim(view_of(text));

	if (r->kind == RULE_IF) {
		if (v.n > 0)
			rule_warn(t, line, "ignoring extra text after IF");
		return (true);
	}
	if (v.n == 0)
		rule_warn(t, line, "no replacement text: "
		    "using empty string");
	r->value = view_str(t->arena, v);
	return (check_value(t, line, r));
}

bool
pattern_parse(struct table *t, unsigned line, char *text, struct rule *r,
    const struct pattern_flag *flags, int defaults, pattern_compile_fn compile)
{
	char *pattern, delimiter;

	text += strspn(text, " \t");
	for (; *text == '!'; text += 1 + strspn(text + 1, " \t"))
		r->negate = !r->negate;
	if (*text == '\0' || (r->kind == RULE_MATCH && !r->negate &&
	    isalnum((unsigned char)*text))) {
		rule_warn(t, line, *text == '\0' ? "no regular expression: "
		    "skipping this rule" : "ignoring unrecognized request");
		return (false);
	}
	delimiter = *text;
	if ((pattern = delimited(&text)) == NULL) {
		rule_warn(t, line, "no closing regexp delimiter \"%c\": "
		    "skipping this rule", delimiter);
		return (false);
	}
	if (!parse_flags(t, line, &text, flags, &defaults))
		return (false);
	r->matcher = compile(t, line, pattern, defaults, &r->groups);
	return (r->matcher != NULL && parse_value(t, line, text, r));
}

int
pattern_value(struct table *t, const struct rule *r, const char *key,
    struct view (*group)(const char *key, size_t n))
{
	struct view v = view_of(r->value), text;
	ptrdiff_t at;
	size_t n;
	int rc = 0;

	while (rc == 0 && (at = view_chr(v, '$')) != -1) {
		rc = buf_put(&t->value, v.p, (size_t)at);
		v = view_sub(v, (size_t)at, v.n);
		must(take_group(&v, &n));	/* check_value() has seen it */
		text = n == 0 ? VIEW("$") : group(key, n);
		if (rc == 0)
			rc = buf_put(&t->value, text.p, text.n);
	}
	if (rc == 0)
		rc = buf_put(&t->value, v.p, v.n);
	if (rc == -1)
		log_warn("%s: the value is too long", t->spec);
	return (rc);
}
