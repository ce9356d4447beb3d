/* SPDX-License-Identifier: ISC */
/*
 * Every role against everything it must not do (I1, I4, I5): for each role a
 * process with that role's policy and filter is started by the spawner's code
 * and tries one act; the kernel must refuse it.
 */
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "broker/bundle.h"
#include "broker/order.h"
#include "probe.h"

static const char *const act_words[] = {
#define WORDS(name, words)	words,
	PROBE_ACTS(WORDS)
#undef WORDS
};

static struct ids ids[ROLE_COUNT];

/* dial connects, that is what it is for; resolver asks name servers. */
static bool
is_granted(const struct policy *p, enum probe_act act)
{
	return ((p->network && act == PROBE_CONNECT_LOOPBACK) ||
	    (p->root == POLICY_ROOT_DATA && act == PROBE_OPEN_CREATE));
}

/* A kernel without the 32 bit entry answers with a fault. */
static bool
is_refusal(enum probe_act act, int sig)
{
	return (sig == SIGSYS || (act == PROBE_INT80 && sig == SIGSEGV));
}

/* A directory like the queue, owned as the roles expect it. */
static void
make_queue(void)
{
	static const char *const dirs[] = { "incoming", "active", "deferred",
		"hold", "corrupt", "bounce", "defer", "trace", "flush",
		"maildrop", "saved", "public", "pid" };
	int fd;

	ATF_REQUIRE(mkdir("queue", 0755) == 0 && mkdir("empty", 0555) == 0 &&
	    mkdir("data", 0755) == 0);
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		char path[64];

		(void)snprintf(path, sizeof(path), "queue/%s", dirs[i]);
		ATF_REQUIRE(mkdir(path, 0755) == 0);
		ATF_REQUIRE(chmod(path, 0777) == 0);
	}
	/* readable by everybody: only the policy stands before it */
	fd = open("queue/saved/secret", O_CREAT | O_WRONLY, 0644);
	ATF_REQUIRE(fd >= 0);
	fd_close(&fd);
	ATF_REQUIRE(chmod("queue", 0777) == 0 && chmod("data", 0777) == 0);
}

/* The spawner looks for a binary by the role's name. */
static void
make_binaries(const char *probe)
{
	char path[128];

	ATF_REQUIRE(mkdir("libexec", 0755) == 0);
	for (int i = 0; i < ROLE_COUNT; i++) {
		(void)snprintf(path, sizeof(path), "libexec/%s",
		    policy_table[i].name);
		if (link(probe, path) < 0)
			ATF_REQUIRE(symlink(probe, path) == 0);
	}
}

static int
spawn(enum role_id role, enum probe_act act, pid_t *pid)
{
	const struct policy *p = &policy_table[role];
	static uint32_t uids[ROLE_COUNT];
	struct bundle_item items[3];
	struct bundle b = { .role = role, .service = "probe", .type = "unix",
		.config_dir = "", .verbose = act, .uids = uids,
		.items = items, .nitems = 3 };
	char libexec[512];
	int sv[2], fds[4];

	ATF_REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    sv) == 0);
	items[0] = (struct bundle_item){ .kind = BUNDLE_PROBE, .fd = sv[1],
		.name = "" };
	items[1] = (struct bundle_item){ .kind = BUNDLE_ROOT, .name = "",
		.fd = open(p->root == POLICY_ROOT_QUEUE ? "queue" :
		    p->root == POLICY_ROOT_DATA ? "data" : "empty",
		    O_PATH | O_DIRECTORY | O_CLOEXEC) };
	items[2] = (struct bundle_item){ .kind = BUNDLE_FILE,
		.name = "outside",
		.fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	ATF_REQUIRE((fds[0] = bundle_seal(&b)) >= 0);
	for (int i = 0; i < 3; i++)
		fds[1 + i] = items[i].fd;
	ATF_REQUIRE(getcwd(libexec, sizeof(libexec) - 10) != NULL);
	(void)snprintf(libexec + strlen(libexec), 10, "/libexec");
	*pid = spawn_role(role, ids, libexec, fds, 4);
	ATF_REQUIRE(*pid > 0);
	for (int i = 0; i < 4; i++)
		fd_close(&fds[i]);
	return (sv[0]);
}

