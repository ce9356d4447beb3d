/* SPDX-License-Identifier: ISC */
/*
 * site - open the queue for a command: parameters, directory, key, lock.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/num.h"
#include "conf/conf.h"
#include "site.h"

static const char *
get(struct conf *c, const char *name)
{
	struct conf_error e;
	const char *value;

	if ((value = conf_eval(c, name, &e)) == NULL)
		fatal("%s", e.text);
	return (value);
}

static void
not_hashed(struct view name)
{
	log_warn("hash_queue_names: %.*s cannot be hashed", (int)name.n,
	    name.p);
}

void
q_site_open(struct q_site *s, struct arena *a, const char *dir)
{
	struct conf_error e;
	struct conf *c;
	int64_t depth;

	dir = conf_dir_default(dir);
	if ((c = conf_load(a, dir, &e)) == NULL)
		fatal("%s", e.text);
	memset(s, 0, sizeof(*s));
	s->queue_directory = get(c, "queue_directory");
	s->data_directory = get(c, "data_directory");
	s->syslog_name = get(c, "syslog_name");
	s->names.setgid_group = get(c, "setgid_group");
	if (!num_parse(view_of(get(c, "hash_queue_depth")), 1, 16, &depth))
		fatal("%s: hash_queue_depth: not a number from 1 to 16",
		    conf_file(c));
	q_hash_set(&s->hash, view_of(get(c, "hash_queue_names")), (int)depth,
	    not_hashed);
	s->rootfd = open(s->queue_directory,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->rootfd == -1)
		fatal("open directory %s: %s", s->queue_directory,
		    strerror(errno));
}

int
q_site_key(const struct q_site *s, struct seal_key *key)
{
	int fd, ret;

	fd = open(s->data_directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1)
		return (0);
	ret = seal_key_open(fd, "seal.key", key);
	fd_close(&fd);
	return (ret == 0);
}

bool
q_site_running(const struct q_site *s)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	bool running;
	int fd;

	fd = openat(s->rootfd, "pid/master.pid", O_RDONLY | O_NOFOLLOW |
	    O_NONBLOCK | O_CLOEXEC);
	if (fd == -1)
		return (false);
	running = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
	fd_close(&fd);
	return (running);
}
