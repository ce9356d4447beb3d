/* SPDX-License-Identifier: ISC */
/* world - a queue and peers for tests of the queue manager. */
#include <sys/socket.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "broker/role_in.h"
#include "conf/conf.h"

#include "world.h"

struct world world;

static struct loop *loop;
static struct arena *mem;
static const struct seal_key key = { { 42, 1 } };
static struct chan *client;		/* qmgr's end of ours */
static int client_fd;

#define EVENTS_MAX	100000
static char *events[EVENTS_MAX];
static unsigned nevents;

static const struct bundle_item services[] = {
	{ BUNDLE_PEER, -1, "rewrite", ROLE_TRIVIAL_REWRITE, 0 },
	{ BUNDLE_PEER, -1, "smtp", ROLE_SMTP, 20 },
	{ BUNDLE_PEER, -1, "one", ROLE_SMTP, 1 },
	{ BUNDLE_PEER, -1, "error", ROLE_ERROR, 0 },
	{ BUNDLE_PEER, -1, "retry", ROLE_ERROR, 0 },
	{ BUNDLE_PEER, -1, "discard", ROLE_DISCARD, 0 },
	{ BUNDLE_PEER, -1, "bounce", ROLE_BOUNCE, 0 },
	{ BUNDLE_PEER, -1, "defer", ROLE_BOUNCE, 2 },
	{ BUNDLE_PEER, -1, "trace", ROLE_BOUNCE, 0 },
	{ BUNDLE_PEER, -1, "flush", ROLE_FLUSH, 0 },
};
static uint32_t uids[ROLE_COUNT];
static const struct bundle bundle = {
	.role = ROLE_QMGR, .service = "qmgr", .type = "unix", .uids = uids,
	.items = services, .nitems = sizeof(services) / sizeof(services[0]),
};

static void __attribute__((format(printf, 1, 2)))
event(const char *fmt, ...)
{
	char text[4096];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	ATF_REQUIRE(nevents < EVENTS_MAX);
	events[nevents++] = xstrdup(text);
}

static void
sink(enum log_level level, const char *line, size_t n)
{
	(void)level;
	event("log %.*s", (int)n, line);
}

static bool
begins(const char *text, const char *begin)
{
	for (; *begin != '\0'; begin++) {
		if (*begin == '#') {
			for (; *text != '\0'; text++)
				if (begins(text, begin + 1))
					return (true);
			return (begin[1] == '\0');
		}
		if (*text++ != *begin)
			return (false);
	}
	return (true);
}

unsigned
world_count(const char *begin)
{
	unsigned n = 0;

	for (unsigned i = 0; i < nevents; i++)
		n += begins(events[i], begin) ? 1 : 0;
	return (n);
}

const char *
world_event(const char *begin, unsigned n)
{
	for (unsigned i = 0; i < nevents; i++)
		if (begins(events[i], begin) && n-- == 0)
			return (events[i]);
	return (NULL);
}

void
world_forget(void)
{
	for (unsigned i = 0; i < nevents; i++)
		xfree(&events[i]);
	nevents = 0;
}

void
world_print(void)
{
	for (unsigned i = 0; i < nevents; i++)
		fprintf(stderr, "%3u %s\n", i, events[i]);
}

/* Peers: a descriptor, what was read, what to do with a message. */

struct peer {
	int		 fd;
	const char	*service;
	struct watch	*watch;
	void		(*message)(struct peer *, enum verb, struct view);
	struct buf	 out;
	/* An agent: what it was given. */
	uint32_t	 number;
	uint32_t	 left;		/* recipients to come */
	uint32_t	 index[10000];
	uint32_t	 n;
	char		 nexthop[2048];
	char		 addrs[2000];
	uint32_t	 cursor;
	bool		 keep, waits;
	struct peer	*next_waiting;
};
static struct peer *waiting;

static void
peer_free(struct peer *p)
{
	if (p->number != 0)
		world.open_conns--;
	watch_free(&p->watch);
	fd_close(&p->fd);
	buf_fini(&p->out);
	xfree(&p);
}

static void
put(struct peer *p, enum verb verb, const void *msg)
{
	if (p->out.n > 40000) {
		ATF_REQUIRE(fd_send(p->fd, p->out.p, p->out.n, NULL, 0,
		    MSG_NOSIGNAL) > 0);
		buf_reset(&p->out);
	}
	ATF_REQUIRE(msg_put(&p->out, verb, msg) == 0);
}

