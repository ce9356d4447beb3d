/* SPDX-License-Identifier: ISC */
/*
 * unlisted - addresses in our own domains that do not exist.
 *
 * Which table knows them depends on the class of the domain, and that is
 * trivial-rewrite(8)'s word. An empty table parameter means that any may
 * exist.
 */
#include <string.h>

#include "address/address.h"
#include "conf/conf.h"
#include "smtp/reply.h"

#include "judge.h"
#include "setup.h"

/* 1, 0, -1: is the address one that a table changes or knows? */
static int
known(struct maps *maps, const char *addr)
{
	struct maps_found found;

	if (maps_is_empty(maps))
		return (0);
	return (maps_find_address(maps, &setup.rules, addr, &found));
}

/* What a table rewrites exists, whatever it is rewritten to. */
static int
is_rewritten(const char *addr)
{
	struct maps *const maps[] = { setup.rcpt_canonical, setup.canonical,
		setup.virtual_alias };
	size_t i;
	int found;

	for (i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		if ((found = known(maps[i], addr)) != 0)
			return (found);
	}
	return (0);
}

/* The error: and retry: transports answer in advance. */
static enum check
error_transport(struct judge *j, const struct resolved *r, const char *name,
    const char *class)
{
	bool retry = strcmp(r->transport, "retry") == 0;
	struct view text = view_of(r->nexthop);
	const char *dsn = retry ? "4.0.0" : "5.0.0";
	size_t n;

	n = smtp_dsn_parse(text, '5');
	if (n == 0)
		n = smtp_dsn_parse(text, '4');
	if (n > 0) {
		dsn = arena_strn(j->s->line, text.p, n);
		text = view_trim(view_sub(text, n, text.n));
	}
	return (judge_reject(j, class, retry ? 450 : 550, dsn,
	    "<%s>: %s rejected: %.*s", name, class, (int)text.n, text.p));
}

static enum check
unknown(struct judge *j, int64_t code, const char *table, const char *name,
    const char *class)
{
	return (judge_reject(j, class, (int)code,
	    strcmp(class, CLASS_SENDER) == 0 ? "5.1.0" : "5.1.1",
	    "<%s>: %s rejected: User unknown%s%s", name, class,
	    cf->show_user_unknown_table_name ? " in " : "",
	    cf->show_user_unknown_table_name ? table : ""));
}

/* Addresses that every system of mail has, whatever tables say. */
static bool
always_exists(const char *addr)
{
	struct view local = addr_split(view_of(addr)).local;

	return (view_ieq(local, "postmaster") ||
	    view_ieq(local, "MAILER-DAEMON") ||
	    view_ieq(local, cf->double_bounce_sender));
}

enum check
unlisted(struct judge *j, const char *addr, const char *class)
{
	const char *name = judge_name(j, class);
	struct resolved r;
	size_t i;
	int found;
	const struct {
		uint32_t class;
		struct maps *maps;
		bool always;		/* also without a table */
		int64_t code;
		const char *text;
	} rows[] = {
		{ RESOLVE_CLASS_LOCAL, setup.local_rcpt, false,
		    cf->unknown_local_recipient_reject_code,
		    "local recipient table" },
		{ RESOLVE_CLASS_ALIAS, setup.virtual_alias, true,
		    cf->unknown_virtual_alias_reject_code,
		    "virtual alias table" },
		{ RESOLVE_CLASS_VIRTUAL, setup.virtual_mailbox, false,
		    cf->unknown_virtual_mailbox_reject_code,
		    "virtual mailbox table" },
		{ RESOLVE_CLASS_RELAY, setup.relay_rcpt, false,
		    cf->unknown_relay_recipient_reject_code,
		    "relay recipient table" },
	};

	if ((setup.overrides & OVERRIDE_RCPT) != 0)
		return (CHECK_DUNNO);
	if (!address_resolve(j->s, addr, &r))
		return (judge_retry(j, name));
	if ((found = is_rewritten(r.rcpt)) == -1)
		return (judge_retry(j, name));
	if (found == 1)
		return (CHECK_DUNNO);
	if (strcmp(r.transport, "error") == 0 ||
	    strcmp(r.transport, "retry") == 0)
		return (error_transport(j, &r, name, class));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if ((r.flags & rows[i].class) != 0)
			break;
	}
	if ((r.flags & RESOLVE_CLASS_LOCAL) != 0 && always_exists(r.rcpt))
		return (CHECK_DUNNO);
	if (i == sizeof(rows) / sizeof(rows[0]) ||
	    (maps_is_empty(rows[i].maps) && !rows[i].always))
		return (CHECK_DUNNO);
	if ((found = known(rows[i].maps, r.rcpt)) == -1)
		return (judge_retry(j, name));
	if (found == 1)
		return (CHECK_DUNNO);
	return (unknown(j, rows[i].code, rows[i].text, name, class));
}

enum check
check_unlisted(struct judge *j, const struct ritem *it)
{
	if (it->r->which == OF_RCPT)
		return (unlisted(j, j->rcpt, CLASS_RCPT));
	if (judge_sender(j)[0] == '\0')
		return (CHECK_DUNNO);
	return (unlisted(j, judge_sender(j), CLASS_SENDER));
}
