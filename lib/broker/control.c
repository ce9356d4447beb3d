/* SPDX-License-Identifier: ISC */
/* control - a role's side of the channel to master(8). */
#include <sys/socket.h>

#include <errno.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"

#include "role_in.h"

static int moved = -1;

void
control_move(int fd)
{
	int old = control_fd();

	fd_close(&old);
	moved = fd;
}

int
control_fd(void)
{
	const struct bundle_item *item;

	if (moved >= 0)
		return (moved);
	item = bundle_find(role_given, BUNDLE_CONTROL, NULL);
	must(item != NULL);
	return (item->fd);
}

void
control_tell(enum control_word word, pid_t pid, uint32_t value)
{
	const struct control c = { word, pid, value };

	/* If master is gone, control_hear() will find out. */
	if (send(control_fd(), &c, sizeof(c), MSG_NOSIGNAL | MSG_DONTWAIT) <
	    0 && errno != EPIPE)
		log_warn("telling master: %m");
}

bool
control_hear(struct control *c, int *fd)
{
	size_t nfds = 1;
	ssize_t n = fd_recv(control_fd(), c, sizeof(*c), fd, &nfds, NULL,
	    MSG_DONTWAIT);

	if (n <= 0 || nfds == 0)
		*fd = -1;
	if (n == 0 || (n < 0 && errno == ECONNRESET))
		_exit(0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return (false);
	if (n != (ssize_t)sizeof(*c))
		fatal("control channel: %m");
	return (true);
}
