/* SPDX-License-Identifier: ISC */
/* task - what warrant(8) says is to be done. */
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "mda.h"

#define TASK_MAX	(4 * 1024 * 1024)

struct mda mda;

static void
take(struct view *in, enum verb want, void *msg)
{
	struct view fields;
	enum verb verb;
	const char *why = "another message";

	if (!msg_next(in, &verb, &fields) || verb != want ||
	    !msg_get(verb, fields, msg, &why))
		fatal("task: %s", why);
}

void
task_load(int fd)
{
	static struct params params;
	static struct buf b;		/* strings point into it */
	struct conf_error e;
	struct view in;
	ssize_t n;
	char *p;

	mda.arena = arena_new(0);
	buf_init(&b, TASK_MAX);
	do {
		if ((p = buf_room(&b, 65536)) == NULL)
			fatal("task: too long");
		if ((n = fd_pread_all(fd, p, 65536, (off_t)b.n)) < 0)
			fatal("task: %m");
		buf_add(&b, (size_t)n);
	} while (n > 0);
	in = buf_view(&b);
	take(&in, V_launch_mail, &mda.m);
	take(&in, V_mda_task, &mda.t);
	if (conf_import(mda.arena, in, &params, &e) < 0)
		fatal("%s", e.text);
}
