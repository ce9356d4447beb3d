/* SPDX-License-Identifier: ISC */
/* ehlo - HELO, EHLO and what is announced (ehlo.h). */
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"

#include "ehlo.h"
#include "log.h"
#include "restrict.h"
#include "session.h"
#include "setup.h"
#include "tls.h"
#include "tx.h"
#include "xclient.h"

/* clang-format off */
static const struct keyword {
	const char	*name;
	uint32_t	 bit;
} keywords[] = {
	{ "PIPELINING",	EHLO_PIPELINING },
	{ "SIZE",	EHLO_SIZE },
	{ "VRFY",	EHLO_VRFY },
	{ "ETRN",	EHLO_ETRN },
	{ "STARTTLS",	EHLO_STARTTLS },
	{ "AUTH",	EHLO_AUTH },
	{ "XVERP",	EHLO_XVERP },
	{ "XCLIENT",	EHLO_XCLIENT },
	{ "XFORWARD",	EHLO_XFORWARD },
	{ "ENHANCEDSTATUSCODES", EHLO_ENHANCEDSTATUSCODES },
	{ "8BITMIME",	EHLO_8BITMIME },
	{ "DSN",	EHLO_DSN },
	{ "SMTPUTF8",	EHLO_SMTPUTF8 },
	{ "CHUNKING",	EHLO_CHUNKING },
	{ "REQUIRETLS",	EHLO_REQUIRETLS },
	{ "silent-discard", EHLO_SILENT },
};
/* clang-format on */

uint32_t
ehlo_keywords(const char *list)
{
	struct view rest = view_of(list), word;
	uint32_t bits = 0;
	size_t i;

	while ((word = view_word(&rest, ", \t\r\n")).n > 0) {
		for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
			if (view_ieq(word, keywords[i].name))
				break;
		}
		if (i < sizeof(keywords) / sizeof(keywords[0]))
			bits |= keywords[i].bit;
		else
			log_warn("unknown EHLO keyword: \"%.*s\"",
			    (int)word.n, word.p);
	}
	return (bits);
}

void
ehlo_hide(struct smtpd *s)
{
	const char *value;
	int found;

	s->hidden = setup.hidden;
	if (setup.hidden_maps == NULL)
		return;
	found = maps_find(setup.hidden_maps, s->peer.addr, MAPS_WHOLE,
	    &value);
	if (found == 1)
		s->hidden = ehlo_keywords(value);
	else if (found == -1)
		/* Better too little is offered than too much. */
		s->hidden = ~EHLO_SILENT;
}

/* A name for the log and for Received:, without what could confuse either. */
static void
keep_name(struct smtpd *s, struct view arg)
{
	static const char bad[] = " \t<>()\\\";@";
	size_t i, n = arg.n >= HELO_TEXT ? HELO_TEXT - 1 : arg.n;
	char *p = s->helo_text;

	memcpy(p, arg.p, n);
	p[n] = '\0';
	printable(p, n);
	for (i = 0; i < n; i++) {
		if (p[i] == '\0' || strchr(bad, p[i]) != NULL)
			p[i] = '?';
	}
	s->helo = p;
}

static struct verdict
greeted(struct smtpd *s, struct view arg, bool esmtp)
{
	struct verdict v;

	tx_drop(s);
	keep_name(s, arg);
	s->esmtp = esmtp;
	s->if_permit[STAGE_HELO].active = false;
	v = restrict_helo(s);
	if (v.code != 0) {
		s->helo = NULL;
		return (v);
	}
	return (verdict(s, 250, "", "%s", cf->myhostname));
}

struct verdict
cmd_helo(struct smtpd *s, struct view arg)
{
	if (arg.n == 0)
		return (verdict(s, 501, "", "Syntax: HELO hostname"));
	return (greeted(s, arg, false));
}

static const char *
size_keyword(struct smtpd *s)
{
	if (cf->message_size_limit > 0)
		return (arena_printf(s->line, "SIZE %lld",
		    (long long)cf->message_size_limit));
	return ("SIZE");
}

/* What there is for this client, in Postfix's order. */
static const char *
offered(struct smtpd *s, uint32_t bit)
{
	switch (bit) {
	case EHLO_PIPELINING:
		return ("PIPELINING");
	case EHLO_SIZE:
		return (size_keyword(s));
	case EHLO_VRFY:
		return (cf->disable_vrfy_command ? NULL : "VRFY");
	case EHLO_ETRN:
		return ("ETRN");
	case EHLO_AUTH:
		return (login_keywords(s));
	case EHLO_XCLIENT:
		return (s->may_xclient ? "XCLIENT " XCLIENT_ATTRIBUTES :
		    NULL);
	case EHLO_XFORWARD:
		return (s->may_xforward ? "XFORWARD " XFORWARD_ATTRIBUTES :
		    NULL);
	case EHLO_XVERP:
		return (s->may_xverp ? "XVERP" : NULL);
	case EHLO_ENHANCEDSTATUSCODES:
		return ("ENHANCEDSTATUSCODES");
	case EHLO_8BITMIME:
		return ("8BITMIME");
	case EHLO_DSN:
		return ("DSN");
	case EHLO_SMTPUTF8:
		return (cf->smtputf8_enable ? "SMTPUTF8" : NULL);
	case EHLO_CHUNKING:
		return ("CHUNKING");
	case EHLO_STARTTLS:
		return (tls_offered(s) ? "STARTTLS" : NULL);
	default:
		/* REQUIRETLS: not there yet. */
		return (NULL);
	}
}

struct verdict
cmd_ehlo(struct smtpd *s, struct view arg)
{
	struct verdict v;
	struct buf text, gone;
	const char *line;
	size_t i;

	if (arg.n == 0)
		return (verdict(s, 501, "", "Syntax: EHLO hostname"));
	v = greeted(s, arg, true);
	if (!verdict_good(v))
		return (v);
	buf_init(&text, 4096);
	buf_init(&gone, 4096);
	buf_xputs(&text, v.text);
	for (i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
		if ((line = offered(s, keywords[i].bit)) == NULL)
			continue;
		if ((s->hidden & keywords[i].bit) == 0)
			buf_xprintf(&text, "\n%s", line);
		else
			buf_xprintf(&gone, " %s", keywords[i].name);
	}
	if (gone.n > 0 && (s->hidden & EHLO_SILENT) == 0)
		log_info("discarding EHLO keywords:%s", buf_str(&gone));
	v.text = arena_strn(s->line, text.p, text.n);
	buf_fini(&text);
	buf_fini(&gone);
	return (v);
}
