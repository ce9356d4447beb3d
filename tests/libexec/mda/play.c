/* SPDX-License-Identifier: ISC */
/* play - an mda(8) as launcher(8) starts it, and what it answers. */
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "broker/launch_order.h"
#include "conf/conf.h"
#include "confine/confine.h"
#include "play.h"
#include "queue-layout/seal.h"
#include "queue-layout/seal_in.h"

#define HEAD	100		/* bytes before the content */
#define PROG	(CONFINE_FD0 + 3)

static char here[512];
static struct arena *arena;	/* of the case: what it says lasts */

void
play_init(struct play *p, const atf_tc_t *tc)
{
	*p = (struct play){ .tc = tc, .content = "Subject: s\n\nbody\n",
		.params = "", .said = "" };
	arena_free(&arena);
	p->arena = arena = arena_new(0);
	ATF_REQUIRE(getcwd(here, sizeof(here)) != NULL);
	/* The user must be able to get here. */
	ATF_REQUIRE(chmod(".", 0755) == 0);
	ATF_REQUIRE(chown(".", PLAY_UID, PLAY_UID) == 0);
	p->m = (struct msg_launch_mail){ .queue_id = "ABC", .sender = "s@x",
		.recipient = "user+ext@d.example", .orig_recipient = "o@x",
		.delivered_to = "User@d.example" };
	p->t = (struct msg_mda_task){ .op = MDA_OP_MBOX, .uid = PLAY_UID,
		.gid = PLAY_UID, .time_limit = 20, .login = "user",
		.home = here, .shell = "/bin/sh", .extension = "ext",
		.domain = "d.example", .path = "" };
}

const char *
play_path(struct play *p, const char *name)
{
	return (arena_printf(p->arena, "%s/%s", here, name));
}

void
play_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	ATF_REQUIRE(fd >= 0);
	ATF_REQUIRE(fd_write_all(fd, text, strlen(text)) == 0);
	ATF_REQUIRE(fchmod(fd, mode) == 0);
	ATF_REQUIRE(fchown(fd, PLAY_UID, PLAY_UID) == 0);
	fd_close(&fd);
}

const char *
play_read(struct play *p, const char *path)
{
	char *text = arena_get(p->arena, 65536);
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return ("");
	ATF_REQUIRE(fd_pread_all(fd, text, 65535, 0) >= 0);
	fd_close(&fd);
	return (text);
}

static int
make_message(struct play *p, struct qf_digest *d)
{
	const size_t n = strlen(p->content);
	int fd = memfd_create("message", MFD_CLOEXEC);
	struct seal_sum sum;

	ATF_REQUIRE(fd >= 0);
	ATF_REQUIRE(pwrite(fd, p->content, n, HEAD) == (ssize_t)n);
	memset(d, 7, sizeof(*d));
	seal_content_begin(&sum, d->key);
	seal_sum_add(&sum, p->content, n);
	seal_content_end(&sum, d->tag);
	if (p->damaged)
		d->tag[0] ^= 1;
	p->m.content_offset = HEAD;
	p->m.content_length = n;
	p->m.digest = (struct view){ (const char *)d, sizeof(*d) };
	return (fd);
}

static void
put_params(struct play *p, struct buf *b)
{
	struct conf_error e;
	struct conf *c;
	FILE *f;

	(void)mkdir("conf", 0755);
	ATF_REQUIRE((f = fopen("conf/main.cf", "w")) != NULL);
	(void)fprintf(f, "compatibility_level = 3.11\nmyhostname = h.example\n"
	    "deliver_lock_attempts = 2\n%s", p->params);
	ATF_REQUIRE(fclose(f) == 0);
	c = conf_load(p->arena, "conf", &e);
	ATF_REQUIRE_MSG(c != NULL, "%s", e.text);
	ATF_REQUIRE_MSG(conf_export(c, conf_role_mask("warrant"), b, &e) == 0,
	    "%s", e.text);
}

static int
make_task(struct play *p)
{
	int fd = memfd_create("task", MFD_CLOEXEC);
	struct buf b;

	buf_init(&b, 1024 * 1024);
	ATF_REQUIRE(msg_put(&b, V_launch_mail, &p->m) == 0);
	ATF_REQUIRE(msg_put(&b, V_mda_task, &p->t) == 0);
	put_params(p, &b);
	ATF_REQUIRE(fd >= 0 && fd_write_all(fd, b.p, b.n) == 0);
	buf_fini(&b);
	return (fd);
}

static void
become_mda(struct play *p, int *fds)
{
	const struct rlimit rl = { p->file_limit, p->file_limit };
	const gid_t gid = PLAY_UID;
	char name[] = "mda", *argv[] = { name, NULL }, *envp[] = { NULL };
	char path[1024];

	(void)snprintf(path, sizeof(path), "%s/../../../libexec/mda/mda",
	    atf_tc_get_config_var(p->tc, "srcdir"));
	/* Where it is may be closed to the user. */
	if ((fds[3] = open(path, O_PATH | O_CLOEXEC)) < 0)
		_exit(97);
	confine_fds(fds, 4);
	if (fcntl(PROG, F_SETFD, FD_CLOEXEC) < 0 || (p->file_limit > 0 && setrlimit(RLIMIT_FSIZE, &rl) < 0) ||
	    setsid() < 0 || setgroups(1, &gid) < 0 ||
	    setresgid(gid, gid, gid) < 0 ||
	    setresuid(PLAY_UID, PLAY_UID, PLAY_UID) < 0)
		_exit(99);
	(void)umask(077);
	(void)execveat(PROG, "", argv, envp, AT_EMPTY_PATH);
	_exit(98);
}

static void
take(struct play *p, struct view in)
{
	static const char *const words[] = { "sent", "deferred", "bounced" };
	static const char *const types[] = { "address", "command", "file",
		"include" };
	struct msg_mda_entry e;
	struct msg_mda_done d;
	struct view fields;
	const char *why;
	enum verb verb;

	while (in.n > 0) {
		ATF_REQUIRE(msg_next(&in, &verb, &fields));
		if (verb == V_mda_entry) {
			ATF_REQUIRE(msg_get(verb, fields, &e, &why));
			ATF_REQUIRE(e.index == p->nentries);
			ATF_REQUIRE(p->nentries < PLAY_ENTRIES);
			p->entry[p->nentries++] = arena_printf(p->arena,
			    "%s %s", types[e.type], e.text);
			continue;
		}
		ATF_REQUIRE(verb == V_mda_done);
		ATF_REQUIRE(msg_get(verb, fields, &d, &why));
		p->found = d.found;
		p->was_damaged = d.damaged;
		p->said = arena_printf(p->arena, "%s %s %s",
		    words[d.outcome], d.dsn, d.reason);
	}
}

void
play_run(struct play *p)
{
	static char frame[65536];
	struct qf_digest d;
	int sv[2], fds[4], status;
	ssize_t n;
	pid_t pid;

	p->said = "";
	p->nentries = 0;
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    sv) == 0);
	fds[1] = make_message(p, &d);
	fds[0] = make_task(p);
	fds[2] = sv[1];
	if ((pid = fork()) == 0)
		become_mda(p, fds);
	for (int i = 0; i < 3; i++)
		fd_close(&fds[i]);
	while ((n = recv(sv[0], frame, sizeof(frame), 0)) > 0)
		take(p, (struct view){ frame, (size_t)n });
	fd_close(&sv[0]);
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	ATF_REQUIRE_MSG(status == 0, "mda ended with %#x", status);
}
