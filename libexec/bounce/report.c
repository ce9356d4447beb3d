/* SPDX-License-Identifier: ISC */
/*
 * report - what happened to each recipient, twice: for people, and in the
 * fields of RFC 3464.
 *
 * The log is read anew each time, an entry at a time, so that a message with
 * very many recipients needs no more memory than others.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "address/verp.h"
#include "base/log.h"
#include "bounce.h"
#include "conf/conf.h"
#include "dsn/dsn.h"
#include "message/date.h"

typedef void (*entry_fn)(const struct notice *n, const struct dsnlog_entry *e,
    struct post *p);

bool
report_wanted(const struct notice *n, const struct dsnlog_entry *e)
{
	return (n->wanted == 0 || e->notify_flags == 0 ||
	    (e->notify_flags & n->wanted) != 0);
}

/* How many are to be reported; "fn" (may be NULL) is called for each. */
static long
each(const struct notice *n, entry_fn fn, struct post *p)
{
	struct dsnlog *l = dsnlog_open(n->log);
	struct dsnlog_entry e;
	uint64_t seen = 0;
	long count = 0;
	int got;

	while ((got = dsnlog_next(l, &e)) == 1) {
		if (!report_wanted(n, &e) || seen++ < n->skip)
			continue;
		if (n->most != 0 && seen > n->skip + n->most)
			continue;
		count++;
		if (fn != NULL)
			fn(n, &e, p);
	}
	dsnlog_close(&l);
	return (got == -1 ? -1 : count);
}

/* Bytes that the notice has not promised become '?'. */
static const char *
plain(const struct notice *n, struct buf *text)
{
	size_t i;

	if (!original_is_utf8(n->o))
		for (i = 0; i < text->n; i++)
			if ((unsigned char)text->p[i] > 0x7e)
				text->p[i] = '?';
	return (buf_str(text));
}

static void
put_folded(const struct notice *n, struct post *p, struct buf *text,
    size_t column)
{
	struct buf lines;

	buf_init(&lines, NOTICE_LINE_MAX);
	if (dsn_fold(&lines, plain(n, text), column) == -1)
		post_fail(p, "a field of the notice is too long");
	else
		post_put(p, lines.p, lines.n);
	buf_fini(&lines);
}

/* "Name: value", folded. */
static void __attribute__((format(printf, 4, 5)))
field(const struct notice *n, struct post *p, const char *name,
    const char *fmt, ...)
{
	struct buf text;
	va_list ap;

	buf_init(&text, NOTICE_LINE_MAX);
	va_start(ap, fmt);
	if (buf_vprintf(&text, fmt, ap) == -1)
		post_fail(p, "a field of the notice is too long");
	va_end(ap);
	post_puts(p, name);
	post_puts(p, ": ");
	put_folded(n, p, &text, strlen(name) + 2);
	buf_fini(&text);
}

/* A field with an address: never folded, an address has no place for it. */
static void
address_field(const struct notice *n, struct post *p, const char *name,
    const char *addr)
{
	struct buf text;

	buf_init(&text, NOTICE_LINE_MAX);
	if (dsn_address(&text, addr) == -1)
		post_fail(p, "an address is too long");
	post_printf(p, "%s: %s\n", name, plain(n, &text));
	buf_fini(&text);
}

static bool
has_orig(const struct dsnlog_entry *e)
{
	return (e->original_recipient[0] != '\0' &&
	    strcasecmp(e->original_recipient, e->recipient) != 0);
}

static int
put_addr(struct buf *b, const char *addr)
{
	struct buf typed;
	const char *bare;
	int rc;

	buf_init(&typed, NOTICE_LINE_MAX);
	rc = dsn_address(&typed, addr);
	bare = rc == 0 ? strchr(buf_str(&typed), ' ') : NULL;
	if (bare != NULL)
		rc = buf_puts(b, bare + 1);
	buf_fini(&typed);
	return (rc);
}

static void
text_entry(const struct notice *n, const struct dsnlog_entry *e,
    struct post *p)
{
	struct buf text;

