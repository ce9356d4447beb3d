/* SPDX-License-Identifier: ISC */
/*
 * table_pcre - Perl compatible regular expressions.
 *
 * No JIT: no role may make memory executable. A stranger chooses the text, so
 * each match has limits; one that reaches them is an error of the table.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#include "base/log.h"
#include "pattern.h"

#define STEPS_MAX	1000000
#define HEAP_KIB_MAX	20480

static const struct pattern_flag flags[] = {
	{ 'A', PCRE2_ANCHORED },
	{ 'E', PCRE2_DOLLAR_ENDONLY },
	{ 'U', PCRE2_UNGREEDY },
	{ 'X', 0 },		/* what it asked for is how PCRE2 is */
	{ 'i', PCRE2_CASELESS },
	{ 'm', PCRE2_MULTILINE },
	{ 's', PCRE2_DOTALL },
	{ 'x', PCRE2_EXTENDED },
	{ 0, 0 },
};

/* For all tables of the process; one lookup is made at a time. */
static pcre2_match_data *found;
static pcre2_match_context *limits;

static void
prepare(void)
{
	if (found != NULL)
		return;
	found = pcre2_match_data_create(PATTERN_GROUPS_MAX, NULL);
	limits = pcre2_match_context_create(NULL);
	if (found == NULL || limits == NULL)
		fatal("no memory for PCRE2");
	pcre2_set_match_limit(limits, STEPS_MAX);
	pcre2_set_heap_limit(limits, HEAP_KIB_MAX);
}

static void *
compile(struct table *t, unsigned line, const char *pattern, int bits,
    size_t *groups)
{
	PCRE2_UCHAR text[256];
	PCRE2_SIZE at;
	pcre2_code *re;
	uint32_t n = 0;
	int error;

	re = pcre2_compile((PCRE2_SPTR)pattern, PCRE2_ZERO_TERMINATED,
	    (uint32_t)bits | PCRE2_NEVER_BACKSLASH_C |
	    (t->flags & TABLE_UTF8 ? PCRE2_UTF : 0), &error, &at, NULL);
	if (re == NULL) {
		pcre2_get_error_message(error, text, sizeof(text));
		rule_warn(t, line, "error in regex at offset %zu: %s: "
		    "skipping this rule", (size_t)at, (const char *)text);
		return (NULL);
	}
	pcre2_pattern_info(re, PCRE2_INFO_CAPTURECOUNT, &n);
	*groups = n;
	return (re);
}

static bool
parse(struct table *t, unsigned line, char *text, struct rule *r)
{
	return (pattern_parse(t, line, text, r, flags,
	    PCRE2_CASELESS | PCRE2_DOTALL, compile));
}

static int
match(struct table *t, const struct rule *r, const char *key)
{
	PCRE2_UCHAR text[256];
	int rc = pcre2_match(r->matcher, (PCRE2_SPTR)key, strlen(key), 0, 0,
	    found, limits);

	if (rc >= 0 || rc == PCRE2_ERROR_NOMATCH)
		return (rc >= 0);
	pcre2_get_error_message(rc, text, sizeof(text));
	log_warn("%s: %s", t->spec, (const char *)text);
	return (-1);
}

static struct view
group(const char *key, size_t n)
{
	PCRE2_SIZE *at = pcre2_get_ovector_pointer(found);

	if (at[2 * n] == PCRE2_UNSET || at[2 * n + 1] < at[2 * n])
		return (VIEW(""));
	return ((struct view){ key + at[2 * n], at[2 * n + 1] - at[2 * n] });
}

static int
value(struct table *t, const struct rule *r, const char *key)
{
	return (pattern_value(t, r, key, group));
}

static void
release(void *matcher)
{
	pcre2_code_free(matcher);
}

static const struct rule_ops ops = { parse, match, value, release };

static int
pcre_open(struct table *t, const char **err)
{
	prepare();
	return (rules_open(t, &ops, err));
}

static int
pcre_lookup(struct table *t, const char *key)
{
	return (rules_lookup(t, &ops, key));
}

static void
pcre_close(struct table *t)
{
	rules_close(t, &ops);
}

const struct table_ops table_pcre = { "pcre", true, false, pcre_open,
	pcre_lookup, NULL, pcre_close };
