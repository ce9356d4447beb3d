/* SPDX-License-Identifier: ISC */
/*
 * proc - the processes of services: start, hear, replace, end.
 *
 * A service has one process that takes clients (a supervisor, or the process
 * of a shared role), and perhaps older ones that finish their work. All of
 * them hold the same rendezvous and listening sockets, so the change from one
 * to the next is not seen from outside.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "broker/control.h"

#include "master.h"

static uint32_t next_serial;

static const char *
binary(const struct unit *s, char *buf, size_t n)
{
	(void)snprintf(buf, n, "%s/%s", m.config->params.daemon_directory,
	    policy_table[s->role].name);
	return (buf);
}

static void
throttle(struct unit *s)
{
	char path[4096];

	log_warn("%s: bad command startup -- throttling",
	    binary(s, path, sizeof(path)));
	s->throttled = mono_in(m.config->params.service_throttle_time);
}

static void
forget(struct proc *p)
{
	if (p->service->current == p)
		p->service->current = NULL;
	fd_close(&p->control);
	xfree(&p->sockets);
	LIST_REMOVE(p, next);
	xfree(&p);
}

static bool
order(const struct proc *p, const int *fds, size_t nfds)
{
	const struct order o = { ORDER_START, p->serial, p->service->role,
		0 };

	while (fd_send(m.warden, &o, sizeof(o), fds, nfds, MSG_NOSIGNAL) < 0)
		if (errno != EINTR)
			return (false);
	return (true);
}

static bool
launch(struct proc *p, struct pack *pack)
{
	int fds[FD_PASS_MAX];
	size_t n = 0;

	fds[n++] = pack->memfd;
	for (size_t i = 0; i < pack->bundle.nitems; i++)
		fds[n++] = pack->items[i].fd;
	p->warded = !policy_table[p->service->role].network;
	if (p->warded)
		return (order(p, fds, n));
	p->pid = spawn_role(p->service->role, m.ids,
	    m.config->params.daemon_directory, fds, n);
	return (p->pid > 0);
}

void
proc_start(struct unit *s)
{
	struct conf_error e = { .text = "" };
	struct pack pack;
	struct proc *p;
	int sv[2];

	if (m.stopping || !s->wanted || s->role == ROLE_MASTER)
		return;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		fatal("control channel: %m");
	p = xcalloc(1, sizeof(*p));
	p->service = s;
	p->serial = ++next_serial;
	p->control = sv[0];
	p->generation = m.config->generation;
	p->started = mono_now();
	LIST_INSERT_HEAD(&m.procs, p, next);
	if (s->current == NULL)
		s->current = p;
	if (!pack_make(&pack, s, sv[1], &e) || !launch(p, &pack)) {
		log_error("service %s: %s", s->key, *e.text != '\0' ? e.text :
		    strerror(errno));
		forget(p);
		throttle(s);
	} else if (pack.sockets != NULL)
		p->sockets = xstrdup(pack.sockets);
	pack_free(&pack);
	fd_close(&sv[1]);
}

static bool
is_starting(const struct unit *s)
{
	const struct proc *p;

	LIST_FOREACH(p, &m.procs, next)
		if (p->service == s && p->state == PROC_STARTING)
			return (true);
	return (false);
}

void
proc_replace(struct unit *s)
{
	if (s->throttled.ns == 0 && !unit_waits(s) && !is_starting(s))
		proc_start(s);
}

static void
tell(struct proc *p, enum control_word word)
{
	const struct control c = { word, 0, 0 };

	/* One that is gone will be reaped. */
	(void)send(p->control, &c, sizeof(c), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void
proc_drain_all(const struct unit *s)
{
	struct proc *p;

	LIST_FOREACH(p, &m.procs, next)
		if (p->service == s)
			proc_drain(p);
}

void
proc_drain(struct proc *p)
{
	if (p->state != PROC_DRAINING)
		tell(p, CONTROL_DRAIN);
	p->state = PROC_DRAINING;
}

/* Closing the control channel ends a role at once. */
void
proc_kill_all(void)
{
	struct proc *p;

	LIST_FOREACH(p, &m.procs, next)
		fd_close(&p->control);
}

static void
ready(struct proc *p, uint32_t landlock_abi)
{
	struct unit *s = p->service;

	s->landlock_abi = (int)landlock_abi;
	if (p->state == PROC_DRAINING)
		return;
	p->state = PROC_READY;
	if (s->current != p && s->current != NULL)
		proc_drain(s->current);
	s->current = p;
}

static void
log_end(const struct unit *s, pid_t pid, int status)
{
	char path[4096];

	(void)binary(s, path, sizeof(path));
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
		log_warn("process %s pid %ld killed by its system call "
		    "filter (role %s)", path, (long)pid,
		    policy_table[s->role].name);
	else if (WIFSIGNALED(status))
		log_warn("process %s pid %ld killed by signal %d", path,
		    (long)pid, WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		log_warn("process %s pid %ld exit status %d", path,
		    (long)pid, WEXITSTATUS(status));
}

void
proc_hear(struct proc *p)
{
	struct unit *s = p->service;
	struct control c;

	while (recv(p->control, &c, sizeof(c), MSG_DONTWAIT) ==
	    (ssize_t)sizeof(c)) {
		switch (c.word) {
		case CONTROL_READY:
			ready(p, c.value);
			break;
		case CONTROL_USED_UP:
			proc_replace(s);
			break;
		case CONTROL_WORKER_DIED:
			log_end(s, c.pid, (int)c.value);
			break;
		case CONTROL_BUSY:
			if (!s->wanted)
				break;
			log_warn("service \"%s\" (%s) has reached its process "
			    "limit \"%u\": new clients may experience "
			    "noticeable delays", s->name,
			    service_type_name(s->line->type), c.value);
			break;
		case CONTROL_CONNECT:
			/* Without a list every number is refused. */
			sockets_connect(p, &c);
			break;
		default:
			log_warn("%s(%ld) said %u", s->key, (long)p->pid,
			    c.word);
			break;
		}
	}
}

void
proc_ended(pid_t pid, int status)
{
	struct proc *p;
	struct unit *s;
	bool early;

	LIST_FOREACH(p, &m.procs, next)
		if (p->pid == pid)
			break;
	if (p == NULL)
		return;
	proc_hear(p);			/* its last words */
	s = p->service;
	/* One that dies as soon as it runs would be started without end. */
	early = p->state == PROC_STARTING ||
	    (status != 0 && !mono_past(mono_add(p->started, span_s(1))));
	if (!m.stopping)
		log_end(s, pid, status);
	forget(p);
	if (m.stopping || !s->wanted || s->current != NULL)
		return;
	if (early)
		throttle(s);
	else if (!unit_waits(s))
		proc_start(s);
}

/* The other privileged processes. */

/* Its pid; "end" is its end of what it hears by, and closed here. */
static pid_t
start_helper(const char *libexec, const char *program, int end)
{
	char path[4096], name[32], dir[4096], tag[256];
	char *argv[] = { name, dir, tag, NULL }, *envp[] = { NULL };
	const int fds[] = { end, m.log_out };
	pid_t pid;

	(void)snprintf(path, sizeof(path), "%s/%s", libexec, program);
	(void)snprintf(name, sizeof(name), "%s", program);
	(void)snprintf(dir, sizeof(dir), "%s", libexec);
	(void)snprintf(tag, sizeof(tag), "%s/%s",
	    m.config->params.syslog_name, program);
	if ((pid = fork()) < 0)
		fatal("%s: %m", program);
	if (pid == 0) {
		confine_fds(fds, 2);
		(void)execve(path, argv, envp);
		fatal("%s: %m", path);
	}
	fd_close(&end);
	return (pid);
}

void
helpers_start(const char *libexec)
{
	const int one = 1;
	int sv[2], lv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, lv) < 0 ||
	    setsockopt(lv[1], SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)) < 0)
		fatal("warden and launcher: %m");
	m.warden = sv[0];
	m.launcher = lv[0];
	m.warden_pid = start_helper(libexec, "warden", sv[1]);
	m.launcher_pid = start_helper(libexec, "launcher", lv[1]);
}

