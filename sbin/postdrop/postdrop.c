/* SPDX-License-Identifier: ISC */
/*
 * postdrop - put the message on standard input into maildrop/.
 *
 * The only program with a set-id bit: its group may make files in maildrop/
 * and nothing else. To be read in one go; what it does, in this order:
 *
 *	descriptors 0 to 2 exist, all others are closed; signals are blocked,
 *	    so that a message is whole or is not there;
 *	main.cf is read, that of the built-in directory or of one which that
 *	    names; the environment goes;
 *	the directory is opened; from here on a filter (policy/postdrop.policy)
 *	    leaves it the calls that its file needs;
 *	each record is checked for its form and written (queue-layout/drop.c,
 *	    one buffer of fixed size); the file is complete, mode and all, and
 *	    synced, or it is removed;
 *	pickup(8) is told, if it is there.
 *
 * Whose message it is, the owner of the file says, and nobody can change it.
 * What the user may send is decided by pickup(8), not here.
 */
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/num.h"
#include "conf/conf.h"
#include "confine/filter.h"
#include "policy/policy.h"
#include "proto/verbs.h"
#include "queue-layout/drop.h"
#include "queue-layout/fault.h"
#include "queue-layout/id.h"

#define EX_DATAERR	65		/* sysexits.h */
#define EX_UNAVAILABLE	69
#define EX_TEMPFAIL	75

#define NAME_TRIES	100

struct site {
	int		 maildrop, public;
	char		 service[64];
	uint64_t	 limit;		/* bytes of content; 0: none */
};

static int	dirfd_ = -1;		/* of the file that is not complete */
static char	name[QID_SIZE];

/* End, and take the file back. */
static noreturn void give_up(int status, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static noreturn void
give_up(int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vput(LOG_L_FATAL, fmt, ap);
	va_end(ap);
	if (*name != '\0')
		(void)unlinkat(dirfd_, name, 0);
	exit(status);
}

static void
close_all_but_stdio(void)
{
	int fd;

	if (close_range(STDERR_FILENO + 1, ~0U, 0) == -1)
		exit(EX_UNAVAILABLE);
	/* A file of ours must not become somebody's standard error. */
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd == -1)
		exit(EX_UNAVAILABLE);
	(void)close(fd);
}

static void
block_signals(void)
{
	sigset_t all;

	(void)sigfillset(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL) == -1)
		exit(EX_UNAVAILABLE);
}

static const char *
get(struct conf *c, const char *param)
{
	struct conf_error e;
	const char *value = conf_eval(c, param, &e);

	if (value == NULL)
		give_up(EX_UNAVAILABLE, "%s", e.text);
	return (value);
}

static void
read_conf(struct site *s, const char *dir)
{
	struct arena *a = arena_new(16 * 1024 * 1024);
	struct conf_error e;
	struct conf *c;
	int queue;

	dir = conf_dir_default(dir);
	if (getuid() != 0 && !conf_dir_allowed(dir))
		give_up(EX_UNAVAILABLE, "untrusted configuration directory "
		    "name: %s", dir);
	if ((c = conf_load(a, dir, &e)) == NULL)
		give_up(EX_UNAVAILABLE, "%s", e.text);
	if (strcmp(get(c, "setgid_submission"), "no") == 0 && getuid() != 0)
		give_up(EX_UNAVAILABLE, "setgid_submission is off");
	if (!num_unsigned(view_of(get(c, "message_size_limit")), INT64_MAX,
	    &s->limit))
		s->limit = 1;
	(void)snprintf(s->service, sizeof(s->service), "%s",
	    get(c, "pickup_service_name"));
	queue = open(get(c, "queue_directory"), O_PATH | O_DIRECTORY |
	    O_CLOEXEC);
	s->maildrop = openat(queue, "maildrop", O_PATH | O_DIRECTORY |
	    O_NOFOLLOW | O_CLOEXEC);
	s->public = openat(queue, "public", O_PATH | O_DIRECTORY |
	    O_NOFOLLOW | O_CLOEXEC);
	if (queue == -1 || s->maildrop == -1 || s->public == -1)
		give_up(EX_UNAVAILABLE, "open %s: %s",
		    get(c, "queue_directory"), strerror(errno));
	qfault_start(get(c, "fault_step"));
	arena_free(&a);
}

static void
confine(void)
{
	const struct rlimit none = { 0, 0 };

	(void)clearenv();
	(void)umask(077);
	if (setrlimit(RLIMIT_CORE, &none) == -1 ||
	    setrlimit(RLIMIT_NPROC, &none) == -1 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) == -1 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == -1)
		give_up(EX_UNAVAILABLE, "confinement: %s", strerror(errno));
	filter_load(&policy_filter_postdrop);
}