	buf_init(&text, NOTICE_LINE_MAX);
	if (buf_putc(&text, '<') == -1 || put_addr(&text, e->recipient) ==
	    -1 || buf_putc(&text, '>') == -1 || (has_orig(e) &&
	    (buf_puts(&text, " (expanded from <") == -1 ||
	    put_addr(&text, e->original_recipient) == -1 ||
	    buf_puts(&text, ">)") == -1)) ||
	    buf_printf(&text, ": %s", e->reason) == -1)
		post_fail(p, "a reason is too long");
	else
		put_folded(n, p, &text, 0);
	post_puts(p, "\n");
	buf_fini(&text);
}

static const char *
action(const struct notice *n, const struct dsnlog_entry *e)
{
	/* What has expired was logged as delayed. */
	if (n->kind == BOUNCE_FAILURE)
		return ("failed");
	if (n->kind == BOUNCE_DELAY)
		return ("delayed");
	return (*e->action != '\0' ? e->action : "delivered");
}

static void
fields_entry(const struct notice *n, const struct dsnlog_entry *e,
    struct post *p)
{
	char date[DATE_SIZE], code[DSN_CODE_SIZE];

	post_puts(p, "\n");
	address_field(n, p, "Final-Recipient", e->recipient);
	if (*e->dsn_orig_rcpt != '\0')
		field(n, p, "Original-Recipient", "%s", e->dsn_orig_rcpt);
	else if (*e->original_recipient != '\0')
		address_field(n, p, "Original-Recipient",
		    e->original_recipient);
	post_printf(p, "Action: %s\n", action(n, e));
	(void)dsn_split(e->status, n->kind == BOUNCE_FAILURE ? "5.0.0" :
	    n->kind == BOUNCE_DELAY ? "4.0.0" : "2.0.0", code);
	post_printf(p, "Status: %s\n", code);
	if (*e->mta_type != '\0' && *e->mta_mname != '\0')
		field(n, p, "Remote-MTA", "%s; %s", e->mta_type,
		    e->mta_mname);
	if (*e->diag_type != '\0')
		field(n, p, "Diagnostic-Code", "%s; %s", e->diag_type,
		    e->diag_text);
	else if (*e->reason != '\0')
		field(n, p, "Diagnostic-Code", "X-Postfix; %s", e->reason);
	if (n->kind == BOUNCE_DELAY)
		post_printf(p, "Will-Retry-Until: %s\n", date_text(
		    (time_t)(n->o->m.arrival_us / 1000000) +
		    (time_t)(cf->maximal_queue_lifetime.ns / 1000000000),
		    date));
}

bool
report_sender(const struct notice *n, struct buf *out)
{
	struct dsnlog *l = dsnlog_open(n->log);
	struct dsnlog_entry e;
	uint64_t seen = 0;
	bool found = false;

	while (!found && dsnlog_next(l, &e) == 1)
		found = report_wanted(n, &e) && seen++ == n->skip;
	found = found && verp_sender(n->o->m.verp, n->o->m.sender,
	    *e.original_recipient != '\0' ? e.original_recipient :
	    e.recipient, out) == 0;
	dsnlog_close(&l);
	return (found);
}

long
report_count(const struct notice *n)
{
	return (each(n, NULL, NULL));
}

static void
walk(const struct notice *n, entry_fn fn, struct post *p)
{
	if (each(n, fn, p) == -1)
		post_fail(p, "read the log: %s", strerror(errno));
}

void
report_text(const struct notice *n, struct post *p)
{
	walk(n, text_entry, p);
}

void
report_fields(const struct notice *n, struct post *p)
{
	char date[DATE_SIZE];

	post_printf(p, "Reporting-MTA: dns; %s\n", cf->myhostname);
	if (*n->o->m.envid != '\0')
		field(n, p, "Original-Envelope-Id", "%s", n->o->m.envid);
	post_printf(p, "X-Postfix-Queue-ID: %s\n", n->o->m.queue_id);
	address_field(n, p, "X-Postfix-Sender", *n->o->m.sender != '\0' ?
	    n->o->m.sender : arena_printf(n->arena, "MAILER-DAEMON@%s",
	    cf->myhostname));
	post_printf(p, "Arrival-Date: %s\n",
	    date_text((time_t)(n->o->m.arrival_us / 1000000), date));
	walk(n, fields_entry, p);
}
