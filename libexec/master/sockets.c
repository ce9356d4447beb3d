/* SPDX-License-Identifier: ISC */
/*
 * sockets - the servers that the configuration names, for dial(8): policy
 * servers, SASL, mail stores.
 *
 * dial is in a room without any path. It asks for a UNIX socket by its number
 * in the list that it was given; master, which made the list out of the
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

#include "base/buf.h"
#include "base/fd.h"
#include "base/log.h"
#include "broker/control.h"
#include "table/spec.h"

#include "master.h"

#define SEPS		", \t\r\n{}"
#define LIST_MAX	(4 * 1024 * 1024)

enum form { TRANSPORT, POLICY, PLACE, SMTP };

static const struct naming {
	const char	*param;
	enum form	 form;
	const char	*role, *unless;
} namings[] = {
#define SERVER(param, form, role, unless) { #param, form, role, unless },
#include "servers.def"
#undef SERVER
};

struct search {
	struct arena	*a;
	struct unit	*dial;
	const struct naming *row;
	struct buf	 list;
};

static void
found(struct search *s, const char *type, struct view server)
{
	const char *word = arena_printf(s->a, " %s=%s%.*s ", s->row->role,
	    type, (int)server.n, server.p);

	/* One that is named twice is one. */
	if (strstr(buf_str(&s->list), word) == NULL &&
	    buf_puts(&s->list, word) < 0)
		fatal("%s: too many servers", s->row->param);
}

static void
take(struct search *s, struct view text)
{
	static const char *const untyped[] = { [PLACE] = "unix:",
		[SMTP] = "inet:" };
	enum form form = s->row->form;
	struct view word, before = { "", 0 };

	for (; (word = view_word(&text, SEPS)).n > 0; before = word) {
		const char *at = memmem(word.p, word.n, ":unix:", 6);
		bool typed = view_starts(word, "unix:") ||
		    view_starts(word, "inet:");

		if (form == PLACE || form == SMTP)
			found(s, typed ? "" : untyped[form], word);
		else if (form == POLICY ?
		    view_ieq(before, "check_policy_service") : at != NULL)
			found(s, "", form == POLICY ? word :
			    view_sub(word, (size_t)(at - word.p) + 1, word.n));
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

/* What main.cf says ("below"; or NULL) is the same for all services. */
static void
take_param(struct search *s, struct conf *c, struct conf *below)
{
	const struct naming *row = s->row;
	struct conf_error e;
	const char *value = conf_eval(c, row->param, &e), *same = NULL;

	if (value == NULL || (row->unless[0] != '\0' &&
	    !view_ieq(view_of(conf_eval(c, row->unless, &e)), "yes")))
		return;
	if (below != NULL && row->unless[0] == '\0')
		same = conf_eval(below, row->param, &e);
	if (same != NULL && strcmp(value, same) == 0)
		return;
	take(s, view_of(value));
	if (row->form == TRANSPORT)
		(void)spec_scan(s->a, value, false, NULL, take_table, s);
}

static void
take_all(struct search *s, struct conf *c, struct conf *below)
{
	struct naming class = { "", POLICY, "smtpd", "" };
	struct conf_error e;
	struct view word, rest = view_of(conf_eval(c,
	    "smtpd_restriction_classes", &e));

	for (size_t i = 0; i < sizeof(namings) / sizeof(namings[0]); i++) {
		s->row = &namings[i];
		take_param(s, c, below);
	}
	for (s->row = &class; (word = view_word(&rest, SEPS)).n > 0;) {
		class.param = arena_strn(s->a, word.p, word.n);
		take_param(s, c, below);
	}
}

const char *
sockets_find(struct arena *a, struct unit *dial)
{
	struct search s = { .a = a, .dial = dial };
	struct conf *main = m.config->conf;
	const struct mastercf *mc = &m.config->mastercf;
	const char *list;

	buf_init(&s.list, LIST_MAX);
	take_all(&s, main, NULL);
	for (size_t i = 0; i < mc->n; i++)
		take_all(&s, service_conf(a, main, mc, &mc->services[i]),
		    main);
	list = arena_str(a, buf_str(&s.list));
	buf_fini(&s.list);
	return (list);
}

/* The path of the n-th in a list; relative ones are below the queue. */
static bool
path_of(const char *list, uint32_t n, struct sockaddr_un *sun)
{
	struct view rest = view_of(list), word;
	const char *dir = m.config->params.queue_directory;
	int len;

	do {
		if ((word = view_word(&rest, " ")).n == 0)
			return (false);
	} while (n-- > 0);
	word = view_sub(word, (size_t)view_chr(word, '=') + 1, word.n);
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
