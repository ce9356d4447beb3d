/* SPDX-License-Identifier: ISC */
/*
 * landlock - the policy's paths and ports as a Landlock domain.
 *
 * The constants are ours: Debian 12's headers end at ABI 2, the kernel that
 * runs may know more or less.
 */
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"

#include "landlock.h"

#define LL_VERSION		(1U << 0)	/* create_ruleset flag */
#define LL_RULE_PATH		1
#define LL_RULE_PORT		2

#define LL_FS_ABI1		((UINT64_C(1) << 13) - 1)
#define LL_FS_REFER		(UINT64_C(1) << 13)	/* ABI 2 */
#define LL_FS_TRUNCATE		(UINT64_C(1) << 14)	/* ABI 3 */
#define LL_FS_IOCTL_DEV		(UINT64_C(1) << 15)	/* ABI 5 */
#define LL_FS_FILE		(UINT64_C(0x7) | LL_FS_TRUNCATE | LL_FS_IOCTL_DEV)
#define LL_NET_BIND		(UINT64_C(1) << 0)	/* ABI 4 */
#define LL_NET_CONNECT		(UINT64_C(1) << 1)
#define LL_SCOPE_ABSTRACT	(UINT64_C(1) << 0)	/* ABI 6 */
#define LL_SCOPE_SIGNAL		(UINT64_C(1) << 1)

struct ll_ruleset {
	uint64_t	fs;
	uint64_t	net;
	uint64_t	scoped;
};

struct ll_path {
	uint64_t	access;
	int32_t		fd;
} __attribute__((packed));

struct ll_port {
	uint64_t	access;
	uint64_t	port;
};

/* Everything that ABI "abi" can refuse; the size it expects. */
static size_t
handled(int abi, const struct policy *p, struct ll_ruleset *rs)
{
	*rs = (struct ll_ruleset){ .fs = LL_FS_ABI1 };
	if (abi >= 2)
		rs->fs |= LL_FS_REFER;
	if (abi >= 3)
		rs->fs |= LL_FS_TRUNCATE;
	if (abi >= 5)
		rs->fs |= LL_FS_IOCTL_DEV;
	if (abi >= 4)
		rs->net = (LL_NET_BIND | LL_NET_CONNECT) & ~p->port_any;
	if (abi >= 6)
		rs->scoped = LL_SCOPE_ABSTRACT | LL_SCOPE_SIGNAL;
	return (abi >= 6 ? 24 : abi >= 4 ? 16 : 8);
}

static void
allow_path(int ruleset, const struct policy_path *path, uint64_t fs)
{
	struct ll_path rule = { .access = path->access & fs };
	struct stat st;
	int fd = open(path->path, O_PATH | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 || fstat(fd, &st) < 0)
		fatal("landlock: %s: %m", path->path);
	if (!S_ISDIR(st.st_mode))
		rule.access &= LL_FS_FILE;
	rule.fd = fd;
	if (syscall(SYS_landlock_add_rule, ruleset, LL_RULE_PATH, &rule, 0) <
	    0)
		fatal("landlock: rule for %s: %m", path->path);
	fd_close(&fd);
}

static void
allow_port(int ruleset, const struct policy_port *port, uint64_t net)
{
	const struct ll_port rule = { port->access & net, port->port };

	if (rule.access != 0 &&
	    syscall(SYS_landlock_add_rule, ruleset, LL_RULE_PORT, &rule, 0) <
	    0)
		fatal("landlock: rule for port %u: %m", port->port);
}

int
landlock_enter(const struct policy *p)
{
	struct ll_ruleset rs;
	size_t size;
	int ruleset;
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LL_VERSION);

	if (abi <= 0) {
		if (!p->landlock_optional)
			fatal("role %s needs Landlock, this kernel has none",
			    p->name);
		return (0);
	}
	size = handled((int)abi, p, &rs);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &rs, size, 0);
	if (ruleset < 0)
		fatal("landlock: %m");
	for (size_t i = 0; i < p->npaths; i++)
		allow_path(ruleset, &p->paths[i], rs.fs);
	for (size_t i = 0; i < p->nports; i++)
		allow_port(ruleset, &p->ports[i], rs.net);
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		fatal("landlock: %m");
	fd_close(&ruleset);
	return ((int)abi);
}

void
landlock_below(const struct confine_right *r, size_t n)
{
	static const struct policy none = { .name = "mda" };
	struct ll_ruleset rs;
	size_t size;
	int ruleset;
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LL_VERSION);

	if (abi <= 0)
		return;
	size = handled((int)abi, &none, &rs);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &rs, size, 0);
	if (ruleset < 0)
		fatal("landlock: %m");
	for (size_t i = 0; i < n; i++) {
		const struct ll_path rule = { r[i].access & rs.fs, r[i].fd };

		if (syscall(SYS_landlock_add_rule, ruleset, LL_RULE_PATH,
		    &rule, 0) < 0)
			fatal("landlock: %m");
	}
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		fatal("landlock: %m");
	fd_close(&ruleset);
}
