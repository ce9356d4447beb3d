/* SPDX-License-Identifier: ISC */
/*
 * policy - policy servers (check_policy_service): what is asked, how, and what
 * is done when nobody answers.
 *
 * policy.c has the servers of the configuration, policy_ask.c the dialogue,
 * policy_reply.c reads what they say. Servers are the administrator's; a
 * broken one can refuse mail, and cost a client so much time as its parameters
 * allow, no more.
 */
#ifndef POSTERN_SMTPD_POLICY_H
#define POSTERN_SMTPD_POLICY_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/view.h"

struct judge;
struct params;
struct smtpd;

struct policy_server {
	const char	*text;		/* as it stands in the list */
	const char	*endpoint;	/* unix:path, inet:host:port */
	const char	*name;		/* the same for the log */
	const struct params *cf;	/* with the options in braces */
	size_t		 number;	/* in setup.policies */
};

/*
 * The argument of check_policy_service: a server, or
 * { server, name = value ... }. One of that text is kept once, with one
 * connection a session. fatal() if it is malformed.
 */
const struct policy_server *policy_open(const char *title, const char *text);

/*
 * Ask it about what is judged now. What it wants, an action of access(5), or
 * the default action (the trouble is logged). In s->line.
 */
const char	*policy_ask(struct judge *j, const struct policy_server *p);

/* The session ends. */
void		 policy_close(struct smtpd *s);

/* A reply: lines name=value, an empty one at the end. */
enum policy_got {
	POLICY_MORE, POLICY_DONE, POLICY_BAD
};
enum policy_got	 policy_reply_line(struct arena *a, struct view line,
		    const char **action);

#endif
