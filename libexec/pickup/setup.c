/* SPDX-License-Identifier: ISC */
/* setup - lists and tables, opened once for all workers. */
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"
#include "proto/proto.h"

#include "pickup.h"

struct setup setup = { .names = -1 };

static struct match *
list(const char *title, const char *value)
{
	const char *err = NULL;
	struct match *m;

	m = match_open(setup.arena, title, value, 0, TABLE_NOSUB,
	    &setup.source, &err);
	if (m == NULL)
		fatal("%s: %s", title, err != NULL ? err : value);
	return (m);
}

/* What receive_override_options leaves of the flags of outside mail. */
static uint32_t
flags(void)
{
	static const struct {
		const char	*word;
		uint32_t	 without;
	} words[] = {
		{ "no_unknown_recipient_checks", 0 },
		{ "no_address_mappings", MAIL_FLAG_BCC_OK | MAIL_FLAG_MAP_OK },
		{ "no_header_body_checks", MAIL_FLAG_FILTER },
		{ "no_milters", MAIL_FLAG_MILTER },
	};
	const size_t n = sizeof(words) / sizeof(words[0]);
	struct view rest = view_of(cf->receive_override_options), word;
	uint32_t f = MAIL_FLAG_FILTER | MAIL_FLAG_BCC_OK | MAIL_FLAG_MAP_OK |
	    MAIL_FLAG_MILTER;
	size_t i;

	while ((word = view_word(&rest, ", \t\r\n")).n > 0) {
		for (i = 0; i < n && !view_ieq(word, words[i].word); i++)
			continue;
		if (i == n)
			fatal("receive_override_options: unknown option "
			    "\"%.*s\"", (int)word.n, word.p);
		f &= ~words[i].without;
	}
	return (f);
}

void
setup_open(int (*table_fd)(void *, const char *), int names)
{
	const char *err = NULL;

	setup.arena = arena_new(0);
	setup.names = names;
	setup.source.fd = table_fd;
	setup.source.lenient = !cf->daemon_table_open_error_is_fatal;
	setup.flags = flags();
	setup.submit_users = list("authorized_submit_users",
	    cf->authorized_submit_users);
	setup.flush_users = list("authorized_flush_users",
	    cf->authorized_flush_users);
	setup.senders = maps_open(setup.arena, "local_login_sender_maps",
	    cf->local_login_sender_maps, cf->default_database_type, 0,
	    &setup.source, &err);
	if (setup.senders == NULL)
		fatal("local_login_sender_maps: %s", err != NULL ? err : "?");
}
