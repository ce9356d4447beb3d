/* SPDX-License-Identifier: ISC */
/*
 * act - delete, hold, release, requeue and expire messages.
 *
 * Runs as the owner of the directories, in the queue directory as its root.
 */
#include <sys/stat.h>

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "postsuper.h"

/* 1 done, 0 there is no such message, -1 it could not be done (reported). */
typedef int (*act_fn)(const struct work *w, enum q_dir dir, const char *id);

static int	delete_one(const struct work *, enum q_dir, const char *);
static int	expire_one(const struct work *, enum q_dir, const char *);
static int	force_one(const struct work *, enum q_dir, const char *);
static int	hold_one(const struct work *, enum q_dir, const char *);
static int	release_one(const struct work *, enum q_dir, const char *);

#define QUEUED	(DIR_BIT(hold) | DIR_BIT(incoming) | DIR_BIT(active) |	\
		DIR_BIT(deferred))

static const struct act_row {
	int		 letter;
	uint32_t	 dirs;		/* unless the command line names some */
	uint32_t	 allowed;
	const char	*done;		/* behind the queue id */
	const char	*summary;
	act_fn		 one;
} acts[ACT_COUNT] = {
	[ACT_DELETE] = { 'd', QUEUED, ALL_DIRS & ~DIR_BIT(flush), "removed",
	    "Deleted", delete_one },
	[ACT_EXPIRE] = { 'e', QUEUED, QUEUED, "expired", "Force-expired",
	    expire_one },
	[ACT_FORCE] = { 'f', QUEUED, QUEUED, "expired", "Force-expired",
	    force_one },
	[ACT_HOLD] = { 'h', QUEUED & ~DIR_BIT(hold),
	    QUEUED & ~DIR_BIT(hold), "placed on hold", "Placed on hold",
	    hold_one },
	[ACT_RELEASE] = { 'H', DIR_BIT(hold), DIR_BIT(hold),
	    "released from hold", "Released from hold", release_one },
	[ACT_REQUEUE] = { 'r', QUEUED, QUEUED | DIR_BIT(corrupt), "requeued",
	    "Requeued", requeue_one },
};

enum act
act_find(int letter)
{
	int i;

	for (i = 0; i < ACT_COUNT && acts[i].letter != letter; i++)
		;
	return ((enum act)i);
}

const char *
act_summary(enum act act)
{
	return (acts[act].summary);
}

void
act_note(const struct work *w, char op, const char *id, const char *to)
{
	struct log_note note = { .op = op };

	if (w->logs == -1)
		return;
	(void)strlcpy(note.id, id, sizeof(note.id));
	if (to != NULL)
		(void)strlcpy(note.to, to, sizeof(note.to));
	if (fd_write_all(w->logs, &note, sizeof(note)) == -1)
		log_warn("%s: logs of this message remain: %s", id,
		    strerror(errno));
}

static int
failed(const char *what, enum q_dir dir, const char *id)
{
	if (errno == ENOENT)
		return (0);
	log_warn("%s file %s/%s: %s", what, layout_rows[dir].name, id,
	    strerror(errno));
	return (-1);
}

/*
 * A message that is being written is left to its writer: it would be answered
 * with 250 all the same.
 */
