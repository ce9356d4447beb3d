/* SPDX-License-Identifier: ISC */
/*
 * list - walk through the queue and tell what is there.
 *
 * Memory is that of one message's envelope, a bit for each of its recipients
 * and a batch of them, whatever the queue holds.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "address/address.h"
#include "base/fd.h"
#include "base/log.h"
#include "list.h"
#include "queue-layout/dsnlog.h"

#define BATCH		64
#define FILE_MEMORY	(8 * 1024 * 1024)
#define REASON_MAX	2000		/* as in showq_rcpt */

struct lister {
	struct chan	*ch;
	int		 rootfd;
	const struct q_hash *hash;
	struct span	 wait;
	struct arena	*arena;		/* of one message */
	struct arena	*scratch;	/* of one recipient */
	uint8_t		*waiting;	/* bit: not done, not yet told */
	const struct qf	*qf;
	const char	*id;
	bool		 gone;		/* the client */
	bool		 incomplete;
};

static void
put(struct lister *l, enum verb verb, const void *msg)
{
	if (l->gone || chan_put(l->ch, verb, msg) == 0)
		return;
	if (errno == EMSGSIZE)
		log_warn("%s: a field does not fit and is not shown", l->id);
	else
		l->gone = true;
}

static void
flush(struct lister *l)
{
	if (!l->gone && chan_flush(l->ch, mono_in(l->wait)) == -1)
		l->gone = true;
}

/* The external form; the other one if it does not fit. */
static const char *
external(struct arena *a, const char *addr)
{
	struct buf b;
	const char *text = addr;

	buf_init(&b, MAIL_ADDR_MAX);
	if (*addr != '\0' && addr_quote(view_of(addr), &b) == 0)
		text = arena_strn(a, b.p, b.n);
	buf_fini(&b);
	return (text);
}

static const char *
cut(struct arena *a, const char *text, size_t max)
{
	if (strlen(text) <= max)
		return (text);
	while (max > 0 && ((unsigned char)text[max] & 0xc0) == 0x80)
		max--;
	return (arena_strn(a, text, max));
}

static void
put_rcpt(struct lister *l, const char *addr, const char *orig,
    const char *class, const char *reason)
{
	struct arena *a = l->scratch;
	const struct msg_showq_rcpt m = {
		.orig = strcmp(orig, addr) == 0 ? "" :
		    external(a, cut(a, orig, MAIL_ADDR_MAX)),
		.addr = external(a, cut(a, addr, MAIL_ADDR_MAX)),
		.log_class = class,
		.reason = cut(a, reason, REASON_MAX),
	};

	put(l, V_showq_rcpt, &m);
	arena_reset(a);
}

/* Was it set? Clear it. */
static bool
take_bit(uint8_t *bits, uint64_t i)
{
	const uint8_t bit = (uint8_t)(1U << (i % 8));

	if ((bits[i / 8] & bit) == 0)
		return (false);
	bits[i / 8] = (uint8_t)(bits[i / 8] & ~bit);
	return (true);
}

typedef void (*rcpt_fn)(struct lister *l, const struct qf_rcpt *r);

static void
mark_waiting(struct lister *l, const struct qf_rcpt *r)
{
	if (r->index < l->qf->rcpts)
		l->waiting[r->index / 8] |= (uint8_t)(1U << (r->index % 8));
}

static void
show_without_reason(struct lister *l, const struct qf_rcpt *r)
{
	if (r->index < l->qf->rcpts && take_bit(l->waiting, r->index))
		put_rcpt(l, r->addr, r->orig, "", "");
}

/* Each recipient that is not done. */
static void
each_rcpt(struct lister *l, rcpt_fn fn)
{
	struct qf_rcpt batch[BATCH];
	struct qf_cursor c = { 0, 0 };
	struct qf_why why;
	struct arena *a = arena_new(FILE_MEMORY);
	ssize_t n, i;

	while (!l->gone && (n = qf_rcpts(l->qf, a, &c, true, batch, BATCH,
	    &why)) > 0) {
		for (i = 0; i < n; i++)
			fn(l, &batch[i]);
		arena_reset(a);
	}
	arena_free(&a);
}

/*
 * The entries of a log. In defer/ only those of recipients that still wait
 * count, each once: an older entry may have been left by a crash.
 */
