/* SPDX-License-Identifier: ISC */
/*
 * supervise - the life of a session role: fork workers, one for a client.
 *
 * The supervisor reads no client's bytes. It keeps a few idle workers ready,
 * so that no client waits for a fork, and never more than the limit in all.
 * All of them wait on one epoll instance that the supervisor made: clients
 * wake one worker, and the end of "shift" tells idle workers to go without a
 * client being lost.
 */
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <bsd/sys/tree.h>

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/heap.h"
#include "base/log.h"
#include "confine/confine.h"

#include "children.h"
#include "crowd.h"
#include "role_in.h"
#include "worker.h"

#define LOOK_MS		500	/* for what nothing wakes us */
#define IDLE_MAX	8	/* workers kept ready at the most */
#define QUIET		span_s(10)	/* between two lines about one thing */
#define WORKERS_MAX	20000	/* where master.cf sets no limit */

struct worker {
	RB_ENTRY(worker) entry;
	pid_t		 pid;
	bool		 busy;
	bool		 user;		/* it serves a user of the host: */
	uid_t		 uid;
	struct worker	*next;		/* of those that are free */
};

static int
worker_cmp(struct worker *a, struct worker *b)
{
	return (a->pid < b->pid ? -1 : a->pid > b->pid);
}

RB_HEAD(workers, worker);
RB_GENERATE_INTERNAL(workers, worker, entry, worker_cmp,
    static __attribute__((unused)))

/* What a worker tells when it has taken a client. */
struct news {
	pid_t		 pid;
	uid_t		 uid;
	bool		 user;
};

static const struct role *self;
static pid_t		 supervisor;
static int		 waiting = -1;	/* epoll: clients and the shift */
static int		 shift[2];	/* [0] idle workers, [1] here: closed */
static int		 taken[2];	/* a worker writes its news */
static bool		 stress;	/* is what the next worker starts in */
static struct bundle_item shift_item = { .fd = -1 };

/* What the supervisor alone knows and writes; workers do not inherit it. */
static struct books {
	struct workers	 workers;
	unsigned	 nidle, nbusy;
	uint64_t	 nserved;
	bool		 draining, told_busy;
	struct worker	*free;
	struct worker	 all[];		/* limit() of them */
} *books;

static unsigned
limit(void)
{
	return (role_given->limit != 0 ? role_given->limit : WORKERS_MAX);
}

/* One ready worker before the first client; more as there is more to do. */
static unsigned
idle_wanted(void)
{
	unsigned n;

	if (books->nserved == 0)
		return (1);
	n = 2 + books->nbusy / 4;
	return (n < IDLE_MAX ? n : IDLE_MAX);
}

/* In the worker. */

static void
stop_waiting(const struct bundle_item *item)
{
	if (epoll_ctl(waiting, EPOLL_CTL_DEL, item->fd, NULL) < 0 &&
	    errno != ENOENT)
		fatal("epoll: %m");
}

static bool
is_user(const struct session *s)
{
	return (s->chan != NULL && chan_peer(s->chan) == ROLE_USER);
}

/* One user must not keep all workers; nobody has read a word of his. */
static bool
has_enough(struct session *s)
{
	static struct mono quiet_until;
	unsigned most = (unsigned)cf->user_process_count_limit;

	if (!is_user(s) || limit() < 2)
		return (false);
	if (most > limit() / 2)
		most = limit() / 2;
	if (crowd_of(s->uid) < most)
		return (false);
	if (mono_past(quiet_until)) {
		log_warn("uid=%lu: refused: holds %u processes of this "
		    "service", (unsigned long)s->uid, most);
		quiet_until = mono_in(QUIET);
	}
	chan_free(&s->chan);
	return (true);
}

/* True with a client; false when the shift has ended. */
static bool
wait_for_client(struct session *s)
{
	struct epoll_event ev;

	for (;;) {
		int n = epoll_wait(waiting, &ev, 1, -1);

		if (n < 0 && errno != EINTR)
			fatal("waiting for a client: %m");
		if (n <= 0)
			continue;
		if (ev.data.ptr == &shift_item)
			return (false);
		switch (serve_take(ev.data.ptr, s)) {
		case SERVE_CLIENT:
			if (has_enough(s))
				break;
			return (true);
		case SERVE_ENDED:
			/* For all of us; ENOENT: one was quicker. */
			stop_waiting(ev.data.ptr);
			break;
		case SERVE_NONE:
			break;
		}
	}
}

/* The variable stays as it is: a page that is not written is not copied. */
static void
let_go(int fd)
{
	fd_close(&fd);
}

static void
close_item(const struct bundle_item *item, void *arg)
{
	(void)arg;
	let_go(item->fd);
}

/* Parameters as they are when all processes are busy. */
static void
take_stress(void)
{
	static struct params params;
	struct conf_error e;

	if (role_given->stress.n != 0 && conf_import(arena_new(0),
	    role_given->stress, &params, &e) < 0)
		fatal("%s", e.text);
}

static void
worker(void)
{
	struct news me = { .pid = getpid() };
	struct session s;

	confine_worker(supervisor);
	crowd_read_only();
	let_go(shift[1]);
	let_go(taken[0]);
	if (!wait_for_client(&s))
		_exit(0);
	me.uid = s.uid;
	me.user = is_user(&s);
	if (send(taken[1], &me, sizeof(me), MSG_NOSIGNAL) < 0)
		_exit(0);		/* the supervisor is gone */
	let_go(taken[1]);
	let_go(shift[0]);
	let_go(waiting);
	serve_each(close_item, NULL);
	s.stress = stress;
	if (stress)
		take_stress();
	self->session(&s);
}

/* In the supervisor. */

