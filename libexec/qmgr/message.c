/* SPDX-License-Identifier: ISC */
/*
 * message - a queue file as the queue manager holds it: validated facts, a
 * batch of recipients, descriptors, marks.
 *
 * Distrusts the file, which cleanup(8) wrote: queue-layout's reader decides,
 * and what it refuses goes to corrupt/.
 */
#include <bsd/string.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "queue-layout/fault.h"

#include "qmgr.h"

/* Bytes of one message's facts and first batch; 20000 large addresses. */
#define MESSAGE_MEM_MAX	((size_t)128 * 1024 * 1024)

static int
message_cmp(const struct message *a, const struct message *b)
{
	return (strcmp(a->id, b->id));
}

RB_PROTOTYPE(message_tree, message, byid, message_cmp)
RB_GENERATE(message_tree, message, byid, message_cmp)

struct message *
message_find(const char *id)
{
	struct message key;

	if (strlcpy(key.id, id, sizeof(key.id)) >= sizeof(key.id))
		return (NULL);
	return (RB_FIND(message_tree, &qm.byid, &key));
}

void
message_condemn(const char *id, const char *why)
{
	char path[QPATH_SIZE];

	log_warn("corrupt queue file %s: %s", id, why);
	if (q_path(&qm.hash, Q_active, id, path) < 0)
		return;
	if (q_condemn(qm.rootfd, &qm.hash, path) == 0)
		log_warn("saving corrupt file \"%s\" from queue \"active\" to "
		    "queue \"corrupt\"", id);
	else if (errno != ENOENT)
		log_warn("cannot move %s to corrupt: %m", path);
}

/* The result for a file that the reader did not take. */
static enum message_got
refused(const char *id, enum qf_status st, const struct qf_why *why)
{
	switch (st) {
	case QF_DAMAGED:
		message_condemn(id, why->text);
		return (MESSAGE_BAD);
	case QF_UNFINISHED:
		/* Nobody renames such a file: its mode was changed. */
		message_condemn(id, "it is not finished");
		return (MESSAGE_BAD);
	case QF_ERROR:
		errno = why->error;
		log_warn("cannot read queue file %s: %m", id);
		return (MESSAGE_LATER);
	case QF_OK:
		break;
	}
	return (MESSAGE_OK);
}

static int
open_rw(const char *id)
{
	return (q_open(qm.rootfd, &qm.hash, Q_active, id, O_RDWR));
}

static void
close_both(struct message *m)
{
	if (m->qf.fd >= 0 || m->rofd >= 0)
		qm.nopen--;
	fd_close(&m->qf.fd);
	fd_close(&m->rofd);
}

enum message_got
message_open(const char *id, int fd, struct message **mp)
{
	const struct qf_rules rules = {
		.owners = qm.owners,
		.nowners = sizeof(qm.owners) / sizeof(qm.owners[0]),
		.key = qm.key,
		.id = id,
	};
	struct message *m;
	struct qf_why why;
	enum message_got got;

	if (fd < 0 && (fd = open_rw(id)) < 0) {
		if (errno == ENOENT)
			return (MESSAGE_GONE);
		/* A link, a directory: nothing that we can read. */
		if (errno == ELOOP || errno == EACCES || errno == EISDIR) {
			message_condemn(id, strerror(errno));
			return (MESSAGE_BAD);
		}
		log_warn("cannot open queue file %s: %m", id);
		return (MESSAGE_LATER);
	}
	m = xcalloc(1, sizeof(*m));
	m->mem = arena_new(MESSAGE_MEM_MAX);
	m->rofd = -1;
	got = refused(id, qf_open(&m->qf, m->mem, fd, &rules, &why), &why);
	if (got != MESSAGE_OK) {
		fd_close(&fd);
		arena_free(&m->mem);
		xfree(&m);
		return (got);
	}
	m->qf.fd = fd;
	(void)strlcpy(m->id, id, sizeof(m->id));
	m->active_us = qm.env.now_us();
	m->logs = m->qf.marks.logs;
	RB_INSERT(message_tree, &qm.byid, m);
	TAILQ_INSERT_TAIL(&qm.active, m, link);
	qm.nactive++;
	qm.nopen++;
	*mp = m;
	return (MESSAGE_OK);
}

void
message_free(struct message **mp)
{
	struct message *m = *mp;

	*mp = NULL;
	must(m->entries == 0 && m->resolving == 0 && m->noting == 0);
	note_free(m);
	message_batch_free(m);
	close_both(m);
	RB_REMOVE(message_tree, &qm.byid, m);
	TAILQ_REMOVE(&qm.active, m, link);
	qm.nactive--;
	arena_free(&m->mem);
	xfree(&m);
}

struct arena *
message_arena(struct message *m)
{
	return (m->batch != NULL ? m->batch : m->mem);
}

