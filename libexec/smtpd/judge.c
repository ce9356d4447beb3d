/* SPDX-License-Identifier: ISC */
/* judge - one evaluation of restriction lists (judge.h). */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"

#include "judge.h"
#include "log.h"
#include "setup.h"
#include "transcript.h"
#include "tx.h"

#define DEPTH_MAX	100		/* classes by tables by classes ... */

const char *
judge_sender(const struct judge *j)
{
	return (j->s->tx != NULL ? j->s->tx->sender : NULL);
}

const char *
judge_name(struct judge *j, const char *class)
{
	struct smtpd *s = j->s;

	if (strcmp(class, CLASS_CLIENT) == 0)
		return (s->peer.label);
	if (strcmp(class, CLASS_HELO) == 0)
		return (s->helo != NULL ? s->helo : "");
	if (strcmp(class, CLASS_SENDER) == 0)
		return (s->tx != NULL ? s->tx->sender_ext : "");
	if (strcmp(class, CLASS_RCPT) == 0)
		return (j->rcpt != NULL ? log_address(s, j->rcpt) : "");
	if (strcmp(class, CLASS_DATA) == 0)
		return ("DATA");
	if (strcmp(class, CLASS_LOGIN) == 0)
		return (s->login.user != NULL ? s->login.user : "");
	if (strcmp(class, CLASS_ETRN) == 0)
		return (j->etrn != NULL ? j->etrn : "");
	return ("END-OF-MESSAGE");
}

const char *
judge_subject(struct judge *j, const char **class)
{
	static const char *const of[] = {
		[STAGE_CLIENT] = CLASS_CLIENT, [STAGE_HELO] = CLASS_HELO,
		[STAGE_SENDER] = CLASS_SENDER, [STAGE_RELAY] = CLASS_RCPT,
		[STAGE_RECIPIENT] = CLASS_RCPT, [STAGE_DATA] = CLASS_DATA,
		[STAGE_EOD] = CLASS_EOD, [STAGE_ETRN] = CLASS_ETRN,
		[STAGE_REWRITE] = CLASS_CLIENT,
	};

	*class = j->class != NULL ? j->class : of[j->stage];
	return (judge_name(j, *class));
}

/* The enhanced code of the class that a code has: "5.7.1" and 450: 4.7.1. */
static const char *
dsn_for(struct judge *j, int code, const char *dsn)
{
	if (dsn[0] == '\0' || dsn[0] == '0' + code / 100)
		return (dsn);
	return (arena_printf(j->s->line, "%d%s", code / 100, dsn + 1));
}

static struct verdict __attribute__((format(printf, 4, 0)))
make(struct judge *j, int code, const char *dsn, const char *fmt, va_list ap)
{
	const char *text = arena_vprintf(j->s->line, fmt, ap);

	/* reject codes are parameters; what is no refusal cannot be one. */
	if (code < 400 || code > 599)
		code = 450;
	return (verdict(j->s, code, dsn_for(j, code, dsn), "%s", text));
}

static const char *
reply_text(struct judge *j, struct verdict v)
{
	return (arena_printf(j->s->line, "%d %s %s", v.code, v.dsn, v.text));
}

/* The recipient of this RCPT, for the log. */
static const char *
logged_rcpt(struct judge *j)
{
	return (j->rcpt != NULL ? log_address(j->s, j->rcpt) : NULL);
}

static enum check
refuse(struct judge *j, struct verdict v)
{
	if (j->warn) {
		log_action(j->s, "reject_warning", logged_rcpt(j),
		    reply_text(j, v));
		return (CHECK_DUNNO);
	}
	if (j->if_reject.active && v.code >= 500)
		v = j->if_reject.verdict;
	v = verdict_soft(j->s, v);
	transcript_refused(j->s, v.dsn);
	log_action(j->s, "reject", logged_rcpt(j), reply_text(j, v));
	j->verdict = v;
	return (CHECK_REJECT);
}

