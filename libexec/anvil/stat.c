/* SPDX-License-Identifier: ISC */
/* stat - the "statistics:" lines. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

#include "daemon.h"

#define IDENT_MAX	320		/* as in proto/anvil.h */

static struct maximum {
	const char	*name;
	bool		 is_rate;
	uint32_t	 value;
	time_t		 when;
	char		 ident[IDENT_MAX + 1];
} maxima[] = {
	{ .name = "connection rate", .is_rate = true },
	{ .name = "connection count" },
	{ .name = "message rate", .is_rate = true },
	{ .name = "recipient rate", .is_rate = true },
	{ .name = "newtls rate", .is_rate = true },
	{ .name = "auth rate", .is_rate = true },
};
enum { M_CONNECT, M_COUNT, M_MAIL, M_RCPT, M_NEWTLS, M_AUTH, M_ALL };

static size_t	most_clients;
static time_t	most_clients_when;

static void
raise_to(int i, uint32_t value, const char *ident)
{
	struct maximum *m = &maxima[i];

	if (value <= m->value)
		return;
	m->value = value;
	m->when = time(NULL);
	(void)snprintf(m->ident, sizeof(m->ident), "%s", ident);
}

void
stat_note(enum anvil_kind kind, const char *ident,
    const struct msg_anvil_status *st, size_t clients)
{
	static const int of_kind[] = { [ANVIL_CONNECT] = M_CONNECT,
		[ANVIL_DISCONNECT] = M_ALL, [ANVIL_MAIL] = M_MAIL,
		[ANVIL_RCPT] = M_RCPT, [ANVIL_NEWTLS] = M_NEWTLS,
		[ANVIL_NEWTLS_STATUS] = M_ALL, [ANVIL_AUTH] = M_AUTH,
		[ANVIL_LOOKUP] = M_ALL };

	if (of_kind[kind] != M_ALL)
		raise_to(of_kind[kind], st->rate, ident);
	if (kind == ANVIL_CONNECT)
		raise_to(M_COUNT, st->count, ident);
	if (clients > most_clients) {
		most_clients = clients;
		most_clients_when = time(NULL);
	}
}

static const char *
stamp(time_t when)
{
	static char text[32];
	struct tm tm;

	if (localtime_r(&when, &tm) == NULL ||
	    strftime(text, sizeof(text), "%b %e %H:%M:%S", &tm) == 0)
		text[0] = '\0';
	return (text);
}

void
stat_log(void)
{
	char unit[32];

	(void)snprintf(unit, sizeof(unit), "/%lds",
	    (long)span_seconds(cf->anvil_rate_time_unit));
	for (int i = 0; i < M_ALL; i++) {
		struct maximum *m = &maxima[i];

		if (m->value > 0)
			log_info("statistics: max %s %u%s for (%s) at %s",
			    m->name, m->value, m->is_rate ? unit : "",
			    m->ident, stamp(m->when));
		m->value = 0;
	}
	if (most_clients > 0)
		log_info("statistics: max cache size %zu at %s", most_clients,
		    stamp(most_clients_when));
	most_clients = 0;
}
