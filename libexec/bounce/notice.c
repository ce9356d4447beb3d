/* SPDX-License-Identifier: ISC */
/*
 * notice - one notice as a message: multipart/report of RFC 6522, with the
 * types of RFC 6533 where the message was an internationalized one.
 */
#include <string.h>
#include <time.h>

#include "address/address.h"
#include "bounce.h"
#include "conf/conf.h"
#include "dsn/dsn.h"
#include "message/date.h"

#define BOUNDARY_MAX	400

static bool
is_8bit(const struct notice *n)
{
	return (original_is_8bit(n->o) ||
	    strcasecmp(n->template->charset, "us-ascii") != 0);
}

static void
put_threads(const struct notice *n, struct post *p)
{
	const struct original *o = n->o;
	struct buf lines;

	if (*o->message_id == '\0')
		return;
	buf_init(&lines, NOTICE_LINE_MAX);
	buf_xputs(&lines, "References: ");
	if (dsn_fold(&lines, *o->references == '\0' ? o->message_id :
	    arena_printf(n->arena, "%s %s", o->references, o->message_id),
	    lines.n) == -1 || buf_puts(&lines, "In-Reply-To: ") == -1 ||
	    dsn_fold(&lines, o->message_id, strlen("In-Reply-To: ")) == -1)
		post_fail(p, "a message id is too long");
	post_put(p, lines.p, lines.n);
	buf_fini(&lines);
}

static void
put_recipient(const struct notice *n, struct post *p)
{
	struct buf to;

	buf_init(&to, NOTICE_LINE_MAX);
	if (addr_quote(view_of(n->rcpt), &to) == -1)
		post_fail(p, "the address is too long");
	post_printf(p, "To: %s\n", buf_str(&to));
	buf_fini(&to);
}

static void
put_header(const struct notice *n, struct post *p, const char *boundary)
{
	const struct template *t = n->template;
	char date[DATE_SIZE], stamp[DATE_SIZE];
	time_t now = time(NULL);

	(void)date_text(now, date);
	post_printf(p, "Received: by %s (%s)\n\tid %s; %s\n", cf->myhostname,
	    cf->mail_name, p->id, date);
	post_printf(p, "Date: %s\n", date);
	post_printf(p, "From: %s\n", t->from);
	post_printf(p, "Subject: %s\n", n->postmaster &&
	    t->postmaster_subject != NULL ? t->postmaster_subject :
	    t->subject);
	put_recipient(n, p);
	put_threads(n, p);
	post_printf(p, "Auto-Submitted: %s\n", n->postmaster ?
	    "auto-generated" : "auto-replied");
	post_printf(p, "MIME-Version: 1.0\n"
	    "Content-Type: multipart/report; report-type=%sdelivery-status;\n"
	    "\tboundary=\"%s\"\n", original_is_utf8(n->o) ? "global-" : "",
	    boundary);
	if (is_8bit(n))
		post_puts(p, "Content-Transfer-Encoding: 8bit\n");
	post_printf(p, "Message-Id: <%s.%s@%s>\n\n"
	    "This is a MIME-encapsulated message.\n\n",
	    date_stamp(now, stamp), p->id, cf->myhostname);
}

static void
put_part(struct post *p, const char *boundary, const char *description,
    const char *type, bool eight)
{
	post_printf(p, "--%s\nContent-Description: %s\nContent-Type: %s\n%s\n",
	    boundary, description, type,
	    eight ? "Content-Transfer-Encoding: 8bit\n" : "");
}

static void
put_text(const struct notice *n, struct post *p)
{
	struct buf text;

	/* The template speaks to the sender. */
	if (!n->postmaster) {
		buf_init(&text, 2 * TEMPLATE_FILE_MAX);
		if (template_expand(n->template->body, n->arena, template_param,
		    n->arena, &text) == -1)
			post_fail(p, "the template's text is too long");
		post_put(p, text.p, text.n);
		buf_fini(&text);
		post_puts(p, "\n");
	}
	report_text(n, p);
}

static const char *
charset(const struct notice *n)
{
	const char *name = n->template->charset;

	/* Reasons and addresses of such a message are UTF-8. */
	return (original_is_utf8(n->o) && strcasecmp(name, "us-ascii") == 0 ?
	    "utf-8" : name);
}

/* As in the mailbox that the message did not come to. */
static void
put_return_path(const struct notice *n, struct post *p)
{
	struct buf path;

	buf_init(&path, NOTICE_LINE_MAX);
	if (addr_quote(view_of(n->o->m.sender), &path) == -1)
		post_fail(p, "the sender is too long");
	post_printf(p, "Return-Path: <%s>\n", buf_str(&path));
	buf_fini(&path);
}

static void
put_original(const struct notice *n, struct post *p, const char *boundary)
{
	static const char *const what[] = {
		[BOUNCE_FAILURE] = "Undelivered Message",
		[BOUNCE_DELAY] = "Delayed Message",
		[BOUNCE_SUCCESS] = "Message",
		[BOUNCE_REPORT] = "Message",
	};
	const bool utf8 = original_is_utf8(n->o);
	const bool all = n->part == PART_FULL;

	put_part(p, boundary, all ? what[n->kind] :
	    arena_printf(n->arena, "%s Headers", what[n->kind]),
	    all ? (utf8 ? "message/global" : "message/rfc822") :
	    (utf8 ? "message/global-headers" : "text/rfc822-headers"),
	    original_is_8bit(n->o));
	put_return_path(n, p);
	original_put(n->o, n->part, p);
}

void
notice_write(const struct notice *n, struct post *p)
{
	const bool utf8 = original_is_utf8(n->o);
	const char *boundary;

	if (p->failed)
		return;
	boundary = arena_printf(n->arena, "%s.%lld/%.*s", p->id,
	    (long long)time(NULL), BOUNDARY_MAX, cf->myhostname);
	put_header(n, p, boundary);
	put_part(p, boundary, "Notification", arena_printf(n->arena,
	    "text/plain; charset=%s", charset(n)), is_8bit(n));
	put_text(n, p);
	put_part(p, boundary, "Delivery report", utf8 ?
	    "message/global-delivery-status" : "message/delivery-status",
	    utf8);
	report_fields(n, p);
	post_puts(p, "\n");
	put_original(n, p, boundary);
	post_printf(p, "\n--%s--\n", boundary);
}
