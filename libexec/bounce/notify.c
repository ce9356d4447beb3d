/* SPDX-License-Identifier: ISC */
/*
 * notify - who is told: the sender, and the postmaster where notify_classes
 * says so.
 *
 * A notice about a notice goes to nobody but the postmaster, from an address
 * whose mail is dropped when it fails too: there is no loop.
 */
#include <string.h>

#include "base/log.h"
#include "bounce.h"
#include "conf/conf.h"

struct words {
	enum template_kind template;
	const char	*noun;		/* in the log */
	uint32_t	 wanted;
	const char	*class;		/* of a copy to the postmaster */
};

static const struct words kinds[] = {
	[BOUNCE_FAILURE] = { TEMPLATE_FAILURE, "non-delivery",
		DSN_NOTIFY_FAILURE, "bounce" },
	[BOUNCE_DELAY] = { TEMPLATE_DELAY, "delay", DSN_NOTIFY_DELAY,
		"delay" },
	/* The trace log holds only what was asked for. */
	[BOUNCE_SUCCESS] = { TEMPLATE_SUCCESS, "delivery status", 0, NULL },
};

static bool
is_double_bounce(const char *sender, struct arena *a)
{
	return (strcasecmp(sender, setup_double_bounce(a)) == 0);
}

/* How much of the message goes back to the sender. */
static enum part
part_for_sender(const struct original *o)
{
	if (o->m.kind != BOUNCE_FAILURE || o->m.ret == 2)
		return (PART_HEADERS);
	if (cf->bounce_size_limit > 0 &&
	    o->m.content_length > (uint64_t)cf->bounce_size_limit)
		return (PART_HEADERS);
	return (PART_FULL);
}

static void
warn_failed(const struct notice *n, const struct post *p)
{
	const char *sep = *p->reason != '\0' ? ": " : "";

	if (n->postmaster)
		log_warn("%s: postmaster notification failed%s%s",
		    n->o->m.queue_id, sep, p->reason);
	else
		log_warn("%s: sender notification failed to %s%s%s",
		    n->o->m.queue_id, n->rcpt, sep, p->reason);
}

static uint32_t
flags(void)
{
	struct view rest = view_of(cf->internal_mail_filter_classes), word;
	uint32_t f = MAIL_FLAG_INTERNAL | MAIL_FLAG_MAP_OK;

	while ((word = view_word(&rest, ", \t\r\n")).n > 0)
		if (view_ieq(word, "bounce"))
			f |= MAIL_FLAG_FILTER | MAIL_FLAG_MILTER;
	return (f);
}

static void
open_post(struct post *p, const struct notice *n)
{
	const struct msg_mail_open open = { .flags = flags(),
		.sendopts = n->o->m.sendopts, .sender = n->sender,
		.arrival_us = (uint64_t)wall_us(),
		.rewrite_context = "local" };
	const struct msg_mail_attr attr = { "encoding",
		original_is_8bit(n->o) ? "8bit" : "7bit" };
	const struct msg_mail_rcpt to = { .addr = n->rcpt };

	post_open(p, setup.dial(cf->cleanup_service_name), &open, &attr, 1);
	post_rcpt(p, &to);
}

static bool
send_notice(const struct notice *n)
{
	struct post p;
	bool ok;

	open_post(&p, n);
	if (!p.failed)
		log_info("%s: %s %s notification: %s", n->o->m.queue_id,
		    n->postmaster ? "postmaster" : "sender",
		    kinds[n->kind].noun, p.id);
	notice_write(n, &p);
	ok = post_close(&p);
	if (!ok)
		warn_failed(n, &p);
	return (ok);
}

static struct notice
make(const struct original *o, struct arena *a, int log)
{
	const enum bounce_kind kind = (enum bounce_kind)o->m.kind;

	return ((struct notice){ .o = o, .arena = a, .log = log,
		.kind = kind, .template = &setup.templates[
		kinds[kind].template], .part = part_for_sender(o),
		.wanted = kinds[kind].wanted, .sender = "",
		.rcpt = o->m.sender });
}

static bool
tell_sender(const struct notice *n)
{
	long count = report_count(n);

	if (count == -1) {
		log_warn("%s: read %s log: %m", n->o->m.queue_id,
		    setup.service);
		return (false);
	}
	return (count == 0 || send_notice(n));
}

static bool
tell_postmaster(struct notice n, const char *rcpt, enum part part)
{
	n.postmaster = true;
	n.wanted = 0;
	n.part = part;
	n.rcpt = rcpt;
	n.sender = setup_double_bounce(n.arena);
	return (send_notice(&n));
}

/* The message was a notice, or had no sender for another reason. */
static bool
tell_nobody(const struct notice *n)
{
	if (n->kind != BOUNCE_FAILURE || !setup_notifies("2bounce"))
		return (true);
	return (tell_postmaster(*n, cf->double_bounce_notice_recipient,
	    PART_FULL));
}

bool
notify(const struct original *o, struct arena *a, int log)
{
	const struct notice n = make(o, a, log);
	const char *class = kinds[n.kind].class;

	if (is_double_bounce(o->m.sender, a)) {
		if (n.kind == BOUNCE_FAILURE)
			log_warn("%s: undeliverable postmaster notification "
			    "discarded", o->m.queue_id);
		return (true);
	}
	if (*o->m.sender == '\0')
		return (tell_nobody(&n));
	if (!tell_sender(&n))
		return (false);
	/* To fail for the copy would tell the sender once more. */
	if (class != NULL && setup_notifies(class))
		(void)tell_postmaster(n, n.kind == BOUNCE_DELAY ?
		    cf->delay_notice_recipient : cf->bounce_notice_recipient,
		    PART_HEADERS);
	return (true);
}
