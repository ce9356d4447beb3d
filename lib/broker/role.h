/* SPDX-License-Identifier: ISC */
/*
 * role - the skeleton of every daemon.
 *
 * A daemon's main() is "return (role_main(&role, argc, argv))". The skeleton
 * takes the bundle, calls prepare(), goes through confine_enter(), then
 * calls init(), and serves.
 *
 * A session or message role is a supervisor that forks workers; a worker
 * waits for one client, calls session() once and ends. Everything in
 * session() may block. A shared role runs one loop: start() once, client()
 * for each new channel.
 */
#ifndef POSTERN_ROLE_H
#define POSTERN_ROLE_H

#include <sys/socket.h>

#include "broker/bundle.h"
#include "broker/chan.h"
#include "conf/conf.h"

struct session {
	int			 fd;	/* connected socket, or -1 */
	struct chan		*chan;	/* channel of a client role, or NULL */
	uid_t			 uid;	/* with it: whose, as the kernel says */
	bool			 stress; /* all processes are busy */
};

struct role {
	const struct policy_filter *filter;
	enum role_id		 id;

	/* Before the door: libraries that open files lazily. No input. */
	void	(*prepare)(void);
	/* Behind the door, once: tables, and what all workers share. */
	void	(*init)(void);

	/*
	 * Clients at a UNIX socket come as descriptors, too: what they say is
	 * none of our protocols.
	 */
	bool	plain;

	/* Session and message roles: one client, then the process ends. */
	void	(*session)(struct session *s);

	/*
	 * Shared roles. Behind init(): how many processes share the clients
	 * (NULL: one). start() is called in each.
	 */
	unsigned (*processes)(void);
	void	(*start)(struct loop *l);
	void	(*client)(struct loop *l, struct chan *ch);
	/*
	 * The wakeup time of master.cf has passed. In a session role: called
	 * in the supervisor, also once at its start, with NULL; it must not
	 * wait, and read nothing of a client.
	 */
	void	(*wakeup)(struct loop *l);
	/* Told to go: finish what cannot wait, then call role_done(). */
	void	(*drain)(struct loop *l);
	/* What role_connect() asked for; errno, or 0 and the descriptor. */
	void	(*connected)(uint32_t id, int error, int fd);
};

int	role_main(const struct role *role, int argc, char **argv);

/*
 * dial(8): have master(8) connect to socket "number" of dial_endpoints.
 * connected() is called with "id", perhaps never.
 */
void	role_connect(uint32_t id, uint32_t number);

/* Shared role: drained, end the process now. */
_Noreturn void role_done(void);

/* What this process was given. */
const struct bundle *role_bundle(void);
const char	*role_service(void);	/* its name in master.cf */

/*
 * Connect to a service by name, over the rendezvous that the policy grants.
 * NULL with errno: ENOENT no such service in the bundle, EAGAIN its queue is
 * full or descriptors are short (try later).
 */
struct chan	*role_dial(const char *service);

/*
 * Give up the way to a service for good, channels to it stay: in a worker,
 * before it reads what a stranger wrote.
 */
void	role_forget(const char *service);

/*
 * In a worker: what its supervisor has prepared is out of date. master(8)
 * will execute it afresh.
 */
void	role_outdated(void);

/* The descriptor of a BUNDLE_TABLE "type:path" or BUNDLE_FILE, or -1. */
int	role_table_fd(const char *spec);
int	role_file_fd(const char *name);

#endif
