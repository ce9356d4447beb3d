/* SPDX-License-Identifier: ISC */
/*
 * watch - notice that a table has changed on disk.
 *
 * A role holds its tables as descriptors. When the file behind a name is
 * another one, or was written to, the service gets a new process that holds
 * the new file; the old one finishes what it has begun.
 */
#include <sys/stat.h>

#include <bsd/sys/queue.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"

#include "master.h"

struct watched {
	LIST_ENTRY(watched) next;
	struct unit	*service;
	char		*path;
	struct stat	 was;		/* st_ino 0: could not be opened */
};

static LIST_HEAD(, watched) all = LIST_HEAD_INITIALIZER(all);

void
watch_file(struct unit *s, const char *path, int fd)
{
	struct watched *w = xcalloc(1, sizeof(*w));

	w->service = s;
	w->path = xstrdup(path);
	if (fd >= 0 && fstat(fd, &w->was) < 0)
		w->was.st_ino = 0;
	LIST_INSERT_HEAD(&all, w, next);
}

void
watch_forget(struct unit *s)
{
	struct watched *w, *tmp;

	LIST_FOREACH_SAFE(w, &all, next, tmp) {
		if (w->service != s)
			continue;
		LIST_REMOVE(w, next);
		xfree(&w->path);
		xfree(&w);
	}
}

static bool
changed(const struct watched *w)
{
	struct stat now;

	if (stat(w->path, &now) < 0)
		return (false);		/* keep the good old one */
	return (now.st_ino != w->was.st_ino || now.st_dev != w->was.st_dev ||
	    now.st_size != w->was.st_size ||
	    now.st_mtim.tv_sec != w->was.st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != w->was.st_mtim.tv_nsec);
}

void
watch_look(void)
{
	struct watched *w, *tmp;

	LIST_FOREACH_SAFE(w, &all, next, tmp) {
		if (!changed(w))
			continue;
		log_info("table %s has changed: new %s", w->path,
		    w->service->key);
		proc_replace(w->service);
		/* The list was made anew for that service. */
		return;
	}
}
