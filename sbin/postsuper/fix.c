/* SPDX-License-Identifier: ISC */
/*
 * fix - remove what a crash has left, and put files where they belong.
 *
 * Files that were restored from a backup have other inodes than their names
 * say, and the right name of one may be in use by another: they are renamed
 * in two steps, to ID# and then to ID, so that nothing is in the way.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"
#include "postsuper.h"

typedef void (*entry_fn)(const struct work *w, const struct q_entry *e);

static void
each_entry(const struct work *w, enum q_dir dir, entry_fn fn)
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
	while ((got = q_scan_next(s, &e)) != 0)
		if (got == 1)
			fn(w, &e);
	q_scan_close(&s);
}

static void
each_dir(const struct work *w, uint32_t dirs, entry_fn fn)
{
	int dir;

	for (dir = 0; dir < Q_COUNT; dir++)
		if (w->dirs & dirs & 1U << dir)
			each_entry(w, (enum q_dir)dir, fn);
}

/* USEC.PID, as a writer makes it before the file has its id. */
static bool
is_temporary(const char *name)
{
	struct view rest = view_of(name), usec;
	uint64_t n;

	return (view_field(&rest, '.', &usec) &&
	    num_unsigned(usec, 999999, &n) &&
	    num_unsigned(rest, INT32_MAX, &n));
}

static void
purge(const struct work *w, const struct q_entry *e)
{
	struct stat st;

	if (fstatat(w->site.rootfd, e->path, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    !S_ISREG(st.st_mode) || st.st_mtime >= w->purge_before)
		return;
	if (!is_temporary(e->name) && !(e->id_ok &&
	    (st.st_mode & 07777) == QF_MODE_WRITING))
		return;
	if (unlinkat(w->site.rootfd, e->path, 0) == -1 && errno != ENOENT)
		log_warn("remove file %s: %s", e->path, strerror(errno));
	else if (w->verbose)
		log_info("removed file %s", e->path);
}

void
fix_purge(const struct work *w)
{
	each_dir(w, MESSAGE_DIRS & ~DIR_BIT(corrupt), purge);
}

int
fix_rename(const struct work *w, const char *path, enum q_dir dir,
    const char *id)
{
	char to[QPATH_SIZE];

	(void)snprintf(to, sizeof(to), "%s/%s#", layout_rows[dir].name, id);
	return (renameat2(w->site.rootfd, path, w->site.rootfd, to,
	    RENAME_NOREPLACE));
}

/* ID# without the mark; false if it is something else. */
static bool
marked_id(const char *name, char id[QID_SIZE])
{
	size_t n = strlen(name);
	struct qid q;

	if (n < 2 || n >= QID_SIZE || name[n - 1] != '#')
		return (false);
	(void)snprintf(id, QID_SIZE, "%.*s", (int)n - 1, name);
	return (qid_parse(view_of(id), &q));
}

/* The name that the file's inode asks for, if it is not the one it has. */
static bool
wrong_inode(const struct work *w, const struct q_entry *e, char id[QID_SIZE])
{
	struct stat st;
	struct qid q;

	if (!qid_parse(view_of(e->name), &q) || q.is_long ||
	    fstatat(w->site.rootfd, e->path, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    !S_ISREG(st.st_mode) || st.st_ino == q.inode)
		return (false);
	q.inode = st.st_ino;
	qid_print(&q, id);
	return (true);
}

static void
check_message(const struct work *w, const struct q_entry *e)
{
	char id[QID_SIZE];

	if (marked_id(e->name, id) || is_temporary(e->name))
		return;
	if (!e->id_ok) {
		if (e->dir != Q_corrupt)
			log_warn("bogus file name: %s", e->path);
		return;
	}
	if (e->dir != Q_corrupt && wrong_inode(w, e, id)) {
		if (fix_rename(w, e->path, e->dir, id) == -1) {
			log_warn("rename file %s as %s: %s", e->path, id,
			    strerror(errno));
			return;
		}
		if (w->verbose)
			log_info("renamed file %s as %s", e->path, id);
		act_note(w, 'n', e->name, id);
		w->counts->renamed++;
		return;
	}
	if (!e->placed && q_place(w->site.rootfd, &w->site.hash, e->path,
	    e->dir, e->name) == -1)
		log_warn("rename file %s: %s", e->path, strerror(errno));
}

static void
check_log(const struct work *w, const struct q_entry *e)
{
	char id[QID_SIZE];

	if (marked_id(e->name, id))
		return;
	if (!e->id_ok)
		log_warn("bogus file name: %s", e->path);
	else if (!e->placed && q_place(w->site.rootfd, &w->site.hash, e->path,
	    e->dir, e->name) == -1)
		log_warn("rename file %s: %s", e->path, strerror(errno));
}

static void
finish(const struct work *w, const struct q_entry *e)
{
	char id[QID_SIZE];

	if (marked_id(e->name, id) && q_place(w->site.rootfd, &w->site.hash,
	    e->path, e->dir, id) == -1)
		log_warn("rename file %s as %s: %s", e->path, id,
		    strerror(errno));
}

void
fix_finish(const struct work *w, enum q_dir dir)
{
	each_entry(w, dir, finish);
}

/* Hash subdirectories that are no longer needed; rmdir(2) tells which. */
static void
prune(const struct work *w, const char *path, int depth)
{
	static const char hex[] = "0123456789ABCDEF";
	char child[QPATH_SIZE];
	size_t i;

	for (i = 0; i < sizeof(hex) - 1; i++) {
		if (snprintf(child, sizeof(child), "%s/%c", path, hex[i]) >=
		    (int)sizeof(child) ||
		    unlinkat(w->site.rootfd, child, AT_REMOVEDIR) == 0)
			continue;
		if (errno != ENOTEMPTY && errno != EEXIST)
			continue;
		if (depth > 1)
			prune(w, child, depth - 1);
		(void)unlinkat(w->site.rootfd, child, AT_REMOVEDIR);
	}
}

void
fix_structure(const struct work *w)
{
	int dir, i;

	for (i = 0; i < w->fix; i++) {
		each_dir(w, MESSAGE_DIRS, check_message);
		each_dir(w, LOG_DIRS, check_log);
		each_dir(w, MESSAGE_DIRS | LOG_DIRS, finish);
	}
	for (dir = 0; dir < Q_COUNT; dir++)
		if (w->dirs & ALL_DIRS & 1U << dir &&
		    (w->site.hash.dirs & 1U << dir) == 0)
			prune(w, layout_rows[dir].name, Q_DEPTH_MAX);
}
