/* SPDX-License-Identifier: ISC */
/*
 * layout - check and make the queue's directories by the rows of layout.def.
 *
 * Runs as root at start and for the operator. It works in the queue directory
 * alone, which only root can write, and never inside a role's directory.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "layout.h"

const struct layout_row layout_rows[Q_COUNT] = {
#define DIR(name, owner, group, mode, flags, purpose)			\
	{ #name, #owner, #group, mode, flags, purpose },
#include "layout.def"
#undef DIR
};

#define MODE_BITS	07777

struct check {
	const struct layout_names *names;
	layout_report_fn report;
	void		*arg;
	bool		 fix;
	int		 rootfd;
	int		 left;		/* differences that remain */
};

int
layout_find(struct view name)
{
	int i;

	for (i = 0; i < Q_COUNT; i++)
		if (view_eq(name, layout_rows[i].name))
			return (i);
	return (-1);
}

void
q_hash_set(struct q_hash *h, struct view names, int depth,
    void (*skipped)(struct view))
{
	struct view word;
	int dir;

	h->dirs = 0;
	h->depth = depth < 1 ? 1 : depth > Q_DEPTH_MAX ? Q_DEPTH_MAX : depth;
	while ((word = view_word(&names, ", \t\r\n")).n > 0) {
		dir = layout_find(word);
		if (dir >= 0 && (layout_rows[dir].flags & LAYOUT_HASH) != 0)
			h->dirs |= 1U << dir;
		else if (skipped != NULL)
			skipped(word);
	}
}

static int
find_group(const struct layout_names *names, const char *role, gid_t *gid,
    char name[64])
{
	uid_t unused;

	if (strcmp(role, "root") == 0) {
		*gid = 0;
		return (0);
	}
	if (strcmp(role, "setgid") == 0)
		(void)snprintf(name, 64, "%s", names->setgid_group != NULL ?
		    names->setgid_group : "postdrop");
	else
		(void)snprintf(name, 64, "%s%s", names->prefix != NULL ?
		    names->prefix : "_postern_", role);
	if (owner_group(names->group, name, gid) == 0)
		return (0);
	return (owner_user(names->passwd, name, &unused, gid));
}

int
layout_owner(const struct layout_names *names, enum q_dir dir,
    struct layout_want *want, char missing[64])
{
	const struct layout_row *row = &layout_rows[dir];
	gid_t unused;

	*want = (struct layout_want){ 0, 0, row->mode };
	if (strcmp(row->owner, "root") != 0) {
		(void)snprintf(missing, 64, "%s%s", names->prefix != NULL ?
		    names->prefix : "_postern_", row->owner);
		if (owner_user(names->passwd, missing, &want->uid,
		    &unused) == -1) {
			if (errno != ENOENT ||
			    (row->flags & LAYOUT_SPARE) == 0)
				return (-1);
			want->mode = 0700;
			return (0);
		}
	}
	return (find_group(names, row->group, &want->gid, missing));
}

static void
say(struct check *c, bool remains, const char *name, const char *what)
{
	char text[256];

	(void)snprintf(text, sizeof(text), "%s: %s", name, what);
	c->report(c->arg, text);
	if (remains)
		c->left++;
}

static void
say_errno(struct check *c, const char *name, const char *what)
{
	char text[160];

	(void)snprintf(text, sizeof(text), "%s: %s", what, strerror(errno));
	say(c, true, name, text);
}

/* One directory that is open: owner, group and mode as they should be. */
static void
check_open(struct check *c, const char *name, int fd,
    const struct layout_want *want)
{
	struct stat st;
	char text[160];

	if (fstat(fd, &st) == -1) {
		say_errno(c, name, "stat");
		return;
	}
	if (st.st_uid != want->uid || st.st_gid != want->gid) {
		(void)snprintf(text, sizeof(text), "owned by %lu:%lu, "
		    "should be %lu:%lu", (unsigned long)st.st_uid,
		    (unsigned long)st.st_gid, (unsigned long)want->uid,
		    (unsigned long)want->gid);
		say(c, !c->fix, name, text);
		if (c->fix && fchown(fd, want->uid, want->gid) == -1)
			say_errno(c, name, "change owner");
	}
	if ((st.st_mode & MODE_BITS) != want->mode) {
		(void)snprintf(text, sizeof(text), "mode %04o, should be %04o",
		    (unsigned int)(st.st_mode & MODE_BITS),
		    (unsigned int)want->mode);
		say(c, !c->fix, name, text);
	}
	/* A change of the owner may have cleared the set-gid bit. */
	if (c->fix && fchmod(fd, want->mode) == -1)
		say_errno(c, name, "change mode");
}

static void
check_row(struct check *c, enum q_dir dir)
{
	const struct layout_row *row = &layout_rows[dir];
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	struct layout_want want;
	char name[64], text[160];
	int fd;

	if (layout_owner(c->names, dir, &want, name) == -1) {
		(void)snprintf(text, sizeof(text),
		    "user or group %s does not exist", name);
		say(c, true, row->name, text);
		return;
	}
	fd = openat(c->rootfd, row->name, flags);
	if (fd == -1 && errno == ENOENT) {
		say(c, !c->fix, row->name, "missing");
		if (!c->fix)
			return;
		if (mkdirat(c->rootfd, row->name, 0700) == -1) {
			say_errno(c, row->name, "make directory");
			return;
		}
		fd = openat(c->rootfd, row->name, flags);
		if (fd != -1) {
			if (fchown(fd, want.uid, want.gid) == -1)
				say_errno(c, row->name, "change owner");
			else if (fchmod(fd, want.mode) == -1)
				say_errno(c, row->name, "change mode");
		}
	}
	if (fd == -1) {
		if (errno == ELOOP || errno == ENOTDIR)
			say(c, true, row->name, "not a directory");
		else
			say_errno(c, row->name, "open");
		return;
	}
	check_open(c, row->name, fd, &want);
	fd_close(&fd);
}

int
layout_check(const char *path, const struct layout_names *names, bool fix,
    layout_report_fn report, void *arg)
{
	const struct layout_want root = { 0, 0, 0755 };
	struct check c = { names, report, arg, fix, -1, 0 };
	int dir;

	if (fix && mkdir(path, 0755) == -1 && errno != EEXIST) {
		say_errno(&c, path, "make directory");
		return (-1);
	}
	/* The administrator may have put a link where the queue should be. */
	c.rootfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c.rootfd == -1) {
		say_errno(&c, path, "open");
		return (-1);
	}
	check_open(&c, path, c.rootfd, &root);
	for (dir = 0; dir < Q_COUNT; dir++)
		check_row(&c, (enum q_dir)dir);
	fd_close(&c.rootfd);
	return (c.left);
}