static void
start_worker(void)
{
	const unsigned all = books->nidle + books->nbusy + 1;
	const bool full = limit() > 1 && all >= limit();
	struct worker *w;
	pid_t pid;

	/* A page that we do not write is one that is not copied. */
	if (stress != full)
		stress = full;
	if ((pid = worker_start(worker)) < 0) {
		log_warn("fork: %m");
		(void)poll(NULL, 0, 100);
		return;
	}
	w = books->free;
	books->free = w->next;
	*w = (struct worker){ .pid = pid };
	RB_INSERT(workers, &books->workers, w);
	books->nidle++;
}

static void
fill_up(void)
{
	if (books->draining)
		return;
	while (books->nidle < idle_wanted() &&
	    books->nidle + books->nbusy < limit()) {
		unsigned before = books->nidle;

		start_worker();
		if (books->nidle == before)
			return;
	}
	if (books->nidle == 0 && !books->told_busy) {
		control_tell(CONTROL_BUSY, 0, books->nbusy);
		books->told_busy = true;
	}
}

static void
worker_took_client(void)
{
	struct worker key, *w;
	struct news news;

	while (recv(taken[0], &news, sizeof(news), MSG_DONTWAIT) ==
	    (ssize_t)sizeof(news)) {
		key.pid = news.pid;
		books->nserved++;
		w = RB_FIND(workers, &books->workers, &key);
		if (w == NULL || w->busy)
			continue;	/* it was quicker than its news */
		w->busy = true;
		w->user = news.user;
		w->uid = news.uid;
		if (w->user)
			crowd_enter(w->uid);
		books->nidle--;
		books->nbusy++;
	}
	if (role_given->max_use != 0 && books->nserved >= role_given->max_use &&
	    !books->draining) {
		control_tell(CONTROL_USED_UP, 0, 0);
		books->nserved = 0;
	}
}

static void
reap(void)
{
	struct worker key, *w;
	int status;

	while ((key.pid = waitpid(-1, &status, WNOHANG)) > 0) {
		w = RB_FIND(workers, &books->workers, &key);
		if (status != 0)
			control_tell(CONTROL_WORKER_DIED, key.pid,
			    (uint32_t)status);
		if (w == NULL)
			continue;
		if (w->user)
			crowd_leave(w->uid);
		if (w->busy)
			books->nbusy--;
		else
			books->nidle--;
		RB_REMOVE(workers, &books->workers, w);
		w->next = books->free;
		books->free = w;
		books->told_busy = false;
	}
}

/* What it asks for is another worker's to do: nothing here may wait. */
static void
wake_up(void)
{
	if (self->wakeup == NULL)
		return;
	role_in_loop = true;
	self->wakeup(NULL);
	role_in_loop = false;
}

static void
master_speaks(void)
{
	struct control c;
	int fd;

	while (control_hear(&c, &fd)) {
		fd_close(&fd);
		if (c.word == CONTROL_DRAIN && !books->draining) {
			books->draining = true;
			fd_close(&shift[1]);
		}
		if (c.word == CONTROL_WAKEUP && !books->draining)
			wake_up();
	}
}

static void
open_books(void)
{
	size_t n = limit();

	books = worker_hidden(sizeof(*books) + n * sizeof(books->all[0]));
	RB_INIT(&books->workers);
	while (n-- > 0) {
		books->all[n].next = books->free;
		books->free = &books->all[n];
	}
}

static void
wait_on(const struct bundle_item *item, void *arg)
{
	struct epoll_event ev = { .events = EPOLLIN };

	(void)arg;
	ev.data.ptr = (void *)(uintptr_t)item;
	if (epoll_ctl(waiting, EPOLL_CTL_ADD, item->fd, &ev) < 0)
		fatal("epoll: %m");
}

static void
open_item(const struct bundle_item *item, void *arg)
{
	fd_nonblock(item->fd, true);
	wait_on(item, arg);
}

static int
open_shift(void)
{
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, shift) <
	    0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    taken) < 0 || (waiting = epoll_create1(EPOLL_CLOEXEC)) < 0)
		fatal("starting to supervise: %m");
	serve_each(open_item, NULL);
	shift_item.fd = shift[0];
	wait_on(&shift_item, NULL);
	return (children_watch());
}

/*
 * Is somebody waiting for the end of a worker, or is there nothing else to
 * do? If not, it is enough to look when there is, or after a while.
 */
static bool
ends_matter(void)
{
	return (books->draining || books->nbusy == 0 ||
	    books->nidle + books->nbusy >= limit());
}

static void
wait_for_events(struct pollfd *pfd, int ends)
{
	bool look = ends_matter();

	pfd[0].fd = look ? ends : -1;
	/* No idle worker: a fork may have failed, and is tried again. */
	if (poll(pfd, 3, look && books->nidle > 0 ? -1 : LOOK_MS) < 0 &&
	    errno != EINTR)
		fatal("poll: %m");
}

_Noreturn void
supervise(const struct role *role)
{
	struct pollfd pfd[3];
	int ends;

	self = role;
	supervisor = getpid();
	open_books();
	heap_fill_holes();
	ends = open_shift();
	pfd[1].fd = taken[0];
	pfd[2].fd = bundle_find(role_given, BUNDLE_CONTROL, NULL)->fd;
	for (int i = 0; i < 3; i++)
		pfd[i].events = POLLIN;
	wake_up();
	for (;;) {
		fill_up();
		if (books->draining && books->nidle + books->nbusy == 0)
			_exit(0);
		wait_for_events(pfd, ends);
		if (pfd[0].fd >= 0 && pfd[0].revents)
			children_heard(ends);
		worker_took_client();
		reap();
		if (pfd[2].revents)
			master_speaks();
	}
}