/* What came of it, in words; NULL: refused, as it should be. */
static const char *
outcome(enum role_id role, enum probe_act act)
{
	struct probe_result r = { 0, 0 };
	static char text[128];
	ssize_t n;
	pid_t pid;
	int status, fd = spawn(role, act, &pid);

	n = read(fd, &r, sizeof(r));
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	fd_close(&fd);
	if (n == (ssize_t)sizeof(r))
		return (r.worked ? "it worked" : NULL);
	if (WIFSIGNALED(status) && is_refusal(act, WTERMSIG(status)))
		return (NULL);
	if (WIFEXITED(status) && is_refusal(act, WEXITSTATUS(status) - 128))
		return (NULL);
	(void)snprintf(text, sizeof(text), "the probe ended with status %x",
	    (unsigned)status);
	return (text);
}

static void
setup(const atf_tc_t *tc)
{
	const char *missing;
	char probe[1024];

	(void)snprintf(probe, sizeof(probe), "%s/probe",
	    atf_tc_get_config_var(tc, "srcdir"));
	if (ids_load(ids, &missing) < 0)
		atf_tc_fail("no user %s: share/users.sh makes them", missing);
	make_queue();
	make_binaries(probe);
	/* the role users must be able to get here */
	ATF_REQUIRE(chmod(".", 0755) == 0);
}

static int
try_role(enum role_id role)
{
	const struct policy *p = &policy_table[role];
	const char *what;
	int bad = 0;

	what = outcome(role, PROBE_ALIVE);
	if (what == NULL || strcmp(what, "it worked") != 0) {
		(void)printf("%s: the control failed: %s\n", p->name,
		    what != NULL ? what : "killed");
		return (1);
	}
	for (int act = PROBE_ALIVE + 1; act < PROBE_COUNT; act++) {
		if (is_granted(p, (enum probe_act)act))
			continue;
		what = outcome(role, (enum probe_act)act);
		if (what == NULL)
			continue;
		(void)printf("%s: %s: %s\n", p->name, act_words[act], what);
		bad++;
	}
	return (bad);
}

ATF_TC(every_role);
ATF_TC_HEAD(every_role, tc)
{
	atf_tc_set_md_var(tc, "descr", "each role, each forbidden act");
	atf_tc_set_md_var(tc, "require.user", "root");
	atf_tc_set_md_var(tc, "timeout", "300");
}
ATF_TC_BODY(every_role, tc)
{
	int bad = 0, tried = 0;

	setup(tc);
	for (int i = 0; i < ROLE_COUNT; i++) {
		if (!policy_is_role(&policy_table[i]))
			continue;
		bad += try_role((enum role_id)i);
		tried++;
	}
	(void)printf("%d roles, %d acts each\n", tried, PROBE_COUNT - 1);
	ATF_CHECK(tried >= 10);
	ATF_CHECK_EQ(0, bad);
}

/* The test itself can see a breach: without the door the acts succeed. */
ATF_TC(control);
ATF_TC_HEAD(control, tc)
{
	atf_tc_set_md_var(tc, "descr", "what is refused inside works outside");
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(control, tc)
{
	int fd, sv[2];

	(void)tc;
	fd = open("/etc/passwd", O_RDONLY);
	ATF_CHECK(fd >= 0);
	fd_close(&fd);
	ATF_CHECK((fd = socket(AF_INET, SOCK_STREAM, 0)) >= 0);
	fd_close(&fd);
	ATF_CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, sv) == 0);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, every_role);
	ATF_TP_ADD_TC(tp, control);
	return (atf_no_error());
}
