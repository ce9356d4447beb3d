/* SPDX-License-Identifier: ISC */
/*
 * table_regexp - POSIX regular expressions.
 */
#include <ctype.h>
#include <regex.h>
#include <string.h>

#include "base/log.h"
#include "pattern.h"

#define DEPTH_MAX	50	/* groups within groups */
#define EXPANDED_MAX	20000	/* items, with each repetition written out */

static const struct pattern_flag flags[] = {
	{ 'i', REG_ICASE },
	{ 'm', REG_NEWLINE },
	{ 'x', REG_EXTENDED },
	{ 0, 0 },
};

/* Where the groups of the last match are; one lookup is made at a time. */
static regmatch_t found[PATTERN_GROUPS_MAX];

/* How much there is of a pattern: in each open group, and in its last item. */
struct extent {
	size_t	sum[DEPTH_MAX];
	size_t	depth;
	size_t	last;
};

static void
item(struct extent *e, size_t n)
{
	e->last = n;
	e->sum[e->depth] += n;
}

static void
repeat(struct extent *e, size_t times)
{
	size_t n = e->last;

	if (n > EXPANDED_MAX || times > EXPANDED_MAX)
		n = times = EXPANDED_MAX + 1;
	e->last = n * times;
	e->sum[e->depth] += e->last - n;
}

/* The last character of a [set], or the NUL if it has no end. */
static const char *
set_end(const char *p)
{
	const char *end;

	p += 1 + (p[1] == '^');
	p += *p == ']';
	for (; *p != '\0' && *p != ']'; p++)
		if (*p == '[' && p[1] != '\0' && strchr(":.=", p[1]) != NULL &&
		    (end = strchr(p + 2, ']')) != NULL)
			p = end;	/* of [:alpha:] */
	return (p);
}

/* "{2,5": up to the digits' end; what it repeats is the larger one. */
static const char *
bound(struct extent *e, const char *p)
{
	size_t n = 0, most = 1;

	for (p++; isdigit((unsigned char)*p) || *p == ','; p++) {
		n = *p == ',' ? 0 : n * 10 + (size_t)(*p - '0');
		if (n > EXPANDED_MAX)
			n = EXPANDED_MAX + 1;
		most = n > most ? n : most;
	}
	repeat(e, most);
	return (p - 1);
}

/*
 * The C library writes a+ as aa* and a{9} as nine times a, those inside them
 * too: a few bytes of such a pattern would take all memory.
 */
static bool
is_too_large(const char *p, bool extended)
{
	struct extent e = { .depth = 0 };
	bool special;

	for (; *p != '\0' && e.sum[e.depth] <= EXPANDED_MAX; p++) {
		special = extended;
		if (*p == '\\' && p[1] != '\0') {
			special = !extended;
			p++;
		} else if (*p == '[')
			p = set_end(p);
		if (*p == '\0')
			break;
		if (special && *p == '(') {
			if (++e.depth == DEPTH_MAX)
				return (true);
			e.sum[e.depth] = e.last = 0;
		} else if (special && *p == ')' && e.depth > 0) {
			e.depth--;
			item(&e, e.sum[e.depth + 1]);
		} else if (special && *p == '{')
			p = bound(&e, p);
		else if (special && *p == '+')
			repeat(&e, 2);
		else if (*p != '*' && *p != '?')
			item(&e, 1);
	}
	return (e.sum[e.depth] > EXPANDED_MAX);
}

static void *
compile(struct table *t, unsigned line, const char *pattern, int bits,
    size_t *groups)
{
	regex_t *re = arena_get(t->arena, sizeof(*re));
	char text[256];
	int rc;

	if (is_too_large(pattern, (bits & REG_EXTENDED) != 0)) {
		rule_warn(t, line, "pattern is too large: skipping this rule");
		return (NULL);
	}
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
