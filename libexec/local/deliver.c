/* SPDX-License-Identifier: ISC */
/*
 * What is done with a recipient: aliases, the user's .forward file,
 * mailbox_transport, the mailbox; and for those that do not exist
 * fallback_transport, luser_relay.
 */
#include <string.h>
#include <strings.h>

#include "address/address.h"
#include "base/log.h"
#include "broker/role.h"
#include "local_in.h"

/* The recipient of that name for the commands and headers of mda(8). */
static void
ask_mailbox(struct job *j, const struct who *w, struct launch_answer *out)
{
	const uint32_t limit = (uint32_t)(cf->command_time_limit.ns /
	    1000000000);
	const unsigned kind = *cf->mailbox_command != '\0' ||
	    *cf->mailbox_command_maps != '\0' ? DELIVERED_COMMAND :
	    DELIVERED_FILE;
	const struct msg_launch_user what = { .op = LAUNCH_MAILBOX,
		.login = w->user, .extension = w->ext, .domain = w->domain,
		.items = "", .time_limit = limit };
	struct agent_rcpt as = *j->rcpt;
	struct msg_launch_mail m;

	as.addr = w->addr;
	if (as.orig[0] == '\0')
		as.orig = j->rcpt->addr;
	launch_mail(&m, j->r, &as, (setup.delivered & kind) == 0 ? "" :
	    cf->frozen_delivered_to ? j->rcpt->addr : w->addr);
	launch(j->r, &m, V_launch_user, &what, limit, out);
	j->r->damaged |= out->damaged;
}

/* mailbox_transport_maps, fallback_transport_maps: by the user's name. */
static bool
passed(struct job *j, const struct who *w, struct maps *maps,
    const char *otherwise)
{
	const char *value = otherwise;

	if (!maps_is_empty(maps) &&
	    maps_find(maps, w->user, MAPS_WHOLE, &value) < 0) {
		job_fail(j, w, "4.3.0", "transport table lookup error");
		return (true);
	}
	return (*value != '\0' && pass(j, w, arena_str(j->a, value)));
}

/* luser_relay with $name and ${name?value}; NULL: malformed. */
static const char *
luser(struct job *j, const struct who *w)
{
	struct conf *c = conf_new(j->a, "/");
	const char delimiter[2] = { w->delimiter != '\0' ? w->delimiter :
		*cf->recipient_delimiter, '\0' };
	struct conf_error e;
	const char *text;

	conf_set(c, "user", w->user);
	conf_set(c, "local", w->local);
	conf_set(c, "extension", w->ext);
	conf_set(c, "domain", w->domain);
	conf_set(c, "recipient", w->addr);
	conf_set(c, "recipient_delimiter", delimiter);
	/* These a user has, and this one does not exist. */
	conf_set(c, "home", "");
	conf_set(c, "shell", "");
	if ((text = conf_expand(c, cf->luser_relay, &e)) == NULL)
		log_warn("luser_relay: %s", e.text);
	return (text);
}

static void
unknown(struct job *j, const struct who *w)
{
	static const struct agent_result discarded = {
		.outcome = OUTCOME_SENT, .dsn = "2.0.0",
		.action = "delivered", .reason = "discarded" };
	struct who here = *w;
	const char *to;

	if (passed(j, w, setup.fallbacks, cf->fallback_transport))
		return;
	if (*cf->luser_relay != '\0' && !w->luser) {
		here.luser = true;
		if ((to = luser(j, w)) == NULL)
			job_fail(j, w, "4.3.5",
			    "mail system configuration error");
		else
			deliver_address(j, &here, to);
		return;
	}
	/* Nobody reads what these are told, and nobody is told of it. */
	if (strcasecmp(w->user, "mailer-daemon") == 0 ||
	    strcasecmp(w->user, cf->double_bounce_sender) == 0)
		job_result(j, w, &discarded);
	else
		job_fail(j, w, "5.1.1", "unknown user: \"%s\"", w->user);
}

/* False: the user has no such file, *known whether there is a user. */
static bool
forwarded(struct job *j, const struct who *w, bool *known)
{
	struct who here = *w;
	const struct list l = { .kind = LIST_FORWARD, .w = &here,
		.login = w->user, .ext = w->ext };
	struct launch_answer got;

	here.forward = w->user;
	list_ask(j, &l, "", 0, &got);
	*known = got.status != LAUNCH_UNKNOWN;
	if (!*known)
		return (false);
	if (got.status != LAUNCH_STARTED ||
	    got.res.outcome != OUTCOME_SENT) {
		job_result(j, w, &got.res);
		return (true);
	}
	if (!got.found) {
		if (strncmp(got.res.reason, "file ", 5) == 0)
			log_warn("%s: user %s: %s", j->r->m.queue_id, w->user,
			    got.res.reason);
		return (false);
	}
	if (got.nentries == 0)
		return (false);
	list_deliver(j, &l, got.entry, got.nentries, "", SOURCE_FORWARD);
	return (true);
}

static void
to_user(struct job *j, const struct who *w)
{
	struct launch_answer got;
	bool known = *w->user != '\0';

	/* A user's own name in the file is the mailbox. */
	if (known && *cf->forward_path != '\0' &&
	    (w->forward == NULL || strcmp(w->forward, w->user) != 0) &&
	    !seen(j->seen,
	    arena_printf(j->a, "forward %s %s", w->user, w->ext)) &&
	    forwarded(j, w, &known))
		return;
	if (seen(j->seen, arena_printf(j->a, "mailbox %s", w->user)) ||
	    passed(j, w, setup.transports, cf->mailbox_transport))
		return;
	if (known) {
		ask_mailbox(j, w, &got);
		known = got.status != LAUNCH_UNKNOWN;
	}
	if (known)
		job_result(j, w, &got.res);
	else
		unknown(j, w);
}