static bool
is_finished(const struct work *w, enum q_dir dir, const char *id)
{
	char path[QPATH_SIZE];
	struct stat st;

	if (q_path(&w->site.hash, dir, id, path) == -1 ||
	    fstatat(w->site.rootfd, path, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    S_ISDIR(st.st_mode))
		return (false);
	return ((DIR_BIT(corrupt) | LOG_DIRS) >> dir & 1 ||
	    (st.st_mode & 07777) != QF_MODE_WRITING);
}

static int
move(const struct work *w, enum q_dir from, enum q_dir to, const char *id)
{
	if (from != to && q_rename(w->site.rootfd, &w->site.hash, from, to,
	    id) == -1)
		return (failed("rename", from, id));
	/* Due now, whatever was planned. */
	if (q_set_time(w->site.rootfd, &w->site.hash, to, id,
	    time(NULL)) == -1 && errno != ENOENT)
		log_warn("%s: reset time stamps: %s", id, strerror(errno));
	return (1);
}

static int
delete_one(const struct work *w, enum q_dir dir, const char *id)
{
	if (q_unlink(w->site.rootfd, &w->site.hash, dir, id) == -1)
		return (failed("remove", dir, id));
	if (MESSAGE_DIRS >> dir & 1)
		act_note(w, 'd', id, NULL);
	return (1);
}

static int
hold_one(const struct work *w, enum q_dir dir, const char *id)
{
	return (move(w, dir, Q_hold, id));
}

static int
release_one(const struct work *w, enum q_dir dir, const char *id)
{
	return (move(w, dir, Q_deferred, id));
}

static int
expire_one(const struct work *w, enum q_dir dir, const char *id)
{
	const struct qf_rules rules = { NULL, 0,
		w->sealed ? &w->key : NULL, NULL };
	struct arena *a;
	struct qf_why why;
	struct qf qf;
	int fd, ret = -1;

	fd = q_open(w->site.rootfd, &w->site.hash, dir, id, O_RDWR);
	if (fd == -1)
		return (failed("expire", dir, id));
	a = arena_new(0);
	if (qf_open(&qf, a, fd, &rules, &why) != QF_OK)
		log_warn("expire file %s/%s: %s", layout_rows[dir].name, id,
		    why.text);
	else if (qf_set_expire(&qf, true) == -1)
		log_warn("expire file %s/%s: %s", layout_rows[dir].name, id,
		    strerror(errno));
	else
		ret = 1;
	arena_free(&a);
	fd_close(&fd);
	return (ret);
}

static int
force_one(const struct work *w, enum q_dir dir, const char *id)
{
	int done = expire_one(w, dir, id);

	return (done == 1 && dir == Q_hold ? release_one(w, dir, id) : done);
}

static void
act_id(struct work *w, const struct act_row *row, enum act act,
    const char *id, uint32_t dirs)
{
	int dir, pass;

	/* It may move from one directory to the other while we look. */
	for (pass = 0; pass < 2; pass++) {
		for (dir = 0; dir < Q_COUNT; dir++) {
			if ((dirs >> dir & 1) == 0 ||
			    !is_finished(w, (enum q_dir)dir, id) ||
			    row->one(w, (enum q_dir)dir, id) != 1)
				continue;
			log_info("%s: %s", id, row->done);
			w->counts->done[act]++;
			return;
		}
	}
}

static void
act_dir(struct work *w, const struct act_row *row, enum act act,
    enum q_dir dir)
{
	struct q_scan *s;
	struct q_entry e;
	int got;

	s = q_scan_open(w->site.rootfd, &w->site.hash, dir);
	if (s == NULL) {
		log_warn("open directory %s: %s", layout_rows[dir].name,
		    strerror(errno));
		return;
	}
	while ((got = q_scan_next(s, &e)) != 0) {
		if (got == -1)
			log_warn("read directory %s: %s",
			    layout_rows[dir].name, strerror(errno));
		if (got != 1 || !e.placed || !is_finished(w, dir, e.name) ||
		    row->one(w, dir, e.name) != 1)
			continue;
		if (w->verbose)
			log_info("%s: %s", e.name, row->done);
		w->counts->done[act]++;
	}
	q_scan_close(&s);
}

void
act_all(struct work *w)
{
	const struct request *r;
	const struct act_row *row;
	uint32_t dirs;
	size_t i;
	int dir;

	for (i = 0; i < w->nrequests; i++) {
		r = &w->requests[i];
		row = &acts[r->act];
		dirs = (w->named != 0 ? w->named : row->dirs) & row->allowed &
		    w->dirs;
		if (r->id != NULL) {
			act_id(w, row, r->act, r->id, dirs);
			continue;
		}
		for (dir = 0; dir < Q_COUNT; dir++)
			if (dirs >> dir & 1)
				act_dir(w, row, r->act, (enum q_dir)dir);
	}
}

static void
log_note(const struct work *w, const struct log_note *n, enum q_dir dir)
{
	char path[QPATH_SIZE];

	if (n->op == 'd') {
		if (q_unlink(w->site.rootfd, &w->site.hash, dir, n->id) == -1)
			(void)failed("remove", dir, n->id);
	} else if (n->op == 'n' &&
	    q_path(&w->site.hash, dir, n->id, path) == 0 &&
	    fix_rename(w, path, dir, n->to) == -1)
		(void)failed("rename", dir, n->id);
}

void
act_logs(const struct work *w, int notes)
{
	struct log_note n;
	bool renamed = false;
	int dir;

	/* Each is one write of less than PIPE_BUF: it comes whole. */
	while (read(notes, &n, sizeof(n)) == (ssize_t)sizeof(n)) {
		for (dir = 0; dir < Q_COUNT; dir++)
			if (LOG_DIRS >> dir & 1)
				log_note(w, &n, (enum q_dir)dir);
		renamed = renamed || n.op == 'n';
	}
	for (dir = 0; renamed && dir < Q_COUNT; dir++)
		if (LOG_DIRS >> dir & 1)
			fix_finish(w, (enum q_dir)dir);
}
