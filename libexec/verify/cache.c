/* SPDX-License-Identifier: ISC */
/*
 * cache - what verify(8) remembers, in a file of LMDB.
 *
 * One process at a time has it, by a lock of our own. LMDB believes what is
 * in its file, so a damaged one may end the process: while the file is looked
 * through at the start a second one ("check") exists, and who finds that
 * puts the file aside.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <lmdb.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"

#include "cache_in.h"

#define NAME_SIZE	280
#define BATCH		200		/* records of one transaction */

static struct {
	bool		 open;
	bool		 in_memory;
	bool		 changed;
	int		 lock;
	size_t		 max;
	char		 name[NAME_SIZE], check[NAME_SIZE], bad[NAME_SIZE];
	MDB_env		*env;
	MDB_dbi		 dbi;
	char		 at[CACHE_KEY_MAX + 1];	/* where sweeping goes on */
	bool		 full_told;
} c = { .lock = -1 };

static void
env_close(void)
{
	if (c.env != NULL)
		mdb_env_close(c.env);
	c.env = NULL;
}

static int
env_open(void)
{
	MDB_txn *txn;
	int rc;

	if ((rc = mdb_env_create(&c.env)) != 0 ||
	    (rc = mdb_env_set_mapsize(c.env, c.max)) != 0 ||
	    (rc = mdb_env_open(c.env, c.name, MDB_NOSUBDIR | MDB_NOLOCK |
	    MDB_NOTLS | MDB_NOSYNC, 0600)) != 0 ||
	    (rc = mdb_txn_begin(c.env, NULL, 0, &txn)) != 0)
		return (rc);
	if ((rc = mdb_dbi_open(txn, NULL, 0, &c.dbi)) == 0)
		return (mdb_txn_commit(txn));
	mdb_txn_abort(txn);
	return (rc);
}

/* Every page of the file is read: better now than in the middle of work. */
static int
look_through(void)
{
	MDB_cursor *cursor;
	MDB_txn *txn;
	MDB_val k, v;
	int rc;

	if ((rc = mdb_txn_begin(c.env, NULL, MDB_RDONLY, &txn)) != 0)
		return (rc);
	if ((rc = mdb_cursor_open(txn, c.dbi, &cursor)) == 0) {
		while ((rc = mdb_cursor_get(cursor, &k, &v, MDB_NEXT)) == 0)
			if (k.mv_size > CACHE_KEY_MAX ||
			    v.mv_size > RECORD_MAX) {
				rc = MDB_CORRUPTED;
				break;
			}
		mdb_cursor_close(cursor);
	}
	mdb_txn_abort(txn);
	return (rc == MDB_NOTFOUND ? 0 : rc);
}

static void
set_aside(const char *why)
{
	env_close();
	if (rename(c.name, c.bad) < 0 && errno != ENOENT)
		fatal("cache %s: %m", c.name);
	log_warn("cache %s is damaged (%s): put aside as %s, begun anew",
	    c.name, why, c.bad);
}

static void
begin_anew(void)
{
	int rc = env_open();

	if (rc != 0)
		fatal("cache %s: %s", c.name, mdb_strerror(rc));
}

static void
open_checked(void)
{
	int fd, rc;

	fd = open(c.check, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	if (fd < 0 && errno != EEXIST)
		fatal("cache %s: %m", c.check);
	if (fd < 0)
		set_aside("the last check did not end");
	fd_close(&fd);
	if ((rc = env_open()) == 0)
		rc = look_through();
	if (rc == ENOSPC || rc == EDQUOT || rc == ENOMEM)
		fatal("cache %s: %s", c.name, mdb_strerror(rc));
	if (rc != 0) {
		set_aside(mdb_strerror(rc));
		begin_anew();
	}
	if (unlink(c.check) < 0)
		fatal("cache %s: %m", c.check);
}

bool
cache_open(const char *file, size_t max)
{
	char lock[NAME_SIZE];

	c.in_memory = *file == '\0';
	if (c.in_memory) {
		memory_open(max);
		c.open = true;
		return (true);
	}
	c.max = max;
	(void)snprintf(lock, sizeof(lock), "%.200s.lmdb.lock", file);
	(void)snprintf(c.name, sizeof(c.name), "%.200s.lmdb", file);
	(void)snprintf(c.check, sizeof(c.check), "%.200s.lmdb.check", file);
	(void)snprintf(c.bad, sizeof(c.bad), "%.200s.lmdb.bad", file);
	if (c.lock < 0)
		c.lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC |
		    O_NOFOLLOW, 0600);
	if (c.lock < 0)
		fatal("cache %s: %m", lock);
	if (flock(c.lock, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK)
			fatal("cache %s: %m", lock);
		return (false);
	}
	open_checked();
	c.open = true;
	return (true);
}

bool
cache_is_open(void)
{
	return (c.open);
}

void
cache_close(void)
{
	if (c.in_memory)
		memory_close();
	else if (c.open)
		cache_sync();
	env_close();
	fd_close(&c.lock);
	c.open = false;
}

void
cache_sync(void)
{
	int rc;

	if (!c.open || c.in_memory || !c.changed)
		return;
	if ((rc = mdb_env_sync(c.env, 1)) != 0)
		log_warn("cache %s: %s", c.name, mdb_strerror(rc));
	c.changed = false;
}

