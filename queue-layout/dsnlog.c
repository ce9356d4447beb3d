/* SPDX-License-Identifier: ISC */
/*
 * dsnlog - append to and read the per-message logs.
 *
 * The writer makes every value one line of printable text, so that no remote
 * server can write an attribute of its own; the reader trusts nothing: lines,
 * values and entries are bounded, and what does not fit is left out.
 */
#include <sys/stat.h>

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/num.h"
#include "base/xalloc.h"
#include "dsnlog.h"
#include "fault.h"
#include "queue_in.h"

#define ENTRY_MAX	65536
#define LINE_MAX_HERE	(DSNLOG_VALUE_MAX + 64)
#define READ_SIZE	16384

enum attr {
#define LOG_TEXT(name)		ATTR_##name,
#define LOG_NUM(name, hi)	ATTR_##name,
#include "dsnlog.def"
#undef LOG_TEXT
#undef LOG_NUM
	ATTR_COUNT
};

struct attr_row {
	const char	*name;
	bool		 text;
	size_t		 offset;
	size_t		 size;
	uint64_t	 hi;
};

static const struct attr_row attrs[ATTR_COUNT] = {
#define LOG_TEXT(name)							\
	{ #name, true, offsetof(struct dsnlog_entry, name),		\
	    sizeof(const char *), 0 },
#define LOG_NUM(name, hi)						\
	{ #name, false, offsetof(struct dsnlog_entry, name),		\
	    sizeof(((struct dsnlog_entry *)0)->name), hi },
#include "dsnlog.def"
#undef LOG_TEXT
#undef LOG_NUM
};

struct dsnlog {
	int		 fd;
	off_t		 at;		/* of the next read */
	size_t		 n;		/* bytes in in[] */
	size_t		 used;		/* of them */
	bool		 eof;
	char		 in[READ_SIZE];
	char		 line[LINE_MAX_HERE];
	char		 text[ATTR_COUNT][DSNLOG_VALUE_MAX + 1];
};

/* One line of text that is fit to print, within the bound. */
static void
put_clean(struct buf *b, const char *s)
{
	char text[DSNLOG_VALUE_MAX + 1];
	size_t n;

	(void)strlcpy(text, s, sizeof(text));
	n = strlen(text);
	printable(text, n);
	buf_xput(b, text, n);
}

static uint64_t
get_num(const struct attr_row *row, const struct dsnlog_entry *e)
{
	const char *member = (const char *)e + row->offset;
	uint32_t small;
	uint64_t big;

	if (row->size == sizeof(small)) {
		memcpy(&small, member, sizeof(small));
		return (small);
	}
	memcpy(&big, member, sizeof(big));
	return (big);
}

static void
put_entry(struct buf *b, const struct dsnlog_entry *e)
{
	const char *text;
	uint64_t num;
	int i;

	buf_xputs(b, "<");
	put_clean(b, e->recipient);
	buf_xputs(b, ">: ");
	put_clean(b, e->reason != NULL ? e->reason : "");
	buf_xputs(b, "\n");
	for (i = 0; i < ATTR_COUNT; i++) {
		if (attrs[i].text) {
			memcpy(&text, (const char *)e + attrs[i].offset,
			    sizeof(text));
			if (text == NULL || (*text == '\0' &&
			    i != ATTR_recipient))
				continue;
			buf_xprintf(b, "%s=", attrs[i].name);
			put_clean(b, text);
			buf_xputs(b, "\n");
		} else if ((num = get_num(&attrs[i], e)) != 0)
			buf_xprintf(b, "%s=%llu\n", attrs[i].name,
			    (unsigned long long)num);
	}
	buf_xputs(b, "\n");
}

/* What must come before an entry, if a crash has cut the one before it. */
static int
put_start(struct buf *b, int fd)
{
	struct stat st;
	char last[2];
	ssize_t n;

	if (fstat(fd, &st) == -1)
		return (-1);
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return (-1);
	}
	if (st.st_size == 0)
		return (0);
	n = st.st_size < 2 ? 0 :
	    fd_pread_all(fd, last, sizeof(last), st.st_size - 2);
	if (n == -1)
		return (-1);
	if (n != 2 || last[0] != '\n' || last[1] != '\n')
		buf_xputs(b, "\n\n");
	return (0);
}

/* The hash subdirectory may be missing. */
static int
open_log(int rootfd, const struct q_hash *h, enum q_dir dir, const char *id)
{
	const int flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW |
	    O_NONBLOCK | O_CLOEXEC;
	char path[QPATH_SIZE];
	int fd;

	if (q_path(h, dir, id, path) == -1) {
		errno = EINVAL;
		return (-1);
	}
	fd = openat(rootfd, path, flags, DSNLOG_FILE_MODE);
	if (fd != -1 || errno != ENOENT)
		return (fd);
	if (q_parents(rootfd, path) == -1)
		return (-1);
	return (openat(rootfd, path, flags, DSNLOG_FILE_MODE));
}

