/* SPDX-License-Identifier: ISC */
/* received - our trace header, and the client's line in the log. */
#include "base/log.h"
#include "conf/conf.h"
#include "message/date.h"

#include "received.h"
#include "session.h"
#include "tls.h"
#include "tx.h"

/* RFC 3848, 6531: with what we were spoken to. */
static const char *
protocol(struct smtpd *s)
{
	if ((s->tx->sendopts & SENDOPT_SMTPUTF8) == 0 && !s->esmtp)
		return ("SMTP");
	return (arena_printf(s->line, "%s%s%s",
	    (s->tx->sendopts & SENDOPT_SMTPUTF8) != 0 ? "UTF8SMTP" : "ESMTP",
	    s->tls != NULL ? "S" : "", s->login.user != NULL ? "A" : ""));
}

void
received_put(struct smtpd *s, struct buf *out)
{
	const struct peer *p = &s->peer;
	const struct tx *t = s->tx;
	char date[DATE_SIZE];

	if (cf->smtpd_hide_client_session)
		buf_xprintf(out, "Received: by %s (%s) id %s", cf->myhostname,
		    cf->mail_name, t->queue_id);
	else {
		buf_xprintf(out, "Received: from %s (%s [%s])",
		    s->helo != NULL ? s->helo : p->name, p->name, p->rfc_addr);
		tls_received(s, out);
		if (cf->smtpd_sasl_authenticated_header &&
		    s->login.user != NULL)
			buf_xprintf(out, "\n\t(Authenticated sender: %s)",
			    login_comment(s));
		buf_xprintf(out, "\n\tby %s (%s) with %s id %s",
		    cf->myhostname, cf->mail_name, protocol(s), t->queue_id);
	}
	if (t->accepted == 1)
		buf_xprintf(out, "\n\tfor <%s>; ", t->rcpt_ext);
	else
		buf_xputs(out, "; ");
	buf_xputs(out, date_text((time_t)(t->arrival_us / 1000000), date));
	buf_xputs(out, "\n");
}

void
log_client(struct smtpd *s)
{
	const struct forwarded *f = &s->forwarded;
	const char *id = "", *client = "";

	if (f->set && f->ident[0] != '\0')
		id = arena_printf(s->line, ", orig_queue_id=%s", f->ident);
	if (f->set)
		client = arena_printf(s->line, ", orig_client=%s[%s]",
		    f->name[0] != '\0' ? f->name : "unknown",
		    f->addr[0] != '\0' ? f->addr : "unknown");
	log_info("%s: client=%s%s%s%s", s->tx->queue_id, s->peer.label,
	    login_logged(s, ", "), id, client);
}
