/* SPDX-License-Identifier: ISC */
#include <sys/socket.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "conf/conf.h"
#include "queue-layout/seal.h"
#include "world.h"

#define TEXT_MAX	(1024 * 1024)
#define SOON		mono_in(span_s(20))

struct world world = { .rootfd = -1, .fd = -1 };
static const struct seal_key key = { { 9, 8, 7 } };
static struct arena *mem;
static struct chan *client;

static void
sink(enum log_level level, const char *line, size_t n)
{
	int fd = open("log", O_WRONLY | O_APPEND | O_CREAT, 0600);

	(void)level;
	if (fd == -1 || fd_write_all(fd, line, n) == -1 ||
	    fd_write_all(fd, "\n", 1) == -1)
		_exit(9);
	fd_close(&fd);
}

static void
make_params(const char *const *set)
{
	struct conf *c = conf_new(mem, "/nonexistent");
	struct conf_error e;
	struct buf out;

	conf_set(c, "myhostname", "mx.test");
	conf_set(c, "myorigin", "origin.test");
	for (; set != NULL && *set != NULL; set++) {
		const char *eq = strchr(*set, '=');

		conf_set(c, arena_strn(mem, *set, (size_t)(eq - *set)),
		    eq + 1);
	}
	buf_init(&out, TEXT_MAX);
	ATF_REQUIRE_MSG(conf_export(c, conf_role_mask("bounce"), &out, &e) ==
	    0, "%s", e.text);
	ATF_REQUIRE_MSG(conf_import(mem, buf_view(&out), &world.params, &e) ==
	    0, "%s", e.text);
	buf_fini(&out);
}

