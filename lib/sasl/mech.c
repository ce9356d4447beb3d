/* SPDX-License-Identifier: ISC */
/* mech - mechanisms, what they are like and what is asked of them (sasl.h). */
#include "base/num.h"
#include "sasl.h"

#define SEPS	", \t\r\n"

/* clang-format off */
static const struct word {
	const char	*name;
	unsigned	 bit;
} properties[] = {
	{ "anonymous", SASL_ANONYMOUS }, { "plaintext", SASL_PLAINTEXT },
	{ "dictionary", SASL_DICTIONARY }, { "active", SASL_ACTIVE },
	{ "forward-secrecy", SASL_FORWARD_SECRECY },
	{ "mutual-auth", SASL_MUTUAL_AUTH }, { "private", SASL_PRIVATE },
}, forbids[] = {
	{ "noanonymous", SASL_ANONYMOUS }, { "noplaintext", SASL_PLAINTEXT },
	{ "nodictionary", SASL_DICTIONARY }, { "noactive", SASL_ACTIVE },
}, demands[] = {
	{ "forward_secrecy", SASL_FORWARD_SECRECY },
	{ "mutual_auth", SASL_MUTUAL_AUTH },
};
/* clang-format on */

#define FIND(v, words)	find(v, words, sizeof(words) / sizeof((words)[0]))

static unsigned
find(struct view v, const struct word *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (view_ieq(v, words[i].name))
			return (words[i].bit);
	return (0);
}

bool
sasl_demands_parse(const char *text, struct sasl_demands *out,
    struct view *bad)
{
	struct view rest = view_of(text);
	unsigned not, must;

	*out = (struct sasl_demands){ 0, 0 };
	while ((*bad = view_word(&rest, SEPS)).n > 0) {
		not = FIND(*bad, forbids);
		must = FIND(*bad, demands);
		if ((not | must) == 0)
			return (false);
		out->not |= not;
		out->must |= must;
	}
	return (true);
}

bool
sasl_meets(const struct sasl_mech *m, const struct sasl_demands *d)
{
	return ((m->properties & d->not) == 0 &&
	    (m->properties & d->must) == d->must);
}

const struct sasl_mech *
sasl_find(const struct sasl *s, struct view name)
{
	for (size_t i = 0; i < s->nmech; i++)
		if (view_ieq(name, s->mech[i].name))
			return (&s->mech[i]);
	return (NULL);
}

/* RFC 4422 3.1: letters, digits, hyphen, underscore; at most 20 of them. */
static bool
is_mech_name(struct view v)
{
	for (size_t i = 0; i < v.n; i++) {
		char c = v.p[i];

		if ((c < 'A' || c > 'Z') && (c < '0' || c > '9') &&
		    c != '-' && c != '_')
			return (false);
	}
	return (v.n > 0 && v.n <= 20);
}

/* MECH TAB name [TAB property ...]; one without a name we know is skipped. */
static enum sasl_hello
take_mech(struct sasl *s, struct view rest)
{
	struct view name, property;
	struct sasl_mech *m;

	if (!view_field(&rest, '\t', &name) || !is_mech_name(name) ||
	    sasl_find(s, name) != NULL)
		return (HELLO_MORE);
	if (s->nmech == SASL_MECHS_MAX)
		return (HELLO_BAD);
	m = &s->mech[s->nmech++];
	*m = (struct sasl_mech){ .name = arena_strn(s->arena, name.p, name.n) };
	while (view_field(&rest, '\t', &property))
		m->properties |= FIND(property, properties);
	/* Of those the server says that nobody should be told. */
	if ((m->properties & SASL_PRIVATE) != 0)
		s->nmech--;
	return (HELLO_MORE);
}

enum sasl_hello
sasl_hello_line(struct sasl *s, struct view line)
{
	struct view word, major;
	int64_t n;

	if (!view_field(&line, '\t', &word))
		return (HELLO_MORE);
	if (view_eq(word, "DONE"))
		return (HELLO_DONE);
	if (view_eq(word, "MECH"))
		return (take_mech(s, line));
	if (view_eq(word, "VERSION") &&
	    (!view_field(&line, '\t', &major) ||
	    !num_parse(major, 1, 1, &n)))
		return (HELLO_BAD);
	/* SPID, CUID, COOKIE, and what later versions may say. */
	return (HELLO_MORE);
}