static void
show_log(struct lister *l, enum q_dir dir)
{
	const char *class = dir == Q_defer ? "defer" : "bounce";
	struct dsnlog_entry e;
	struct dsnlog *log;
	int fd;

	fd = q_open(l->rootfd, l->hash, dir, l->id, O_RDONLY);
	if (fd == -1) {
		if (errno != ENOENT)
			log_warn("%s: open %s log: %m", l->id, class);
		return;
	}
	log = dsnlog_open(fd);
	while (!l->gone && dsnlog_next(log, &e) == 1)
		if (dir == Q_bounce || (e.offset < l->qf->rcpts &&
		    take_bit(l->waiting, e.offset)))
			put_rcpt(l, e.recipient, e.original_recipient, class,
			    e.reason);
	dsnlog_close(&log);
	fd_close(&fd);
}

static void
show_message(struct lister *l, const struct q_entry *e, const struct qf *qf)
{
	const struct msg_showq_message m = {
		.queue_name = layout_rows[e->dir].name,
		.queue_id = e->name,
		.arrival = qf->env.arrival_us / 1000000,
		.size = qf->content_length,
		.forced_expire = qf->marks.expire,
		.sender = *qf->env.sender != '\0' ?
		    external(l->arena, qf->env.sender) : "MAILER-DAEMON",
	};

	l->qf = qf;
	l->id = e->name;
	l->waiting = arena_get(l->arena, qf->rcpts / 8 + 1);
	put(l, V_showq_message, &m);
	each_rcpt(l, mark_waiting);
	if (e->dir != Q_maildrop) {
		show_log(l, Q_defer);
		show_log(l, Q_bounce);
	}
	each_rcpt(l, show_without_reason);
}

static void
show_file(struct lister *l, const struct q_entry *e)
{
	/* Whoever may write there is known by the directory. */
	const struct qf_rules rules = { NULL, 0, NULL, e->name };
	struct qf_why why;
	struct qf qf;
	int fd;

	fd = openat(l->rootfd, e->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	if (fd == -1) {
		/* An unfinished file is its writer's alone. */
		if (errno != ENOENT && errno != EACCES)
			log_warn("open %s: %m", e->path);
		return;
	}
	arena_reset(l->arena);
	switch (qf_open(&qf, l->arena, fd, &rules, &why)) {
	case QF_OK:
		if (!qf.marks.killed)
			show_message(l, e, &qf);
		break;
	case QF_UNFINISHED:
		break;
	case QF_DAMAGED:
		log_debug("%s: skipped: %s", e->path, why.text);
		break;
	case QF_ERROR:
		log_warn("%s: %s", e->path, strerror(why.error));
		l->incomplete = true;
		break;
	}
	fd_close(&fd);
}

static void
show_dir(struct lister *l, enum q_dir dir)
{
	struct q_scan *s = q_scan_open(l->rootfd, l->hash, dir);
	struct q_entry e;
	int got;

	/* Its mode lets nobody list it but its owner: policy decides. */
	if (s == NULL && dir == Q_maildrop && errno == EACCES)
		return;
	if (s == NULL) {
		log_warn("open directory %s: %m", layout_rows[dir].name);
		l->incomplete = true;
		return;
	}
	while (!l->gone && (got = q_scan_next(s, &e)) != 0) {
		if (got == -1) {
			log_warn("read directory %s: %m",
			    layout_rows[dir].name);
			l->incomplete = true;
			break;
		}
		if (got == 1 && e.id_ok)
			show_file(l, &e);
	}
	q_scan_close(&s);
}

int
list_queue(struct chan *ch, int rootfd, const struct q_hash *h,
    struct span wait)
{
	static const enum q_dir order[] = { Q_maildrop, Q_active, Q_incoming,
		Q_deferred, Q_hold };
	struct lister l = { .ch = ch, .rootfd = rootfd, .hash = h,
		.wait = wait, .arena = arena_new(FILE_MEMORY),
		.scratch = arena_new(FILE_MEMORY) };
	struct msg_showq_end end;
	size_t i;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		show_dir(&l, order[i]);
	end.status = l.incomplete;
	put(&l, V_showq_end, &end);
	flush(&l);
	arena_free(&l.arena);
	arena_free(&l.scratch);
	return (l.gone ? -1 : 0);
}
