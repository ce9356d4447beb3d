/* SPDX-License-Identifier: ISC */
/*
 * table_regexp - POSIX regular expressions.
 */
#include <regex.h>

#include "base/log.h"
#include "pattern.h"

static const struct pattern_flag flags[] = {
	{ 'i', REG_ICASE },
	{ 'm', REG_NEWLINE },
	{ 'x', REG_EXTENDED },
	{ 0, 0 },
};

/* Where the groups of the last match are; one lookup is made at a time. */
static regmatch_t found[PATTERN_GROUPS_MAX];

static void *
compile(struct table *t, unsigned line, const char *pattern, int bits,
    size_t *groups)
{
	regex_t *re = arena_get(t->arena, sizeof(*re));
	char text[256];
	int rc;

	if ((rc = regcomp(re, pattern, bits)) != 0) {
		regerror(rc, re, text, sizeof(text));
		rule_warn(t, line, "%s: skipping this rule", text);
		return (NULL);
	}
	*groups = re->re_nsub;
	return (re);
}

static bool
parse(struct table *t, unsigned line, char *text, struct rule *r)
{
	return (pattern_parse(t, line, text, r, flags,
	    REG_EXTENDED | REG_ICASE, compile));
}

static int
match(struct table *t, const struct rule *r, const char *key)
{
	char text[256];
	int rc = regexec(r->matcher, key, PATTERN_GROUPS_MAX, found, 0);

	if (rc == 0 || rc == REG_NOMATCH)
		return (rc == 0);
	regerror(rc, r->matcher, text, sizeof(text));
	log_warn("%s: %s", t->spec, text);
	return (-1);
}

static struct view
group(const char *key, size_t n)
{
	if (found[n].rm_so == -1)
		return (VIEW(""));
	return ((struct view){ key + found[n].rm_so,
	    (size_t)(found[n].rm_eo - found[n].rm_so) });
}

static int
value(struct table *t, const struct rule *r, const char *key)
{
	return (pattern_value(t, r, key, group));
}

static void
release(void *matcher)
{
	regfree(matcher);
}

static const struct rule_ops ops = { parse, match, value, release };

static int
regexp_open(struct table *t, const char **err)
{
	return (rules_open(t, &ops, err));
}

static int
regexp_lookup(struct table *t, const char *key)
{
	return (rules_lookup(t, &ops, key));
}

static void
regexp_close(struct table *t)
{
	rules_close(t, &ops);
}

const struct table_ops table_regexp = { "regexp", true, false, regexp_open,
	regexp_lookup, NULL, regexp_close };
