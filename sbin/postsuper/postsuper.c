/* SPDX-License-Identifier: ISC */
/*
 * postsuper - maintain the queue.
 *
 * Runs as root and does nothing as root: the queue's directories belong to
 * roles, and a role that was taken over could lead root astray in them. For
 * each owner a child takes that owner's uid, with the queue directory as its
 * root, and does what is to be done there.
 */
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/fd.h"
#include "base/log.h"
#include "broker/cmdlog.h"
#include "conf/conf.h"
#include "postsuper.h"

#define ID_LINE_MAX	256
/* How old a left-over must be while the system runs. */
#define PURGE_AGE	(7 * 86400)
#define GROUPS_MAX	16

static struct arena *arena;
static struct request *requests;
static size_t nrequests, room;

static noreturn void
usage(void)
{
	fatal("usage: postsuper [-c config_dir] [-d queue_id (delete)] "
	    "[-e queue_id (expire)] [-f queue_id (expire and/or un-hold)] "
	    "[-h queue_id (hold)] [-H queue_id (un-hold)] "
	    "[-p (purge temporary files)] [-r queue_id (requeue)] "
	    "[-s (structure fix)] [-S (redundant structure fix)]"
	    "[-v (verbose)] [queue...]");
}

static void
add(enum act act, const char *id)
{
	struct request *more;

	if (nrequests == room) {
		room = room == 0 ? 64 : 2 * room;
		more = arena_array(arena, room, sizeof(*more));
		if (nrequests > 0)
			memcpy(more, requests, nrequests * sizeof(*more));
		requests = more;
	}
	requests[nrequests++] = (struct request){ act, id };
}

static void
add_id(enum act act, struct view text)
{
	struct qid q;

	if (!qid_parse(text, &q))
		log_warn("invalid mail queue id: %.*s", (int)text.n, text.p);
	else
		add(act, arena_strn(arena, text.p, text.n));
}

/* The argument of -d and so on: an id, ALL, or - for one id a line of stdin. */
static void
add_argument(enum act act, const char *arg)
{
	char line[ID_LINE_MAX];
	struct view id;

	if (strcmp(arg, "ALL") == 0)
		add(act, NULL);
	else if (strcmp(arg, "-") != 0)
		add_id(act, view_of(arg));
	else
		while (fgets(line, sizeof(line), stdin) != NULL) {
			id = view_trim(view_of(line));
			if (id.n > 0)
				add_id(act, id);
		}
}

/* Become the owner of some directories, for good, and see nothing else. */
static void
become(const struct q_site *site, const char *role)
{
	char name[64];
	gid_t gid, groups[GROUPS_MAX];
	uid_t uid;
	int n;

	(void)snprintf(name, sizeof(name), "_postern_%s", role);
	if (owner_user(NULL, name, &uid, &gid) == -1)
		fatal("user %s: %s", name, strerror(errno));
	if ((n = owner_groups(NULL, name, groups, GROUPS_MAX)) == -1)
		fatal("groups of %s: %s", name, strerror(errno));
	if (uid == 0 || fchdir(site->rootfd) == -1 || chroot(".") == -1 ||
	    setgroups((size_t)n, groups) == -1 ||
	    setresgid(gid, gid, gid) == -1 ||
	    setresuid(uid, uid, uid) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1)
		fatal("cannot become %s: %s", name, strerror(errno));
	if (setresuid(0, 0, 0) != -1 || geteuid() != uid)
		fatal("uid 0 has not gone");
}

/* Start a child for the directories that "role" owns. */
static pid_t
start(struct work *w, const char *role, int notes)
{
	pid_t pid;
	int dir;

	if ((pid = fork()) == -1)
		fatal("fork: %s", strerror(errno));
	if (pid != 0)
		return (pid);
	if (w->clerk != -1 && strcmp(role, "qmgr") != 0)
		fd_close(&w->clerk);
	w->dirs = 0;
	for (dir = 0; dir < Q_COUNT; dir++)
		if (strcmp(layout_rows[dir].owner, role) == 0)
			w->dirs |= 1U << dir;
	if (notes != -1)
		fd_close(&w->logs);	/* or the end would never come */
	become(&w->site, role);
	if (strcmp(role, "qmgr") != 0)
		seal_key_wipe(&w->key);
	act_all(w);
	if (w->named != 0)
		w->dirs &= w->named;
	if (w->purge)
		fix_purge(w);
	if (w->fix > 0)
		fix_structure(w);
	if (notes != -1)
		act_logs(w, notes);
	_exit(0);
}

