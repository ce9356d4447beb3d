/* SPDX-License-Identifier: ISC */
/*
 * role - how every daemon starts, and what it may ask its skeleton for.
 *
 * Trusts master(8), which made the bundle. Goes through the door before the
 * daemon's own code sees anything but parameters.
 */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/heap.h"
#include "base/log.h"
#include "confine/confine.h"

#include "logsink.h"
#include "crowd.h"
#include "role_in.h"
#include "worker.h"

#define DIAL_WAIT	span_s(10)

const struct bundle *role_given;
bool role_in_loop;
bool role_plain;

/* Items whose descriptor is closed: its number may be another's by now. */
static bool forgotten[FD_PASS_MAX];

static int
need(enum bundle_kind kind, const char *what)
{
	const struct bundle_item *item = bundle_find(role_given, kind, NULL);

	if (item == NULL)
		fatal("bundle has no %s", what);
	return (item->fd);
}

static void
take_bundle(const struct role *role)
{
	static struct params params;
	struct conf_error err;
	struct arena *a = arena_new(0);

	role_given = bundle_load();
	role_self = role_given->role;
	if (role_self != role->id)
		fatal("bundle is for role %s",
		    policy_table[role_given->role].name);
	log_verbose((int)role_given->verbose);
	if (conf_import(a, role_given->params, &params, &err) < 0)
		fatal("%s", err.text);
	logsink_open(need(BUNDLE_LOG, "log socket"),
	    arena_printf(a, "%s/%s", cf->syslog_name,
	    policy_table[role->id].name));
}

/* An error of write(2) is handled where it happens, not by dying of it. */
static void
ignore_signals(void)
{
	const struct sigaction ign = { .sa_handler = SIG_IGN };

	if (sigaction(SIGPIPE, &ign, NULL) < 0 ||
	    sigaction(SIGXFSZ, &ign, NULL) < 0)
		fatal("sigaction: %m");
}

/*
 * What waits for others' messages does not interrupt the one who is just
 * sending some: it comes when he waits, and then finds all of them. Workers
 * are as other processes again.
 */
static void
be_patient(void)
{
	const struct sched_param none = { 0 };

	if (sched_setscheduler(0, SCHED_BATCH | SCHED_RESET_ON_FORK, &none) <
	    0)
		fatal("sched_setscheduler: %m");
}

int
role_main(const struct role *role, int argc, char **argv)
{
	const struct policy *policy = &policy_table[role->id];
	struct confined confined;

	(void)argc;
	(void)argv;
	log_open(policy->name, log_stderr);
	heap_tune();
	ignore_signals();
	be_patient();
	if (policy->kind != POLICY_SHARED)
		worker_lay_out();
	role_plain = role->plain;
	if (policy->kind != POLICY_SHARED &&
	    policy_may_reach(ROLE_USER, role->id))
		crowd_open();
	take_bundle(role);
	if (role->prepare != NULL)
		role->prepare();
	confine_enter(policy, role->filter, need(BUNDLE_ROOT, "root"),
	    &confined);
	if (role->init != NULL)
		role->init();
	control_tell(CONTROL_READY, 0, (uint32_t)confined.landlock_abi);
	if (policy->kind == POLICY_SHARED) {
		role_in_loop = true;
		share(role);
	}
	supervise(role);
}

const struct bundle *
role_bundle(void)
{
	return (role_given);
}

const char *
role_service(void)
{
	return (role_given->service);
}

static int
send_end(int rendezvous, int end)
{
	struct mono deadline = mono_in(DIAL_WAIT);

	for (;;) {
		if (fd_send(rendezvous, "1", 1, &end, 1,
		    MSG_DONTWAIT | MSG_NOSIGNAL) == 1)
			return (0);
		if (errno == EINTR)
			continue;
		if (errno == ETOOMANYREFS)
			errno = EAGAIN;
		if (errno != EAGAIN || role_in_loop || mono_past(deadline))
			return (-1);
		/* Also full of descriptors: look again a little later. */
		(void)poll(NULL, 0, 10);
	}
}

struct chan *
role_dial(const char *service)
{
	const struct bundle_item *peer;
	int sv[2], rc, error;

	peer = bundle_find(role_given, BUNDLE_PEER, service);
	if (peer == NULL || forgotten[peer - role_given->items]) {
		errno = ENOENT;
		return (NULL);
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		return (NULL);
	rc = send_end(peer->fd, sv[1]);
	error = errno;
	fd_close(&sv[1]);
	if (rc < 0) {
		fd_close(&sv[0]);
		errno = error;
		return (NULL);
	}
	return (chan_client(sv[0], peer->role));
}

void
role_forget(const char *service)
{
	const struct bundle_item *peer;
	int fd;

	peer = bundle_find(role_given, BUNDLE_PEER, service);
	if (peer == NULL)
		return;
	if (!forgotten[peer - role_given->items]) {
		forgotten[peer - role_given->items] = true;
		fd = peer->fd;
		fd_close(&fd);
	}
}

void
role_outdated(void)
{
	control_tell(CONTROL_USED_UP, 0, 0);
}

int
role_table_fd(const char *spec)
{
	const struct bundle_item *item;

	item = bundle_find(role_given, BUNDLE_TABLE, spec);
	return (item != NULL ? item->fd : -1);
}

int
role_file_fd(const char *name)
{
	const struct bundle_item *item;

	item = bundle_find(role_given, BUNDLE_FILE, name);
	if (item == NULL)
		item = bundle_find(role_given, BUNDLE_SECRET, name);
	return (item != NULL ? item->fd : -1);
}
