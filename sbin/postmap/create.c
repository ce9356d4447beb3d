/* SPDX-License-Identifier: ISC */
/*
 * create - indexes are made of a source, of standard input, or without keys.
 *
 * A cdb file cannot be changed: what changes one reads it, under a lock, and
 * writes another.
 */
#include <sys/stat.h>
#include <sys/types.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "mapcmd.h"
#include "table/entry.h"
#include "table/index.h"
#include "table/memory.h"
#include "table/text.h"

#define INDEX_MODE	0644		/* with -p; and never more than that */

struct entry_reader {
	struct mapcmd_run *run;
	struct text	 text;
	struct buf	 name, value;	/* of an alias */
	struct buf	 key;		/* folded */
};

/* Be the owner of a file that is not root's (unless -o), and root again. */
static void
become(const struct mapcmd_run *r, const struct stat *st)
{
	if (geteuid() != 0 || st->st_uid == 0 || r->keep_root)
		return;
	if (setgroups(1, &st->st_gid) == -1 || setegid(st->st_gid) == -1 ||
	    seteuid(st->st_uid) == -1)
		fatal("cannot become the owner of the file: %m");
}

static void
resume(void)
{
	if (getuid() != 0 || geteuid() == 0)
		return;
	if (seteuid(0) == -1 || setegid(getgid()) == -1 ||
	    setgroups(0, NULL) == -1)
		fatal("cannot become root again: %m");
}

static struct entry_reader *
entry_reader_new(struct mapcmd_run *r, int fd, const char *name)
{
	struct entry_reader *e = arena_get(r->arena, sizeof(*e));

	e->run = r;
	text_open(&e->text, fd, name);
	buf_init(&e->name, TABLE_KEY_MAX);
	buf_init(&e->value, TABLE_VALUE_MAX);
	buf_init(&e->key, 4 * TABLE_KEY_MAX);
	return (e);
}

static void
entry_reader_free(struct entry_reader *e)
{
	text_close(&e->text);
	buf_fini(&e->name);
	buf_fini(&e->value);
	buf_fini(&e->key);
}

/* Split the line by the notation of this command. */
static bool
split(struct entry_reader *e, const char **key, const char **value)
{
	struct mapcmd_run *r = e->run;
	bool utf8 = r->flags & TABLE_UTF8;

	if (r->cmd->alias) {
		if (!entry_split_alias(&e->text, utf8, &e->name, &e->value))
			return (false);
		*key = buf_str(&e->name);
		*value = buf_str(&e->value);
	} else if (!entry_split(&e->text, utf8, key, value))
		return (false);
	if (!r->files)
		return (true);
	*value = mapcmd_encode_files(r, e->text.name, e->text.lineno, *value);
	return (*value != NULL);
}

/* The next entry of a source, key folded; 1, 0 at the end. */
static int
entry_reader_next(struct entry_reader *e, const char **key,
    const char **value)
{
	int rc;

	while ((rc = text_next(&e->text)) == 1) {
		if (!split(e, key, value))
			continue;
		if (e->run->flags & TABLE_NOFOLD)
			return (1);
		if (table_fold(*key, e->run->flags & TABLE_UTF8,
		    &e->key) == -1) {
			log_warn("%s, line %u: key is too long -- ignoring "
			    "this line", e->text.name, e->text.lineno);
			continue;
		}
		*key = buf_str(&e->key);
		return (1);
	}
	if (rc == -1)
		fatal("cannot read %s", e->text.name);
	return (0);
}

static void
duplicate(const struct mapcmd_run *r, const char *name, const char *key)
{
	if (!r->replace && !r->quiet)
		log_warn("%s: duplicate entry: \"%s\"", name, key);
}

void
mapcmd_create(struct mapcmd_run *r, const char *type, const char *name)
{
	struct entry_reader *e;
	struct index_file *x;
	const char *key, *value;
	struct stat st;
	int fd;

	(void)type;
	if ((fd = open(name, O_RDONLY | O_CLOEXEC)) == -1 ||
	    fstat(fd, &st) == -1)
		fatal("open %s: %m", name);
	if (!S_ISREG(st.st_mode))
		fatal("open %s: not a regular file", name);
	become(r, &st);
	x = index_begin(r->arena, name, r->own_mode ? INDEX_MODE :
	    st.st_mode & INDEX_MODE, r->nul);
	e = entry_reader_new(r, fd, name);
	while (entry_reader_next(e, &key, &value) == 1)
		if (!index_put(x, key, value, r->replace))
			duplicate(r, name, key);
	entry_reader_free(e);
	/* NIS clients look for this one in a database of aliases. */
	if (r->cmd->alias)
		(void)index_put(x, "@", "@", true);
	index_commit(x);
	fd_close(&fd);
	resume();
}