static struct proc *
by_serial(uint32_t serial)
{
	struct proc *p;

	LIST_FOREACH(p, &m.procs, next)
		if (p->warded && p->serial == serial)
			return (p);
	return (NULL);
}

void
warden_hear(void)
{
	struct report r;
	struct proc *p;
	ssize_t n;

	while ((n = recv(m.warden, &r, sizeof(r), MSG_DONTWAIT)) ==
	    (ssize_t)sizeof(r)) {
		p = by_serial(r.serial);
		if (r.op == REPORT_ENDED)
			proc_ended(r.pid, r.status);
		else if (r.op == REPORT_STARTED && p != NULL)
			p->pid = r.pid;
		else if (r.op == REPORT_FAILED && p != NULL) {
			struct unit *s = p->service;

			log_error("service %s: fork: %s", s->key,
			    strerror(r.status));
			forget(p);
			throttle(s);
		}
	}
	if (n == 0 && !m.stopping)
		fatal("warden is gone");
}

/* What is due now; when to look again. */
struct mono
proc_timers(void)
{
	struct mono next = mono_in(span_s(1));
	struct unit *s;

	TAILQ_FOREACH(s, &m.units, next) {
		if (s->role == ROLE_MASTER)
			continue;
		if (s->throttled.ns != 0 && mono_past(s->throttled)) {
			s->throttled = (struct mono){ 0 };
			if (s->current == NULL && !unit_waits(s))
				proc_start(s);
		}
		if (s->wakeup.ns != MONO_NEVER.ns && mono_past(s->wakeup)) {
			s->wakeup = mono_in(span_s(s->line->wakeup));
			if (s->current != NULL)
				tell(s->current, CONTROL_WAKEUP);
		}
	}
	watch_look();
	return (next);
}
