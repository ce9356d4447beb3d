/* SPDX-License-Identifier: ISC */
/* answer - what the delivery agent is told. */
#include <sys/socket.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "broker/launch_order.h"
#include "mda.h"

#define FRAME_MAX	(60 * 1024)
#define REASON_MAX	2000

static struct buf out = { .p = NULL };

static void
flush(void)
{
	/* An agent that is gone cannot be told; it will ask again. */
	if (out.n > 0 && send(MDA_ANSWER_FD, out.p, out.n, MSG_NOSIGNAL) < 0)
		_exit(0);
	buf_reset(&out);
}

static void
put(enum verb verb, const void *m)
{
	if (out.p == NULL)
		buf_init(&out, FRAME_MAX);
	if (msg_put(&out, verb, m) == 0)
		return;
	flush();
	if (msg_put(&out, verb, m) < 0)
		fatal("%s does not fit", msg_defs[verb].name);
}

/* A copy of at most "max" bytes that may stand in a log line. */
static const char *
clean(const char *s, size_t max)
{
	size_t n = strlen(s);
	char *copy;

	if (n > max)
		n = max;
	copy = arena_strn(mda.arena, s, n);
	printable(copy, n);
	return (copy);
}

void
entry_put(const struct entry *e, uint32_t index)
{
	const struct msg_mda_entry m = { .type = e->type, .index = index,
		.text = clean(e->text, REASON_MAX) };

	put(V_mda_entry, &m);
}

noreturn void
finish_with(const struct msg_mda_done *done)
{
	struct msg_mda_done m = *done;

	m.reason = clean(m.reason, REASON_MAX);
	m.diag = clean(m.diag != NULL ? m.diag : "", 1000);
	unlock_dot();
	put(V_mda_done, &m);
	flush();
	_exit(0);
}

noreturn void
finish(enum outcome o, const char *dsn, const char *fmt, ...)
{
	struct msg_mda_done m = { .outcome = o, .dsn = dsn };
	va_list ap;

	va_start(ap, fmt);
	m.reason = arena_vprintf(mda.arena, fmt, ap);
	va_end(ap);
	finish_with(&m);
}

noreturn void
finish_damaged(void)
{
	finish_with(&(const struct msg_mda_done){ .outcome = OUTCOME_DEFERRED,
		.damaged = 1, .dsn = "4.3.0",
		.reason = "message file is damaged" });
}
