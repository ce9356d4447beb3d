/* SPDX-License-Identifier: ISC */
/* order - what mda(8) is to do, sealed; who it is to be, to launcher(8). */
#include <sys/mman.h>
#include <sys/socket.h>

#include <bsd/sys/queue.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "broker/launch_order.h"
#include "warrant.h"

#define TASK_MAX	(2 * 1024 * 1024)
/* Locks and the writing of a large message, besides what commands may take. */
#define TIME_SLACK	3600

/* A delivery that is under way. */
struct flight {
	LIST_ENTRY(flight) next;
	uid_t		 uid;
	int		 fd;
	struct watch	*watch;
	struct client	*teller;	/* is told the end; NULL: nobody */
	char		*command;	/* of that */
};
static LIST_HEAD(, flight) flights = LIST_HEAD_INITIALIZER(flights);

static bool
has_room(uid_t uid)
{
	const struct flight *f;
	int64_t all = 0, his = 0;

	LIST_FOREACH(f, &flights, next) {
		all++;
		his += f->uid == uid;
	}
	return (all < cf->launcher_process_limit &&
	    his < cf->launcher_user_process_limit);
}

static void
tell(const struct flight *f, const struct launch_report *r)
{
	const struct msg_launch_ended m = { f->command, (uint32_t)r->error,
		(uint32_t)r->status };

	if (chan_put(f->teller->chan, V_launch_ended, &m) < 0 ||
	    chan_flush(f->teller->chan, MONO_NEVER) < 0)
		log_debug("the end of a command is lost");
}

void
order_forget(const struct client *c)
{
	struct flight *f;

	LIST_FOREACH(f, &flights, next)
		if (f->teller == c)
			f->teller = NULL;
}

static void
ended(int fd, int events, void *arg)
{
	struct launch_report r = { EPIPE, 0 };
	struct flight *f = arg;

	(void)events;
	if (recv(fd, &r, sizeof(r), MSG_DONTWAIT) == (ssize_t)sizeof(r) &&
	    r.error != 0)
		log_warn("launcher: %s", strerror(r.error));
	if (f->teller != NULL)
		tell(f, &r);
	LIST_REMOVE(f, next);
	watch_free(&f->watch);
	fd_close(&f->fd);
	xfree(&f->command);
	xfree(&f);
}

/* launch_mail, mda_task, then the parameters to the end. */
static int
make_task(struct client *c, const struct decision *d)
{
	const struct msg_launch_mail none = { .queue_id = "" };
	struct view params = w->text;
	struct buf b;
	int fd = -1;

	buf_init(&b, TASK_MAX);
	if (c->mail.n == 0 && msg_put(&c->mail, V_launch_mail, &none) < 0)
		goto out;
	if (buf_put(&b, c->mail.p, c->mail.n) < 0 ||
	    msg_put(&b, V_mda_task, &d->task) < 0 ||
	    buf_put(&b, params.p, params.n) < 0) {
		errno = EMSGSIZE;
		goto out;
	}
	if ((fd = memfd_create("task", MFD_CLOEXEC | MFD_ALLOW_SEALING)) < 0)
		goto out;
	if (fd_write_all(fd, b.p, b.n) < 0 || fcntl(fd, F_ADD_SEALS,
	    F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) < 0)
		fd_close(&fd);
out:
	buf_fini(&b);
	return (fd);
}

static void
keep(struct client *c, const struct decision *d, int fd)
{
	struct flight *f = xcalloc(1, sizeof(*f));

	f->uid = d->task.uid;
	f->fd = fd;
	f->watch = watch_new(c->loop, fd, EV_IN, ended, f);
	if (d->task.op == MDA_OP_SPAWN) {
		f->teller = c;
		f->command = xstrdup(d->command);
	}
	LIST_INSERT_HEAD(&flights, f, next);
}

/* fds: the task, the message, the answer, the end. */
static bool
send_order(const struct decision *d, int *fds)
{
	const struct launch_order o = { .uid = d->task.uid,
		.gid = d->task.gid, .group = d->group,
		.flags = d->room >= 0 ? LAUNCH_CHROOT : 0,
		/* launcher(8) is the only one who ends a command of spawn. */
		.time_limit = d->task.time_limit +
		    (d->task.op == MDA_OP_SPAWN ? 0 : TIME_SLACK) };
	ssize_t n;

	fds[LAUNCH_FDS] = d->room;
	while ((n = fd_send(role_file_fd("launcher"), &o, sizeof(o), fds,
	    LAUNCH_FDS + (d->room >= 0), MSG_DONTWAIT | MSG_NOSIGNAL)) < 0 &&
	    errno == EINTR)
		;
	return (n == (ssize_t)sizeof(o));
}

bool
order_send(struct client *c, struct decision *d, int answer)
{
	int fds[LAUNCH_FDS + 1], sv[2];
	bool ok;

	if (!has_room(d->task.uid))
		return (later(d, "4.3.2", "too many deliveries as this user"));
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0)
		goto out;
	fds[0] = make_task(c, d);
	fds[1] = c->message >= 0 ? c->message : answer;
	fds[2] = answer;
	fds[3] = sv[1];
	ok = fds[0] >= 0 && send_order(d, fds);
	fd_close(&fds[0]);
	fd_close(&sv[1]);
	if (ok) {
		keep(c, d, sv[0]);
		return (true);
	}
	fd_close(&sv[0]);
out:
	log_warn("starting a delivery: %m");
	return (later(d, "4.3.0", "cannot start a delivery process now"));
}
