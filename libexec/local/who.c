/* SPDX-License-Identifier: ISC */
/* The points of an expansion, and what became of them. */
#include <stdarg.h>
#include <string.h>

#include "address/address.h"
#include "base/log.h"
#include "broker/role.h"
#include "local_in.h"

void
who_init(struct who *w, struct job *j, const struct who *up, const char *addr)
{
	struct addr_parts p = addr_split(view_of(addr));
	size_t at;

	*w = (struct who){ .up = up, .addr = addr };
	if (up != NULL) {
		w->level = up->level + 1;
		w->alias = up->alias;
		w->forward = up->forward;
		w->luser = up->luser;
		w->sender = up->sender;
		w->owned = up->owned;
	} else
		w->sender = j->r->m.sender;
	w->local = view_lower(j->a, p.local);
	w->domain = view_lower(j->a, p.domain);
	at = addr_extension(view_of(w->local), cf->recipient_delimiter,
	    cf->owner_request_special);
	w->user = arena_strn(j->a, w->local, at);
	if (w->local[at] != '\0') {
		w->delimiter = w->local[at];
		w->ext = w->local + at + 1;
	} else
		w->ext = "";
}

static int
weight(enum outcome o)
{
	return (o == OUTCOME_DEFERRED ? 2 : o == OUTCOME_BOUNCED);
}

void
job_merge(struct job *j, const struct who *w, const struct agent_result *res)
{
	struct failure *f;

	if (!j->any || weight(res->outcome) > weight(j->fate.outcome))
		j->fate = *res;
	j->any = true;
	if (res->outcome != OUTCOME_BOUNCED)
		return;
	f = arena_get(j->a, sizeof(*f));
	*f = (struct failure){ NULL, *res };
	if (res->addr == NULL && strcmp(w->addr, j->rcpt->addr) != 0)
		f->res.addr = w->addr;
	if (j->failed == NULL)
		j->failed = &j->failures;
	*j->failed = f;
	j->failed = &f->next;
}

void
job_tell(struct job *j)
{
	struct failure *f = j->failures;

	if (j->fate.outcome == OUTCOME_BOUNCED) {
		for (; f->next != NULL; f = f->next)
			agent_tell_part(j->qmgr, j->r, j->rcpt, &f->res);
		j->fate = f->res;
	}
	agent_tell(j->qmgr, j->r, j->rcpt, &j->fate);
}

void
job_result(struct job *j, const struct who *w, const struct agent_result *res)
{
	struct agent_result r = agent_filtered(j->r, res);
	struct agent_rcpt as = *j->rcpt;

	if (r.relay == NULL)
		r.relay = role_service();
	as.addr = w->addr;
	if (as.orig[0] == '\0')
		as.orig = j->rcpt->addr;
	agent_log(j->r, &as, &r);
	job_merge(j, w, &r);
}

void
job_fail(struct job *j, const struct who *w, const char *dsn,
    const char *fmt, ...)
{
	struct agent_result res = { .dsn = dsn, .outcome = *dsn == '5' ?
		OUTCOME_BOUNCED : OUTCOME_DEFERRED };
	va_list ap;

	va_start(ap, fmt);
	res.reason = arena_vprintf(j->a, fmt, ap);
	va_end(ap);
	job_result(j, w, &res);
}