static bool
finish(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			fatal("wait: %s", strerror(errno));
	return (WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void
summary(const char *what, uint32_t n)
{
	if (n > 0)
		log_info("%s: %u message%s", what, n, n == 1 ? "" : "s");
}

/* A role that is not installed yet has no user; its directory is root's. */
static bool
exists(const char *role)
{
	char name[64];
	gid_t gid;
	uid_t uid;

	(void)snprintf(name, sizeof(name), "_postern_%s", role);
	return (owner_user(NULL, name, &uid, &gid) == 0);
}

static bool
has(const struct work *w, enum act act)
{
	size_t i;

	for (i = 0; i < w->nrequests; i++)
		if (w->requests[i].act == act)
			return (true);
	return (false);
}

/* The owner of maildrop/ makes the files that -r needs there. */
static pid_t
start_clerk(struct work *w)
{
	int sv[2];
	pid_t pid;

	if (!has(w, ACT_REQUEUE))
		return (-1);
	if (!exists("pickup"))
		fatal("-r: there is no pickup to take the messages");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) == -1 ||
	    (pid = fork()) == -1)
		fatal("start of a child: %s", strerror(errno));
	if (pid == 0) {
		fd_close(&sv[0]);
		become(&w->site, "pickup");
		seal_key_wipe(&w->key);
		clerk(w->site.rootfd, sv[1]);
		_exit(0);
	}
	fd_close(&sv[1]);
	w->clerk = sv[0];
	return (pid);
}

/* One child an owner; bounce, who has the logs, listens to all the others. */
static bool
run(struct work *w)
{
	static const char *const roles[] = { "pickup", "qmgr" };
	static const uint32_t dirs[] = { DIR_BIT(maildrop),
		MESSAGE_DIRS & ~DIR_BIT(maildrop) };
	pid_t logs, clerk_pid = start_clerk(w);
	int notes[2];
	bool ok = true;
	size_t i;

	if (pipe(notes) == -1)
		fatal("pipe: %s", strerror(errno));
	w->logs = notes[1];
	logs = start(w, "bounce", notes[0]);
	fd_close(&notes[0]);
	for (i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
		/* Without a name, only fixes go to maildrop. */
		if (w->named != 0 ? (w->named & dirs[i]) == 0 :
		    i == 0 && !w->purge && w->fix == 0)
			continue;
		if (i == 0 && !exists(roles[i]))
			continue;
		ok = finish(start(w, roles[i], -1)) && ok;
	}
	fd_close(&w->logs);
	fd_close(&w->clerk);
	ok = (clerk_pid == -1 || finish(clerk_pid)) && ok;
	return (finish(logs) && ok);
}

static void
summaries(const struct counts *c)
{
	summary(act_summary(ACT_REQUEUE), c->done[ACT_REQUEUE]);
	summary(act_summary(ACT_DELETE), c->done[ACT_DELETE]);
	summary(act_summary(ACT_EXPIRE),
	    c->done[ACT_EXPIRE] + c->done[ACT_FORCE]);
	summary(act_summary(ACT_HOLD), c->done[ACT_HOLD]);
	summary(act_summary(ACT_RELEASE), c->done[ACT_RELEASE]);
	summary("Renamed to match inode number", c->renamed);
}

static void
queues(struct work *w, char **names)
{
	int dir;

	for (; *names != NULL; names++) {
		dir = layout_find(view_of(*names));
		if (dir == -1 || (ALL_DIRS >> dir & 1) == 0)
			fatal("invalid directory name: %s", *names);
		w->named |= 1U << dir;
	}
}

/* What was done is in the mail log too, like what daemons do. */
static void
open_log(const char *dir)
{
	static struct params params;
	struct conf_error e;
	struct conf *c;

	c = conf_load(arena, conf_dir_default(dir), &e);
	if (c == NULL || conf_params(c, CONF_EVERYTHING, &params, &e) < 0)
		fatal("%s", e.text);
	tzset();
	cmdlog_open(&params, arena_printf(arena, "%s/postsuper",
	    params.syslog_name));
	log_open("postsuper", cmdlog_sink);
}

int
main(int argc, char **argv)
{
	struct work w = { .logs = -1, .clerk = -1 };
	const char *conf = NULL;
	int ch;

	log_exit_status(1);
	log_open("postsuper", log_stderr);
	arena = arena_new(0);
	while ((ch = getopt(argc, argv, "c:d:e:f:h:H:pr:sSv")) != -1) {
		if (ch == 'c')
			conf = optarg;
		else if (ch == 'p')
			w.purge = true;
		else if (ch == 's')
			w.fix = w.fix > 1 ? w.fix : 1;
		else if (ch == 'S')
			w.fix = 2;
		else if (ch == 'v')
			w.verbose = true;
		else if (act_find(ch) != ACT_COUNT)
			add_argument(act_find(ch), optarg);
		else
			usage();
	}
	if (geteuid() != 0 || getuid() != 0)
		fatal("use of this command is reserved for the superuser");
	queues(&w, argv + optind);
	q_site_open(&w.site, arena, conf);
	open_log(conf);
	if (nrequests == 0 && !w.purge && w.fix == 0 && optind == argc) {
		w.purge = true;
		w.fix = 1;
	}
	w.purge_before = time(NULL) + 1;
	if (q_site_running(&w.site))
		w.purge_before -= PURGE_AGE;
	w.requests = requests;
	w.nrequests = nrequests;
	w.sealed = q_site_key(&w.site, &w.key) == 1;
	w.counts = mmap(NULL, sizeof(*w.counts), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (w.counts == MAP_FAILED)
		fatal("mmap: %s", strerror(errno));
	if (!run(&w))
		return (1);
	summaries(w.counts);
	seal_key_wipe(&w.key);
	arena_free(&arena);
	return (0);
}
