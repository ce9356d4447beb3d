/* SPDX-License-Identifier: ISC */
/* rcpt - recipients go into the queue file, each of them once. */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "conf/conf.h"
#include "proto/proto.h"

#include "cleanup.h"

static int
seen_cmp(struct seen *a, struct seen *b)
{
	return (strcasecmp(a->key, b->key));
}

RB_GENERATE_INTERNAL(seen_tree, seen, entry, seen_cmp,
    static __attribute__((unused)))

/* True if it is there already; beyond the limit nothing is remembered. */
static bool
is_duplicate(struct message *m, const struct qf_rcpt *r)
{
	const char *orig = cf->enable_original_recipient ? r->orig : "";
	struct seen *s = arena_get(m->arena, sizeof(*s));

	s->key = arena_printf(m->arena, "%s\n%u\n%s\n%s", r->dsn_orcpt,
	    r->notify, orig, r->addr);
	if (cf->duplicate_filter_limit > 0 &&
	    m->nseen >= cf->duplicate_filter_limit)
		return (RB_FIND(seen_tree, &m->seen, s) != NULL);
	if (RB_INSERT(seen_tree, &m->seen, s) != NULL)
		return (true);
	m->nseen++;
	return (false);
}

static void
put_one(struct message *m, const struct qf_rcpt *r)
{
	struct qf_rcpt out = *r;

	if (!cf->enable_original_recipient)
		out.orig = "";
	if (is_duplicate(m, &out))
		return;
	if (qw_rcpt(m->w, &out) == 0) {
		bounce_note(m, &out);
		return;
	}
	if (errno != EINVAL) {
		message_write_failed(m);
		return;
	}
	log_warn("%s: recipient cannot be written: %s", m->id, out.addr);
	message_fail(m, MAIL_STAT_DEFER, "4.3.0 Queue file write error");
}

/* RFC 3461 5.2.7.3: nobody can tell that all of an alias was delivered. */
static uint32_t
notify_after(uint32_t notify, size_t n)
{
	if (n < 2 || !(notify & DSN_NOTIFY_SUCCESS))
		return (notify);
	notify &= ~(uint32_t)DSN_NOTIFY_SUCCESS;
	return (notify != 0 ? notify : DSN_NOTIFY_NEVER);
}

void
rcpt_put(struct message *m, const struct qf_rcpt *r)
{
	struct alias_result result;
	struct qf_rcpt out = *r;

	if (!alias_expand(m, r->addr, &result))
		return;
	out.notify = notify_after(r->notify, result.n);
	for (size_t i = 0; i < result.n && m->errs == 0; i++) {
		out.addr = result.addr[i];
		put_one(m, &out);
	}
}

void
rcpt_put_copy(struct message *m, const char *addr)
{
	const char *mapped;
	struct qf_rcpt r = { .orig = addr, .dsn_orcpt = "",
		.notify = DSN_NOTIFY_NEVER };

	mapped = address_standard(m, &m->c->local,
	    view_of(address_quoted(m, addr)));
	if (mapped == NULL || *mapped == '\0')
		return;
	r.addr = address_map(m, mapped, CLASS_ENV_RCPT);
	if (r.addr != NULL)
		rcpt_put(m, &r);
}
