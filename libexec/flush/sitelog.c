/* SPDX-License-Identifier: ISC */
/* sitelog - a file a site (sitelog.h). */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/num.h"
#include "queue-layout/id.h"
#include "sitelog.h"

#define PATH_SIZE	(SITELOG_NAME + 16)
#define HEAD		"# since "
#define LINE_MAX_BYTES	128		/* of a header and an id */
#define OPEN_FLAGS	(O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

static bool
stands_for_itself(unsigned char c, bool first)
{
	return ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	    c == '-' || c == '_' || (c == '.' && !first));
}

bool
sitelog_name(const char *site, char out[SITELOG_NAME])
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n = 0;

	for (const char *p = site; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (c >= 'A' && c <= 'Z')
			c = (unsigned char)(c - 'A' + 'a');
		/* One more for the '~' behind it, one for the NUL. */
		if (n + 3 > SITELOG_NAME - 2)
			return (false);
		if (stands_for_itself(c, n == 0)) {
			out[n++] = (char)c;
			continue;
		}
		out[n++] = '=';
		out[n++] = hex[c >> 4];
		out[n++] = hex[c & 0xf];
	}
	out[n] = '\0';
	return (n > 0);
}

/* flush/NAME, with "mark" behind it unless that is NUL. */
static const char *
path_of(char out[PATH_SIZE], const char *name, char mark)
{
	const char tail[2] = { mark, '\0' };

	(void)snprintf(out, PATH_SIZE, "flush/%.*s%s", SITELOG_NAME, name,
	    tail);
	return (out);
}

static int
open_file(const struct sitelogs *l, const char *path, int flags,
    struct stat *st)
{
	int fd = openat(l->rootfd, path, flags | OPEN_FLAGS, 0600);

	if (fd == -1)
		return (-1);
	if (fstat(fd, st) == -1 || !S_ISREG(st->st_mode)) {
		fd_close(&fd);
		errno = EINVAL;
	}
	return (fd);
}

static int
by_text(const void *a, const void *b)
{
	return (strcmp(*(const char *const *)a, *(const char *const *)b));
}

static void
sort_once(struct site_ids *s)
{
	size_t n = 0;

	if (s->n > 0)
		qsort(s->ids, s->n, sizeof(*s->ids), by_text);
	for (size_t i = 0; i < s->n; i++)
		if (n == 0 || strcmp(s->ids[n - 1], s->ids[i]) != 0)
			s->ids[n++] = s->ids[i];
	s->n = n;
}

/* The number in the first line; 0 if it is none. */
static int64_t
since_of(struct view line)
{
	int64_t since;

	line = view_sub(line, sizeof(HEAD) - 1, line.n);
	return (num_parse(line, 0, INT64_MAX, &since) ? since : 0);
}

void
sitelog_parse(struct view text, struct arena *a, struct site_ids *out)
{
	struct view rest = text, line;
	size_t lines = 0;
	struct qid id;

	*out = (struct site_ids){ 0 };
	while (view_field(&rest, '\n', &line))
		lines++;
	out->ids = arena_array(a, lines + 1, sizeof(*out->ids));
	for (rest = text; view_field(&rest, '\n', &line);) {
		if (rest.p == line.p + line.n)
			break;		/* a crash has cut it: no end of line */
		if (line.n == 0)
			continue;
		if (view_starts(line, HEAD)) {
			if (out->since == 0)
				out->since = since_of(line);
		} else if (line.n < QID_SIZE && qid_parse(line, &id))
			out->ids[out->n++] = arena_strn(a, line.p, line.n);
		else
			out->bad++;
	}
	sort_once(out);
}

static int
read_all(const struct sitelogs *l, const char *path, struct arena *a,
    struct site_ids *out)
{
	struct stat st;
	char *text;
	ssize_t n;
	int fd;

	if ((fd = open_file(l, path, O_RDONLY, &st)) == -1)
		return (-1);
	text = arena_room(a, l->max_bytes + 1);
	n = fd_pread_all(fd, text, l->max_bytes, 0);
	fd_close(&fd);
	if (n == -1)
		return (-1);
	sitelog_parse((struct view){ text, (size_t)n }, a, out);
	return (0);
}

