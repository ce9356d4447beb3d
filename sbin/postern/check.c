/* SPDX-License-Identifier: ISC */
/*
 * check - whether the configuration can be run and the file system is as it
 * should be; with "fix" it is made so.
 *
 * As root it makes entries in directories of root only: the queue directory,
 * the data directory. What is inside the roles' directories is not touched.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "confine/confine.h"
#include "queue-layout/layout.h"
#include "queue-layout/seal.h"

#include "postern.h"

static void
difference(void *arg, const char *text)
{
	(void)arg;
	log_warn("%s", text);
}

static void
no_report(void *arg, const char *text)
{
	(void)arg;
	(void)text;
}

/* Told is what is still wrong: that a new queue was empty is no news. */
static int
check_queue(struct instance *i, bool fix)
{
	const struct layout_names names = {
		.setgid_group = i->params.setgid_group };
	const char *queue = i->params.queue_directory;
	int n;

	if (fix && layout_check(queue, &names, true, no_report, NULL) == 0)
		return (0);
	n = layout_check(queue, &names, false, difference, NULL);
	if (n < 0)
		log_error("%s: %m", queue);
	return (n != 0);
}

/* Directories of roles that keep something of their own. */
static int
check_caches(const char *data, bool fix, int datafd)
{
	static struct ids ids[ROLE_COUNT];
	const char *missing;
	struct stat st;
	int bad = 0;

	if (ids_load(ids, &missing) < 0)
		return (0);		/* told already */
	for (int r = 0; r < ROLE_COUNT; r++) {
		const char *name = policy_table[r].name;
		int fd;

		if (policy_table[r].root != POLICY_ROOT_DATA)
			continue;
		if (fix && mkdirat(datafd, name, 0700) < 0 && errno != EEXIST)
			log_error("%s/%s: %m", data, name);
		fd = openat(datafd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC |
		    O_NOFOLLOW);
		if (fd < 0 || fstat(fd, &st) < 0) {
			log_error("%s/%s: %m", data, name);
			bad++;
		} else if ((st.st_uid != ids[r].uid || st.st_gid !=
		    ids[r].gid || (st.st_mode & 07777) != 0700) && (!fix ||
		    fchown(fd, ids[r].uid, ids[r].gid) < 0 ||
		    fchmod(fd, 0700) < 0)) {
			log_error("%s/%s must belong to %s, with mode 0700",
			    data, name, policy_table[r].user);
			bad++;
		}
		fd_close(&fd);
	}
	return (bad);
}

static int
check_data(struct instance *i, bool fix)
{
	const char *dir = i->params.data_directory;
	struct stat st;
	int fd, made, bad;

	if (fix && mkdir(dir, 0755) < 0 && errno != EEXIST) {
		log_error("%s: %m", dir);
		return (1);
	}
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) < 0) {
		log_error("%s: %m", dir);
		return (1);
	}
	/* Whoever can write here could put another key in its place. */
	if ((st.st_uid != 0 || (st.st_mode & 022) != 0) && (!fix ||
	    fchown(fd, 0, 0) < 0 || fchmod(fd, 0755) < 0)) {
		log_error("%s must belong to root and be writable for root "
		    "only", dir);
		fd_close(&fd);
		return (1);
	}
	made = fix ? seal_key_make(fd, "seal.key") :
	    faccessat(fd, "seal.key", R_OK, 0);
	if (made < 0)
		log_error("%s/seal.key: %m", dir);
	bad = check_caches(dir, fix, fd);
	fd_close(&fd);
	return ((made < 0) + bad);
}

static int
check_users(void)
{
	static struct ids ids[ROLE_COUNT];
	const char *missing;

	if (ids_load(ids, &missing) == 0)
		return (0);
	log_error("there is no user or group %s: the installation makes the "
	    "users of etc/sysusers.d/postern.conf", missing);
	return (1);
}

static bool
is_built(const struct instance *i, const char *command)
{
	const char *path = arena_printf(i->arena, "%s/%s",
	    i->params.daemon_directory, command);

	return (policy_find(command) != NULL && access(path, X_OK) == 0);
}

/* Errors of a service's parameters are errors; a missing daemon is told. */
static int
check_services(struct instance *i, bool quiet)
{
	struct params params;
	struct conf_error e;
	int bad = 0;

	if (mastercf_load(i->arena, i->conf, &i->mastercf, &e) < 0) {
		log_error("%s", e.text);
		return (1);
	}
	for (size_t n = 0; n < i->mastercf.n; n++) {
		const struct service *s = &i->mastercf.services[n];

		if (!is_built(i, s->command)) {
			if (!quiet)
				log_warn("%s: line %d: service %s: daemon "
				    "\"%s\" is not part of this version of "
				    "Postern; the service does not run",
				    i->mastercf.file, s->line, s->name,
				    s->command);
			continue;
		}
		if (conf_params(service_conf(i->arena, i->conf, &i->mastercf,
		    s), conf_role_mask(s->command), &params, &e) < 0) {
			log_error("%s", e.text);
			bad++;
		}
	}
	return (bad);
}

/*
 * The set-id bit of postdrop(1), which setgid_submission takes away. Other
 * instances may run the same program, so a start does not touch it.
 */
static int
check_postdrop(struct instance *i, bool fix)
{
	const char *path = arena_printf(i->arena, "%s/postdrop",
	    i->params.command_directory);
	const mode_t mode = i->params.setgid_submission ? 02755 : 0755;
	struct stat st;
	gid_t gid;
	int bad = 0, fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return (0);
	if (fd < 0 || fstat(fd, &st) < 0 ||
	    owner_group(NULL, i->params.setgid_group, &gid) < 0) {
		log_error("%s: %m", path);
		bad = 1;
	} else if (st.st_uid != 0 || st.st_gid != gid ||
	    (st.st_mode & 07777) != mode) {
		/* A change of the owner clears the set-id bits. */
		bad = !fix || fchown(fd, 0, gid) < 0 || fchmod(fd, mode) < 0;
		if (bad)
			log_warn("%s: mode %04o, should be %04o and of group "
			    "%s", path, (unsigned)(st.st_mode & 07777),
			    (unsigned)mode, i->params.setgid_group);
	}
	fd_close(&fd);
	return (bad);
}

int
prepare(struct instance *i, bool fix)
{
	return (check_users() + check_services(i, fix) +
	    check_queue(i, fix) + check_data(i, fix));
}

int
do_check(struct instance *i)
{
	/* Without it mail waits for the system to run: no error. */
	(void)check_postdrop(i, false);
	return (prepare(i, false) != 0);
}

int
do_set_permissions(struct instance *i)
{
	return (prepare(i, true) + check_postdrop(i, true) != 0);
}
