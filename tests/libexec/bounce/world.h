/* SPDX-License-Identifier: ISC */
/*
 * world - for tests of bounce(8): a queue of its own, a worker in a process
 * of its own, and a cleanup(8) that keeps what it is given as mail.1, mail.2.
 *
 * A kept mail is "sender=...", "rcpt=...", "encoding=...", "sendopts=...",
 * an empty line, and the content.
 */
#ifndef POSTERN_TESTS_BOUNCE_WORLD_H
#define POSTERN_TESTS_BOUNCE_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bounce.h"

struct world {
	int		 rootfd;
	struct params	 params;	/* cf */
	uint32_t	 refuse;	/* MAIL_STAT_* that cleanup answers */
	const char	*template;	/* text of bounce_template_file */
	char		 id[QID_SIZE];	/* of the message */
	int		 fd;		/* its file */
	struct qf	 qf;
};
extern struct world world;

/* Parameters ("name=value", NULL at the end) over the defaults. */
void	world_make(const char *const *set);

/* The message that notices are about: from "sender", with that content. */
void	world_message(const char *sender, const struct qf_envelope *more,
	    const char *content);

/* A new worker of that service. */
void	world_start(const char *service);
/* Requests to it; true if it says that it was done. */
bool	world_append(const struct msg_bounce_append *m);
bool	world_send(enum bounce_kind kind);
bool	world_remove(void);

/* mail.N as text; NULL if there is none. */
const char *world_mail(int n);
/* All log lines so far. */
const char *world_log(void);
/* Whether bounce/ID and so on exists. */
bool	world_has_log(const char *dir);

#endif
