/* SPDX-License-Identifier: ISC */
/*
 * table_cdb - constant databases; what hash: and btree: mean, too.
 *
 * TinyCDB checks each offset it follows, so that a damaged file is an error.
 * The file is mapped: it must be replaced (rename), never rewritten in place.
 */
#include <cdb.h>
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "table_in.h"

struct index {
	struct cdb	 db;
	unsigned	 forms;		/* TABLE_NUL | TABLE_NONUL, to try */
};

static int
index_open(struct table *t, const char **err)
{
	struct index *x;
	int fd;

	if ((fd = table_fd(t, err)) == -1)
		return (-1);
	x = arena_get(t->arena, sizeof(*x));
	x->forms = t->flags & (TABLE_NUL | TABLE_NONUL);
	if (x->forms == 0)
		x->forms = TABLE_NUL | TABLE_NONUL;
	if (cdb_init(&x->db, fd) == -1)
		return (table_err(t, err, "unable to init %s.cdb: %m",
		    t->name));
	t->state = x;
	return (0);
}

/* What has been found, without the NUL that some programs store. */
static int
take(struct table *t, const struct cdb *db, unsigned len, unsigned pos,
    struct buf *out)
{
	const char *p = cdb_get(db, len, pos);

	if (p == NULL) {
		log_warn("error reading %s: %m", t->spec);
		return (-1);
	}
	if (len > 0 && p[len - 1] == '\0')
		len--;
	buf_reset(out);
	if (buf_put(out, p, len) == -1) {
		log_warn("%s: an entry is too long", t->spec);
		return (-1);
	}
	return (1);
}

static int
find(struct table *t, struct index *x, const char *key, unsigned form)
{
	size_t n = strlen(key) + (form == TABLE_NUL);
	int rc = cdb_find(&x->db, key, (unsigned)n);

	if (rc < 0) {
		log_warn("error reading %s: %m", t->spec);
		return (-1);
	}
	if (rc == 0)
		return (0);
	x->forms = form;	/* one file has one form */
	return (take(t, &x->db, cdb_datalen(&x->db), cdb_datapos(&x->db),
	    &t->value));
}

static int
index_lookup(struct table *t, const char *key)
{
	struct index *x = t->state;
	int rc = 0;

	if (x->forms & TABLE_NUL)
		rc = find(t, x, key, TABLE_NUL);
	if (rc == 0 && (x->forms & TABLE_NONUL))
		rc = find(t, x, key, TABLE_NONUL);
	return (rc);
}

static int
index_each(struct table *t, int (*fn)(void *, const char *, const char *),
    void *arg)
{
	struct index *x = t->state;
	struct buf key;
	unsigned at;
	int rc, got;

	buf_init(&key, TABLE_VALUE_MAX);
	cdb_seqinit(&at, &x->db);
	for (rc = 0; rc == 0 && (got = cdb_seqnext(&at, &x->db)) != 0;) {
		if (got < 0) {
			log_warn("error reading %s: %m", t->spec);
			rc = -1;
		} else if (take(t, &x->db, cdb_keylen(&x->db),
		    cdb_keypos(&x->db), &key) == -1 ||
		    take(t, &x->db, cdb_datalen(&x->db),
		    cdb_datapos(&x->db), &t->value) == -1)
			rc = -1;
		else if (view_chr(buf_view(&key), '\0') != -1 ||
		    view_chr(buf_view(&t->value), '\0') != -1) {
			log_warn("%s: an entry has a NUL byte in it", t->spec);
			rc = -1;
		} else
			rc = fn(arg, buf_str(&key), buf_str(&t->value));
	}
	buf_fini(&key);
	return (rc);
}

static void
index_close(struct table *t)
{
	struct index *x = t->state;

	if (x != NULL)
		cdb_free(&x->db);
	t->state = NULL;
}

const struct table_ops table_cdb = { "cdb", false, true, index_open, index_lookup,
	index_each, index_close };
const struct table_ops table_hash = { "hash", false, true, index_open,
	index_lookup, index_each, index_close };
const struct table_ops table_btree = { "btree", false, true, index_open,
	index_lookup, index_each, index_close };
