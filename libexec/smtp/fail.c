/* SPDX-License-Identifier: ISC */
/*
 * What a failure means for the recipients: a temporary one sends them to the
 * next host if there is one, everything else is their fate.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"
#include "smtp_in.h"

size_t
fail_left(const struct delivery *d)
{
	size_t n = 0;

	for (size_t i = 0; i < d->r->nrcpt; i++)
		if (!d->r->rcpt[i].done && !d->next[i])
			n++;
	return (n);
}

/* The words of the latest reply that are not a success. */
void
fail_verdict(struct delivery *d, enum step step, struct verdict *v)
{
	struct arena *a = d->r->arena;
	struct server *s = d->srv;
	int class = s->reply.code / 100;

	*v = (struct verdict){ .mta_name = s->host.name,
		.diag_text = server_said(a, s) };
	/* 1xx, or 2xx and 3xx where they make no sense: not the mail's fault */
	if (class != 5)
		class = 4;
	if (s->reply.dsn[0] == '0' + class)
		memcpy(v->dsn, s->reply.dsn, sizeof(v->dsn));
	else
		(void)snprintf(v->dsn, sizeof(v->dsn), "%d.0.0", class);
	if (step <= STEP_LHLO)
		v->reason = arena_printf(a, "host %s refused to talk to me: %s",
		    s->namaddr, v->diag_text);
	else
		v->reason = arena_printf(a,
		    "host %s said: %s (in reply to %s)", s->namaddr,
		    v->diag_text, steps[step].command);
}

static bool
may_try_next(const struct delivery *d, const struct verdict *v)
{
	return (!d->final && (verdict_is_soft(v) || cf->soft_bounce));
}

static void
report(struct delivery *d, size_t i, const struct verdict *v)
{
	bool talked = d->srv != NULL;
	struct agent_result res = {
		.outcome = verdict_is_soft(v) ? OUTCOME_DEFERRED :
		    OUTCOME_BOUNCED,
		.dsn = v->dsn, .reason = v->reason,
		.mta_type = v->mta_name != NULL ? "dns" : NULL,
		.mta_name = v->mta_name,
		.diag_type = v->diag_text != NULL ? "smtp" : NULL,
		.diag_text = v->diag_text,
		.relay = talked ? d->srv->relay : NULL,
		.conn_use = talked ? d->srv->uses : 0,
	};

	agent_report(d->c->chan, d->r, &d->r->rcpt[i], &res);
}

void
fail_all(struct delivery *d, const struct verdict *v, bool hop)
{
	bool next = may_try_next(d, v);

	d->why = *v;
	if (d->r->setup_us == 0)
		d->r->setup_us = wall_us();
	if (next && fail_left(d) > 0)
		log_info("%s: %s", d->r->m.queue_id, v->reason);
	for (size_t i = 0; i < d->r->nrcpt; i++) {
		if (d->r->rcpt[i].done || d->next[i])
			continue;
		if (next)
			d->next[i] = true;
		else
			report(d, i, v);
	}
	if (hop && !next && !d->r->hop_failed &&
	    (verdict_is_soft(v) || cf->soft_bounce)) {
		d->r->hop_failed = true;
		d->r->hop_dsn = arena_str(d->r->arena, v->dsn);
		d->r->hop_reason = v->reason;
	}
}

void
fail_rcpt(struct delivery *d, size_t i, const struct verdict *v)
{
	d->accepted[i] = false;
	if (may_try_next(d, v)) {
		log_info("%s: %s", d->r->m.queue_id, v->reason);
		d->next[i] = true;
	} else
		report(d, i, v);
}

void
fail_accepted(struct delivery *d, const struct verdict *v)
{
	bool next = may_try_next(d, v);

	if (next && d->naccepted > 0)
		log_info("%s: %s", d->r->m.queue_id, v->reason);
	for (size_t i = 0; i < d->r->nrcpt; i++) {
		if (!d->accepted[i])
			continue;
		d->accepted[i] = false;
		if (next)
			d->next[i] = true;
		else
			report(d, i, v);
	}
	d->naccepted = 0;
}

void
fail_stream(struct delivery *d, enum smtp_io io, enum step step)
{
	struct arena *a = d->r->arena;
	const char *who = d->srv->namaddr;
	const char *doing = steps[step].doing;
	struct verdict v;

	switch (io) {
	case SMTP_TIMEOUT:
		verdict_own(&v, a, "4.4.2",
		    "conversation with %s timed out while %s", who, doing);
		break;
	case SMTP_FLOOD:
		verdict_own(&v, a, "4.5.0",
		    "host %s sent an endless reply while %s", who, doing);
		break;
	case SMTP_OK:
	case SMTP_EOF:
	case SMTP_ERROR:
		verdict_own(&v, a, "4.4.2", "lost connection with %s while %s",
		    who, doing);
		break;
	}
	d->srv->dead = true;
	fail_all(d, &v, true);
}
