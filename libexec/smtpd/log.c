/* SPDX-License-Identifier: ISC */
/* log - the lines about a session that log parsers know (log.h). */
#include <ctype.h>

#include "address/address.h"
#include "base/log.h"
#include "conf/conf.h"

#include "log.h"
#include "restrict.h"
#include "session.h"
#include "tx.h"

#define ADDRESS_MAX	4096

const char *
smtpd_log_id(const struct smtpd *s)
{
	if (s->tx == NULL || s->tx->queue_id == NULL)
		return ("NOQUEUE: ");
	return (arena_printf(s->line, "%s: ", s->tx->queue_id));
}

const char *
log_address(struct smtpd *s, const char *internal)
{
	struct buf b;
	const char *text;

	buf_init(&b, ADDRESS_MAX);
	text = addr_quote(view_of(internal), &b) == 0 ?
	    arena_strn(s->line, b.p, b.n) : internal;
	buf_fini(&b);
	return (text);
}

void
log_action(struct smtpd *s, const char *what, const char *rcpt,
    const char *text)
{
	const char *from = "", *to = "", *helo = "";

	if (s->tx != NULL)
		from = arena_printf(s->line, " from=<%s>",
		    s->tx->sender_ext);
	if (rcpt == NULL && s->tx != NULL && s->tx->accepted == 1)
		rcpt = s->tx->rcpt_ext;
	if (rcpt != NULL)
		to = arena_printf(s->line, " to=<%s>", rcpt);
	if (s->helo != NULL)
		helo = arena_printf(s->line, " helo=<%s>", s->helo);
	log_info("%s%s: %s from %s: %s;%s%s proto=%s%s%s", smtpd_log_id(s),
	    what, s->where, s->peer.label, text, from, to,
	    s->esmtp ? "ESMTP" : "SMTP", helo, login_logged(s, " "));
}

struct verdict
log_refused(struct smtpd *s, struct verdict v, const char *text)
{
	v = verdict_soft(s, v);
	if (text == NULL)
		text = arena_printf(s->line, "%d %s%s%s", v.code, v.dsn,
		    v.dsn[0] != '\0' ? " " : "", v.text);
	log_action(s, "reject", NULL, text);
	return (v);
}

void
log_disconnect(const struct smtpd *s)
{
	struct buf line;
	unsigned ok = 0, total = 0;
	enum verb_id id;
	const char *p;

	buf_init(&line, LOG_LINE_MAX);
	for (id = 0; id < VERB_COUNT; id++) {
		if (s->count[id].total == 0)
			continue;
		ok += s->count[id].ok;
		total += s->count[id].total;
		buf_xputs(&line, " ");
		for (p = verb_table[id].name; *p != '\0'; p++)
			buf_xprintf(&line, "%c", tolower((unsigned char)*p));
		if (s->count[id].ok == s->count[id].total)
			buf_xprintf(&line, "=%u", s->count[id].total);
		else
			buf_xprintf(&line, "=%u/%u", s->count[id].ok,
			    s->count[id].total);
	}
	buf_xprintf(&line, " commands=%u", ok);
	if (ok != total || total == 0)
		buf_xprintf(&line, "/%u", total);
	log_info("disconnect from %s%s%s", s->peer.label, buf_str(&line),
	    s->bare_lf ? " notes=bare_lf" : "");
	buf_fini(&line);
}
