/* SPDX-License-Identifier: ISC */
/* role_run - see role_run.h. */
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "broker/bundle.h"
#include "broker/control.h"
#include "broker/order.h"
#include "conf/conf.h"
#include "role_run.h"

#define FILES_MAX	8

static struct ids	ids[ROLE_COUNT];
static uint32_t		uids[ROLE_COUNT];

static void
pair(int sv[2])
{
	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    sv) == 0);
}

static void
find_ids(void)
{
	const char *missing;

	if (ids_load(ids, &missing) < 0)
		atf_tc_fail("no user %s: share/users.sh makes them", missing);
	for (int i = 0; i < ROLE_COUNT; i++)
		uids[i] = ids[i].uid;
}

static void
export_params(struct arena *a, const char *maincf, struct bundle *b)
{
	struct conf_error e = { .text = "" };
	struct conf *c;
	struct buf buf;
	FILE *f;

	ATF_REQUIRE((f = fopen("main.cf", "w")) != NULL);
	ATF_REQUIRE(fputs(maincf != NULL ? maincf : "", f) >= 0);
	ATF_REQUIRE(fclose(f) == 0);
	c = conf_load(a, ".", &e);
	ATF_REQUIRE_MSG(c != NULL, "%s", e.text);
	buf_init(&buf, 1024 * 1024);
	ATF_REQUIRE_MSG(conf_export(c,
	    conf_role_mask(policy_table[b->role].name), &buf, &e) == 0, "%s",
	    e.text);
	b->params = (struct view){ arena_strn(a, buf.p, buf.n), buf.n };
	b->stress = b->params;
	buf_fini(&buf);
}

/* A copy where the role's user can reach it. */
static void
copy_binary(struct arena *a, const char *objtop, const char *name)
{
	const char *from, *to;
	char block[65536];
	int in, out;
	ssize_t n;

	from = arena_printf(a, "%s/libexec/%s/%s", objtop, name, name);
	to = arena_printf(a, "bin/%s", name);
	(void)mkdir("bin", 0755);
	ATF_REQUIRE_MSG((in = open(from, O_RDONLY | O_CLOEXEC)) >= 0, "%s: %s",
	    from, strerror(errno));
	ATF_REQUIRE((out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
	    0755)) >= 0);
	while ((n = read(in, block, sizeof(block))) > 0)
		ATF_REQUIRE(fd_write_all(out, block, (size_t)n) == 0);
	fd_close(&in);
	fd_close(&out);
}

static struct control
hear(const struct role_run *r)
{
	struct control c = { 0, 0, 0 };

	if (fd_wait(r->control, POLLIN, SOON) != 1 ||
	    recv(r->control, &c, sizeof(c), 0) != (ssize_t)sizeof(c))
		atf_tc_fail("the role is gone: %s", run_log(r));
	return (c);
}