void
message_batch_free(struct message *m)
{
	qm.nrcpts -= m->in_core;
	m->in_core = 0;
	m->rcpts = NULL;
	arena_free(&m->batch);
}

#define CHUNK	128		/* recipients that are read at a time */

static void
take_rcpt(struct rcpt *r, const struct qf_rcpt *q)
{
	r->addr = q->addr;
	r->orig = q->orig;
	r->dsn_orcpt = q->dsn_orcpt;
	r->notify = q->notify;
	r->index = q->index;
}

/* Room for the batch: no more than what may still come from the file. */
static uint32_t
batch_size(const struct message *m, uint32_t max)
{
	uint32_t left = m->qf.rcpts - m->cursor.index;

	return (left < max ? left : max);
}

int
message_batch(struct message *m, uint32_t max)
{
	struct qf_rcpt chunk[CHUNK];
	struct qf_why why;
	uint32_t size = batch_size(m, max), n = 0;
	ssize_t got = 0;

	must(m->in_core == 0);
	if (message_rwfd(m) < 0) {
		log_warn("cannot open queue file %s: %m", m->id);
		return (-1);
	}
	/* The first batch shares the block that holds the facts. */
	if (m->cursor.index != 0)
		m->batch = arena_new(MESSAGE_MEM_MAX);
	m->rcpts = arena_array(message_arena(m), size > 0 ? size : 1,
	    sizeof(*m->rcpts));
	while (n < size) {
		uint32_t want = size - n < CHUNK ? size - n : CHUNK;

		got = qf_rcpts(&m->qf, message_arena(m), &m->cursor, true,
		    chunk, want, &why);
		if (got <= 0)
			break;
		for (ssize_t i = 0; i < got; i++)
			take_rcpt(&m->rcpts[n++], &chunk[i]);
	}
	m->in_core = n;
	qm.nrcpts += n;
	if (got < 0) {
		log_warn("queue file %s: %s", m->id, why.text);
		return (-1);
	}
	m->all_read = got == 0 || m->cursor.index >= m->qf.rcpts;
	return (0);
}

int
message_rwfd(struct message *m)
{
	if (m->qf.fd >= 0)
		return (0);
	if ((m->qf.fd = open_rw(m->id)) < 0)
		return (-1);
	if (m->rofd < 0)
		qm.nopen++;
	return (0);
}

int
message_rofd(struct message *m)
{
	if (m->rofd >= 0)
		return (m->rofd);
	m->rofd = q_open(qm.rootfd, &qm.hash, Q_active, m->id, O_RDONLY);
	if (m->rofd >= 0 && m->qf.fd < 0)
		qm.nopen++;
	return (m->rofd);
}

bool
message_is_damaged(struct message *m)
{
	struct qf_content c;
	char block[32 * 1024];
	bool damaged;
	ssize_t n;

	if (message_rwfd(m) < 0)
		return (false);
	qf_content_open(&c, m->qf.fd, m->qf.content_offset,
	    m->qf.content_length, &m->qf.digest);
	while ((n = qf_content_read(&c, block, sizeof(block))) > 0)
		continue;
	damaged = (n == 0 ? qf_content_check(&c) : n) < 0 &&
	    errno == EBADMSG;
	qf_content_close(&c);
	return (damaged);
}

void
message_idle(struct message *m)
{
	/* A message that waits in a crowd need not hold descriptors. */
	if (m->inflight == 0 && qm.nopen > qm.max_open)
		close_both(m);
}

void
message_mark_done(struct message *m, uint32_t index)
{
	qfault(QFAULT_rcpt_reported);
	if (message_rwfd(m) < 0 || qf_mark_done(&m->qf, index) < 0) {
		/*
		 * postsuper may have removed the file; if not, then this
		 * recipient will get the message again.
		 */
		if (errno == ENOENT)
			m->gone = true;
		else
			log_warn("cannot mark recipient %u of %s: %m", index,
			    m->id);
	}
}

void
message_logs(struct message *m, enum note_kind kind, bool exists)
{
	uint8_t bit = (uint8_t)(1U << kind);
	uint8_t now = exists ? (m->logs | bit) : (m->logs & (uint8_t)~bit);

	if (now == m->logs)
		return;
	m->logs = now;
	if (message_rwfd(m) < 0 || qf_set_logs(&m->qf, now) < 0)
		if (errno != ENOENT)
			log_warn("cannot mark queue file %s: %m", m->id);
}

bool
message_traces(const struct message *m, uint32_t bits)
{
	return ((m->qf.env.trace_flags & bits) != 0);
}

int64_t
message_age_s(const struct message *m)
{
	int64_t age = qm.env.now_us() - (int64_t)m->qf.env.arrival_us;

	return (age > 0 ? age / US_PER_S : 0);
}
