/* SPDX-License-Identifier: ISC */
/*
 * requeue - out of the queue, and in again by the door for new mail.
 *
 * The file is validated, seal and content, before a word of it is passed on.
 * It leaves the queue when its copy in maildrop/ is on stable storage: a crash
 * in between makes two messages of one, never none.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "postsuper.h"
#include "proto/proto.h"
#include "queue-layout/drop.h"

#define BATCH		64
#define CHUNK		(32 * 1024)

struct copy {
	const struct work *w;
	const struct qf	*qf;
	struct arena	*a;
	const char	*id;
	int		 fd;		/* the file in maildrop/ */
	struct buf	 b;
	const char	*why;		/* what went wrong; NULL: errno */
};

/* Ask the clerk: true if he says yes. A file comes with it: *fd. */
static bool
ask(const struct work *w, char word, int *fd)
{
	size_t nfds = fd != NULL ? 1 : 0;
	char answer;

	return (fd_send(w->clerk, &word, 1, NULL, 0, 0) == 1 &&
	    fd_recv(w->clerk, &answer, 1, fd, &nfds, NULL, 0) == 1 &&
	    answer == 'y' && (fd == NULL || nfds == 1));
}

static bool
put(struct copy *c, enum verb verb, enum drop_type type, const void *msg)
{
	uint8_t head[DROP_RECORD];

	buf_reset(&c->b);
	if (msg_put(&c->b, verb, msg) == -1) {
		c->why = "a field does not fit";
		return (false);
	}
	drop_put_record(head, type, (uint32_t)(c->b.n - MSG_HEADER));
	return (fd_write_all(c->fd, head, sizeof(head)) == 0 &&
	    fd_write_all(c->fd, c->b.p + MSG_HEADER, c->b.n - MSG_HEADER) ==
	    0);
}

static bool
put_envelope(struct copy *c)
{
	const struct qf_envelope *e = &c->qf->env;
	const struct msg_requeue_from from = { c->id, e->arrival_us,
		*e->rewrite_context != '\0' ? e->rewrite_context : "remote" };
	const struct msg_submit_open open = {
		.sendopts = (uint32_t)e->sendopts & SENDOPT_ALL,
		.sender = e->sender, .fullname = e->fullname,
		.encoding = e->encoding, .envid = e->envid,
		.ret = (uint32_t)e->ret };
	uint8_t head[DROP_HEAD];

	drop_put_head(head);
	return (fd_write_all(c->fd, head, sizeof(head)) == 0 &&
	    put(c, V_requeue_from, DROP_requeue_from, &from) &&
	    put(c, V_submit_open, DROP_submit_open, &open));
}

/* Those that are not done. */
static bool
put_rcpts(struct copy *c)
{
	struct qf_rcpt r[BATCH];
	struct qf_cursor at = { 0 };
	struct qf_why why;
	size_t all = 0;
	ssize_t n, i;

	while ((n = qf_rcpts(c->qf, c->a, &at, true, r, BATCH, &why)) > 0) {
		for (i = 0; i < n; i++) {
			const struct msg_requeue_rcpt m = { r[i].addr,
				r[i].orig, r[i].dsn_orcpt, r[i].notify };

			if (!put(c, V_requeue_rcpt, DROP_requeue_rcpt, &m))
				return (false);
		}
		all += (size_t)n;
	}
	if (n == -1)
		c->why = "its recipients cannot be read";
	else if (all == 0)
		c->why = "no recipient is left";
	return (c->why == NULL);
}

static bool
put_content(struct copy *c)
{
	static char bytes[CHUNK];
	struct qf_content in;
	bool ok = true;
	ssize_t n;

	qf_content_open(&in, c->qf->fd, c->qf->content_offset,
	    c->qf->content_length, &c->qf->digest);
	while (ok && (n = qf_content_read(&in, bytes, sizeof(bytes))) > 0) {
		const struct msg_submit_data m = { { bytes, (size_t)n } };

		ok = put(c, V_submit_data, DROP_submit_data, &m);
	}
	if (ok && (n == -1 || qf_content_check(&in) == -1)) {
		c->why = "its content is damaged";
		ok = false;
	}
	qf_content_close(&in);
	return (ok);
}

static bool
copy(struct copy *c)
{
	static const struct msg_submit_end end;

	return (put_envelope(c) && put_rcpts(c) && put_content(c) &&
	    put(c, V_submit_end, DROP_submit_end, &end));
}

/* What cannot go through the door for new mail, and why. */
static const char *
stays(const struct work *w, const struct qf *qf)
{
	if (!w->sealed)
		return ("there is no key to validate it with");
	if (qf->marks.killed)
		return ("it is being removed");
	if (qf->marks.logs & (QF_LOG_BOUNCE | QF_LOG_TRACE))
		return ("its sender has still to be told of a recipient");
	return (NULL);
}

static bool
requeue(const struct work *w, const struct qf *qf, struct arena *a,
    const char *id)
{
	struct copy c = { .w = w, .qf = qf, .a = a, .id = id, .fd = -1 };
	bool ok;

	if (!ask(w, CLERK_NEW, &c.fd))
		return (false);
	buf_init(&c.b, DROP_BODY_MAX + MSG_HEADER);
	ok = copy(&c);
	if (!ok)
		log_warn("%s: not requeued: %s", id, c.why != NULL ? c.why :
		    strerror(errno));
	buf_fini(&c.b);
	fd_close(&c.fd);
	if (!ok) {
		if (fd_send(w->clerk, &(char){ CLERK_DROP }, 1, NULL, 0, 0) ==
		    -1)
			log_warn("%s: a part of it remains in maildrop", id);
		return (false);
	}
	return (ask(w, CLERK_KEEP, NULL));
}

int
requeue_one(const struct work *w, enum q_dir dir, const char *id)
{
	const struct qf_rules rules = { NULL, 0,
		w->sealed ? &w->key : NULL, id };
	struct arena *a = arena_new(0);
	const char *why = NULL;
	struct qf_why bad;
	struct qf qf;
	int fd, ret = -1;

	fd = q_open(w->site.rootfd, &w->site.hash, dir, id, O_RDONLY);
	if (fd == -1) {
		ret = errno == ENOENT ? 0 : -1;
		if (ret == -1)
			log_warn("open %s: %s", id, strerror(errno));
	} else if (qf_open(&qf, a, fd, &rules, &bad) != QF_OK)
		log_warn("%s: not requeued: %s", id, bad.text);
	else if ((why = stays(w, &qf)) != NULL)
		log_warn("%s: not requeued: %s", id, why);
	else if (requeue(w, &qf, a, id)) {
		if (q_unlink(w->site.rootfd, &w->site.hash, dir, id) == -1 &&
		    errno != ENOENT)
			log_warn("%s: it is in the queue, too: %s", id,
			    strerror(errno));
		act_note(w, 'd', id, NULL);
		ret = 1;
	}
	fd_close(&fd);
	arena_free(&a);
	return (ret);
}
