/* SPDX-License-Identifier: ISC */
/*
 * table_unix - unix:passwd.byname and unix:group.byname: the lines of
 * /etc/passwd and /etc/group by name, from a descriptor of that file.
 *
 * Accounts of other name services are not seen: nothing here asks NSS.
 */
#include <string.h>

#include "base/fd.h"
#include "memory.h"
#include "table_in.h"

#define FILE_MAX_BYTES	(16 * 1024 * 1024)

static int
read_all(int fd, struct buf *b)
{
	char *p;
	ssize_t n;

	do {
		if ((p = buf_room(b, 65536)) == NULL)
			return (-1);
		if ((n = fd_pread_all(fd, p, 65536, (off_t)b->n)) == -1)
			return (-1);
		buf_add(b, (size_t)n);
	} while (n > 0);
	return (0);
}

static int
unix_open(struct table *t, const char **err)
{
	struct view rest, line, name;
	struct buf b;
	int fd;

	if ((fd = table_fd(t, err)) == -1)
		return (-1);
	t->state = memory_new(t->arena);
	buf_init(&b, FILE_MAX_BYTES);
	if (read_all(fd, &b) == -1) {
		buf_fini(&b);
		return (table_err(t, err, "cannot read %s", t->spec));
	}
	rest = buf_view(&b);
	while (view_field(&rest, '\n', &line)) {
		struct view all = line;

		if (!view_field(&line, ':', &name) || name.n == 0 ||
		    name.n == all.n || view_chr(all, '\0') != -1)
			continue;
		(void)memory_put(t->state, view_str(t->arena, name),
		    view_str(t->arena, all), false);
	}
	buf_fini(&b);
	return (0);
}

static int
unix_lookup(struct table *t, const char *key)
{
	const char *value = memory_get(t->state, key);

	if (value == NULL)
		return (0);
	return (buf_puts(&t->value, value) == 0 ? 1 : -1);
}

static int
unix_each(struct table *t, int (*fn)(void *, const char *, const char *),
    void *arg)
{
	return (memory_each(t->state, fn, arg));
}

const struct table_ops table_unix = { "unix", false, true, unix_open,
	unix_lookup, unix_each, NULL };