enum check
judge_reject(struct judge *j, const char *class, int code, const char *dsn,
    const char *fmt, ...)
{
	struct verdict v;
	va_list ap;

	(void)class;
	va_start(ap, fmt);
	v = make(j, code, dsn, fmt, ap);
	va_end(ap);
	return (refuse(j, v));
}

static enum check
remember(struct judge *j, struct deferral *d, struct verdict v,
    const char *class)
{
	if (j->warn)
		return (refuse(j, v));
	if (!d->active) {
		d->active = true;
		d->class = class;
		d->verdict = v;
		/* It may have to wait for a later command. */
		if (!cf->smtpd_delay_reject) {
			d->verdict.text = arena_str(j->s->life, v.text);
			d->verdict.dsn = arena_str(j->s->life, v.dsn);
		}
	}
	return (CHECK_DUNNO);
}

enum check
judge_defer_if_permit(struct judge *j, const char *class, int code,
    const char *dsn, const char *fmt, ...)
{
	struct verdict v;
	va_list ap;

	va_start(ap, fmt);
	v = make(j, code, dsn, fmt, ap);
	va_end(ap);
	return (remember(j, j->if_permit, v, class));
}

enum check
judge_tempfail(struct judge *j, const char *action, const char *class,
    int code, const char *dsn, const char *fmt, ...)
{
	struct verdict v;
	va_list ap;

	va_start(ap, fmt);
	v = make(j, code >= 500 ? 450 : code, dsn, fmt, ap);
	va_end(ap);
	if (strcmp(action, "defer") == 0)
		return (refuse(j, v));
	return (remember(j, j->if_permit, v, class));
}

bool
judge_end(struct judge *j)
{
	const struct deferral *d = j->if_permit;

	if (!d->active)
		return (false);
	j->verdict = verdict(j->s, d->verdict.code, d->verdict.dsn, "%s",
	    d->verdict.text);
	transcript_refused(j->s, j->verdict.dsn);
	log_action(j->s, "reject", logged_rcpt(j),
	    reply_text(j, j->verdict));
	return (true);
}

enum check
judge_retry(struct judge *j, const char *what)
{
	return (judge_reject(j, "", 451, "4.3.0",
	    "<%s>: Temporary lookup failure", what));
}

enum check
judge_misconfigured(struct judge *j, const char *name, const char *class)
{
	bool warn = j->warn;
	enum check result;

	/* Not a matter of taste: warn_if_reject does not make it good. */
	j->warn = false;
	if (name == NULL)
		result = judge_reject(j, "", 451, "4.3.5",
		    "Server configuration error");
	else
		result = judge_reject(j, class, 451, "4.3.5",
		    "<%s>: %s rejected: Server configuration error", name,
		    class);
	j->warn = warn;
	return (result);
}

enum check
judge_table_failed(struct judge *j, const struct ritem *it, const char *key,
    const char *class)
{
	log_warn("table %s lookup error for \"%s\"", it->word, key);
	return (judge_misconfigured(j, judge_name(j, class), class));
}

/* Can this be asked with what is known of the client by now? */
static bool
answerable(const struct judge *j, const struct restriction *r)
{
	if ((r->needs & NEED_HELO) != 0 && j->s->helo == NULL)
		return (false);
	if ((r->needs & NEED_SENDER) != 0 && judge_sender(j) == NULL)
		return (false);
	return ((r->needs & NEED_RCPT) == 0 || j->rcpt != NULL);
}

static void
log_permit(struct judge *j, const struct ritem *it)
{
	const char *class, *name, *what = it->r != NULL ? it->r->name :
	    it->word;

	if (!setup_list_has(setup.permit_logged, what))
		return;
	name = judge_subject(j, &class);
	log_action(j->s, "permit", logged_rcpt(j), arena_printf(j->s->line,
	    "action=%s for %s=%s", what, class, name));
}

