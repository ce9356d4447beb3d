/* SPDX-License-Identifier: ISC */
/* mda - what the files of mda(8) share; private to this folder. */
#ifndef POSTERN_MDA_H
#define POSTERN_MDA_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdnoreturn.h>

#include "agent/entry.h"
#include "base/arena.h"
#include "base/buf.h"
#include "base/mono.h"
#include "conf/conf.h"
#include "proto/proto.h"
#include "queue-layout/queue.h"

/* The one thing that this process is for. */
struct mda {
	struct arena		*arena;
	struct msg_launch_mail	 m;
	struct msg_mda_task	 t;
};
extern struct mda mda;

/* task.c: read it; fatal() if it is malformed. */
void	task_load(int fd);

/*
 * answer.c. finish() tells the agent what became of the delivery, and ends.
 * All text is made printable.
 */
noreturn void	finish(enum outcome o, const char *dsn, const char *fmt, ...)
		    __attribute__((format(printf, 3, 4)));
/* The same with the flags of mda_done; "diag" may be NULL. */
noreturn void	finish_with(const struct msg_mda_done *m);
void		entry_put(const struct entry *e, uint32_t index);
/* The content fails its digest: whoever has part of it gets no more. */
noreturn void	finish_damaged(void);

/* copy.c: the message on its way out. */
enum copy_flag {
	COPY_FROM	= 0x01,	/* From sender date */
	COPY_RETURN	= 0x02,	/* Return-Path: */
	COPY_ORIG	= 0x04,	/* X-Original-To:, if it is known */
	COPY_DELIVERED	= 0x08,	/* Delivered-To:, if there is one */
	COPY_QUOTE	= 0x10,	/* >From */
	COPY_DOT	= 0x20,	/* . becomes .. */
	COPY_BLANK	= 0x40,	/* an empty line at the end */
};
#define COPY_MAILDIR	(COPY_RETURN | COPY_ORIG | COPY_DELIVERED)
#define COPY_MBOX	(COPY_MAILDIR | COPY_FROM | COPY_QUOTE | COPY_BLANK)

/* 0, or -1 with errno, which ends the copy. */
typedef int (*copy_fn)(void *arg, const char *p, size_t n);

/*
 * Hand the message to "fn" in large pieces. 0; -1 with errno: EBADMSG if
 * the content cannot be read or fails its digest, else what "fn" left there.
 */
int		copy_message(int fd, unsigned flags, const char *eol,
		    copy_fn fn, void *arg);
/* Finish if the header has our Delivered-To: already. */
void		copy_refuse_loop(int fd);

/* path.c: opening what a mailbox's path names, as the user. */
int		path_open_dir(bool create);		/* O_PATH, or -1 */
/* The last component of a path without slashes at its end. */
const char	*path_last(const char *path);
/* The directory that the last component is in; O_PATH, or -1. */
int		path_open_parent(void);

/* lock.c: 0, or -1 with *why a text. The lock ends with the process. */
int		lock_dot(int dirfd, const char *name, const char *path,
		    const char **why);
void		unlock_dot(void);
int		lock_fd(int fd, const char *style, const char **why);
bool		lock_wanted(const char *style, const char *name);

/*
 * biff.c: tell comsat(8) of new mail, at "offset" of the mailbox. Opened while
 * sockets can still be made; without it nothing is sent.
 */
void		biff_open(void);
void		biff_send(int64_t offset);

/* mbox.c, maildir.c: deliver and finish. */
noreturn void	mbox_deliver(int message, bool file);
noreturn void	maildir_deliver(int message, bool file);

/* list.c: .forward files, aliases, :include:. */
noreturn void	forward_deliver(int message);
noreturn void	list_deliver(int message);

/* expand.c: $name, ${name}, ${name?text}, ${name:text}. */
typedef const char *(*expand_fn)(void *arg, const char *name);
/*
 * Append to "out"; bytes of values that are not in "filter" (NULL: all may
 * be) become '_'. 1: a name has no value; 0; -1: malformed or too long.
 */
int		expand(const char *text, const char *filter, expand_fn fn,
		    void *arg, struct buf *out)
		    __attribute__((warn_unused_result));
/* The names of local(8), of the task. */
const char	*expand_local(void *arg, const char *name);

/* env.c: NULL-terminated, in the arena. */
char		**env_make(void);

/* command.c */
struct command {
	char		*const *argv;
	const char	*text;		/* for messages */
	const char	*dir;		/* or NULL */
	char		*const *env;
	unsigned	 flags;		/* COPY_* */
	const char	*eol;
	uint32_t	 time_limit;
};
/*
 * Run it with the message as its input. On success its output (printable,
 * one line) and a return; anything else finishes.
 */
const char	*command_run(const struct command *c, int message);
/* The words of a command line, by exec or by a shell. */
char		**command_words(const char *text);
noreturn void	command_deliver(int message, const char *text);

/* pipe.c, spawn.c */
noreturn void	pipe_deliver(int message);
noreturn void	spawn_run(int client);

#endif