void
world_make(const char *const *set)
{
	/* One world at a time; the last one's memory is seen from "mem". */
	chan_free(&client);
	fd_close(&world.fd);
	fd_close(&world.rootfd);
	arena_free(&mem);
	mem = arena_new(0);
	log_open("bounce", sink);
	ATF_REQUIRE(setenv("TZ", "UTC", 1) == 0);
	tzset();
	make_params(set);
	(void)mkdir("queue", 0755);
	world.rootfd = open("queue", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ATF_REQUIRE(world.rootfd != -1);
	for (int i = 0; i < Q_COUNT; i++)
		ATF_REQUIRE(mkdirat(world.rootfd, layout_rows[i].name,
		    0700) == 0);
	seal_init();
}

void
world_message(const char *sender, const struct qf_envelope *more,
    const char *content)
{
	const struct qf_rules rules = { NULL, 0, &key, NULL };
	struct qf_envelope env = { .arrival_us = 0 };
	struct qf_why why;
	struct qw *w;
	int dir;

	if (more != NULL)
		env = *more;
	env.arrival_us = 1764000000123456;
	env.sender = sender;
	ATF_REQUIRE((dir = openat(world.rootfd, "incoming", O_RDONLY)) != -1);
	ATF_REQUIRE((w = qw_open(mem, dir, &key, false)) != NULL);
	ATF_REQUIRE(qw_facts(w, &env) == 0);
	ATF_REQUIRE(qw_rcpt(w, &(struct qf_rcpt){ .addr = "x@y" }) == 0);
	ATF_REQUIRE(qw_content(w, content, strlen(content)) == 0);
	ATF_REQUIRE(qw_extracted(w) == 0 && qw_finish(w) == 0);
	(void)strlcpy(world.id, qw_id(w), sizeof(world.id));
	ATF_REQUIRE((world.fd = dup(qw_fd(w))) != -1);
	qw_close(&w);
	fd_close(&dir);
	ATF_REQUIRE(qf_open(&world.qf, mem, world.fd, &rules, &why) == QF_OK);
}

/* While it is written; there may be two at a time. */
static const char *
unfinished(void)
{
	static char name[32];

	(void)snprintf(name, sizeof(name), "unfinished.%ld", (long)getpid());
	return (name);
}

static void
finish(void)
{
	char name[32];

	for (int i = 1; i < 100; i++) {
		(void)snprintf(name, sizeof(name), "mail.%d", i);
		if (link(unfinished(), name) == 0)
			break;
	}
}

static bool
keep(struct chan *ch, enum verb verb, int fd)
{
	const struct msg_mail_opened opened = { "4FAKE" };
	const struct msg_mail_status st = { .status = world.refuse,
		.queue_id = "4FAKE", .reason = "" };
	union {
		struct msg_mail_open	open;
		struct msg_mail_attr	attr;
		struct msg_mail_rcpt	rcpt;
		struct msg_mail_data	data;
	} u;

	if (verb != V_mail_end && !chan_get(ch, &u))
		return (false);
	switch ((int)verb) {
	case V_mail_open:
		(void)dprintf(fd, "sender=%s\nsendopts=%u\nflags=%x\n",
		    u.open.sender, u.open.sendopts, u.open.flags);
		return (chan_put(ch, V_mail_opened, &opened) == 0 &&
		    chan_flush(ch, SOON) == 0);
	case V_mail_attr:
		(void)dprintf(fd, "%s=%s\n", u.attr.name, u.attr.value);
		return (true);
	case V_mail_rcpt:
		(void)dprintf(fd, "rcpt=%s\n\n", u.rcpt.addr);
		return (true);
	case V_mail_data:
		return (fd_write_all(fd, u.data.bytes.p, u.data.bytes.n) ==
		    0);
	default:
		finish();
		return (chan_put(ch, V_mail_status, &st) == 0 &&
		    chan_flush(ch, SOON) == 0);
	}
}

/* One message; kept only if it comes to its end. */
_Noreturn static void
cleanup(int sock)
{
	enum verb verb = V_mail_open;
	struct chan *ch;
	int fd;

	role_self = ROLE_CLEANUP;
	ch = chan_server(sock, ROLE_BOUNCE, getpid());
	fd = open(unfinished(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
	while (chan_next(ch, SOON, &verb) == CHAN_MESSAGE &&
	    keep(ch, verb, fd) && verb != V_mail_end)
		;
	(void)unlink(unfinished());
	_exit(0);
}

static struct chan *
dial(const char *service)
{
	int sv[2];

	if (strcmp(service, "cleanup") != 0 || socketpair(AF_UNIX,
	    SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) == -1)
		return (NULL);
	if (fork() == 0) {
		fd_close(&sv[0]);
		cleanup(sv[1]);
	}
	fd_close(&sv[1]);
	return (chan_client(sv[0], ROLE_CLEANUP));
}

static int
template_file(void)
{
	int fd;

	if (world.template == NULL)
		return (-1);
	fd = open("template", O_RDWR | O_CREAT | O_TRUNC, 0600);
	ATF_REQUIRE(fd != -1 && fd_write_all(fd, world.template,
	    strlen(world.template)) == 0);
	return (fd);
}

void
world_start(const char *service)
{
	struct session s = { .fd = -1 };
	int sv[2];

	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    sv) == 0);
	setup.dial = dial;
	setup.service = service;
	setup.rootfd = world.rootfd;
	setup_make(template_file());
	chan_free(&client);
	if (fork() == 0) {
		fd_close(&sv[0]);
		role_self = ROLE_BOUNCE;
		s.chan = chan_server(sv[1], ROLE_QMGR, getpid());
		bounce_session(&s);
		_exit(0);
	}
	fd_close(&sv[1]);
	role_self = ROLE_QMGR;
	client = chan_client(sv[0], ROLE_BOUNCE);
}

static bool
heard_ok(void)
{
	struct msg_bounce_status st;
	enum verb verb;

	ATF_REQUIRE(chan_flush(client, SOON) == 0);
	ATF_REQUIRE(chan_next(client, SOON, &verb) == CHAN_MESSAGE);
	ATF_REQUIRE(verb == V_bounce_status && chan_get(client, &st));
	return (st.status == 0);
}

bool
world_append(const struct msg_bounce_append *m)
{
	struct msg_bounce_append a = *m;

	a.queue_id = world.id;
	ATF_REQUIRE(chan_put(client, V_bounce_append, &a) == 0);
	return (heard_ok());
}

bool
world_send(enum bounce_kind kind)
{
	const struct qf_envelope *env = &world.qf.env;
	const struct msg_bounce_send m = {
		.kind = kind,
		.sendopts = (uint32_t)env->sendopts,
		.queue_id = world.id,
		.encoding = env->encoding,
		.sender = env->sender,
		.envid = env->envid,
		.ret = (uint32_t)env->ret,
		.arrival_us = env->arrival_us,
		.content_offset = world.qf.content_offset,
		.content_length = world.qf.content_length,
		.digest = { (const char *)&world.qf.digest,
		    sizeof(world.qf.digest) },
	};

	ATF_REQUIRE(chan_put_fd(client, V_bounce_send, &m, world.fd) == 0);
	return (heard_ok());
}

bool
world_remove(void)
{
	const struct msg_bounce_remove m = { world.id };

	ATF_REQUIRE(chan_put(client, V_bounce_remove, &m) == 0);
	return (heard_ok());
}

static const char *
read_text(const char *name)
{
	char *text = arena_get(mem, TEXT_MAX + 1);
	int fd = open(name, O_RDONLY);
	ssize_t n;

	if (fd == -1)
		return (NULL);
	ATF_REQUIRE((n = fd_pread_all(fd, text, TEXT_MAX, 0)) >= 0);
	fd_close(&fd);
	return (text);
}

const char *
world_mail(int n)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "mail.%d", n);
	return (read_text(name));
}

const char *
world_log(void)
{
	const char *text = read_text("log");

	return (text != NULL ? text : "");
}

bool
world_has_log(const char *dir)
{
	char path[QPATH_SIZE];

	ATF_REQUIRE(q_path(&setup.hash, (enum q_dir)layout_find(view_of(dir)),
	    world.id, path) == 0);
	return (faccessat(world.rootfd, path, F_OK, 0) == 0);
}