/* 1 found, 0 not, -1 a table has failed. */
static int
find_alias(struct job *j, const char *key, uint32_t *map, const char **value)
{
	for (size_t i = 0; i < setup.naliases; i++) {
		int got = table_lookup(setup.alias[i], key, value);

		if (got != 0) {
			*map = (uint32_t)i;
			*value = got > 0 ? arena_str(j->a, *value) : NULL;
			return (got);
		}
	}
	return (0);
}

static size_t
entries(struct job *j, const char *value, struct launch_entry **out,
    const char **why)
{
	struct entry *e;
	size_t n;

	if (entry_list(j->a, view_of(value), false, LAUNCH_ENTRIES_MAX, &e,
	    &n, why) < 0)
		return (0);
	*why = "no recipient in alias lookup result";
	*out = arena_array(j->a, n + 1, sizeof(**out));
	for (size_t i = 0; i < n; i++)
		(*out)[i] = (struct launch_entry){ e[i].type, (uint32_t)i,
			e[i].text };
	return (n);
}

/*
 * owner-NAME: what is sent to the list is sent by it, all of it as mail of
 * its own, so that one recipient that waits does not have the list tried
 * again. A list below it has that, too, but not with reset_owner_alias.
 * False: a table, or trivial-rewrite(8), has failed.
 */
static bool
find_owner(struct job *j, const char *name, struct who *w)
{
	const char *owner = arena_printf(j->a, "owner-%s", name), *value, *why;
	struct launch_entry *e;
	uint32_t map;
	int got;

	/* Notices stay notices. */
	if (*w->sender == '\0' || strncmp(name, "owner-", 6) == 0)
		return (true);
	if ((got = find_alias(j, owner, &map, &value)) == 0 &&
	    cf->reset_owner_alias)
		w->owned = false;
	if (got <= 0)
		return (got == 0);
	w->owned = true;
	if (cf->expand_owner_alias && entries(j, value, &e, &why) == 1 &&
	    e[0].type == MDA_ADDRESS)
		owner = e[0].text;
	w->sender = resolve_complete(j, owner);
	return (w->sender != NULL);
}

static void
expand(struct job *j, const struct who *w, const char *key, uint32_t map,
    const char *value)
{
	struct who here = *w;
	const bool whole = strcmp(key, w->user) != 0;
	const struct list l = { .kind = LIST_ALIAS, .w = &here, .map = map,
		.key = key, .ext = whole ? "" : w->ext };
	struct launch_entry *e;
	const char *why;
	size_t n;

	here.alias = key;
	if ((n = entries(j, value, &e, &why)) == 0) {
		log_warn("alias %s: %s", key, why);
		job_fail(j, w, "4.3.0", "alias database unavailable");
	} else if (!find_owner(j, w->user, &here))
		job_fail(j, w, "4.3.0", "alias database unavailable");
	else
		list_deliver(j, &l, e, n, "", SOURCE_ALIAS);
}

/* The name as it is quoted in an address first, as postalias(1) stores it. */
static bool
alias_by(struct job *j, const struct who *w, const char *name)
{
	const char *keys[2] = { name, name }, *value;
	uint32_t map;
	struct buf b;
	int got = 0;

	buf_init(&b, MAIL_ADDR_MAX);
	if (addr_quote_local(view_of(name), &b) == 0)
		keys[0] = arena_strn(j->a, b.p, b.n);
	buf_fini(&b);
	for (int i = strcmp(keys[0], keys[1]) == 0; got == 0 && i < 2; i++) {
		/* An alias that has its own name: the user is meant. */
		if (w->alias != NULL && strcmp(w->alias, keys[i]) == 0)
			continue;
		got = find_alias(j, keys[i], &map, &value);
		if (got > 0)
			expand(j, w, keys[i], map, value);
		else if (got < 0)
			job_fail(j, w, "4.3.0", "alias database unavailable");
	}
	return (got != 0);
}

static void
post(struct job *j, const struct who *w, const char *addr)
{
	if (!seen(j->seen, arena_printf(j->a, "post %s %s", w->sender, addr)))
		post_add(j, w, addr);
}

void
deliver(struct job *j, const struct who *w)
{
	if (w->level > NESTING_MAX) {
		log_warn("%s: aliases are nested too deep",
		    j->r->m.queue_id);
		job_fail(j, w, "5.4.6", "possible alias database loop for %s",
		    w->addr);
		return;
	}
	if (*w->local != '\0' && (alias_by(j, w, w->local) ||
	    (w->delimiter != '\0' && alias_by(j, w, w->user))))
		return;
	if (w->owned)
		post(j, w, w->addr);
	else
		to_user(j, w);
}

void
deliver_address(struct job *j, const struct who *up, const char *addr)
{
	struct resolved to;
	struct who w;

	if (!resolve(j, addr, &to)) {
		job_fail(j, up, "4.3.0", "address resolver failure");
		return;
	}
	if (to.flags & RESOLVE_ERROR) {
		job_fail(j, up, "5.1.3", "bad recipient address syntax: %s",
		    addr);
		return;
	}
	who_init(&w, j, up, to.addr);
	if ((to.flags & RESOLVE_FINAL) == 0 ||
	    strcmp(to.transport, role_service()) != 0)
		post(j, &w, to.addr);
	else if (header_loops(j->r, w.addr))
		job_fail(j, &w, "5.4.6", "mail forwarding loop for %s",
		    w.addr);
	else
		deliver(j, &w);
}