int
dsnlog_append(int rootfd, const struct q_hash *h, enum q_dir dir,
    const char *id, const struct dsnlog_entry *e, bool sync)
{
	struct buf b;
	int fd, saved, ret = -1;

	if (e->recipient == NULL) {
		errno = EINVAL;
		return (-1);
	}
	if ((fd = open_log(rootfd, h, dir, id)) == -1)
		return (-1);
	qfault(QFAULT_log_open);
	buf_init(&b, 2 * ENTRY_MAX);
	if (put_start(&b, fd) == -1)
		goto out;
	put_entry(&b, e);
	if (fd_write_all(fd, b.p, b.n) == -1 || (sync && fsync(fd) == -1))
		goto out;
	qfault(QFAULT_log_written);
	ret = 0;
out:
	saved = errno;
	buf_fini(&b);
	fd_close(&fd);
	errno = saved;
	return (ret);
}

int
dsnlog_remove(int rootfd, const struct q_hash *h, enum q_dir dir,
    const char *id)
{
	char path[QPATH_SIZE];

	if (q_path(h, dir, id, path) == -1) {
		errno = EINVAL;
		return (-1);
	}
	if (unlinkat(rootfd, path, 0) == -1 && errno != ENOENT)
		return (-1);
	qfault(QFAULT_log_removed);
	return (0);
}

struct dsnlog *
dsnlog_open(int fd)
{
	struct dsnlog *l = xcalloc(1, sizeof(*l));

	l->fd = fd;
	return (l);
}

void
dsnlog_close(struct dsnlog **l)
{
	xfree(l);
}

/*
 * The next line without its newline, cut to what fits: 1 complete, 2 too long
 * (cut), 0 end of file (a last line without newline does not count), -1 error.
 */
static int
next_line(struct dsnlog *l, struct view *line)
{
	size_t n = 0;
	bool cut = false;
	ssize_t got;
	char c;

	for (;;) {
		if (l->used == l->n) {
			got = l->eof ? 0 : fd_pread_all(l->fd, l->in,
			    sizeof(l->in), l->at);
			if (got <= 0) {
				l->eof = true;
				return ((int)got);
			}
			l->at += got;
			l->n = (size_t)got;
			l->used = 0;
		}
		c = l->in[l->used++];
		if (c == '\n')
			break;
		if (n < sizeof(l->line))
			l->line[n++] = c;
		else
			cut = true;
	}
	*line = (struct view){ l->line, n };
	return (cut ? 2 : 1);
}

static void
set_attr(struct dsnlog *l, struct dsnlog_entry *e, struct view line)
{
	struct view name, value = line;
	uint64_t num;
	uint32_t small;
	char *member;
	int i;

	if (view_chr(line, '=') == -1 || !view_field(&value, '=', &name) ||
	    value.n > DSNLOG_VALUE_MAX || view_chr(value, '\0') != -1)
		return;
	for (i = 0; i < ATTR_COUNT && !view_eq(name, attrs[i].name); i++)
		;
	if (i == ATTR_COUNT)
		return;
	member = (char *)e + attrs[i].offset;
	if (attrs[i].text) {
		const char *text = l->text[i];

		memcpy(l->text[i], value.p, value.n);
		l->text[i][value.n] = '\0';
		printable(l->text[i], value.n);
		memcpy(member, &text, sizeof(text));
		return;
	}
	if (!num_unsigned(value, attrs[i].hi, &num))
		return;
	small = (uint32_t)num;
	if (attrs[i].size == sizeof(small))
		memcpy(member, &small, sizeof(small));
	else
		memcpy(member, &num, sizeof(num));
}

static void
clear(struct dsnlog_entry *e)
{
	static const char *const empty = "";
	int i;

	memset(e, 0, sizeof(*e));
	for (i = 0; i < ATTR_COUNT; i++)
		if (attrs[i].text)
			memcpy((char *)e + attrs[i].offset, &empty,
			    sizeof(empty));
	e->recipient = NULL;
}

int
dsnlog_next(struct dsnlog *l, struct dsnlog_entry *e)
{
	struct dsnlog_entry now;
	struct view line = { "", 0 };
	int got;

	clear(&now);
	while ((got = next_line(l, &line)) > 0) {
		if (line.n == 0 && now.recipient != NULL) {
			*e = now;
			return (1);
		}
		if (line.n == 0)
			clear(&now);
		/* The line for people may hold a '=', but begins with '<'. */
		else if (got == 1 && line.p[0] != '<')
			set_attr(l, &now, line);
	}
	return (got);
}
