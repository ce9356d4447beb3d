/* SPDX-License-Identifier: ISC */
/* fake_chan - channels that are answered in the same call (fake.h). */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "broker/chan.h"
#include "broker/role.h"

#include "fake.h"

struct chan {
	const char	*service;
	struct buf	 in;		/* answers, encoded */
	size_t		 used;		/* of them */
	struct view	 fields;	/* of the current one */
	enum verb	 verb;
	bool		 gone;
	int		 fd;		/* with the answer, or -1 */
};

#define IN_MAX	(1 << 20)

struct chan *
fake_dial(const char *service)
{
	struct chan *ch;

	if (fake_trouble.no_cleanup && strcmp(service, "cleanup") == 0) {
		errno = ENOENT;
		return (NULL);
	}
	if (fake_trouble.no_rewrite && strcmp(service, "rewrite") == 0) {
		errno = ENOENT;
		return (NULL);
	}
	ch = xcalloc(1, sizeof(*ch));
	ch->service = service;
	ch->fd = -1;
	buf_init(&ch->in, IN_MAX);
	return (ch);
}

/* What session.c starts with; tests set their own before. */
struct chan *
role_dial(const char *service)
{
	return (fake_dial(service));
}

void
chan_free(struct chan **ch)
{
	if (*ch == NULL)
		return;
	if (strcmp((*ch)->service, "cleanup") == 0 && fake_mail.in_message)
		fake_mail.in_message = false;
	fd_close(&(*ch)->fd);
	buf_fini(&(*ch)->in);
	xfree(ch);
}

void
fake_answer(struct chan *ch, enum verb verb, const void *msg)
{
	must(msg_put(&ch->in, verb, msg) == 0);
}

void
fake_answer_fd(struct chan *ch, enum verb verb, const void *msg, int fd)
{
	fake_answer(ch, verb, msg);
	ch->fd = fd;
}

int
chan_take_fd(struct chan *ch)
{
	int fd = ch->fd;

	ch->fd = -1;
	return (fd);
}

void
fake_hang_up(struct chan *ch)
{
	ch->gone = true;
}

int
chan_put(struct chan *ch, enum verb verb, const void *msg)
{
	struct buf wire;
	struct view in, fields;
	enum verb got;

	if (ch->gone) {
		errno = EPIPE;
		return (-1);
	}
	buf_init(&wire, IN_MAX);
	if (msg_put(&wire, verb, msg) == -1) {
		buf_fini(&wire);
		errno = EMSGSIZE;
		return (-1);
	}
	in = buf_view(&wire);
	must(msg_next(&in, &got, &fields) && got == verb && in.n == 0);
	if (ch->used == ch->in.n) {
		buf_reset(&ch->in);
		ch->used = 0;
	}
	fake_serve(ch, ch->service, verb, fields);
	buf_fini(&wire);
	return (0);
}

/* Descriptors go nowhere, and none comes back. */
int
chan_put_fd(struct chan *ch, enum verb verb, const void *msg, int fd)
{
	(void)fd;
	return (chan_put(ch, verb, msg));
}

int
chan_flush(struct chan *ch, struct mono deadline)
{
	(void)deadline;
	return (ch->gone ? -1 : 0);
}

enum chan_got
chan_next(struct chan *ch, struct mono deadline, enum verb *verb)
{
	struct view in = view_sub(buf_view(&ch->in), ch->used, IN_MAX);
	size_t before = in.n;

	(void)deadline;
	if (in.n == 0)
		return (CHAN_GONE);	/* nothing will ever come */
	must(msg_next(&in, &ch->verb, &ch->fields));
	ch->used += before - in.n;
	*verb = ch->verb;
	return (CHAN_MESSAGE);
}

bool
chan_more(const struct chan *ch)
{
	return (ch->used < ch->in.n);
}

bool
chan_get(struct chan *ch, void *msg)
{
	const char *why;

	return (msg_get(ch->verb, ch->fields, msg, &why));
}

int
chan_call(struct chan *ch, enum verb verb, const void *msg, enum verb reply,
    void *out, struct mono deadline)
{
	enum verb got;

	if (chan_put(ch, verb, msg) == -1 || chan_flush(ch, deadline) == -1 ||
	    chan_next(ch, deadline, &got) != CHAN_MESSAGE || got != reply ||
	    !chan_get(ch, out))
		return (-1);
	return (0);
}