static int
remember(void *arg, const char *key, const char *value)
{
	(void)memory_put(arg, key, value, false);
	return (0);
}

/* All of an index that is there and locked. */
static struct memory *
load(struct mapcmd_run *r, const char *type, const char *name)
{
	struct memory *m = memory_new(r->arena);
	const char *spec = arena_printf(r->arena, "%s:%s", type, name), *err;
	struct table *t;

	if ((t = table_open(r->arena, spec, r->flags, &r->src, &err)) == NULL)
		fatal("%s", err);
	if (table_each(t, remember, m) == -1)
		fatal("table %s: read error", spec);
	tables_close(&r->src);		/* there will be another one */
	return (m);
}

static int
store_one(void *arg, const char *key, const char *value)
{
	(void)index_put(arg, key, value, false);
	return (0);
}

static void
store(struct mapcmd_run *r, const char *name, mode_t mode,
    const struct memory *m)
{
	struct index_file *x;

	x = index_begin(r->arena, name, mode & INDEX_MODE, r->nul);
	(void)memory_each(m, store_one, x);
	index_commit(x);
}

void
mapcmd_add(struct mapcmd_run *r, const char *type, const char *name)
{
	struct entry_reader *e;
	struct memory *m;
	const char *key, *value;
	struct stat st = { .st_mode = INDEX_MODE };
	int lock, in;

	if ((lock = index_lock(name)) == -1 && errno != ENOENT)
		fatal("open database %s.cdb: %m", name);
	if (lock != -1 && fstat(lock, &st) == -1)
		fatal("%s.cdb: %m", name);
	become(r, &st);
	m = lock == -1 ? memory_new(r->arena) : load(r, type, name);
	in = mapcmd_stdin();
	e = entry_reader_new(r, in, "stdin");
	while (entry_reader_next(e, &key, &value) == 1)
		if (!memory_put(m, key, value, r->replace))
			duplicate(r, arena_printf(r->arena, "%s:%s", type,
			    name), key);
	entry_reader_free(e);
	store(r, name, st.st_mode, m);
	fd_close(&in);
	fd_close(&lock);
	resume();
}

static bool
drop(struct mapcmd_run *r, struct memory *m, const char *key)
{
	struct buf folded;
	bool found = false;

	if (r->flags & TABLE_NOFOLD)
		return (memory_drop(m, key));
	buf_init(&folded, 4 * TABLE_KEY_MAX);
	if (table_fold(key, r->flags & TABLE_UTF8, &folded) == 0)
		found = memory_drop(m, buf_str(&folded));
	buf_fini(&folded);
	return (found);
}

static bool
drop_stdin(struct mapcmd_run *r, struct memory *m)
{
	struct text text;
	bool found = false;
	int rc, in = mapcmd_stdin();

	text_open(&text, in, "stdin");
	while ((rc = text_line(&text)) == 1)
		if (view_chr(buf_view(&text.line), '\0') == -1)
			found = drop(r, m, buf_str(&text.line)) || found;
	text_close(&text);
	if (rc == -1)
		fatal("cannot read standard input");
	fd_close(&in);
	return (found);
}

bool
mapcmd_delete(struct mapcmd_run *r, const char *type, const char *name)
{
	struct memory *m;
	struct stat st;
	bool found;
	int lock;

	if ((lock = index_lock(name)) == -1 || fstat(lock, &st) == -1)
		fatal("open database %s.cdb: %m", name);
	become(r, &st);
	m = load(r, type, name);
	found = strcmp(r->del, "-") == 0 ? drop_stdin(r, m) :
	    drop(r, m, r->del);
	if (found)
		store(r, name, st.st_mode, m);
	fd_close(&lock);
	resume();
	return (found);
}
