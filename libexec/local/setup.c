/* SPDX-License-Identifier: ISC */
/* Tables of local(8), and lists of words that are bits. */
#include "agent/filter.h"
#include "base/log.h"
#include "broker/role.h"
#include "local_in.h"

#include <string.h>

struct setup setup;

static struct table_source source;
static struct arena *arena;

static int
source_fd(void *arg, const char *spec)
{
	(void)arg;
	return (role_table_fd(spec));
}

static unsigned
table_flags(void)
{
	return (TABLE_NOSUB | (cf->smtputf8_enable ? TABLE_UTF8 : 0));
}

static struct maps *
open_maps(const char *title, const char *value)
{
	const char *err;
	struct maps *m = maps_open(arena, title, value,
	    cf->default_database_type, table_flags(), &source, &err);

	if (m == NULL)
		fatal("%s: %s", title, err);
	return (m);
}

/* In the order of alias_maps, for warrant(8) knows them by their numbers. */
static void
open_aliases(void)
{
	struct view rest = view_of(cf->alias_maps), word;
	const char *spec, *err;
	struct table *t;

	setup.alias = arena_array(arena, strlen(cf->alias_maps) / 2 + 1,
	    sizeof(struct table *));
	while ((word = view_group(&rest, ", \t\r\n")).n > 0) {
		spec = view_str(arena, word);
		if (strchr(spec, ':') == NULL)
			spec = arena_printf(arena, "%s:%s",
			    cf->default_database_type, spec);
		if ((t = table_open(arena, spec, table_flags(), &source,
		    &err)) == NULL)
			fatal("alias_maps: %s", err);
		setup.alias[setup.naliases++] = t;
	}
}

unsigned
setup_words(const char *title, const char *value, const char *const *names)
{
	struct view rest = view_of(value), word;
	unsigned bits = 0;
	size_t i;

	while ((word = view_word(&rest, ", \t\r\n")).n > 0) {
		for (i = 0; names[i] != NULL && !view_ieq(word, names[i]);
		     i++)
			;
		if (names[i] == NULL)
			fatal("%s: unknown name: %.*s", title, (int)word.n,
			    word.p);
		bits |= 1U << i;
	}
	return (bits);
}

void
setup_fini(void)
{
	tables_close(&source);
	arena_free(&arena);
	setup = (struct setup){ .naliases = 0 };
}

void
setup_init(void)
{
	static const char *const sources[] = { "alias", "forward", "include",
		NULL };
	static const char *const kinds[] = { "command", "file", "forward",
		NULL };
	static const char *const places[] = { "alias", "forward", "include",
		"canonical", "generic", "virtual", NULL };

	arena = arena_new(0);
	source = (struct table_source){ .fd = source_fd, .lenient = true };
	open_aliases();
	setup.transports = open_maps("mailbox_transport_maps",
	    cf->mailbox_transport_maps);
	setup.fallbacks = open_maps("fallback_transport_maps",
	    cf->fallback_transport_maps);
	agent_filter_open(arena, "local_delivery_status_filter",
	    cf->local_delivery_status_filter, &source);
	setup.commands = setup_words("allow_mail_to_commands",
	    cf->allow_mail_to_commands, sources);
	setup.files = setup_words("allow_mail_to_files",
	    cf->allow_mail_to_files, sources);
	setup.delivered = setup_words("prepend_delivered_header",
	    cf->prepend_delivered_header, kinds);
	setup.propagate = setup_words("propagate_unmatched_extensions",
	    cf->propagate_unmatched_extensions, places);
}
