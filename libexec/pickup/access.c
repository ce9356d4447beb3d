/* SPDX-License-Identifier: ISC */
/* access - what a user may: submit mail, under which sender; flush. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "address/address.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "table/user.h"

#include "pickup.h"

#define LOCAL_MAX	1024

static void
refuse(struct submit *s, uint32_t status, const char *reason)
{
	s->status |= status;
	s->reason = reason;
}

/* The sender without the extension, which the user may choose. */
static const char *
without_extension(struct arena *a, const char *sender)
{
	const struct addr_parts parts = addr_split(view_of(sender));
	size_t n;

	if (*cf->recipient_delimiter == '\0')
		return (sender);
	n = addr_extension(parts.local, cf->recipient_delimiter,
	    cf->owner_request_special);
	if (n == parts.local.n)
		return (sender);
	return (arena_printf(a, "%.*s%s%.*s", (int)n, parts.local.p,
	    parts.domain.p != NULL ? "@" : "", (int)parts.domain.n,
	    parts.domain.p != NULL ? parts.domain.p : ""));
}

/* *, <>, @domain, or an address. */
static bool
matches(struct view pattern, const char *sender)
{
	const char *domain = strrchr(sender, '@');

	if (view_eq(pattern, "*"))
		return (true);
	if (view_eq(pattern,
	    cf->empty_address_local_login_sender_maps_lookup_key))
		return (*sender == '\0');
	if (pattern.n > 1 && pattern.p[0] == '@')
		return (domain != NULL && view_ieq(pattern, domain));
	return (*sender != '\0' && view_ieq(pattern, sender));
}

static void
check_sender(struct submit *s, const char *login, const char *sender)
{
	struct view rest, word;
	const char *value, *bare;
	int rc;

	rc = maps_find(setup.senders, login, MAPS_WHOLE, &value);
	if (rc == -1) {
		refuse(s, MAIL_STAT_DEFER, "4.3.0 Temporary lookup failure");
		return;
	}
	rest = view_of(rc == 1 ? value : "");
	bare = without_extension(s->arena, sender);
	while ((word = view_word(&rest, ", \t\r\n")).n > 0)
		if (matches(word, sender) || matches(word, bare))
			return;
	refuse(s, SUBMIT_STAT_DENIED, arena_printf(s->arena,
	    "5.7.1 Sender address rejected: not owned by user %s", login));
}

void
access_submit(struct submit *s, const char *sender)
{
	struct user_entry e;
	const char *login;

	if (user_find(setup.names, s->uid, &e))
		login = arena_str(s->arena, e.name);
	else
		login = arena_printf(s->arena, "uid:%lu",
		    (unsigned long)s->uid);
	switch (user_listed(setup.submit_users, setup.names, s->uid)) {
	case 1:
		check_sender(s, login, sender);
		return;
	case 0:
		refuse(s, SUBMIT_STAT_DENIED, arena_printf(s->arena,
		    "5.7.1 User %s(%lu) is not allowed to submit mail", login,
		    (unsigned long)s->uid));
		return;
	default:
		refuse(s, MAIL_STAT_DEFER, "4.3.0 Temporary lookup failure");
	}
}

uint32_t
access_flush(uid_t uid)
{
	int rc = user_listed(setup.flush_users, setup.names, uid);

	return (rc == 1 ? 0 : rc == 0 ? SUBMIT_STAT_DENIED : MAIL_STAT_DEFER);
}