static void
flush(struct peer *p)
{
	if (p->out.n != 0 && fd_send(p->fd, p->out.p, p->out.n, NULL, 0,
	    MSG_NOSIGNAL) < 0)
		ATF_REQUIRE_EQ(EPIPE, errno);
	buf_reset(&p->out);
}

static void
get(enum verb verb, struct view fields, void *msg)
{
	const char *why = "";

	ATF_REQUIRE_MSG(msg_get(verb, fields, msg, &why), "%s", why);
}

/* trivial-rewrite: the domain says where to. */

static void
rewrite_message(struct peer *p, enum verb verb, struct view fields)
{
	struct msg_resolve q;
	struct msg_resolved a = { .transport = "smtp" };
	const char *domain;

	ATF_REQUIRE_EQ(V_resolve, verb);
	get(verb, fields, &q);
	event("resolve %s", q.addr);
	domain = strrchr(q.addr, '@');
	domain = domain == NULL ? "" : domain + 1;
	a.nexthop = domain;
	a.recipient = q.addr;
	if (strcmp(domain, "bad.test") == 0)
		a.flags = RESOLVE_ERROR;
	else if (strcmp(domain, "unknown.test") == 0)
		a.flags = RESOLVE_FAIL;
	else if (strcmp(domain, "nosuch.test") == 0)
		a.transport = "nosuch";
	else if (strncmp(domain, "one", 3) == 0)
		a.transport = "one";
	else if (strcmp(domain, "errs.test") == 0) {
		a.transport = "error";
		a.nexthop = "5.1.2 no such place";
	}
	put(p, V_resolved, &a);
}

/* Agents: the next hop says how it goes. */

static void
status(struct peer *p, uint32_t i)
{
	struct msg_deliver_status s = {
		.index = p->index[i], .outcome = OUTCOME_SENT, .dsn = "2.0.0",
		.action = "relayed", .reason = "250 ok",
	};

	if (strcmp(p->service, "retry") == 0 ||
	    strncmp(p->nexthop, "defer", 5) == 0 ||
	    strncmp(p->nexthop, "dead", 4) == 0) {
		s.outcome = OUTCOME_DEFERRED;
		s.dsn = "4.4.1";
		s.action = "delayed";
		s.reason = p->nexthop;
	} else if (strcmp(p->service, "error") == 0 ||
	    strncmp(p->nexthop, "bounce", 6) == 0) {
		s.outcome = OUTCOME_BOUNCED;
		s.dsn = "5.1.1";
		s.action = "failed";
		s.reason = "no such user";
	} else if (strncmp(p->nexthop, "mixed", 5) == 0) {
		s.outcome = i % 3 == 0 ? OUTCOME_SENT :
		    i % 3 == 1 ? OUTCOME_DEFERRED : OUTCOME_BOUNCED;
		s.dsn = i % 3 == 0 ? "2.0.0" : i % 3 == 1 ? "4.2.0" : "5.2.0";
	} else if (strncmp(p->nexthop, "next", 4) == 0 && p->cursor < 3)
		s.outcome = OUTCOME_NEXT;
	else if (strncmp(p->nexthop, "loop", 4) == 0)
		s.outcome = OUTCOME_NEXT;
	put(p, V_deliver_status, &s);
}

/* False: the agent is no more. */
static bool
agent_answer(struct peer *p)
{
	struct msg_deliver_done done = { .kept = p->keep ? 1 : 0 };

	if (strncmp(p->nexthop, "crash", 5) == 0) {
		peer_free(p);
		return (false);
	}
	for (uint32_t i = 0; i < p->n; i++)
		status(p, i);
	if (strncmp(p->nexthop, "liar", 4) == 0) {
		put(p, V_deliver_status, &(struct msg_deliver_status){
		    .index = 4711, .outcome = OUTCOME_SENT });
	}
	if (strncmp(p->nexthop, "dead", 4) == 0) {
		done.hop_failed = 1;
		done.kept = 0;
		done.hop_dsn = "4.4.1";
		done.hop_reason = "connect to it: refused";
	}
	if (strncmp(p->nexthop, "defer-damaged", 13) == 0)
		done.damaged = 1;
	if (strncmp(p->nexthop, "next", 4) == 0 && p->cursor < 3) {
		done.cursor = p->cursor + 1;
		done.kept = 0;
	}
	put(p, V_deliver_done, &done);
	flush(p);
	return (true);
}