enum check
judge_list(struct judge *j, const struct rlist *list)
{
	const struct ritem *it;
	enum check result = CHECK_DUNNO;
	bool outer = j->warn;
	size_t i;

	if (++j->depth > DEPTH_MAX) {
		log_warn("%s: restrictions are nested too deep", list->title);
		result = judge_misconfigured(j, NULL, NULL);
	}
	for (i = 0; i < list->n && result == CHECK_DUNNO; i++) {
		it = &list->items[i];
		if (it->r != NULL && it->r->run == check_warn_next) {
			j->warn = true;
			continue;
		}
		if (it->list != NULL)
			result = judge_list(j, it->list);
		else if (answerable(j, it->r))
			result = it->r->run(j, it);
		if (result == CHECK_OK)
			log_permit(j, it);
		j->warn = outer;
	}
	j->warn = outer;
	j->depth--;
	return (result);
}

/* The plain ones. */

enum check
check_permit(struct judge *j, const struct ritem *it)
{
	(void)j;
	(void)it;
	return (CHECK_OK);
}

enum check
check_never(struct judge *j, const struct ritem *it)
{
	(void)j;
	(void)it;
	return (CHECK_DUNNO);
}

/* Its row is all that matters: judge_list() looks for it. */
enum check
check_warn_next(struct judge *j, const struct ritem *it)
{
	return (check_never(j, it));
}

enum check
check_reject(struct judge *j, const struct ritem *it)
{
	const char *class, *name = judge_subject(j, &class);

	(void)it;
	return (judge_reject(j, class, (int)cf->reject_code, "5.7.1",
	    "<%s>: %s rejected: Access denied", name, class));
}

enum check
check_defer(struct judge *j, const struct ritem *it)
{
	const char *class, *name = judge_subject(j, &class);

	(void)it;
	return (judge_reject(j, class, (int)cf->defer_code, "4.3.2",
	    "<%s>: %s rejected: Try again later", name, class));
}

enum check
check_defer_if(struct judge *j, const struct ritem *it)
{
	const char *class, *name = judge_subject(j, &class);
	struct verdict v;

	v = verdict(j->s, 450, "4.7.0", "<%s>: %s rejected: %s requested",
	    name, class, it->r->name);
	return (remember(j, it->r->which == IF_PERMIT ? j->if_permit :
	    &j->if_reject, v, class));
}

enum check
check_sleep(struct judge *j, const struct ritem *it)
{
	smtpd_pause(j->s, span_s(it->number));
	return (CHECK_DUNNO);
}

enum check
check_pipelining(struct judge *j, const struct ritem *it)
{
	const char *class, *name = judge_subject(j, &class);

	(void)it;
	if (!j->s->pipelined)
		return (CHECK_DUNNO);
	return (judge_reject(j, class, 503, "5.5.0",
	    "<%s>: %s rejected: Improper use of SMTP command pipelining",
	    name, class));
}

enum check
check_bounce(struct judge *j, const struct ritem *it)
{
	const char *class, *name = judge_subject(j, &class);
	size_t n = j->s->tx->accepted;

	(void)it;
	/* At RCPT this one would be one more. */
	if (j->stage != STAGE_DATA && j->stage != STAGE_EOD)
		n++;
	if (judge_sender(j)[0] != '\0' || n < 2)
		return (CHECK_DUNNO);
	return (judge_reject(j, class,
	    (int)cf->multi_recipient_bounce_reject_code, "5.5.3",
	    "<%s>: %s rejected: Multi-recipient bounce", name, class));
}

enum check
check_plaintext(struct judge *j, const struct ritem *it)
{
	(void)it;
	if (j->s->tls != NULL)
		return (CHECK_DUNNO);
	return (judge_reject(j, CLASS_CLIENT, (int)cf->plaintext_reject_code,
	    "4.7.1", "Session encryption is required"));
}
