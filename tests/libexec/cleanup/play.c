/* SPDX-License-Identifier: ISC */
/* play - see play.h. */
#include <sys/socket.h>
#include <sys/stat.h>

#include <atf-c.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "conf/conf.h"

#include "play.h"

static const struct setting base[] = {
	{ "compatibility_level", "3.6" },
	{ "myhostname", "mx.acc.example" },
	{ "mydomain", "acc.example" },
	{ "mydestination", "acc.example, localhost" },
	{ "myorigin", "acc.example" },
	{ "inet_interfaces", "127.0.0.1, [::1]" },
	{ "mynetworks", "127.0.0.0/8" },
	{ "append_dot_mydomain", "yes" },
	{ "recipient_delimiter", "+" },
};

static struct fate fate;
static struct chan *qmgr_end;
static int client_end = -1;
bool play_slow, play_no_qmgr;
int play_dials;

static void
keep_log(enum log_level level, const char *line, size_t n)
{
	size_t at = strlen(fate.log);

	(void)level;
	if (at + n + 2 < sizeof(fate.log)) {
		memcpy(fate.log + at, line, n);
		memcpy(fate.log + at + n, "\n", 2);
	}
}

/* In place of the skeleton's. */
struct chan *
role_dial(const char *service)
{
	int sv[2];

	ATF_REQUIRE_STREQ("qmgr", service);
	play_dials++;
	if (play_no_qmgr) {
		errno = EAGAIN;
		return (NULL);
	}
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC,
	    0, sv));
	chan_free(&qmgr_end);
	qmgr_end = chan_server(sv[1], ROLE_CLEANUP, 1);
	if (play_slow) {
		const struct msg_queue_flow flow = { .slow = 1 };

		ATF_REQUIRE_EQ(0, chan_put(qmgr_end, V_queue_flow, &flow));
		ATF_REQUIRE_EQ(0, chan_flush(qmgr_end, MONO_NEVER));
	}
	return (chan_client(sv[0], ROLE_QMGR));
}

int
role_table_fd(const char *spec)
{
	(void)spec;
	errno = ENOENT;
	return (-1);
}

int
role_file_fd(const char *name)
{
	(void)name;
	return (-1);
}

static int
no_fd(void *arg, const char *spec)
{
	(void)arg;
	return (role_table_fd(spec));
}

static int
directory(const char *name)
{
	int fd;

	(void)mkdir(name, 0700);
	fd = open(name, O_PATH | O_DIRECTORY);
	ATF_REQUIRE(fd >= 0);
	return (fd);
}

void
play_setup(const struct setting *more)
{
	static struct table_source src = { .fd = no_fd };
	static struct params params;
	static struct arena *a;
	struct conf_error e;
	struct buf b;
	const char *err = "";
	struct conf *c;

	tables_close(&src);
	arena_free(&a);
	a = arena_new(0);
	log_open("test", keep_log);
	seal_init();
	c = conf_new(a, "/nonexistent");
	for (size_t i = 0; i < sizeof(base) / sizeof(base[0]); i++)
		conf_set(c, base[i].name, base[i].value);
	for (; more != NULL && more->name != NULL; more++)
		conf_set(c, more->name, more->value);
	buf_init(&b, 1024 * 1024);
	ATF_REQUIRE_MSG(conf_export(c, conf_role_mask("cleanup"), &b,
	    &e) == 0, "%s", e.text);
	ATF_REQUIRE_MSG(conf_import(a, (struct view){ arena_strn(a,
	    b.p, b.n), b.n }, &params, &e) == 0, "%s", e.text);
	buf_fini(&b);
	role_self = ROLE_CLEANUP;
	cleanup_self = arena_get(a, sizeof(*cleanup_self));
	cleanup_self->incoming = directory("incoming");
	cleanup_self->hold = directory("hold");
	memset(&cleanup_self->key, 'k', sizeof(cleanup_self->key));
	ATF_REQUIRE_MSG(cleanup_setup(cleanup_self, a, &src, &err), "%s",
	    err);
}

struct chan *
play_client(void)
{
	int sv[2], size = 8 * 1024 * 1024;

	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC,
	    0, sv));
	(void)setsockopt(sv[0], SOL_SOCKET, SO_SNDBUFFORCE, &size,
	    sizeof(size));
	client_end = sv[1];
	return (chan_client(sv[0], ROLE_CLEANUP));
}

static void
put(struct chan *ch, enum verb verb, const void *msg)
{
	ATF_REQUIRE_EQ(0, chan_put(ch, verb, msg));
}

static void
attr(struct chan *ch, const char *name, const char *value)
{
	const struct msg_mail_attr a = { name, value };

	put(ch, V_mail_attr, &a);
}

void
play_open(struct chan *ch, const struct mail *mail)
{
	const struct msg_mail_open open = {
		.flags = mail->flags != 0 ? mail->flags : MAIL_FLAG_FILTER |
		    MAIL_FLAG_BCC_OK | MAIL_FLAG_MAP_OK,
		.arrival_us = UINT64_C(1795515448000000),
		.sender = mail->sender,
		.rewrite_context = mail->context != NULL ? mail->context :
		    "local",
		.envid = "env+id",
	};
	struct view rest = view_of(mail->rcpts), word;

	put(ch, V_mail_open, &open);
	attr(ch, "client_name", "client.example");
	attr(ch, "client_address", "10.0.0.1");
	attr(ch, "protocol_name", "ESMTP");
	attr(ch, "helo_name", "client.example");
	while ((word = view_word(&rest, " ")).n > 0) {
		struct arena *a = arena_new(0);
		const struct msg_mail_rcpt r = {
			.addr = arena_strn(a, word.p, word.n),
			.notify = mail->notify };

		put(ch, V_mail_rcpt, &r);
		arena_free(&a);
	}
}