static void
agent_ready(struct peer *p)
{
	event("deliver %s %s %s cursor=%u conn=%u%s", p->service, p->nexthop,
	    p->addrs, p->cursor, p->number, p->keep ? " keep" : "");
	if (world.agents_wait) {
		p->waits = true;
		p->next_waiting = waiting;
		waiting = p;
	}
}

static void
agent_message(struct peer *p, enum verb verb, struct view fields)
{
	struct msg_deliver d;
	struct msg_deliver_rcpt r;

	if (verb == V_deliver) {
		get(verb, fields, &d);
		ATF_CHECK_EQ(48, d.digest.n);
		p->left = d.rcpt_count;
		p->n = 0;
		p->addrs[0] = '\0';
		p->cursor = d.cursor;
		p->keep = (d.flags & DELIVER_FLAG_KEEP) != 0;
		(void)snprintf(p->nexthop, sizeof(p->nexthop), "%s",
		    d.nexthop);
		return;
	}
	ATF_REQUIRE_EQ(V_deliver_rcpt, verb);
	ATF_REQUIRE(p->left > 0);
	get(verb, fields, &r);
	p->index[p->n++] = r.index;
	if (strlen(p->addrs) + strlen(r.addr) + 2 < sizeof(p->addrs)) {
		if (p->addrs[0] != '\0')
			(void)strlcat(p->addrs, ",", sizeof(p->addrs));
		(void)strlcat(p->addrs, r.addr, sizeof(p->addrs));
	}
	if (--p->left == 0)
		agent_ready(p);
}

void
world_release(void)
{
	struct peer *p, *list = waiting;

	waiting = NULL;
	world.agents_wait = false;
	while ((p = list) != NULL) {
		list = p->next_waiting;
		p->waits = false;
		p->n > 0 ? (void)agent_answer(p) : (void)0;
	}
}

/* bounce(8) */

static void
log_message(struct peer *p, enum verb verb, struct view fields)
{
	static const char *const kinds[] = { "failure", "delay", "success" };
	struct msg_bounce_append a;
	struct msg_bounce_send s;
	struct msg_bounce_remove r;
	struct msg_bounce_status st = { .status = world.log_fails ? 1 : 0 };

	if (verb == V_bounce_append) {
		get(verb, fields, &a);
		event("append %s %s %s %s", p->service, a.addr, a.dsn,
		    a.reason);
	} else if (verb == V_bounce_send) {
		get(verb, fields, &s);
		event("send %s %s", p->service, kinds[s.kind]);
	} else {
		ATF_REQUIRE_EQ(V_bounce_remove, verb);
		get(verb, fields, &r);
		event("remove %s", p->service);
	}
	put(p, V_bounce_status, &st);
}

/* flush(8) */

static void
site_message(struct peer *p, enum verb verb, struct view fields)
{
	struct msg_flush_add m;

	(void)p;
	ATF_REQUIRE_EQ(V_flush_add, verb);
	get(verb, fields, &m);
	event("site %s %s", m.site, m.queue_id);
}

static void
peer_heard(int fd, int events_, void *arg)
{
	static char bytes[CHAN_FRAME_MAX];
	struct peer *p = arg;
	int fds[16];
	size_t nfds = 16;
	ssize_t n;
	struct view in, fields;
	enum verb verb;

	(void)events_;
	n = fd_recv(fd, bytes, sizeof(bytes), fds, &nfds, NULL, MSG_DONTWAIT);
	if (n <= 0) {
		ATF_CHECK_MSG(!p->waits, "channel of an agent was closed");
		peer_free(p);
		return;
	}
	for (size_t i = 0; i < nfds; i++) {
		ATF_CHECK_EQ(O_RDONLY, fcntl(fds[i], F_GETFL) & O_ACCMODE);
		fd_close(&fds[i]);
	}
	if (p->message == rewrite_message) {
		world.rewrite_frames++;
		if (world.rewrite_dies) {
			world.rewrite_dies = false;
			peer_free(p);
			return;
		}
	}
	in = (struct view){ bytes, (size_t)n };
	while (in.n > 0) {
		ATF_REQUIRE(msg_next(&in, &verb, &fields));
		p->message(p, verb, fields);
	}
	if (p->message == agent_message && p->left == 0 && !p->waits) {
		(void)agent_answer(p);
		return;
	}
	flush(p);
}

