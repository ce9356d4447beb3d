/* SPDX-License-Identifier: ISC */
/* What a server says it can do. */
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "conf/conf.h"
#include "setup.h"
#include "smtp_in.h"

struct keyword {
	const char	*name;
	uint32_t	 feature;
	void		(*args)(struct server *s, struct view args);
};

static void
take_size(struct server *s, struct view args)
{
	uint64_t n;

	if (num_unsigned(view_word(&args, " \t"), UINT64_MAX, &n))
		s->size_limit = n;
}

static void
take_xforward(struct server *s, struct view args)
{
	static const struct {
		const char	*name;
		uint32_t	 feature;
	} attrs[] = {
		{ "NAME", FEATURE_XFORWARD_NAME },
		{ "ADDR", FEATURE_XFORWARD_ADDR },
		{ "PORT", FEATURE_XFORWARD_PORT },
		{ "PROTO", FEATURE_XFORWARD_PROTO },
		{ "HELO", FEATURE_XFORWARD_HELO },
		{ "IDENT", FEATURE_XFORWARD_IDENT },
		{ "SOURCE", FEATURE_XFORWARD_SOURCE },
	};
	struct view w;

	while ((w = view_word(&args, " \t")).n > 0)
		for (size_t i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++)
			if (view_ieq(w, attrs[i].name))
				s->features |= attrs[i].feature;
}

static const struct keyword keywords[] = {
	{ "PIPELINING", FEATURE_PIPELINING, NULL },
	{ "SIZE", FEATURE_SIZE, take_size },
	{ "8BITMIME", FEATURE_8BITMIME, NULL },
	{ "DSN", FEATURE_DSN, NULL },
	{ "SMTPUTF8", FEATURE_SMTPUTF8, NULL },
	{ "STARTTLS", FEATURE_STARTTLS, NULL },
	{ "AUTH", FEATURE_AUTH, NULL },
	{ "ENHANCEDSTATUSCODES", FEATURE_ENHANCED, NULL },
	{ "XFORWARD", 0, take_xforward },
};

static bool
masked(const char *mask, struct view name)
{
	struct view v = view_of(mask), w;

	while ((w = view_word(&v, ", \t\r\n")).n > 0)
		if (w.n == name.n && strncasecmp(w.p, name.p, w.n) == 0)
			return (true);
	return (false);
}

void
ehlo_parse(struct server *s, const char *mask)
{
	struct view line, word;

	for (size_t i = 1; smtp_reply_line(&s->reply, i, &line); i++) {
		word = view_word(&line, " \t");
		if (masked(mask, word))
			continue;
		for (size_t k = 0; k < sizeof(keywords) / sizeof(keywords[0]);
		     k++) {
			if (!view_ieq(word, keywords[k].name))
				continue;
			s->features |= keywords[k].feature;
			if (keywords[k].args != NULL)
				keywords[k].args(s, line);
		}
	}
}

const char *
ehlo_discards(struct arena *a, const struct server *s)
{
	const char *value;

	switch (setup_find(setup.discard, host_addr_text(a, &s->host),
	    &value)) {
	case 1:
		return (arena_str(a, value));
	case 0:
		return (cf->smtp_discard_ehlo_keywords);
	}
	return (NULL);
}
