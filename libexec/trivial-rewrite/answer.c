/* SPDX-License-Identifier: ISC */
/* answer - questions come over channels, many in a frame; answers go back. */
#include <string.h>

#include "base/buf.h"
#include "base/log.h"
#include "broker/role.h"

#include "trivial.h"

#define ANSWER_MEMORY	(1024 * 1024)

struct trivial *trivial_self;

static struct arena *scratch;		/* of one answer */

static int
table_fd(void *arg, const char *spec)
{
	(void)arg;
	return (role_table_fd(spec));
}

void
trivial_init(void)
{
	static struct table_source src = { .fd = table_fd };
	struct arena *a = arena_new(0);
	const char *err = "";

	src.lenient = !cf->daemon_table_open_error_is_fatal;
	trivial_self = arena_get(a, sizeof(*trivial_self));
	if (!trivial_setup(trivial_self, a, &src, &err))
		fatal("%s", err);
}

static int
answer_rewrite(struct chan *ch)
{
	struct msg_rewritten answer = { 0, "" };
	struct msg_rewrite q;
	struct buf out;
	int rc;

	if (!chan_get(ch, &q))
		return (-1);
	answer.addr = q.addr;
	buf_init(&out, MAIL_ADDR_MAX);
	if (strcmp(q.rule, "local") == 0 || strcmp(q.rule, "remote") == 0) {
		/* What does not fit stays as it is: resolve refuses it. */
		if (rewrite_addr(q.rule[0] == 'l' ?
		    &trivial_self->rules_local : &trivial_self->rules_remote,
		    view_of(q.addr), &out) == 0)
			answer.addr = buf_str(&out);
	}
	rc = chan_put(ch, V_rewritten, &answer);
	buf_fini(&out);
	return (rc);
}

static int
answer_resolve(struct chan *ch)
{
	struct msg_resolved answer = { 0 };
	struct resolution r;
	struct msg_resolve q;

	if (!chan_get(ch, &q))
		return (-1);
	trivial_resolve(trivial_self, scratch, q.verify, q.sender, q.addr,
	    &r);
	answer.flags = r.flags;
	answer.transport = r.transport;
	answer.nexthop = r.nexthop;
	answer.recipient = r.recipient;
	if (chan_put(ch, V_resolved, &answer) == 0)
		return (0);
	/* A table has given what no message may hold. */
	log_warn("transport \"%.100s\", next hop \"%.200s\" for %s: too long",
	    r.transport, r.nexthop, q.addr);
	answer = (struct msg_resolved){ .flags = RESOLVE_FAIL,
		.recipient = q.addr };
	return (chan_put(ch, V_resolved, &answer));
}

static int
answer(struct chan *ch, enum verb verb)
{
	int rc;

	rc = verb == V_rewrite ? answer_rewrite(ch) : answer_resolve(ch);
	arena_reset(scratch);
	if (rc == 0 && !chan_more(ch))
		rc = chan_flush(ch, MONO_NEVER);
	return (rc);
}

static void
questions(struct chan *ch, void *arg)
{
	enum chan_got got;
	enum verb verb;

	(void)arg;
	while ((got = chan_next(ch, mono_now(), &verb)) == CHAN_MESSAGE)
		if (answer(ch, verb) < 0)
			break;
	if (got != CHAN_AGAIN)
		chan_free(&ch);
}

void
trivial_client(struct loop *l, struct chan *ch)
{
	if (scratch == NULL)
		scratch = arena_new(ANSWER_MEMORY);
	chan_watch(ch, l, questions, NULL);
}
