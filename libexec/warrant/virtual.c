/* SPDX-License-Identifier: ISC */
/*
 * virtual - the mailbox, the uid and the gid of a recipient of virtual(8),
 * by its address, a stranger's, from tables, the administrator's.
 */
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "warrant.h"

static int
none_is_local(void *arg, const char *domain)
{
	(void)arg;
	(void)domain;
	return (0);
}

static int
find(struct maps *m, const char *addr, struct maps_found *found)
{
	const struct maps_rules rules = { cf->recipient_delimiter,
		cf->owner_request_special, none_is_local, NULL };

	return (maps_find_address(m, &rules, addr, found));
}

/* A wrong table is the administrator's to mend: the mail waits. */
static bool
misconfigured(struct decision *d)
{
	return (later(d, "4.3.5", "mail system configuration error"));
}

static bool
find_id(struct client *c, struct maps *m, const char *title, int64_t lo,
    uint32_t *out, struct decision *d)
{
	const char *addr = c->m.recipient;
	struct maps_found found;
	int64_t n;
	int rc = find(m, addr, &found);

	if (rc < 0)
		return (later(d, "4.3.0", arena_printf(c->arena,
		    "%s lookup error", title)));
	if (rc == 0) {
		log_warn("recipient %s: not found in %s", addr, title);
		return (misconfigured(d));
	}
	if (!num_parse(view_of(found.value), 0, UINT32_MAX - 1, &n)) {
		log_warn("recipient %s: bad value \"%.40s\" in %s", addr,
		    found.value, title);
		return (misconfigured(d));
	}
	if (n < lo) {
		log_warn("recipient %s: %lld in %s is below the minimum %lld",
		    addr, (long long)n, title, (long long)lo);
		return (misconfigured(d));
	}
	*out = (uint32_t)n;
	return (true);
}

bool
decide_virtual(struct client *c, struct decision *d)
{
	struct msg_mda_task *t = &d->task;
	struct maps_found found;
	const char *why;
	size_t n;

	switch (find(w->mailboxes, c->m.recipient, &found)) {
	case -1:
		return (later(d, "4.3.0", "mailbox lookup error"));
	case 0:
		return (unknown(d, arena_printf(c->arena,
		    "unknown user: \"%s\"", c->m.recipient)));
	default:
		break;
	}
	t->path = arena_str(c->arena, found.value);
	if (!find_id(c, w->uids, "virtual_uid_maps", cf->virtual_minimum_uid,
	    &t->uid, d) ||
	    !find_id(c, w->gids, "virtual_gid_maps", 1, &t->gid, d))
		return (false);
	if ((why = account_refused(t->uid, t->gid)) != NULL) {
		log_warn("recipient %s: no delivery as uid %u: it is %s",
		    c->m.recipient, t->uid, why);
		return (misconfigured(d));
	}
	t->login = t->home = t->shell = "";
	t->base = *cf->virtual_mailbox_base != '\0' ?
	    cf->virtual_mailbox_base : "/";
	while (*t->path == '/')
		t->path++;
	if ((n = strlen(t->path)) == 0) {
		log_warn("recipient %s: empty path in virtual_mailbox_maps",
		    c->m.recipient);
		return (misconfigured(d));
	}
	t->flags = MDA_VIRTUAL | MDA_CREATE;
	t->op = t->path[n - 1] == '/' ? MDA_OP_MAILDIR : MDA_OP_MBOX;
	return (true);
}
