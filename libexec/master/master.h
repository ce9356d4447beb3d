/* SPDX-License-Identifier: ISC */
/* master - what the files of master(8) share; private to this folder. */
#ifndef POSTERN_MASTER_H
#define POSTERN_MASTER_H

#include <sys/socket.h>
#include <sys/types.h>

#include <bsd/sys/queue.h>
#include <netinet/in.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/mono.h"
#include "broker/bundle.h"
#include "broker/order.h"
#include "conf/conf.h"
#include "conf/mastercf.h"

struct address {
	union {
		struct sockaddr		any;
		struct sockaddr_in	in;
		struct sockaddr_in6	in6;
	} sa;
	socklen_t	len;
};

struct listener {
	SLIST_ENTRY(listener) next;
	int		 fd;
	struct address	 address;	/* len 0: UNIX, under public/ */
	bool		 keep;		/* reload: still wanted */
};

enum proc_state {
	PROC_STARTING,			/* ordered; READY not heard */
	PROC_READY,
	PROC_DRAINING
};

struct unit;

/* One supervisor, or one process of a shared role. */
struct proc {
	LIST_ENTRY(proc) next;
	struct unit	*service;
	uint32_t	 serial;
	pid_t		 pid;		/* 0: not yet known */
	bool		 warded;	/* started by warden */
	enum proc_state	 state;
	int		 control;
	char		*sockets;	/* dial: what it may name by number */
	uint32_t	 generation;
	struct mono	 started;
};
LIST_HEAD(procs, proc);

/* One line of master.cf, as it runs; outlives reloads under its name. */
struct unit {
	TAILQ_ENTRY(unit) next;
	char		*key;		/* name/type */
	char		*name;
	enum role_id	 role;
	const struct service *line;	/* of the configuration */
	SLIST_HEAD(, listener) listeners;
	int		 serve, dial;	/* the rendezvous; -1 none */
	struct proc	*current;	/* what new clients get; NULL none */
	struct mono	 throttled;	/* no start before; 0: none */
	struct mono	 wakeup;	/* next one */
	int		 landlock_abi;
	bool		 wanted;	/* in the configuration */
};
TAILQ_HEAD(units, unit);

/* A configuration as a whole; replaced by a reload. */
struct config {
	struct arena	*arena;
	struct conf	*conf;
	struct mastercf	 mastercf;
	struct params	 params;
	uint32_t	 generation;
};

struct master {
	const char	*config_dir;
	struct config	*config;
	struct units	 units;
	struct procs	 procs;
	struct ids	 ids[ROLE_COUNT];
	uint32_t	 uids[ROLE_COUNT];
	int		 queuefd;	/* O_PATH: the queue directory */
	int		 emptyfd;	/* O_PATH: the empty directory */
	int		 log_in, log_out; /* the log socket: postlogd's, ours */
	int		 warden;	/* orders and reports */
	pid_t		 warden_pid;
	int		 launcher;	/* orders, for warrant(8) to send */
	pid_t		 launcher_pid;
	int		 syslog;	/* connected to /dev/log, or -1 */
	bool		 foreground;
	bool		 stopping;
};

extern struct master m;

/* config.c: read and check everything; NULL with the reason, m unchanged. */
struct config	*config_load(const char *dir, uint32_t generation,
		    struct conf_error *e);
void		 config_free(struct config **cp);

/* unit.c: make m.units agree with m.config; failures are logged. */
void		 units_update(void);

/* listen.c: nonblocking listening sockets; -1 with the reason. */
int		 listen_inet(const struct address *a, struct conf_error *e);
int		 listen_local(int queuefd, bool private, const char *name,
		    int type, bool users, struct conf_error *e);
/* Numeric, or in /etc/hosts; how many were found. */
size_t		 address_find(const char *host, uint16_t port,
		    struct address *out, size_t room);

/* pack.c: what one process of a service is given. */
struct pack {
	struct arena	*arena;
	const char	*sockets;	/* of dial; or NULL */
	struct bundle	 bundle;
	struct bundle_item items[FD_PASS_MAX];
	int		 opened[FD_PASS_MAX];	/* to be closed by us */
	size_t		 nopened;
	int		 memfd;
};
/* False with the reason. "control" is the role's end. */
bool		 pack_make(struct pack *p, struct unit *s, int control,
		    struct conf_error *e);
void		 pack_free(struct pack *p);

/*
 * sockets.c: dial_endpoints, out of all parameters that name a server; and a
 * connection to one of the list that "p" was given.
 */
const char	*sockets_find(struct arena *a, struct unit *dial);
struct control;
void		 sockets_connect(const struct proc *p,
		    const struct control *c);

/* grants.c: what warrant(8) is given besides parameters and tables. */
void		 pack_grants(struct pack *p, struct unit *s);
/* The same, what those of TLS are given: a service's files and parameters. */
void		 pack_tls(struct pack *p, struct unit *s);

/* Shared by the two: an item that stays ours, or is closed with the pack. */
void		 pack_item(struct pack *p, enum bundle_kind kind, int fd,
		    const char *name);
void		 pack_own_item(struct pack *p, enum bundle_kind kind, int fd,
		    const char *name);
/* The tables that parameters of its role name in this configuration. */
void		 pack_tables(struct pack *p, struct unit *s,
		    struct conf *conf);
/* A regular file for reading; -1. */
int		 pack_open_file(const char *path);

/* watch.c: files behind tables; true when one of a service has changed. */
void		 watch_file(struct unit *s, const char *path, int fd);
void		 watch_forget(struct unit *s);
void		 watch_look(void);

/*
 * unit.c: a service that strangers reach has no process before its first
 * client knocks: what its start has to say is then said in time, and a
 * service that nobody uses costs nothing.
 */
bool		 unit_waits(const struct unit *s);

/* proc.c: starting, hearing from and ending processes. */
void		 proc_start(struct unit *s);
void		 proc_replace(struct unit *s);
void		 proc_drain(struct proc *p);
/* All processes of a service, whether they take clients yet or not. */
void		 proc_drain_all(const struct unit *s);
void		 proc_kill_all(void);
void		 proc_hear(struct proc *p);
void		 proc_ended(pid_t pid, int status);
void		 helpers_start(const char *libexec);
void		 warden_hear(void);
struct mono	 proc_timers(void);

/* log.c: our own lines, and where postlogd(8) writes. */
void		 master_log_open(void);
void		 master_log_start(const char *tag);
void		 master_log_started(void);
void		 master_syslog(void);

#endif
