/* SPDX-License-Identifier: ISC */
/*
 * report - what becomes of a recipient when an agent has spoken.
 *
 * Delivered: the mark first, then the news. Bounced: the log entry first,
 * then the mark, so that a crash in between repeats a bounce and never loses
 * one. Deferred: the log entry, for the notification that may come.
 */
#include <bsd/string.h>

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

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
	note_append(m, NOTE_BOUNCE, r, &a, bounce_noted);
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

/* Seconds as in every delivery line: two digits that matter. */
static void
print_delay(char *out, size_t size, int64_t us)
{
	int digits = (int)cf->delay_logging_resolution_limit;
	double s = us > 0 ? (double)us / (double)US_PER_S : 0;
	int places = 0;

	if (s >= 10)
		places = 0;
	else if (s >= 1)
		places = 1;
	else if (s > 0)
		places = 1 - (int)floor(log10(s));
	if (places > digits)
		places = digits;
	(void)snprintf(out, size, "%.*f", places, s);
	if (strchr(out, '.') != NULL) {
		char *p = out + strlen(out);

		while (p[-1] == '0')
			*--p = '\0';
		if (p[-1] == '.')
			p[-1] = '\0';
	}
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
	char total[32], before[32], here[32];

	print_delay(total, sizeof(total), now - arrival);
	print_delay(before, sizeof(before), m->active_us - arrival);
	print_delay(here, sizeof(here), now - m->active_us);
	log_info("%s: to=<%s>%s%s%s, relay=none, delay=%s, delays=%s/%s/0/0, "
	    "dsn=%s, status=deferred (%s)", m->id, r->addr,
	    *r->orig != '\0' && strcasecmp(r->orig, r->addr) != 0 ?
	    ", orig_to=<" : "",
	    *r->orig != '\0' && strcasecmp(r->orig, r->addr) != 0 ?
	    r->orig : "",
	    *r->orig != '\0' && strcasecmp(r->orig, r->addr) != 0 ? ">" : "",
	    total, before, here, dsn, reason);
}

void
report_deferred(struct message *m, struct rcpt *r, const char *reason)
{
	char dsn[16];
	struct msg_deliver_status s = {
		.index = r->index,
		.outcome = OUTCOME_DEFERRED,
		.dsn = dsn,
	};

	s.reason = report_split(reason, "4.3.0", dsn);
	log_deferred(m, r, dsn, s.reason);
	deferred(m, r, &s);
}