/* A file under the name that its inode gives it, mode 0600. */
static int
make_file(void)
{
	struct timespec now;
	struct stat st;
	struct qid id = { .is_long = false };
	char tmp[64];
	int fd;

	for (int i = 0; i < NAME_TRIES; i++) {
		if (clock_gettime(CLOCK_REALTIME, &now) == -1)
			break;
		id.usec = (uint32_t)(now.tv_nsec / 1000);
		(void)snprintf(tmp, sizeof(tmp), "%u.%ld", id.usec,
		    (long)getpid());
		fd = openat(dirfd_, tmp, O_WRONLY | O_CREAT | O_EXCL |
		    O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd == -1 && errno == EEXIST)
			continue;
		if (fd == -1 || fstat(fd, &st) == -1)
			break;
		id.inode = st.st_ino;
		qid_print(&id, name);
		if (renameat2(dirfd_, tmp, dirfd_, name, RENAME_NOREPLACE) ==
		    0)
			return (fd);
		*name = '\0';
		(void)unlinkat(dirfd_, tmp, 0);
		fd_close(&fd);
	}
	give_up(EX_TEMPFAIL, "create file in maildrop: %s", strerror(errno));
}

static void
write_bytes(int fd, const void *p, size_t n)
{
	if (fd_write_all(fd, p, n) == -1)
		give_up(EX_TEMPFAIL, "write to maildrop: %s",
		    strerror(errno));
}

static void
copy(const struct site *s, int fd)
{
	static struct drop d;
	struct drop_record r;
	uint8_t head[DROP_HEAD];
	uint64_t size = 0;
	int got;

	drop_put_head(head);
	write_bytes(fd, head, sizeof(head));
	drop_open(&d, STDIN_FILENO);
	while ((got = drop_next(&d, &r)) == 1) {
		if (r.type == DROP_submit_data)
			size += r.body.n;
		/* Lengths of parts are counted too: a little is let pass. */
		if (s->limit != 0 && size > s->limit + s->limit / 64 + 4096)
			give_up(EX_UNAVAILABLE, "message file too big");
		write_bytes(fd, r.raw.p, r.raw.n);
	}
	if (got == -1)
		give_up(EX_DATAERR, "standard input: %s",
		    d.why != NULL ? d.why : strerror(errno));
}

/* One empty message to public/SERVICE; if nobody hears it, pickup looks. */
static void
tell_pickup(const struct site *s)
{
	const uint8_t scan[6] = { V_pickup_scan & 0xff, V_pickup_scan >> 8 };
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd;

	(void)snprintf(sun.sun_path, sizeof(sun.sun_path),
	    "/proc/self/fd/%d/%s", s->public, s->service);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd >= 0 && connect(fd, (const struct sockaddr *)&sun,
	    sizeof(sun)) == 0)
		(void)send(fd, scan, sizeof(scan), MSG_NOSIGNAL);
	fd_close(&fd);
}

int
main(int argc, char **argv)
{
	struct site s;
	struct stat st;
	int c, fd;
	const char *dir = NULL;

	close_all_but_stdio();
	block_signals();
	log_open("postdrop", log_stderr);
	log_exit_status(EX_UNAVAILABLE);
	while ((c = getopt(argc, argv, "c:rv")) != -1) {
		if (c == 'c')
			dir = optarg;
		else if (c == '?')
			give_up(64, "usage: postdrop [-c config_dir] [-rv]");
	}
	read_conf(&s, dir);
	confine();
	dirfd_ = s.maildrop;
	fd = make_file();
	qfault(QFAULT_drop_made);
	copy(&s, fd);
	qfault(QFAULT_drop_written);
	/* First the mode: what is synced is then what pickup may have. */
	if (fchmod(fd, DROP_MODE) == -1)
		give_up(EX_TEMPFAIL, "chmod: %s", strerror(errno));
	qfault(QFAULT_drop_mode_set);
	/* A start of the mail system removes what was not complete. */
	if (fstat(fd, &st) == -1 || st.st_nlink == 0)
		give_up(EX_TEMPFAIL, "the file has been removed");
	if (fsync(fd) == -1)
		give_up(EX_TEMPFAIL, "fsync: %s", strerror(errno));
	qfault(QFAULT_drop_synced);
	tell_pickup(&s);
	return (0);
}
