/* SPDX-License-Identifier: ISC */
/*
 * serve - where clients come in: listening sockets, and the rendezvous that
 * other roles send their channels through.
 *
 * The kernel says who a channel's sender is. A role that the policies do not
 * let reach this one is refused and logged.
 */
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"

#include "role_in.h"

/*
 * Whose uid is it? Root's is master's: the kernel cannot tell master from an
 * operator's command, and neither has more rights than the other. Who is no
 * role of ours is a user of the host.
 */
static enum role_id
role_of(uid_t uid)
{
	if (uid == 0)
		return (ROLE_MASTER);
	for (int i = 0; i < ROLE_COUNT; i++) {
		if (!policy_is_role(&policy_table[i]) ||
		    role_given->uids[i] != uid)
			continue;
		return ((enum role_id)i);
	}
	return (ROLE_USER);
}

static bool
admit(int fd, const struct fd_peer *peer, struct session *s)
{
	const enum role_id from = role_of(peer->uid);

	if (from == ROLE_USER && !policy_may_reach(from, role_self)) {
		log_warn("channel refused: uid %ld (pid %ld) is no role",
		    (long)peer->uid, (long)peer->pid);
		return (false);
	}
	if (!policy_may_reach(from, role_self)) {
		log_warn("channel refused: role %s (pid %ld) may not reach %s",
		    policy_table[from].name, (long)peer->pid,
		    policy_table[role_self].name);
		return (false);
	}
	s->chan = chan_server(fd, from, peer->pid);
	s->uid = peer->uid;
	return (true);
}

static enum served
take_rendezvous(int sock, struct session *s)
{
	struct fd_peer peer;
	size_t nfds = 1;
	ssize_t n;
	char byte;
	int fd;

	n = fd_recv(sock, &byte, 1, &fd, &nfds, &peer, MSG_DONTWAIT);
	if (n == 0)
		return (SERVE_ENDED);
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		log_warn("rendezvous: %m");
	if (n < 0 || nfds != 1)
		return (SERVE_NONE);
	if (!peer.known || !admit(fd, &peer, s)) {
		fd_close(&fd);
		return (SERVE_NONE);
	}
	return (SERVE_CLIENT);
}

static bool
take_connection(int sock, struct session *s)
{
	struct fd_peer peer;
	struct ucred cred;
	socklen_t n = sizeof(cred);
	int domain, fd = accept4(sock, NULL, NULL, SOCK_CLOEXEC);
	socklen_t dn = sizeof(domain);

	if (fd < 0) {
		if (errno != EAGAIN && errno != EINTR &&
		    errno != ECONNABORTED)
			log_warn("accept: %m");
		return (false);
	}
	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &dn) < 0)
		fatal("getsockopt: %m");
	if (domain != AF_UNIX || role_plain) {
		s->fd = fd;
		return (true);
	}
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &n) < 0)
		fatal("getsockopt: %m");
	peer = (struct fd_peer){ cred.pid, cred.uid, cred.gid, true };
	if (!admit(fd, &peer, s)) {
		fd_close(&fd);
		return (false);
	}
	return (true);
}

enum served
serve_take(const struct bundle_item *item, struct session *s)
{
	*s = (struct session){ .fd = -1 };
	if (item->kind == BUNDLE_SERVE)
		return (take_rendezvous(item->fd, s));
	return (take_connection(item->fd, s) ? SERVE_CLIENT : SERVE_NONE);
}

void
serve_each(void (*fn)(const struct bundle_item *, void *), void *arg)
{
	for (size_t i = 0; i < role_given->nitems; i++) {
		const struct bundle_item *item = &role_given->items[i];

		if (item->kind == BUNDLE_SERVE || item->kind == BUNDLE_LISTEN)
			fn(item, arg);
	}
}
