/* SPDX-License-Identifier: ISC */
/*
 * bundle - all that a role is given: parameters and descriptors.
 *
 * A sealed memfd names, in order, the descriptors that follow it. master
 * makes it (bundle_new ... bundle_seal), the role's skeleton reads it
 * (bundle_load); after that nothing in the role asks for a name in the file
 * system.
 */
#ifndef POSTERN_BUNDLE_H
#define POSTERN_BUNDLE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/view.h"
#include "policy/policy.h"

enum bundle_kind {
	BUNDLE_CONTROL,		/* to master; its end means: go */
	BUNDLE_LOG,		/* the log socket */
	BUNDLE_ROOT,		/* O_PATH: the directory to chroot to */
	BUNDLE_LISTEN,		/* listening TCP or UNIX socket; name: service */
	BUNDLE_SERVE,		/* this service's rendezvous, receiving end */
	BUNDLE_PEER,		/* a service's rendezvous, sending end */
	BUNDLE_TABLE,		/* an open table; name: type:path */
	BUNDLE_FILE,		/* an open file; name: what for */
	BUNDLE_SECRET,		/* like FILE, for keys */
	BUNDLE_PROBE,		/* confinement probe's command channel */
	BUNDLE_KINDS
};

struct bundle_item {
	enum bundle_kind	 kind;
	int			 fd;
	const char		*name;
	enum role_id		 role;	/* PEER: who runs the service */
	uint32_t		 limit;	/* PEER: its process limit, 0: none */
};

struct bundle {
	enum role_id		 role;
	const char		*service;	/* name in master.cf */
	const char		*type;		/* inet, unix, ... */
	const char		*config_dir;	/* for messages only */
	uint32_t		 limit;		/* processes; 0: no limit */
	uint32_t		 generation;
	uint32_t		 verbose;
	uint32_t		 max_use;	/* sessions of a supervisor */
	uint32_t		 replaces;	/* one of the service serves now */
	struct view		 params;	/* conf_export() */
	struct view		 stress;	/* the same under stress=yes */
	const uint32_t		*uids;		/* ROLE_COUNT: I8 */
	const struct bundle_item *items;
	size_t			 nitems;
};

/*
 * Write everything but the descriptors themselves into a new sealed memfd.
 * The receiver gets that memfd as CONFINE_FD0 and items[i].fd behind it, in
 * order. The memfd, or -1 with errno.
 */
int	bundle_seal(const struct bundle *b) __attribute__((warn_unused_result));

/*
 * Read the bundle at descriptor CONFINE_FD0, check that it is sealed and
 * every descriptor open; fatal() otherwise. Lives as long as the process.
 */
const struct bundle *bundle_load(void);

/* The first item of that kind (and name, unless NULL); NULL if none. */
const struct bundle_item *bundle_find(const struct bundle *b,
	    enum bundle_kind kind, const char *name);

#endif
