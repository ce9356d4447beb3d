/* SPDX-License-Identifier: ISC */
/*
 * unverified - addresses that verify(8) is asked for: can mail be delivered
 * there at all?
 */
#include <errno.h>
#include <string.h>

#include "address/probe_sender.h"
#include "base/log.h"
#include "conf/conf.h"

#include "judge.h"

#define SLACK		span_s(10)	/* for an answer above what it may wait */
#define WAIT_MS_MAX	((int64_t)3600000)

/* As one who polls, asks at once, and then every address_verify_poll_delay. */
static uint32_t
wait_ms(void)
{
	const int64_t polls = cf->address_verify_poll_count - 1;
	const int64_t each = cf->address_verify_poll_delay.ns / 1000000;

	if (polls <= 0)
		return (0);
	return ((uint32_t)(each > WAIT_MS_MAX / polls ? WAIT_MS_MAX :
	    each * polls));
}

static int64_t
left_ms(struct mono end)
{
	return (mono_until(end).ns / 1000000);
}

/*
 * False: there is no answer to be had. verify(8) ends our channel when it is
 * started anew: then we ask its successor, for as long as we may wait.
 */
static bool
ask(struct smtpd *s, const char *addr, struct msg_verify_answer *out)
{
	const struct mono end = mono_in((struct span){ SLACK.ns +
		(int64_t)wait_ms() * 1000000 });
	struct msg_verify_query q = { .addr = addr };

	for (int tries = 0; tries < 3 && !mono_past(end); tries++) {
		int64_t wait = left_ms(end) - SLACK.ns / 1000000;

		q.wait_ms = wait > 0 ? (uint32_t)wait : 0;
		if (s->verify == NULL)
			s->verify = smtpd_dial(cf->address_verify_service_name);
		if (s->verify == NULL) {
			log_warn("connect to service %s: %s",
			    cf->address_verify_service_name, strerror(errno));
			return (false);
		}
		if (chan_call(s->verify, V_verify_query, &q, V_verify_answer,
		    out, end) == 0)
			return (true);
		chan_free(&s->verify);
	}
	log_warn("problem talking to service %s",
	    cf->address_verify_service_name);
	return (false);
}

bool
probe_sender_known(const char *addr)
{
	return (probe_sender_is(cf->address_verify_sender,
	    cf->address_verify_sender_ttl.ns / 1000000000,
	    wall_us() / 1000000, cf->myorigin, addr));
}

/* What differs between the two restrictions. */
struct kind {
	const char	*class, *dsn, *reason, *tempfail;
	int64_t		 reject_code, defer_code;
};

static struct kind
kind_of(int which)
{
	if (which == OF_RCPT)
		return ((struct kind){ CLASS_RCPT, "5.1.1",
		    cf->unverified_recipient_reject_reason,
		    cf->unverified_recipient_tempfail_action,
		    cf->unverified_recipient_reject_code,
		    cf->unverified_recipient_defer_code });
	return ((struct kind){ CLASS_SENDER, "5.1.7",
	    cf->unverified_sender_reject_reason,
	    cf->unverified_sender_tempfail_action,
	    cf->unverified_sender_reject_code,
	    cf->unverified_sender_defer_code });
}

static const char *
text_of(struct judge *j, const struct kind *k,
    const struct msg_verify_answer *a)
{
	if (*k->reason != '\0')
		return (k->reason);
	return (arena_printf(j->s->line, "%s address: %s",
	    a->status == VERIFY_BOUNCE ? "undeliverable" : "unverified",
	    a->text));
}

enum check
check_unverified(struct judge *j, const struct ritem *it)
{
	const struct kind k = kind_of(it->r->which);
	const char *addr = it->r->which == OF_RCPT ? j->rcpt :
	    judge_sender(j);
	const char *name = judge_name(j, k.class);
	struct msg_verify_answer a;
	struct resolved r;

	if (*addr == '\0' || probe_sender_known(addr))
		return (CHECK_DUNNO);
	if (!address_resolve(j->s, addr, &r))
		return (judge_retry(j, name));
	if (!ask(j->s, r.rcpt, &a))
		return (judge_reject(j, k.class, 451, "4.3.0",
		    "<%s>: %s rejected: address verification problem", name,
		    k.class));
	switch ((enum verify_status)a.status) {
	case VERIFY_OK:
		break;
	case VERIFY_BOUNCE:
		if (k.reject_code / 100 == 2)
			break;		/* "250": let it pass anyway */
		return (judge_reject(j, k.class, (int)k.reject_code, k.dsn,
		    "<%s>: %s rejected: %s", name, k.class,
		    text_of(j, &k, &a)));
	case VERIFY_DEFER:
	case VERIFY_PENDING:
		if (k.defer_code / 100 == 2)
			break;
		return (judge_tempfail(j, k.tempfail, k.class,
		    (int)k.defer_code, k.dsn, "<%s>: %s rejected: %s", name,
		    k.class, text_of(j, &k, &a)));
	}
	return (CHECK_DUNNO);
}
