/* SPDX-License-Identifier: ISC */
/*
 * index - make NAME.cdb, as a whole or not at all.
 *
 * A new index is written beside the old one, synced, and renamed over it. The
 * files are those that Postfix's cdb: tables use.
 */
#ifndef POSTERN_TABLE_INDEX_H
#define POSTERN_TABLE_INDEX_H

#include <sys/types.h>

#include <stdbool.h>

struct arena;
struct index_file;

/*
 * Begin with "name".cdb of that mode. With "nul" keys and values are stored
 * with their NUL. Ends with fatal() where the file system does not let us.
 */
struct index_file *index_begin(struct arena *a, const char *name, mode_t mode,
		    bool nul);

/* Add an entry; false if the key is there: then nothing, or if "replace"
 * the new value takes the place of the old one. */
bool		 index_put(struct index_file *x, const char *key,
		    const char *value, bool replace);

/* Make it the index. fatal() if that fails; then the old one stays. */
void		 index_commit(struct index_file *x);

/*
 * Open "name".cdb and hold a lock on it, so that nobody else changes it at the
 * same time; -1 with errno. Closing it ends the lock.
 */
int		 index_lock(const char *name);

#endif
