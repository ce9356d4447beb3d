/* SPDX-License-Identifier: ISC */
/*
 * file - one file of maildrop/: validate it and pass it on.
 *
 * Whose message it is, the owner of the file says; what pickup itself owns is
 * postsuper's, and was in the queue. It is removed when
 * cleanup(8) has said 0, or when it can never become a message; in every
 * other case it stays for the next scan.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "conf/conf.h"
#include "proto/proto.h"
#include "queue-layout/drop.h"
#include "queue-layout/fault.h"
#include "queue-layout/queue.h"

#include "pickup.h"

/* What no second try will change. */
#define FOR_GOOD	(MAIL_STAT_BAD | MAIL_STAT_SIZE | MAIL_STAT_CONT |	\
			MAIL_STAT_HOPS | MAIL_STAT_RCPT | SUBMIT_STAT_DENIED)

struct reading {
	const char	*name;
	struct submit	*sub;
	struct drop	*drop;
	uid_t		 uid;
	bool		 own;		/* postsuper(1) has written it */
};

/* A record to its fields, and on to cleanup(8). NULL, or why not. */
static const char *
pass_on(struct reading *r, const struct drop_record *rec)
{
	union {
		struct msg_submit_open	open;
		struct msg_submit_rcpt	rcpt;
		struct msg_submit_data	data;
		struct msg_submit_end	end;
		struct msg_requeue_from	from;
		struct msg_requeue_rcpt	again;
	} u;
	static const enum verb verbs[DROP_COUNT] = {
#define DROP(name, letter, times, doc)	V_##name,
#include "queue-layout/drop.def"
#undef DROP
	};
	const char *why;
	bool ok = false;

	if (!msg_get(verbs[rec->type], rec->body, &u, &why))
		return (why);
	switch (rec->type) {
	case DROP_requeue_from:
		ok = r->own && submit_requeue(r->sub, &u.from);
		break;
	case DROP_requeue_rcpt:
		ok = submit_requeue_rcpt(r->sub, &u.again);
		break;
	case DROP_submit_open:
		ok = r->own == (r->sub->orig_id != NULL) &&
		    submit_open(r->sub, &u.open);
		if (ok)
			submit_connect(r->sub, &u.open);
		break;
	case DROP_submit_rcpt:
		ok = submit_rcpt(r->sub, &u.rcpt);
		break;
	case DROP_submit_data:
		ok = submit_data(r->sub, &u.data);
		break;
	case DROP_submit_end:
		ok = true;		/* once nothing follows */
		break;
	case DROP_COUNT:
		break;
	}
	return (ok ? NULL : "out of order");
}

/* All records; NULL, or what is wrong with the file. */
static const char *
read_all(struct reading *r)
{
	struct drop_record rec;
	const char *why;
	int got;

	while ((got = drop_next(r->drop, &rec)) == 1)
		if ((why = pass_on(r, &rec)) != NULL)
			return (why);
	if (got == -1)
		return (r->drop->why != NULL ? r->drop->why : "");
	(void)submit_end(r->sub);
	qfault(QFAULT_drop_sent);
	return (NULL);
}

static bool
remove_it(const char *path)
{
	if (unlinkat(AT_FDCWD, path, 0) == -1 && errno != ENOENT) {
		log_warn("remove %s: %m", path);
		return (false);
	}
	qfault(QFAULT_drop_removed);
	return (true);
}

static bool
take(struct reading *r, const char *path)
{
	struct submit *s = r->sub;
	const char *why;

	qfault(QFAULT_drop_open);
	why = read_all(r);
	if (why != NULL && *why == '\0') {
		log_warn("read %s: %m", path);
		return (false);
	}
	if (why != NULL) {
		log_warn("%s: uid=%lu: malformed submission: %s: removed",
		    r->name, (unsigned long)r->uid, why);
		return (remove_it(path));
	}
	if (s->status == 0) {
		qfault(QFAULT_drop_taken);
		return (remove_it(path));
	}
	if ((s->status & FOR_GOOD) && notice_refused(s)) {
		log_warn("%s: uid=%lu: message refused: %s: removed", r->name,
		    (unsigned long)r->uid, s->reason != NULL ? s->reason :
		    "by cleanup");
		return (remove_it(path));
	}
	log_warn("%s: uid=%lu: stays in maildrop: %s", r->name,
	    (unsigned long)r->uid, s->reason != NULL ? s->reason :
	    "cleanup does not answer");
	return (false);
}

/* Ours alone, and still the file of that name: another worker may have it. */
static bool
lock(int fd, struct stat *st)
{
	return (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, st) == 0 &&
	    S_ISREG(st->st_mode) && st->st_nlink == 1 &&
	    (st->st_mode & 07777) == DROP_MODE);
}

bool
file_take(const char *name, struct arena *a)
{
	char path[QPATH_SIZE];
	struct reading r = { .name = name };
	struct submit sub;
	struct stat st;
	bool gone = false;
	int fd;

	if (q_path(NULL, Q_maildrop, name, path) == -1)
		return (false);
	fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd == -1) {
		if (errno != ENOENT)
			log_warn("open %s: %m", path);
		return (errno == ENOENT);
	}
	if (lock(fd, &st)) {
		r.uid = st.st_uid;
		r.own = st.st_uid == role_bundle()->uids[ROLE_PICKUP];
		r.sub = &sub;
		r.drop = arena_room(a, sizeof(*r.drop));
		submit_begin(&sub, a, st.st_uid);
		sub.gone = true;
		drop_open(r.drop, fd);
		gone = take(&r, path);
		submit_drop(&sub);
	}
	fd_close(&fd);
	return (gone);
}
