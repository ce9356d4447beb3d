/* SPDX-License-Identifier: ISC */
/*
 * report - what becomes of a recipient when an agent has spoken.
 *
 * Delivered: the mark first, then the news. Bounced: the log entry first,
 * then the mark, so that a crash in between repeats a bounce and never loses
 * one. Deferred: the log entry, for the notification that may come.
 */
#include <bsd/string.h>

#include <string.h>
#include <strings.h>

#include "address/address.h"
#include "agent/agent.h"
#include "base/buf.h"
#include "base/log.h"
#include "conf/conf.h"

#include "qmgr.h"

static void
fill(struct msg_bounce_append *a, const struct message *m,
    const struct rcpt *r, const struct msg_deliver_status *s)
{
	*a = (struct msg_bounce_append){
		.queue_id = m->id,
		.addr = r->addr,
		.orig = r->orig,
		.dsn_orcpt = r->dsn_orcpt,
		.notify = r->notify,
		.index = r->index,
		.dsn = s->dsn,
		.action = s->action,
		.mta_type = s->mta_type,
		.mta_name = s->mta_name,
		.diag_type = s->diag_type,
		.diag_text = s->diag_text,
		.reason = s->reason,
	};
}

/* The sender asked, and nobody further on will tell. */
static bool
wants_success(const struct rcpt *r, const char *action)
{
	return ((r->notify & DSN_NOTIFY_SUCCESS) != 0 &&
	    (strcmp(action, "relayed") == 0 ||
	    strcmp(action, "delivered") == 0 ||
	    strcmp(action, "expanded") == 0));
}

static void
sent(struct message *m, struct rcpt *r, const struct msg_deliver_status *s)
{
	struct msg_bounce_append a;

	message_mark_done(m, r->index);
	if (!wants_success(r, s->action))
		return;
	fill(&a, m, r, s);
	note_append(m, NOTE_TRACE, r, &a, NULL);
}

static void
bounce_noted(struct message *m, struct rcpt *r, bool ok)
{
	if (ok) {
		message_mark_done(m, r->index);
		return;
	}
	/* Not lost: it will be tried, and bounced, again. */
	log_warn("%s: %s service failure", m->id, cf->bounce_service_name);
	m->deferred = true;
}

static void
bounced(struct message *m, struct rcpt *r, const struct msg_deliver_status *s)
{
	struct msg_bounce_append a;

	fill(&a, m, r, s);
	a.action = "failed";
	if (*s->addr != '\0') {
		a.addr = s->addr;
		if (*a.orig == '\0')
			a.orig = r->addr;
	}
	note_append(m, NOTE_BOUNCE, r, &a, s->part ? NULL : bounce_noted);
}

static void
deferred(struct message *m, struct rcpt *r, const struct msg_deliver_status *s)
{
	struct msg_bounce_append a;
	char dsn[16];

	m->deferred = true;
	fill(&a, m, r, s);
	a.action = "delayed";
	/* soft_bounce: the agent said 5.x.x */
	(void)strlcpy(dsn, s->dsn, sizeof(dsn));
	if (dsn[0] == '5')
		dsn[0] = '4';
	a.dsn = dsn;
	note_append(m, NOTE_DEFER, r, &a, NULL);
}

void
report(struct message *m, struct rcpt *r, const struct msg_deliver_status *s)
{
	switch ((enum outcome)s->outcome) {
	case OUTCOME_SENT:
		sent(m, r, s);
		return;
	case OUTCOME_BOUNCED:
		if (!cf->soft_bounce) {
			bounced(m, r, s);
			return;
		}
		deferred(m, r, s);
		return;
	case OUTCOME_DEFERRED:
	case OUTCOME_NEXT:
		break;
	}
	deferred(m, r, s);
}

const char *
report_split(const char *text, const char *dflt, char dsn[16])
{
	size_t n = strcspn(text, " ");

	if (n >= 5 && n < 12 && strchr("245", text[0]) != NULL &&
	    text[1] == '.' && strspn(text, "0123456789.") == n) {
		(void)strlcpy(dsn, text, n + 1);
		return (text + n + strspn(text + n, " "));
	}
	(void)strlcpy(dsn, dflt, 16);
	return (text);
}

static void
put_addr(struct buf *line, const char *name, const char *addr)
{
	buf_xprintf(line, "%s=<", name);
	if (addr_quote(view_of(addr), line) < 0)
		buf_xputs(line, "address-too-long");
	buf_xputs(line, ">, ");
}

/*
 * Normally the retry service logs this; it is for a configuration without
 * one, and for when even that one has failed.
 */
static void
log_deferred(const struct message *m, const struct rcpt *r, const char *dsn,
    const char *reason)
{
	int64_t arrival = (int64_t)m->qf.env.arrival_us;
	int64_t now = qm.env.now_us();
	int64_t digits = cf->delay_logging_resolution_limit;
	char total[AGENT_DELAY_TEXT], before[AGENT_DELAY_TEXT];
	char here[AGENT_DELAY_TEXT];
	struct buf line;

	buf_init(&line, 16384);
	put_addr(&line, "to", r->addr);
	if (*r->orig != '\0' && strcasecmp(r->orig, r->addr) != 0)
		put_addr(&line, "orig_to", r->orig);
	log_info("%s: %srelay=none, delay=%s, delays=%s/%s/0/0, dsn=%s, "
	    "status=deferred (%s)", m->id, buf_str(&line),
	    agent_delay_text(now - arrival, digits, total),
	    agent_delay_text(m->active_us - arrival, digits, before),
	    agent_delay_text(now - m->active_us, digits, here), dsn, reason);
	buf_fini(&line);
}

void
report_deferred(struct message *m, struct rcpt *r, const char *reason)
{
	char dsn[16];
	struct msg_deliver_status s = {
		.index = r->index,
		.outcome = OUTCOME_DEFERRED,
		.addr = "",
		.dsn = dsn,
	};

	/* Not ours any more, or not there. */
	if (m->gone)
		return;
	s.reason = report_split(reason, "4.3.0", dsn);
	log_deferred(m, r, dsn, s.reason);
	deferred(m, r, &s);
}
