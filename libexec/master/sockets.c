/* SPDX-License-Identifier: ISC */
/*
 * sockets - the UNIX sockets that the configuration names, for dial(8).
 *
 * dial is in a room without any path. It asks for a socket by its number in
 * the list that it was given; master, which made the list out of the
 * administrator's files, connects. So no role can name a path (I2), and a
 * server that was started anew is found under the old name.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "broker/control.h"
#include "table/spec.h"

#include "master.h"

#define SEPS	", \t\r\n{}"

/* Where a transport can be named; what is in tables may be further down. */
static const char *const params[] = { "content_filter", "default_transport",
	"fallback_transport", "fallback_transport_maps", "local_transport",
	"mailbox_transport", "mailbox_transport_maps", "relay_transport",
	"sender_dependent_default_transport_maps", "transport_maps",
	"virtual_transport" };

struct search {
	struct arena	*a;
	struct unit	*dial;
	const char	*list;
};

/* Words "transport:unix:path" of a text. */
static void
take(struct search *s, struct view text)
{
	struct view word;

	while ((word = view_word(&text, SEPS)).n > 0) {
		const char *at = memmem(word.p, word.n, ":unix:", 6);

		if (at != NULL)
			s->list = arena_printf(s->a, "%s unix:%.*s", s->list,
			    (int)(word.p + word.n - at) - 6, at + 6);
	}
}

/* The text that a table is made of, or is. */
static int
take_table(void *arg, const struct spec *spec)
{
	const char *path = spec->source != NULL ? spec->source : spec->path;
	struct search *s = arg;
	struct stat st;
	void *p;
	int fd;

	if (path == NULL || spec->kind != SPEC_FILE)
		return (0);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	watch_file(s->dial, path, fd);
	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_size == 0)
		goto out;
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p != MAP_FAILED) {
		take(s, (struct view){ p, (size_t)st.st_size });
		(void)munmap(p, (size_t)st.st_size);
	}
out:
	fd_close(&fd);
	return (0);
}

const char *
sockets_find(struct arena *a, struct unit *dial, struct conf *conf)
{
	struct search s = { a, dial, "" };
	const struct mastercf *mc = &m.config->mastercf;
	struct conf_error e;
	const char *value;

	s.list = conf_eval(conf, "dial_allowed_sockets", &e);
	for (size_t i = 0; i < mc->n; i++) {
		struct conf *c = service_conf(a, m.config->conf, mc,
		    &mc->services[i]);

		/* What main.cf says is the same for all of them. */
		for (size_t k = 0; k < sizeof(params) / sizeof(params[0]);
		     k++) {
			if (i > 0 && strcmp(conf_raw(c, params[k]),
			    conf_raw(m.config->conf, params[k])) == 0)
				continue;
			value = conf_eval(c, params[k], &e);
			if (value == NULL)
				continue;
			take(&s, view_of(value));
			(void)spec_scan(a, value, false, NULL, take_table, &s);
		}
	}
	return (s.list);
}

/* The path of the n-th in a list; relative ones are below the queue. */
static bool
path_of(const char *list, uint32_t n, struct sockaddr_un *sun)
{
	struct view rest = view_of(list), word;
	const char *dir = m.config->params.queue_directory;
	int len;

	do {
		if ((word = view_word(&rest, SEPS)).n == 0)
			return (false);
	} while (n-- > 0);
	if (!view_starts(word, "unix:"))
		return (false);
	word = view_sub(word, 5, word.n);
	len = snprintf(sun->sun_path, sizeof(sun->sun_path), "%s%s%.*s",
	    view_starts(word, "/") ? "" : dir,
	    view_starts(word, "/") ? "" : "/", (int)word.n, word.p);
	return (len > 0 && (size_t)len < sizeof(sun->sun_path));
}

void
sockets_connect(const struct proc *p, const struct control *c)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct control answer = { CONTROL_CONNECTED, c->pid, 0 };
	int fd = -1;

	if (!path_of(p->sockets, c->value, &sun))
		answer.value = EPERM;
	else if ((fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0)) < 0 ||
	    connect(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0)
		answer.value = (uint32_t)errno;
	/* One that is not heard asks again, or is gone. */
	if (fd_send(p->control, &answer, sizeof(answer), &fd,
	    answer.value == 0, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		log_debug("dial(%ld): %m", (long)p->pid);
	fd_close(&fd);
}
