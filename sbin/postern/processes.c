/* SPDX-License-Identifier: ISC */
/*
 * processes - each process of the running instance with its privileges.
 *
 * Everything here is read from /proc: it is what the kernel says, not what
 * the policies say. (The comparison of the two is "postern audit".)
 */
#include <sys/stat.h>

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/num.h"

#include "postern.h"

#define STATUS_MAX	16384
#define PROCS_MAX	20000

struct proc {
	pid_t		 pid, parent;
	struct buf	 status;
};

static bool
read_status(struct proc *p)
{
	char path[64];
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/%ld/status", (long)p->pid);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return (false);
	buf_init(&p->status, STATUS_MAX);
	n = fd_pread_all(fd, buf_room(&p->status, STATUS_MAX), STATUS_MAX, 0);
	fd_close(&fd);
	if (n > 0)
		buf_add(&p->status, (size_t)n);
	return (n > 0);
}

/* The value of a line "NAME:\tvalue". */
static struct view
field(const struct proc *p, const char *name)
{
	struct view rest = buf_view(&p->status), line, key;

	while (view_field(&rest, '\n', &line)) {
		if (!view_field(&line, ':', &key) || !view_eq(key, name))
			continue;
		return (view_trim(line));
	}
	return (view_of(""));
}

static int64_t
number(const struct proc *p, const char *name)
{
	struct view v = field(p, name);
	int64_t n = -1;

	if (!num_parse(view_word(&v, " \t"), 0, INT32_MAX, &n))
		return (-1);
	return (n);
}

static size_t
read_all(struct proc *all)
{
	DIR *dir = opendir("/proc");
	struct dirent *de;
	size_t n = 0;
	int64_t pid;

	if (dir == NULL)
		fatal("/proc: %m");
	while (n < PROCS_MAX && (de = readdir(dir)) != NULL) {
		if (!num_parse(view_of(de->d_name), 1, INT32_MAX, &pid))
			continue;
		all[n].pid = (pid_t)pid;
		/* A process that has ended waits only to be seen by its parent. */
		if (!read_status(&all[n]) || view_starts(field(&all[n],
		    "State"), "Z"))
			continue;
		all[n].parent = (pid_t)number(&all[n], "PPid");
		n++;
	}
	(void)closedir(dir);
	return (n);
}

static const char *
read_link(pid_t pid, const char *what, char *buf, size_t size)
{
	char path[64];
	ssize_t n;

	(void)snprintf(path, sizeof(path), "/proc/%ld/%s", (long)pid, what);
	if ((n = readlink(path, buf, size - 1)) < 0)
		n = 0;
	buf[n] = '\0';
	return (buf);
}

/* The five sets: "none" if all are empty, else the effective one in hex. */
static const char *
capabilities(const struct proc *p, char *buf, size_t size)
{
	static const char *const sets[] = { "CapInh", "CapPrm", "CapEff",
		"CapBnd", "CapAmb" };
	struct view v;
	bool any = false;

	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		v = field(p, sets[i]);
		for (size_t k = 0; k < v.n; k++)
			any = any || v.p[k] != '0';
	}
	if (!any)
		return ("none");
	v = field(p, "CapEff");
	while (v.n > 1 && v.p[0] == '0')
		v = view_sub(v, 1, v.n);
	(void)snprintf(buf, size, "%.*s", (int)v.n, v.p);
	return (buf);
}

static void
show(const struct proc *p, const char *host_net)
{
	char root[PATH_MAX], net[64], caps[32];
	struct view name = field(p, "Name");
	int64_t seccomp = number(p, "Seccomp");

	(void)read_link(p->pid, "ns/net", net, sizeof(net));
	(void)printf("%-16.*s %7ld %7lld %7s %-5s %-4s %-6s %s\n",
	    (int)name.n, name.p, (long)p->pid,
	    (long long)number(p, "Uid"),
	    seccomp == 2 ? "filter" : seccomp == 0 ? "NONE" : "?",
	    number(p, "NoNewPrivs") == 1 ? "yes" : "NO",
	    capabilities(p, caps, sizeof(caps)),
	    strcmp(net, host_net) == 0 ? "host" : "none",
	    read_link(p->pid, "root", root, sizeof(root)));
	(void)fflush(stdout);
}

static void
show_tree(const struct proc *all, size_t n, pid_t pid, const char *host_net)
{
	for (size_t k = 0; k < n; k++)
		if (all[k].pid == pid)
			show(&all[k], host_net);
	for (size_t k = 0; k < n; k++)
		if (all[k].parent == pid)
			show_tree(all, n, all[k].pid, host_net);
}

int
do_processes(struct instance *i)
{
	struct proc *all = arena_array(i->arena, PROCS_MAX, sizeof(*all));
	char host_net[64];
	pid_t master = running(i);

	if (master == 0)
		fatal("the Postern mail system is not running");
	(void)read_link(master, "ns/net", host_net, sizeof(host_net));
	(void)printf("%-16s %7s %7s %7s %-5s %-4s %-6s %s\n", "ROLE", "PID",
	    "UID", "SECCOMP", "NNP", "CAPS", "NET", "ROOT");
	show_tree(all, read_all(all), master, host_net);
	return (0);
}
