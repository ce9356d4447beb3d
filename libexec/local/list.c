/* SPDX-License-Identifier: ISC */
/*
 * list - the entries of aliases, .forward files and :include: files. An
 * address is expanded further; all else is an mda(8)'s to do, which finds the
 * entry again by its number.
 */
#include <string.h>

#include "address/address.h"
#include "base/log.h"
#include "local_in.h"

/* user@domain with the extension that no key had. */
static const char *
with_extension(struct job *j, const struct list *l, const char *addr,
    unsigned source)
{
	struct addr_parts p = addr_split(view_of(addr));
	const unsigned wanted = source == SOURCE_ALIAS ? PROPAGATE_ALIAS :
	    source == SOURCE_FORWARD ? PROPAGATE_FORWARD : PROPAGATE_INCLUDE;

	if (*l->ext == '\0' || (setup.propagate & wanted) == 0 ||
	    l->w->delimiter == '\0')
		return (addr);
	return (arena_printf(j->a, "%.*s%c%s%s%.*s", (int)p.local.n,
	    p.local.p, l->w->delimiter, l->ext, p.domain.n > 0 ? "@" : "",
	    (int)p.domain.n, p.domain.p));
}

void
list_ask(struct job *j, const struct list *l, const char *items,
    unsigned delivered, struct launch_answer *out)
{
	const struct who *w = l->w;
	const uint32_t limit = (uint32_t)(cf->command_time_limit.ns /
	    1000000000);
	struct agent_rcpt as = *j->rcpt;
	struct msg_launch_mail m;
	const struct msg_launch_alias alias = { .map = l->map, .key = l->key,
		.login = "", .extension = w->ext, .domain = w->domain,
		.items = items, .time_limit = limit };
	const struct msg_launch_user user = { .op = LAUNCH_FORWARD,
		.login = l->login, .extension = w->ext, .domain = w->domain,
		.items = items, .time_limit = limit };

	as.addr = w->addr;
	if (as.orig[0] == '\0')
		as.orig = j->rcpt->addr;
	launch_mail(&m, j->r, &as, (setup.delivered & delivered) == 0 ? "" :
	    cf->frozen_delivered_to ? j->rcpt->addr : w->addr);
	if (l->kind == LIST_ALIAS)
		launch(j->r, &m, V_launch_alias, &alias, limit, out);
	else
		launch(j->r, &m, V_launch_user, &user, limit, out);
	j->r->damaged |= out->damaged;
}

static const char *
item_of(struct job *j, const char *items, uint32_t index)
{
	return (arena_printf(j->a, "%s%s%u", items, *items != '\0' ? "." : "",
	    index));
}

/* A command or a file of this list was met before. */
static bool
repeated(struct job *j, const struct list *l, const struct launch_entry *e)
{
	return (seen(j->seen, arena_printf(j->a, "%u %s %s", e->type,
	    l->kind == LIST_FORWARD ? l->login : "", e->text)));
}

static void
include(struct job *j, const struct list *l, const struct launch_entry *e,
    const char *items)
{
	struct launch_answer got;
	const char *item = item_of(j, items, e->index);

	if (strlen(item) > LAUNCH_ITEMS_MAX) {
		job_fail(j, l->w, "5.4.6",
		    "possible :include: loop for %s", l->w->addr);
		return;
	}
	list_ask(j, l, item, 0, &got);
	if (got.status != LAUNCH_STARTED ||
	    got.res.outcome != OUTCOME_SENT) {
		job_result(j, l->w, &got.res);
		return;
	}
	list_deliver(j, l, got.entry, got.nentries, item, SOURCE_INCLUDE);
}

static void
act(struct job *j, const struct list *l, const struct launch_entry *e,
    const char *items, unsigned source)
{
	const bool command = e->type == MDA_COMMAND;
	struct launch_answer got;

	if (((command ? setup.commands : setup.files) & source) == 0) {
		job_fail(j, l->w, "5.7.2", "mail to %s is restricted",
		    command ? "command" : "file");
		return;
	}
	list_ask(j, l, item_of(j, items, e->index), command ?
	    DELIVERED_COMMAND : DELIVERED_FILE, &got);
	job_result(j, l->w, &got.res);
}

void
list_deliver(struct job *j, const struct list *l,
    const struct launch_entry *e, size_t n, const char *items,
    unsigned source)
{
	for (size_t i = 0; i < n; i++) {
		switch (e[i].type) {
		case MDA_ADDRESS:
			deliver_address(j, l->w, with_extension(j, l,
			    e[i].text, source));
			break;
		case MDA_INCLUDE:
			if (!repeated(j, l, &e[i]))
				include(j, l, &e[i], items);
			break;
		case MDA_COMMAND:
		case MDA_FILE:
			if (!repeated(j, l, &e[i]))
				act(j, l, &e[i], items, source);
			break;
		}
	}
}
