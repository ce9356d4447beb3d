/* SPDX-License-Identifier: ISC */
/*
 * restrict - the lists, in the order of the session (restrict.h).
 *
 * With smtpd_delay_reject the lists of client, HELO and MAIL wait for RCPT,
 * so that the log names sender and recipient of what was refused.
 */
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"

#include "judge.h"
#include "restrict.h"
#include "setup.h"
#include "tx.h"

static bool
discarding(const struct smtpd *s)
{
	return (s->tx != NULL && (s->tx->flags & MAIL_FLAG_DISCARD) != 0);
}

/* One list; true if it refuses. */
static bool
refuses(struct judge *j, enum stage stage)
{
	if (discarding(j->s))
		return (false);
	j->stage = stage;
	j->warn = false;
	j->depth = 0;
	j->if_reject.active = false;
	return (judge_list(j, setup.lists[stage]) == CHECK_REJECT);
}

static bool
refuses_sender(struct judge *j)
{
	if (refuses(j, STAGE_SENDER))
		return (true);
	return (cf->smtpd_reject_unlisted_sender && !discarding(j->s) &&
	    judge_sender(j) != NULL && judge_sender(j)[0] != '\0' &&
	    unlisted(j, judge_sender(j), CLASS_SENDER) == CHECK_REJECT);
}

static bool
refuses_in_the_end(struct judge *j)
{
	return (!discarding(j->s) && judge_end(j));
}

static struct verdict
answer(struct judge *j, bool refused)
{
	return (refused ? j->verdict : (struct verdict){ 0 });
}

/* A list that is evaluated before its time has come to refuse for good. */
static struct verdict
early(struct smtpd *s, enum stage stage)
{
	struct judge j = { .s = s, .if_permit = &s->if_permit[stage] };
	bool refused;

	j.if_permit->active = false;
	refused = stage == STAGE_SENDER ? refuses_sender(&j) :
	    refuses(&j, stage);
	return (answer(&j, refused));
}

struct verdict
restrict_connect(struct smtpd *s)
{
	if (cf->smtpd_delay_reject)
		return ((struct verdict){ 0 });
	return (early(s, STAGE_CLIENT));
}

struct verdict
restrict_helo(struct smtpd *s)
{
	if (cf->smtpd_delay_reject)
		return ((struct verdict){ 0 });
	return (early(s, STAGE_HELO));
}

struct verdict
restrict_mail(struct smtpd *s)
{
	if (cf->smtpd_delay_reject)
		return ((struct verdict){ 0 });
	return (early(s, STAGE_SENDER));
}

/* The lists that have waited; without delay, what they left waiting. */
static bool
refuses_late(struct judge *j, struct deferral *waiting)
{
	enum stage i;

	if (cf->smtpd_delay_reject)
		return (refuses(j, STAGE_CLIENT) ||
		    (j->s->helo != NULL && refuses(j, STAGE_HELO)) ||
		    (j->s->tx != NULL && refuses_sender(j)));
	for (i = STAGE_CLIENT; i <= STAGE_SENDER && !waiting->active; i++) {
		if (j->s->if_permit[i].active)
			*waiting = j->s->if_permit[i];
	}
	return (false);
}

static bool
refuses_rcpt(struct judge *j)
{
	enum stage first = STAGE_RELAY, second = STAGE_RECIPIENT;

	if (!cf->smtpd_relay_before_recipient_restrictions) {
		first = STAGE_RECIPIENT;
		second = STAGE_RELAY;
	}
	if (refuses(j, first) || refuses(j, second))
		return (true);
	j->stage = STAGE_RECIPIENT;
	return (cf->smtpd_reject_unlisted_recipient && !discarding(j->s) &&
	    unlisted(j, j->rcpt, CLASS_RCPT) == CHECK_REJECT);
}

struct verdict
restrict_rcpt(struct smtpd *s, const char *rcpt)
{
	struct deferral waiting = { .active = false };
	struct judge j = { .s = s, .rcpt = rcpt, .if_permit = &waiting };
	bool refused;

	s->rcpt = rcpt;
	/*
	 * RFC 5321 4.5.1: whoever has trouble with us can tell us so. Whoever
	 * tests the sender of our own tests must not make us test in turn.
	 */
	if (view_ieq(view_of(rcpt), "postmaster") || probe_sender_known(rcpt))
		return ((struct verdict){ 0 });
	refused = refuses_late(&j, &waiting) || refuses_rcpt(&j) ||
	    refuses_in_the_end(&j);
	return (answer(&j, refused));
}

static struct verdict
at_content(struct smtpd *s, enum stage stage)
{
	struct deferral waiting = { .active = false };
	struct judge j = { .s = s, .if_permit = &waiting };

	/* With one recipient restrictions may speak of it. */
	if (s->tx->accepted == 1)
		j.rcpt = s->tx->rcpt;
	return (answer(&j, refuses(&j, stage) || refuses_in_the_end(&j)));
}

struct verdict
restrict_data(struct smtpd *s)
{
	return (at_content(s, STAGE_DATA));
}

struct verdict
restrict_eod(struct smtpd *s)
{
	return (at_content(s, STAGE_EOD));
}

struct verdict
restrict_etrn(struct smtpd *s, const char *domain)
{
	struct deferral waiting = { .active = false };
	struct judge j = { .s = s, .etrn = domain, .if_permit = &waiting };
	bool refused;

	refused = refuses_late(&j, &waiting) || refuses(&j, STAGE_ETRN) ||
	    refuses_in_the_end(&j);
	return (answer(&j, refused));
}

bool
restrict_rewrite(struct smtpd *s)
{
	struct deferral waiting = { .active = false };
	struct judge j = { .s = s, .if_permit = &waiting,
	    .stage = STAGE_REWRITE };

	return (judge_list(&j, setup.lists[STAGE_REWRITE]) == CHECK_OK);
}
