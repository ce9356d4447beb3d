/* SPDX-License-Identifier: ISC */
/* Asking warrant(8), reading what mda(8) answers. */
#include <sys/socket.h>

#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "broker/role.h"
#include "launch.h"

#define WARRANT		"warrant"
#define WARRANT_WAIT	span_s(60)
/* Locks, the writing itself, an mda that ends its command: on top of limits. */
#define MDA_WAIT	3600

static struct chan *warrant;	/* kept */

void
launch_mail(struct msg_launch_mail *m, const struct agent_request *r,
    const struct agent_rcpt *rcpt, const char *delivered_to)
{
	const struct msg_deliver *d = &r->m;

	*m = (struct msg_launch_mail){ .content_offset = d->content_offset,
		.content_length = d->content_length, .digest = d->digest,
		.arrival_us = d->arrival_us, .service = role_service(),
		.queue_id = d->queue_id,
		.sender = d->sender, .recipient = rcpt->addr,
		.orig_recipient = rcpt->orig, .delivered_to = delivered_to,
		.envid = d->envid, .client_name = d->client_name,
		.client_address = d->client_address,
		.client_port = d->client_port,
		.client_protocol = d->protocol_name,
		.client_helo = d->helo_name, .sasl_method = d->sasl_method,
		.sasl_username = d->sasl_username,
		.sasl_sender = d->sasl_sender };
}

static void
later(struct launch_answer *out, const char *text)
{
	out->status = LAUNCH_LATER;
	out->res = (struct agent_result){ .outcome = OUTCOME_DEFERRED,
		.dsn = "4.3.0", .reason = text };
}

/* 0 or -1: the channel is of no use. */
static int
ask(const struct msg_launch_mail *m, int message, enum verb verb,
    const void *what, int end, struct msg_launched *answer)
{
	enum verb got;

	if (warrant == NULL && (warrant = role_dial(WARRANT)) == NULL)
		return (-1);
	if ((m != NULL && (chan_put_fd(warrant, V_launch_mail, m, message) <
	    0 || chan_flush(warrant, mono_in(WARRANT_WAIT)) < 0)) ||
	    chan_put_fd(warrant, verb, what, end) < 0 ||
	    chan_flush(warrant, mono_in(WARRANT_WAIT)) < 0 ||
	    chan_next(warrant, mono_in(WARRANT_WAIT), &got) != CHAN_MESSAGE)
		return (-1);
	if (got != V_launched) {
		chan_refuse(warrant, "unexpected reply");
		return (-1);
	}
	return (chan_get(warrant, answer) ? 0 : -1);
}

static bool
take_entry(struct agent_request *r, struct chan *mda,
    struct launch_answer *out)
{
	struct msg_mda_entry m;
	struct launch_entry *more;

	if (out->nentries == LAUNCH_ENTRIES_MAX) {
		chan_refuse(mda, "too many entries");
		return (false);
	}
	if (!chan_get(mda, &m))
		return (false);
	/* Doubled when full, at powers of two. */
	if ((out->nentries & (out->nentries - 1)) == 0) {
		more = arena_array(r->arena, out->nentries * 2 + 1,
		    sizeof(*more));
		if (out->nentries > 0)
			memcpy(more, out->entry, out->nentries *
			    sizeof(*more));
		out->entry = more;
	}
	out->entry[out->nentries++] = (struct launch_entry){
		(enum mda_entry_type)m.type, m.index,
		arena_str(r->arena, m.text) };
	return (true);
}

static bool
take_done(struct agent_request *r, struct chan *mda,
    struct launch_answer *out)
{
	struct msg_mda_done m;
	struct arena *a = r->arena;

	if (!chan_get(mda, &m))
		return (false);
	out->found = m.found;
	out->damaged = m.damaged;
	out->res = (struct agent_result){ .outcome = (enum outcome)m.outcome,
		.dsn = arena_str(a, m.dsn), .action =
		    m.outcome == OUTCOME_SENT ? "delivered" : NULL,
		.reason = arena_str(a, m.reason) };
	if (*m.diag != '\0') {
		out->res.diag_type = "x-unix";
		out->res.diag_text = arena_str(a, m.diag);
	}
	return (true);
}

uint32_t
launch_time_limit(void)
{
	static const struct param row = { .name = "time_limit",
		.dflt = "1000s", .lo = 1, .hi = 1000000, .type = PARAM_time };
	struct span limit = cf->command_time_limit;
	struct arena *a = arena_new(0);
	const char *text = cf_extra(arena_printf(a, "%s_time_limit",
	    role_service()));
	struct conf_error e;

	if (text != NULL && param_parse(&row, text, &limit, &e) < 0) {
		log_warn("%s_time_limit: %s", role_service(), e.text);
		limit = cf->command_time_limit;
	}
	arena_free(&a);
	return ((uint32_t)(limit.ns / 1000000000));
}

/* Until mda is done, or gone. */
static void
hear(struct agent_request *r, struct chan *mda, struct mono deadline,
    struct launch_answer *out)
{
	enum verb verb;

	out->status = LAUNCH_STARTED;
	for (;;) {
		switch (chan_next(mda, deadline, &verb)) {
		case CHAN_GONE:
			later(out, "delivery process died unexpectedly");
			return;
		case CHAN_AGAIN:
			later(out, "delivery process does not answer");
			return;
		case CHAN_MESSAGE:
			break;
		}
		if (verb == V_mda_done && take_done(r, mda, out))
			return;
		if (verb == V_mda_entry && take_entry(r, mda, out))
			continue;
		if (verb != V_mda_done && verb != V_mda_entry)
			chan_refuse(mda, "unexpected");
		later(out, "delivery process does not make sense");
		return;
	}
}

/* What warrant said, for good: its channel's text does not last. */
static void
refused(struct agent_request *r, const struct msg_launched *m,
    struct launch_answer *out)
{
	out->status = (enum launch_status)m->status;
	out->res = (struct agent_result){ .outcome =
		m->status == LAUNCH_LATER ? OUTCOME_DEFERRED : OUTCOME_BOUNCED,
		.dsn = arena_str(r->arena, m->dsn),
		.reason = arena_str(r->arena, m->text) };
}

void
launch(struct agent_request *r, const struct msg_launch_mail *m,
    enum verb verb, const void *what, uint32_t limit,
    struct launch_answer *out)
{
	struct msg_launched answer;
	struct chan *mda;
	int sv[2], rc;

	*out = (struct launch_answer){ .status = LAUNCH_LATER };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0) {
		later(out, arena_printf(r->arena, "socketpair: %s",
		    strerror(errno)));
		return;
	}
	rc = ask(m, r->fd, verb, what, sv[1], &answer);
	/* A process that was replaced: its successor is asked. */
	if (rc < 0) {
		chan_free(&warrant);
		rc = ask(m, r->fd, verb, what, sv[1], &answer);
	}
	fd_close(&sv[1]);
	mda = chan_client(sv[0], ROLE_WARRANT);
	if (rc < 0) {
		chan_free(&warrant);
		later(out, "delivery service is not available");
	} else if (answer.status != LAUNCH_STARTED)
		refused(r, &answer, out);
	else
		hear(r, mda, mono_in(span_s((int64_t)limit + MDA_WAIT)), out);
	chan_free(&mda);
}