void
play_body(struct chan *ch, const struct mail *mail)
{
	struct view rest = view_of(mail->content);

	while (rest.n > 0) {
		const struct msg_mail_data d = { view_sub(rest, 0, 1000) };

		put(ch, V_mail_data, &d);
		rest = view_sub(rest, d.bytes.n, rest.n);
	}
	put(ch, V_mail_end, NULL);
}

void
play_run(struct chan *ch)
{
	struct session s = { .fd = -1 };

	ATF_REQUIRE_EQ(0, chan_flush(ch, MONO_NEVER));
	ATF_REQUIRE_EQ(0, shutdown(chan_socket(ch), SHUT_WR));
	s.chan = chan_server(client_end, ROLE_SMTPD, 1);
	cleanup_session(&s);
}

static void
read_file(int fd)
{
	static struct arena *a;
	const struct qf_rules rules = { .key = &cleanup_self->key };
	struct qf_cursor cursor = { 0 };
	struct qf_rcpt r[50];
	struct qf_why why = { 0 };
	struct qf qf;
	ssize_t n;

	arena_free(&a);
	a = arena_new(0);
	ATF_REQUIRE_EQ_MSG(QF_OK, qf_open(&qf, a, fd, &rules, &why), "%s",
	    why.text);
	fate.env = qf.env;
	while ((n = qf_rcpts(&qf, a, &cursor, false, r, 50, &why)) > 0)
		for (ssize_t i = 0; i < n; i++) {
			size_t at = strlen(fate.rcpts);

			(void)snprintf(fate.rcpts + at, sizeof(fate.rcpts) -
			    at, "%s%s[%s]/%u", at > 0 ? " " : "", r[i].addr,
			    r[i].orig, r[i].notify);
		}
	ATF_REQUIRE_EQ(0, n);
	ATF_REQUIRE(qf.content_length < sizeof(fate.content));
	fate.content_n = (size_t)fd_pread_all(fd, fate.content,
	    (size_t)qf.content_length, (off_t)qf.content_offset);
	ATF_REQUIRE_EQ(qf.content_length, fate.content_n);
}

static void
hear_qmgr(void)
{
	struct msg_queue_new m;
	enum verb verb;
	int fd;

	if (qmgr_end == NULL)
		return;
	role_self = ROLE_QMGR;
	while (chan_next(qmgr_end, mono_now(), &verb) == CHAN_MESSAGE) {
		ATF_REQUIRE_EQ(V_queue_new, verb);
		ATF_REQUIRE(chan_get(qmgr_end, &m));
		fd = chan_take_fd(qmgr_end);
		ATF_REQUIRE(fd >= 0);
		fate.rcpts[0] = '\0';
		read_file(fd);
		fate.told = true;
		(void)snprintf(fate.id, sizeof(fate.id), "%s", m.queue_id);
		fd_close(&fd);
	}
	role_self = ROLE_CLEANUP;
	chan_free(&qmgr_end);
}

/* Count the files that are there, and remove them. */
static void
sweep(const char *name)
{
	DIR *d = opendir(name);
	struct dirent *e;
	char path[600];
	int fd;

	ATF_REQUIRE(d != NULL);
	while ((e = readdir(d)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		fate.files++;
		(void)snprintf(path, sizeof(path), "%s/%s", name, e->d_name);
		if (!fate.told) {
			fd = open(path, O_RDONLY);
			ATF_REQUIRE(fd >= 0);
			fate.rcpts[0] = '\0';
			read_file(fd);
			fd_close(&fd);
		}
		ATF_REQUIRE_EQ(0, unlink(path));
	}
	(void)closedir(d);
}

const struct fate *
play_look(void)
{
	fate.files = 0;
	hear_qmgr();
	sweep("incoming");
	sweep("hold");
	return (&fate);
}

static void
read_answers(struct chan *ch)
{
	struct msg_mail_opened opened;
	struct msg_mail_status status;
	enum verb verb;

	fate.status = 0xffff;
	while (chan_next(ch, mono_now(), &verb) == CHAN_MESSAGE) {
		if (verb == V_mail_opened) {
			ATF_REQUIRE(chan_get(ch, &opened));
			continue;
		}
		ATF_REQUIRE_EQ(V_mail_status, verb);
		ATF_REQUIRE(chan_get(ch, &status));
		fate.status = status.status;
		(void)snprintf(fate.reason, sizeof(fate.reason), "%s",
		    status.reason);
	}
}

const struct fate *
play(const struct mail *mail)
{
	struct chan *ch = play_client();

	memset(&fate, 0, sizeof(fate));
	play_open(ch, mail);
	play_body(ch, mail);
	play_run(ch);
	read_answers(ch);
	chan_free(&ch);
	return (play_look());
}
