/* SPDX-License-Identifier: ISC */
/*
 * list - .forward files, the values of aliases, :include: files: tell the
 * agent what is in them, or do what one entry says.
 *
 * The agent names an entry by its number. What the entry is we read here
 * again, as the user, from the file or from the value that warrant(8) found.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/num.h"
#include "mda.h"

#define LIST_MAX	(1024 * 1024)	/* bytes of a file */
#define ENTRIES_MAX	10000

struct list {
	struct entry	*v;
	size_t		 n;
};

static void
parse(struct view text, bool lines, struct list *out)
{
	const char *why;

	if (entry_list(mda.arena, text, lines, ENTRIES_MAX, &out->v, &out->n,
	    &why) < 0)
		finish(OUTCOME_DEFERRED, "4.3.5", "list of recipients: %s",
		    why);
}

/* All of it; NULL with errno. */
static const struct view *
read_file(int fd)
{
	static struct view v;
	char *p = arena_get(mda.arena, LIST_MAX + 1);
	ssize_t n = fd_pread_all(fd, p, LIST_MAX + 1, 0);

	if (n > LIST_MAX)
		errno = EFBIG;
	if (n < 0 || n > LIST_MAX)
		return (NULL);
	v = (struct view){ p, (size_t)n };
	return (&v);
}

static void
read_include(const char *path, struct list *out)
{
	const struct view *text;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (*path != '/')
		finish(OUTCOME_BOUNCED, "5.3.5",
		    "include file %s is no absolute path", path);
	if (fd < 0)
		finish(OUTCOME_DEFERRED, "4.3.5",
		    "cannot open include file %s: %s", path, strerror(errno));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    (st.st_mode & S_IWOTH))
		finish(OUTCOME_DEFERRED, "4.3.5", "include file %s is %s",
		    path, S_ISREG(st.st_mode) ? "world writable" :
		    "not a regular file");
	if ((text = read_file(fd)) == NULL)
		finish(OUTCOME_DEFERRED, "4.3.5",
		    "cannot read include file %s: %s", path,
		    strerror(errno));
	fd_close(&fd);
	parse(*text, true, out);
}

static noreturn void
tell(const struct list *l)
{
	for (size_t i = 0; i < l->n; i++)
		entry_put(&l->v[i], (uint32_t)i);
	finish_with(&(const struct msg_mda_done){ .outcome = OUTCOME_SENT,
		.found = 1, .dsn = "2.0.0", .reason = "" });
}

static noreturn void
act(const struct entry *e, int message)
{
	struct list l;

	switch (e->type) {
	case MDA_INCLUDE:
		read_include(e->text, &l);
		tell(&l);
	case MDA_COMMAND:
		command_deliver(message, e->text);
	case MDA_FILE:
		mda.t.path = e->text;
		if (e->text[strlen(e->text) - 1] == '/')
			maildir_deliver(message, true);
		mbox_deliver(message, true);
	case MDA_ADDRESS:
		break;
	}
	finish(OUTCOME_DEFERRED, "4.3.0", "the list has just changed");
}

/* "2.0": to entry 2, which must be an :include:, to its entry 0. */
static noreturn void
follow(struct list *l, int message)
{
	struct view rest = view_of(mda.t.items), word;
	const struct entry *e = NULL;
	int64_t n;

	for (int depth = 0; view_field(&rest, '.', &word); depth++) {
		if (e != NULL && e->type == MDA_INCLUDE)
			read_include(e->text, l);
		else if (e != NULL)
			l->n = 0;
		if (depth == LAUNCH_DEPTH_MAX || l->n == 0 ||
		    !num_parse(word, 0, (int64_t)l->n - 1, &n))
			finish(OUTCOME_DEFERRED, "4.3.0",
			    "the list has just changed");
		e = &l->v[n];
	}
	if (e == NULL)
		tell(l);
	act(e, message);
}

noreturn void
list_deliver(int message)
{
	struct list l;

	parse(mda.t.list, false, &l);
	follow(&l, message);
}

/* NULL, or why it is left alone. */
static const char *
distrust(int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return (strerror(errno));
	if (!S_ISREG(st.st_mode))
		return ("is not a regular file");
	if (st.st_uid != 0 && st.st_uid != mda.t.uid)
		return ("has bad owner");
	if (st.st_mode & S_IWOTH)
		return ("is world writable");
	if ((st.st_mode & S_IWGRP) && st.st_gid != mda.t.gid)
		return ("is group writable");
	return (NULL);
}

/* Whether that name has an end: the file is it, or is not to be trusted. */
static bool
try(const char *path, int message)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY);
	const char *why;
	const struct view *text;
	struct list l;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR ||
	    errno == EACCES))
		return (false);
	if (fd < 0 && errno != ELOOP)
		finish(OUTCOME_DEFERRED, "4.3.0", "cannot open %s: %s", path,
		    strerror(errno));
	why = fd < 0 ? "is a symbolic link" : distrust(fd);
	if (why != NULL)
		finish_with(&(const struct msg_mda_done){
			.outcome = OUTCOME_SENT, .dsn = "2.0.0", .reason =
			arena_printf(mda.arena, "file %s %s", path, why) });
	if ((text = read_file(fd)) == NULL)
		finish(OUTCOME_DEFERRED, "4.3.0", "cannot read %s: %s", path,
		    strerror(errno));
	fd_close(&fd);
	parse(*text, true, &l);
	follow(&l, message);
}

static void
check_home(void)
{
	struct stat st;

	if (cf->require_home_directory && (stat(mda.t.home, &st) < 0 ||
	    !S_ISDIR(st.st_mode)))
		finish(OUTCOME_DEFERRED, "4.3.0",
		    "cannot access home directory %s of user %s", mda.t.home,
		    mda.t.login);
}

noreturn void
forward_deliver(int message)
{
	struct view rest = view_of(cf->forward_path), word;
	struct buf path;

	check_home();
	buf_init(&path, 4096);
	while ((word = view_group(&rest, ", \t\r\n")).n > 0) {
		buf_reset(&path);
		if (expand(view_str(mda.arena, word),
		    cf->forward_expansion_filter, expand_local, NULL,
		    &path) != 0 || path.n == 0 || path.p[0] != '/')
			continue;
		(void)try(buf_str(&path), message);
	}
	finish(OUTCOME_SENT, "2.0.0", "no forward file");
}
