/* SPDX-License-Identifier: ISC */
/* warrant - what the files of warrant(8) share; private to this folder. */
#ifndef POSTERN_WARRANT_H
#define POSTERN_WARRANT_H

#include <sys/types.h>

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "broker/role.h"
#include "table/maps.h"

/* An account of /etc/passwd; strings live in the arena it was found with. */
struct account {
	const char	*name;
	uid_t		 uid;
	gid_t		 gid;
	const char	*home;
	const char	*shell;
};

/* What came of a request: refused for that reason, or an order. */
struct decision {
	struct msg_launched	 answer;
	struct msg_mda_task	 task;	/* status STARTED */
	gid_t			 group;	/* supplementary; 0: none */
	int			 room;	/* chroot to it; -1: none */
	const char		*command; /* first word of argv=, of spawn */
};

/* One channel of a delivery agent. */
struct client {
	struct loop	*loop;
	struct chan	*chan;
	struct arena	*arena;		/* of the request */
	struct buf	 mail;		/* launch_mail, encoded */
	struct msg_launch_mail m;	/* the same; text in the arena */
	int		 message;	/* -1 none */
};

/*
 * What main.cf says, or the line of an agent in master.cf that has -o: each
 * has parameters and tables of its own.
 */
struct warrant {
	const char		*key;	/* agent:service/type; "": main.cf */
	const struct params	*params;
	struct view		 text;	/* the same, for mda */
	struct maps		*commands;	/* mailbox_command_maps */
	struct table		**aliases;	/* of alias_maps, in order */
	const char		**alias_spec;
	size_t			 naliases;
	struct maps		*mailboxes, *uids, *gids;
	gid_t			 spool_group;	/* 0: none writes there */
	struct view		 environment;	/* of commands */
};
extern struct warrant *w;		/* that of the request; cf, too */

struct accounts {
	struct table	*users, *groups;	/* /etc/passwd, /etc/group */
};
extern struct accounts accounts;

/* What master calls the parameters of an agent's line: params:KEY. */
#define WARRANT_PARAMS	"params:"

/* account.c: 1 found, 0 none, -1 a table has failed. */
int	account_by_name(struct arena *a, const char *name, struct account *out);
int	account_by_uid(struct arena *a, uid_t uid, struct account *out);
int	group_by_name(const char *name, gid_t *gid);
/* NULL, or why nobody acts as that user. */
const char *account_refused(uid_t uid, gid_t gid);

/* environment.c: strings name=value with a NUL behind each. */
struct view environment_of(struct arena *a, const char *export);

/* The answers that are no order; false, so that deciders can return it. */
bool	unknown(struct decision *d, const char *text);
bool	later(struct decision *d, const char *dsn, const char *text);
void	task_for(struct decision *d, const struct account *as);

/* user.c, virtual.c, service.c: true with an order in *d. */
bool	decide_user(struct client *c, const struct msg_launch_user *r,
	    struct decision *d);
bool	decide_alias(struct client *c, const struct msg_launch_alias *r,
	    struct decision *d);
bool	decide_virtual(struct client *c, struct decision *d);
bool	decide_pipe(struct client *c, const struct msg_launch_pipe *r,
	    struct decision *d);
bool	decide_spawn(struct client *c, const struct msg_launch_spawn *r,
	    struct decision *d);

/* order.c: to launcher; false with the answer changed to LATER. */
bool	order_send(struct client *c, struct decision *d, int answer);
/* The channel is gone: nobody is told the end of what it asked for. */
void	order_forget(const struct client *c);

#endif