/* Write each id once; what comes meanwhile is the same process's: nothing. */
static int
write_anew(const struct sitelogs *l, const char *name)
{
	char from[PATH_SIZE], to[PATH_SIZE];
	struct arena *a = arena_new(8 * l->max_bytes + 65536);
	struct site_ids ids;
	struct stat st;
	struct buf b;
	int fd = -1, ret = -1;

	buf_init(&b, l->max_bytes + LINE_MAX_BYTES);
	(void)path_of(from, name, '\0');
	(void)path_of(to, name, SITELOG_ANEW);
	if (read_all(l, from, a, &ids) == -1)
		goto out;
	buf_xprintf(&b, HEAD "%" PRId64 "\n", ids.since);
	for (size_t i = 0; i < ids.n; i++)
		buf_xprintf(&b, "%s\n", ids.ids[i]);
	fd = open_file(l, to, O_WRONLY | O_CREAT | O_TRUNC, &st);
	if (fd == -1 || fd_write_all(fd, b.p, b.n) == -1 ||
	    renameat(l->rootfd, to, l->rootfd, from) == -1)
		goto out;
	ret = 0;
out:
	fd_close(&fd);
	buf_fini(&b);
	arena_free(&a);
	return (ret);
}

/* The file, made if it is not there. */
static int
open_log(struct sitelogs *l, const char *path, struct stat *st)
{
	int fd = open_file(l, path, O_RDWR | O_APPEND, st);

	if (fd != -1 || errno != ENOENT)
		return (fd);
	if (l->n >= l->max_sites) {
		errno = EDQUOT;
		return (-1);
	}
	fd = open_file(l, path, O_RDWR | O_APPEND | O_CREAT, st);
	if (fd != -1)
		l->n++;
	return (fd);
}

/* One write(2): a crash leaves all of it, or a last line without its end. */
static int
append(int fd, const struct stat *st, const char *id, int64_t now)
{
	char line[LINE_MAX_BYTES], last = '\n';
	int n;

	if (st->st_size > 0 && pread(fd, &last, 1, st->st_size - 1) != 1)
		return (-1);
	if (st->st_size == 0)
		n = snprintf(line, sizeof(line), HEAD "%" PRId64 "\n%s\n",
		    now, id);
	else
		n = snprintf(line, sizeof(line), "%s%s\n",
		    last == '\n' ? "" : "\n", id);
	return (fd_write_all(fd, line, (size_t)n));
}

int
sitelog_add(struct sitelogs *l, const char *name, const char *id, int64_t now)
{
	char path[PATH_SIZE];
	struct stat st;
	struct qid q;
	int fd, ret;

	if (!qid_parse(view_of(id), &q)) {
		errno = EINVAL;
		return (-1);
	}
	if ((fd = open_log(l, path_of(path, name, '\0'), &st)) == -1)
		return (-1);
	if ((uint64_t)st.st_size + LINE_MAX_BYTES > l->max_bytes) {
		fd_close(&fd);
		if (write_anew(l, name) == -1 ||
		    (fd = open_log(l, path, &st)) == -1)
			return (-1);
		/* It must be worth it, or each one more costs as much. */
		if ((uint64_t)st.st_size > l->max_bytes / 4 * 3) {
			fd_close(&fd);
			errno = EFBIG;
			return (-1);
		}
	}
	ret = append(fd, &st, id, now);
	fd_close(&fd);
	return (ret);
}

int
sitelog_take(struct sitelogs *l, const char *name)
{
	char from[PATH_SIZE], to[PATH_SIZE];

	if (renameat2(l->rootfd, path_of(from, name, '\0'), l->rootfd,
	    path_of(to, name, SITELOG_SENDING), RENAME_NOREPLACE) == -1)
		return (-1);
	if (l->n > 0)
		l->n--;
	return (0);
}

int
sitelog_taken(const struct sitelogs *l, const char *name, struct arena *a,
    struct site_ids *out)
{
	char path[PATH_SIZE];

	return (read_all(l, path_of(path, name, SITELOG_SENDING), a, out));
}

int
sitelog_drop(const struct sitelogs *l, const char *name)
{
	char path[PATH_SIZE];

	if (unlinkat(l->rootfd, path_of(path, name, SITELOG_SENDING), 0) ==
	    -1 && errno != ENOENT)
		return (-1);
	return (0);
}

int
sitelog_look(const struct sitelogs *l, const char *name, int64_t *since,
    bool *empty)
{
	char path[PATH_SIZE], text[LINE_MAX_BYTES];
	struct view rest, line;
	struct stat st;
	ssize_t n;
	int fd;

	fd = open_file(l, path_of(path, name, '\0'), O_RDONLY, &st);
	if (fd == -1)
		return (-1);
	n = fd_pread_all(fd, text, sizeof(text), 0);
	fd_close(&fd);
	if (n == -1)
		return (-1);
	*since = 0;
	rest = (struct view){ text, (size_t)n };
	if (view_field(&rest, '\n', &line) && view_starts(line, HEAD))
		*since = since_of(line);
	*empty = rest.n == 0;
	if (*empty)
		*since = st.st_mtime;
	return (0);
}