/* An error in the middle of work. */
static void
failed(int rc)
{
	switch (rc) {
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND:
	case MDB_PANIC:
	case MDB_VERSION_MISMATCH:
	case MDB_INVALID:
	case MDB_CURSOR_FULL:
	case MDB_PAGE_FULL:
		set_aside(mdb_strerror(rc));
		begin_anew();
		return;
	default:
		log_warn("cache %s: %s", c.name, mdb_strerror(rc));
	}
}

static MDB_val
val(const void *p, size_t n)
{
	MDB_val v = { .mv_size = n };

	memcpy(&v.mv_data, &p, sizeof(p));
	return (v);
}

bool
cache_get(const char *key, struct buf *out)
{
	MDB_val k = val(key, strlen(key)), v;
	MDB_txn *txn;
	bool found = false;
	int rc;

	buf_reset(out);
	if (c.in_memory)
		return (memory_get(key, out));
	if ((rc = mdb_txn_begin(c.env, NULL, MDB_RDONLY, &txn)) != 0) {
		failed(rc);
		return (false);
	}
	if ((rc = mdb_get(txn, c.dbi, &k, &v)) == 0)
		found = buf_put(out, v.mv_data, v.mv_size) == 0;
	mdb_txn_abort(txn);
	if (rc != 0 && rc != MDB_NOTFOUND)
		failed(rc);
	return (found);
}

/*
 * Records from c.at on, in one transaction; "over" NULL: every one goes.
 * False: the end was reached.
 */
static bool
sweep(size_t n, bool (*over)(struct view), uint64_t *kept, uint64_t *dropped)
{
	MDB_val k = val(c.at, strlen(c.at)), v;
	MDB_cursor *cursor;
	MDB_txn *txn;
	MDB_cursor_op op = *c.at != '\0' ? MDB_SET_RANGE : MDB_FIRST;
	int rc, end;

	if ((rc = mdb_txn_begin(c.env, NULL, 0, &txn)) != 0)
		goto out;
	if ((rc = mdb_cursor_open(txn, c.dbi, &cursor)) != 0) {
		mdb_txn_abort(txn);
		goto out;
	}
	for (; (rc = mdb_cursor_get(cursor, &k, &v, op)) == 0 && n > 0; n--) {
		op = MDB_NEXT;
		if (over != NULL && !over((struct view){ v.mv_data,
		    v.mv_size })) {
			(*kept)++;
			continue;
		}
		if ((rc = mdb_cursor_del(cursor, 0)) != 0)
			break;
		(*dropped)++;
	}
	c.at[0] = '\0';
	if (rc == 0) {
		memcpy(c.at, k.mv_data, k.mv_size);
		c.at[k.mv_size] = '\0';
	}
	mdb_cursor_close(cursor);
	if (rc != 0 && rc != MDB_NOTFOUND)
		mdb_txn_abort(txn);
	else if ((end = mdb_txn_commit(txn)) != 0)
		rc = end;
	else
		c.changed = true;
out:
	if (rc != 0 && rc != MDB_NOTFOUND)
		failed(rc);
	return (rc == 0);
}

/* A quarter stays free: to change a page, LMDB writes a new one. */
static bool
is_full(void)
{
	MDB_stat st;
	size_t pages;

	if (mdb_env_stat(c.env, &st) != 0)
		return (false);
	pages = st.ms_branch_pages + st.ms_leaf_pages + st.ms_overflow_pages;
	return (pages * st.ms_psize > c.max / 4 * 3);
}

static void
make_room(void)
{
	uint64_t kept = 0, dropped = 0;

	if (!c.full_told)
		log_warn("cache %s is full (lmdb_map_size is %zu): some of "
		    "what is known is forgotten", c.name, c.max);
	c.full_told = true;
	for (int i = 0; i < 10 && is_full(); i++)
		(void)sweep(BATCH, NULL, &kept, &dropped);
}

/* A NULL record is removed. */
static int
change(const char *key, const struct view *record)
{
	MDB_val k = val(key, strlen(key)), v = val(NULL, 0);
	MDB_txn *txn;
	int rc;

	if ((rc = mdb_txn_begin(c.env, NULL, 0, &txn)) != 0)
		return (rc);
	if (record != NULL)
		v = val(record->p, record->n);
	rc = record != NULL ? mdb_put(txn, c.dbi, &k, &v, 0) :
	    mdb_del(txn, c.dbi, &k, NULL);
	if (rc != 0) {
		mdb_txn_abort(txn);
		return (rc);
	}
	c.changed = true;
	return (mdb_txn_commit(txn));
}

void
cache_put(const char *key, struct view record)
{
	int rc;

	if (c.in_memory) {
		memory_put(key, record);
		return;
	}
	if (is_full())
		make_room();
	if ((rc = change(key, &record)) != 0)
		failed(rc);
}

void
cache_drop(const char *key)
{
	int rc;

	if (c.in_memory) {
		memory_drop(key);
		return;
	}
	if ((rc = change(key, NULL)) != 0 && rc != MDB_NOTFOUND)
		failed(rc);
}

bool
cache_sweep(size_t n, bool (*over)(struct view), uint64_t *kept,
    uint64_t *dropped)
{
	if (c.in_memory)
		return (memory_sweep(n, over, kept, dropped));
	return (!sweep(n, over, kept, dropped));
}
