/* SPDX-License-Identifier: ISC */
/* postsuper - what its files share. */
#ifndef POSTSUPER_H
#define POSTSUPER_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "queue-layout/queue.h"
#include "queue-layout/site.h"

#define DIR_BIT(d)	(1U << Q_##d)
#define MESSAGE_DIRS	(DIR_BIT(maildrop) | DIR_BIT(incoming) |	\
			DIR_BIT(active) | DIR_BIT(deferred) |		\
			DIR_BIT(hold) | DIR_BIT(corrupt))
#define LOG_DIRS	(DIR_BIT(bounce) | DIR_BIT(defer) | DIR_BIT(trace))
#define ALL_DIRS	(MESSAGE_DIRS | LOG_DIRS | DIR_BIT(flush))

enum act {
	ACT_DELETE, ACT_EXPIRE, ACT_FORCE, ACT_HOLD, ACT_RELEASE, ACT_REQUEUE,
	ACT_COUNT
};

/* One -d, -h, ... of the command line, or one line of its standard input. */
struct request {
	enum act	 act;
	const char	*id;		/* NULL: ALL */
};

struct counts {				/* shared with the children */
	uint32_t	 done[ACT_COUNT];
	uint32_t	 renamed;
};

/* What one child works on, as the owner of "dirs". */
struct work {
	struct q_site	 site;
	struct seal_key	 key;		/* for qmgr's child */
	bool		 sealed;	/* there is a key */
	uint32_t	 dirs;		/* those of this owner */
	uint32_t	 named;		/* those of the command line, or 0 */
	const struct request *requests;
	size_t		 nrequests;
	bool		 purge;
	int64_t		 purge_before;
	int		 fix;		/* how often: -s 1, -S 2 */
	bool		 verbose;
	struct counts	*counts;
	int		 logs;		/* pipe to who owns the logs */
	int		 clerk;		/* socket to clerk(), or -1 */
};

/* What happened to a message, for who owns its logs. */
struct log_note {
	char		 op;		/* delete, rename: d n */
	char		 id[QID_SIZE];
	char		 to[QID_SIZE];
};

/* act.c: all requests; then the logs of what other owners have changed. */
void	act_all(struct work *w);
void	act_note(const struct work *w, char op, const char *id, const char *to);
void	act_logs(const struct work *w, int notes);
const char *act_summary(enum act act);
/* The action of an option letter, or ACT_COUNT. */
enum act act_find(int letter);

/*
 * requeue.c: a message of the queue into a file of maildrop/, where pickup(8)
 * takes it as new; then it leaves the queue. 1, 0, -1 as for all actions.
 */
int	requeue_one(const struct work *w, enum q_dir dir, const char *id);

/*
 * clerk.c: as the owner of maildrop/, make files there for requeue_one(), who
 * may not; until the other end of "sock" is closed.
 */
#define CLERK_NEW	'n'		/* answered with a descriptor */
#define CLERK_KEEP	'k'		/* it is complete: 'y' or 'n' */
#define CLERK_DROP	'd'
void	clerk(int rootfd, int sock);

/* fix.c: -p and -s on the directories of this owner. */
void	fix_purge(const struct work *w);
void	fix_structure(const struct work *w);
/* Files called ID# to ID: the second half of a renaming. */
void	fix_finish(const struct work *w, enum q_dir dir);
/* Give "path" the name ID# for now. */
int	fix_rename(const struct work *w, const char *path, enum q_dir dir,
	    const char *id) __attribute__((warn_unused_result));

#endif
