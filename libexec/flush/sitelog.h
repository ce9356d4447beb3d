/* SPDX-License-Identifier: ISC */
/*
 * sitelog - on disk: a file a site, flush/NAME, with the ids of messages that
 * wait for it.
 *
 * The name is made from the site so that it can be nothing but a file name:
 * lower case letters, digits, '-', '_' and '.' stand for themselves (a '.'
 * not in front), all else is "=XX". "NAME~" is what is being sent, "NAME+"
 * what is being written anew. The first line says since when mail waits,
 * each other one is a queue id. Nothing is synced: what a crash takes away
 * delays mail until its next try, and no more.
 */
#ifndef POSTERN_SITELOG_H
#define POSTERN_SITELOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/view.h"

#define SITELOG_NAME	256		/* of a buffer for NAME */
#define SITELOG_BYTES	(1024 * 1024)	/* of a file */
#define SITELOG_SITES	10000		/* files */
#define SITELOG_SENDING	'~'
#define SITELOG_ANEW	'+'

struct sitelogs {
	int		 rootfd;	/* the queue directory */
	size_t		 max_bytes, max_sites;
	size_t		 n;		/* sites now */
};

struct site_ids {
	int64_t		 since;		/* seconds; 0: not known */
	const char	**ids;		/* sorted, each once */
	size_t		 n;
	size_t		 bad;		/* lines that are no id */
};

/* False: no such name can be made. */
bool	sitelog_name(const char *site, char out[SITELOG_NAME])
	    __attribute__((warn_unused_result));

/*
 * Add an id. 0, or -1 with errno: EDQUOT there are too many sites, EFBIG the
 * file has as many as it may.
 */
int	sitelog_add(struct sitelogs *l, const char *name, const char *id,
	    int64_t now) __attribute__((warn_unused_result));

/*
 * Set what NAME holds aside, as NAME~, to be read and then dropped. 0, or -1
 * with errno: ENOENT nothing waits, EEXIST there is a NAME~ already.
 */
int	sitelog_take(struct sitelogs *l, const char *name)
	    __attribute__((warn_unused_result));
/* What NAME~ holds; text in the arena. 0, or -1 with errno. */
int	sitelog_taken(const struct sitelogs *l, const char *name,
	    struct arena *a, struct site_ids *out)
	    __attribute__((warn_unused_result));
/* Remove NAME~; 0, also when there is none. */
int	sitelog_drop(const struct sitelogs *l, const char *name)
	    __attribute__((warn_unused_result));

/* Since when NAME has waited, and whether there is any id in it. */
int	sitelog_look(const struct sitelogs *l, const char *name,
	    int64_t *since, bool *empty) __attribute__((warn_unused_result));

/* The content of a file, whoever wrote it. */
void	sitelog_parse(struct view text, struct arena *a, struct site_ids *out);

#endif