void
run_start(struct role_run *r, enum role_id role, const char *objtop,
    const char *maincf, const struct run_file *files, size_t n)
{
	const int one = 1;
	struct arena *a = arena_new(0);
	struct bundle_item items[4 + FILES_MAX];
	struct bundle b = { .role = role, .service = policy_table[role].name,
		.type = "unix", .config_dir = "", .uids = uids, .items = items,
		.nitems = 4 + n };
	int sv[2], rv[2], lv[2], fds[5 + FILES_MAX];
	char cwd[512];

	ATF_REQUIRE(n <= FILES_MAX);
	find_ids();
	export_params(a, maincf, &b);
	copy_binary(a, objtop, policy_table[role].name);
	pair(sv);
	pair(rv);
	pair(lv);
	ATF_REQUIRE(setsockopt(rv[0], SOL_SOCKET, SO_PASSCRED, &one,
	    sizeof(one)) == 0);
	ATF_REQUIRE((mkdir("empty", 0555) == 0 || errno == EEXIST) &&
	    chmod(".", 0755) == 0);
	items[0] = (struct bundle_item){ .kind = BUNDLE_CONTROL, .fd = sv[1] };
	items[1] = (struct bundle_item){ .kind = BUNDLE_LOG, .fd = lv[1] };
	items[2] = (struct bundle_item){ .kind = BUNDLE_ROOT,
		.fd = open("empty", O_PATH | O_DIRECTORY | O_CLOEXEC) };
	items[3] = (struct bundle_item){ .kind = BUNDLE_SERVE, .fd = rv[0] };
	for (size_t i = 0; i < 4; i++)
		items[i].name = "";
	for (size_t i = 0; i < n; i++) {
		items[4 + i] = (struct bundle_item){ .kind = BUNDLE_FILE,
			.name = files[i].name,
			.fd = open(files[i].path, O_RDONLY | O_CLOEXEC) };
		ATF_REQUIRE(items[4 + i].fd >= 0);
	}
	ATF_REQUIRE((fds[0] = bundle_seal(&b)) >= 0);
	for (size_t i = 0; i < b.nitems; i++)
		fds[1 + i] = items[i].fd;
	ATF_REQUIRE(getcwd(cwd, sizeof(cwd)) != NULL);
	r->role = role;
	r->pid = spawn_role(role, ids, arena_printf(a, "%s/bin", cwd), fds,
	    1 + b.nitems);
	ATF_REQUIRE(r->pid > 0);
	for (size_t i = 0; i < 1 + b.nitems; i++)
		fd_close(&fds[i]);
	r->control = sv[0];
	r->dial = rv[1];
	r->log = lv[0];
	arena_free(&a);
	ATF_REQUIRE_EQ(CONTROL_READY, hear(r).word);
}

struct chan *
run_dial(const struct role_run *r, enum role_id as)
{
	int sv[2], status;
	pid_t pid;

	pair(sv);
	/* The kernel must say it, so a child becomes it. */
	ATF_REQUIRE((pid = fork()) >= 0);
	if (pid == 0) {
		if (setresgid(ids[as].gid, ids[as].gid, ids[as].gid) < 0 ||
		    setresuid(ids[as].uid, ids[as].uid, ids[as].uid) < 0)
			_exit(1);
		_exit(fd_send(r->dial, "1", 1, &sv[1], 1, 0) != 1);
	}
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid && status == 0);
	fd_close(&sv[1]);
	return (chan_client(sv[0], r->role));
}

const char *
run_log(const struct role_run *r)
{
	static char frame[8192];
	static struct msg_log_line m;
	struct view v = { frame, 0 }, fields;
	const char *why;
	enum verb verb;
	ssize_t n;

	if (fd_wait(r->log, POLLIN, SOON) != 1 ||
	    (n = recv(r->log, frame, sizeof(frame), 0)) <= 0)
		atf_tc_fail("no line in the log");
	v.n = (size_t)n;
	ATF_REQUIRE(msg_next(&v, &verb, &fields) && verb == V_log_line &&
	    msg_get(verb, fields, &m, &why));
	(void)printf("log: %s: %s\n", m.tag, m.text);
	return (m.text);
}

int
run_ended(struct role_run *r)
{
	int status;

	ATF_REQUIRE(waitpid(r->pid, &status, 0) == r->pid);
	fd_close(&r->control);
	fd_close(&r->dial);
	return (status);
}

void
run_tell_drain(const struct role_run *r)
{
	const struct control c = { CONTROL_DRAIN, 0, 0 };

	ATF_REQUIRE(send(r->control, &c, sizeof(c), 0) == sizeof(c));
}

int
run_drain(struct role_run *r)
{
	run_tell_drain(r);
	return (run_ended(r));
}

void
run_own_network(void)
{
	struct ifreq ifr = { .ifr_flags = IFF_UP };
	int fd;

	ATF_REQUIRE(unshare(CLONE_NEWNET) == 0);
	(void)snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "lo");
	ATF_REQUIRE((fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) >= 0);
	ATF_REQUIRE(ioctl(fd, SIOCSIFFLAGS, &ifr) == 0);
	fd_close(&fd);
}