static struct chan *
dial(const char *service)
{
	const struct bundle_item *item;
	struct peer *p;
	int sv[2];

	item = bundle_find(&bundle, BUNDLE_PEER, service);
	if (item == NULL) {
		errno = ENOENT;
		return (NULL);
	}
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    sv) == 0);
	p = xcalloc(1, sizeof(*p));
	p->fd = sv[1];
	p->service = item->name;
	buf_init(&p->out, CHAN_FRAME_MAX);
	if (item->role == ROLE_TRIVIAL_REWRITE)
		p->message = rewrite_message;
	else if (item->role == ROLE_BOUNCE)
		p->message = log_message;
	else if (item->role == ROLE_FLUSH)
		p->message = site_message;
	else {
		p->message = agent_message;
		p->number = ++world.conns;
		if (++world.open_conns > world.most_conns)
			world.most_conns = world.open_conns;
	}
	p->watch = watch_new(loop, p->fd, EV_IN, peer_heard, p);
	return (chan_client(sv[0], item->role));
}

static int64_t
now_us(void)
{
	return (world.now_us);
}

static void
drained(void)
{
	world.drained = true;
}

/* The queue. */

static void
make_params(const char *const *set)
{
	uint64_t role = conf_role_mask("qmgr");
	struct conf_error e;
	struct buf out;
	struct conf *c;

	c = conf_new(mem, "/nonexistent");
	conf_set(c, "myhostname", "mx.test");
	conf_set(c, "mynetworks", "127.0.0.0/8");
	for (; set != NULL && *set != NULL; set++) {
		const char *eq = strchr(*set, '=');

		conf_set(c, arena_strn(mem, *set, (size_t)(eq - *set)),
		    eq + 1);
	}
	buf_init(&out, 1 << 20);
	ATF_REQUIRE_MSG(conf_export(c, role, &out, &e) == 0, "%s", e.text);
	ATF_REQUIRE_MSG(conf_import(mem, buf_view(&out), &world.params,
	    &e) == 0, "%s", e.text);
	buf_fini(&out);
}

void
world_make(const char *const *set)
{
	mem = arena_new(0);
	log_open("qmgr", sink);
	role_self = ROLE_QMGR;
	role_given = &bundle;
	for (size_t i = 0; i < ROLE_COUNT; i++)
		uids[i] = geteuid();
	world.as = ROLE_CLEANUP;
	make_params(set);
	world.now_us = INT64_C(1800000000) * US_PER_S;
	(void)mkdir("queue", 0755);
	ATF_REQUIRE((world.rootfd = open("queue", O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC)) >= 0);
	for (int i = 0; i < Q_COUNT; i++)
		ATF_REQUIRE(mkdirat(world.rootfd, layout_rows[i].name,
		    0700) == 0);
	seal_init();
	loop = loop_new();
}

void
world_start(void)
{
	const struct qm_env env = { dial, now_us, drained };
	int sv[2];

	qm_init(loop, &env, &sched_rr, world.rootfd);
	qm.key = &key;
	qm.owners[0] = qm.owners[1] = geteuid();
	qm_start();
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    sv) == 0);
	client = chan_server(sv[0], world.as, getpid());
	client_fd = sv[1];
	trigger_client(loop, client);
}

static int
write_message(const char *sender, const char *const *rcpts,
    const struct qf_envelope *more, char id[QID_SIZE])
{
	struct qf_envelope env = { .arrival_us = 0 };
	struct arena *a = arena_new(0);
	int dirfd, fd;
	struct qw *w;

	if (more != NULL)
		env = *more;
	if (env.arrival_us == 0)
		env.arrival_us = (uint64_t)world.now_us;
	env.sender = sender;
	dirfd = openat(world.rootfd, "incoming", O_RDONLY | O_DIRECTORY);
	ATF_REQUIRE((w = qw_open(a, dirfd, &key, false)) != NULL);
	ATF_REQUIRE_EQ(0, qw_facts(w, &env));
	for (; *rcpts != NULL; rcpts++)
		ATF_REQUIRE_EQ(0, qw_rcpt(w, &(struct qf_rcpt){
		    .addr = *rcpts,
		    .notify = strncmp(*rcpts, "success", 7) == 0 ?
		    DSN_NOTIFY_SUCCESS : 0 }));
	ATF_REQUIRE_EQ(0, qw_content(w, "Subject: x\n\ny\n", 14));
	ATF_REQUIRE_EQ(0, qw_extracted(w));
	ATF_REQUIRE_EQ(0, qw_finish(w));
	(void)snprintf(id, QID_SIZE, "%s", qw_id(w));
	ATF_REQUIRE((fd = dup(qw_fd(w))) >= 0);
	qw_close(&w);
	fd_close(&dirfd);
	arena_free(&a);
	return (fd);
}

