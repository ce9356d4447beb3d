/* SPDX-License-Identifier: ISC */
/*
 * layout - the directories of the queue: owner, group, mode.
 *
 * The rows are in layout.def. layout_check() is what "postern check",
 * "postern set-permissions" and master(8) at start use. The queue directory
 * itself belongs to root and is writable for root only: therefore root may
 * make and change its entries, and touches nothing inside them.
 */
#ifndef POSTERN_LAYOUT_H
#define POSTERN_LAYOUT_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"

enum q_dir {
#define DIR(name, owner, group, mode, flags, purpose) Q_##name,
#include "layout.def"
#undef DIR
	Q_COUNT
};

#define LAYOUT_HASH	0x1
#define LAYOUT_SPARE	0x2

struct layout_row {
	const char	*name;
	const char	*owner;		/* role, or root */
	const char	*group;		/* role, root or setgid */
	mode_t		 mode;
	unsigned int	 flags;		/* LAYOUT_* */
	const char	*purpose;
};

extern const struct layout_row layout_rows[Q_COUNT];

/* The directory called "name", or -1. */
int	layout_find(struct view name);

/* Which directories are hashed, and how deep. */
#define Q_DEPTH_MAX	10
struct q_hash {
	uint32_t	dirs;		/* bit 1 << Q_name */
	int		depth;		/* 1 .. Q_DEPTH_MAX */
};

/*
 * From hash_queue_names and hash_queue_depth. A name that is no queue
 * directory, or one that is never hashed, is skipped and reported.
 */
void	q_hash_set(struct q_hash *h, struct view names, int depth,
	    void (*skipped)(struct view name));

/*
 * Users and groups by name from the files themselves: no NSS, because the
 * privileged master calls this. NULL for the system's own file. 0, or -1 with
 * errno (ENOENT: no such name).
 */
int	owner_user(const char *passwd, const char *name, uid_t *uid, gid_t *gid)
	    __attribute__((warn_unused_result));
int	owner_group(const char *group, const char *name, gid_t *gid)
	    __attribute__((warn_unused_result));
/*
 * The group ids that list "name" as a member; at most "max", the count is
 * returned, or -1 with errno.
 */
int	owner_groups(const char *group, const char *name, gid_t *gids, int max)
	    __attribute__((warn_unused_result));

struct layout_names {
	const char	*passwd;	/* NULL: /etc/passwd */
	const char	*group;		/* NULL: /etc/group */
	const char	*prefix;	/* NULL: _postern_ */
	const char	*setgid_group;	/* NULL: postdrop */
};

/*
 * Who owns a directory, with which mode. 0, or -1 with the name that does not
 * exist in "missing".
 */
struct layout_want {
	uid_t	uid;
	gid_t	gid;
	mode_t	mode;
};
int	layout_owner(const struct layout_names *names, enum q_dir dir,
	    struct layout_want *want, char missing[64])
	    __attribute__((warn_unused_result));

typedef void (*layout_report_fn)(void *arg, const char *text);

/*
 * Compare every directory under "path" with its row and report each
 * difference; with "fix" make what is missing and set what is wrong (only
 * for root; the path itself is made as well, its parent must exist). Links
 * are not followed: what is not a directory is reported and left alone.
 * The number of differences that remain, or -1 if "path" cannot be used.
 */
int	layout_check(const char *path, const struct layout_names *names,
	    bool fix, layout_report_fn report, void *arg)
	    __attribute__((warn_unused_result));

#endif