const char *
world_write(const char *sender, const char *const *rcpts,
    const struct qf_envelope *more)
{
	static char id[QID_SIZE];
	int fd = write_message(sender, rcpts, more, id);

	fd_close(&fd);
	return (id);
}

void
world_listen(void)
{
	char bytes[4096];
	struct view in, fields;
	struct msg_queue_flow flow;
	struct msg_queue_done done;
	enum verb verb;
	size_t nfds = 0;
	ssize_t n;

	world.done = -1;
	while ((n = fd_recv(client_fd, bytes, sizeof(bytes), NULL, &nfds,
	    NULL, MSG_DONTWAIT)) > 0) {
		in = (struct view){ bytes, (size_t)n };
		while (in.n > 0) {
			ATF_REQUIRE(msg_next(&in, &verb, &fields));
			if (verb == V_queue_flow) {
				get(verb, fields, &flow);
				world.slow = flow.slow != 0;
			} else {
				get(verb, fields, &done);
				world.done = (int)done.status;
			}
		}
	}
}

void
world_tell(enum verb verb, const void *msg, int fd)
{
	struct buf out;

	buf_init(&out, CHAN_FRAME_MAX);
	ATF_REQUIRE(msg_put(&out, verb, msg) == 0);
	ATF_REQUIRE(fd_send(client_fd, out.p, out.n, &fd, fd >= 0 ? 1 : 0,
	    0) > 0);
	buf_fini(&out);
}

const char *
world_send(const char *sender, const char *const *rcpts,
    const struct qf_envelope *more)
{
	static char id[QID_SIZE];
	int fd = write_message(sender, rcpts, more, id);

	world_tell(V_queue_new, &(struct msg_queue_new){ .queue_id = id }, fd);
	fd_close(&fd);
	return (id);
}

void
world_flush(uint32_t what)
{
	if (what & QUEUE_FORGET_DEAD)
		transport_revive_all();
	if (what & QUEUE_SCAN_INCOMING)
		intake_scan(Q_incoming, false);
	if (what & QUEUE_SCAN_DEFERRED)
		intake_scan(Q_deferred, (what & QUEUE_SCAN_ALL) != 0);
}

bool
world_has(enum q_dir dir, const char *id)
{
	char path[QPATH_SIZE];

	return (q_path(&qm.hash, dir, id, path) == 0 &&
	    faccessat(world.rootfd, path, F_OK, 0) == 0);
}

/* Running. */

static bool (*until)(void);
static struct timer *look_timer;
static bool came_true;
static unsigned looks;

static void
look(void *arg)
{
	(void)arg;
	if ((came_true = until()) || ++looks > 10000) {
		loop_stop(loop);
		return;
	}
	timer_set(look_timer, span_ms(1));
}

void
world_until(bool (*cond)(void))
{
	until = cond;
	looks = 0;
	look_timer = timer_new(loop, look, NULL);
	timer_set(look_timer, span_ms(0));
	loop_run(loop);
	timer_free(&look_timer);
	if (!came_true)
		world_print();
	ATF_REQUIRE_MSG(came_true, "waited in vain");
}

static unsigned rest_events, rest_looks;

static bool
at_rest(void)
{
	if (rest_events != nevents) {
		rest_events = nevents;
		rest_looks = 0;
	}
	return (++rest_looks > 30);
}

void
world_rest(void)
{
	rest_events = nevents;
	rest_looks = 0;
	world_until(at_rest);
}

static bool
none_active(void)
{
	return (qm.nactive == 0);
}

void
world_settle(void)
{
	world_rest();
	world_until(none_active);
}
