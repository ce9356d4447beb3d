/* SPDX-License-Identifier: ISC */
/* servers - what libunbound has to know of resolv.conf and the anchor. */
#include <string.h>

#include "base/log.h"

#include "name.h"
#include "servers.h"

#define BLANKS	" \t\r"

static void
take_server(struct arena *a, struct view word, struct servers *out)
{
	uint8_t addr[NAME_ADDR_MAX];
	const char *text = view_str(a, word);

	if (text == NULL)
		return;
	/*
	 * libunbound would ask the kernel for the number of an interface,
	 * for which there is no system call left.
	 */
	if (strchr(text, '%') != NULL)
		log_warn("name server %s: an address with a zone cannot be "
		    "used", text);
	else if (name_address(text, addr) == 0)
		log_warn("name server %s: not an address", text);
	else if (out->n == SERVERS_MAX)
		log_warn("name server %s: more than %d", text, SERVERS_MAX);
	else
		out->addr[out->n++] = text;
}

void
servers_parse(struct arena *a, struct view text, struct servers *out)
{
	struct view line;

	out->n = 0;
	while (view_field(&text, '\n', &line)) {
		if (!view_eq(view_word(&line, BLANKS), "nameserver"))
			continue;
		line = view_word(&line, BLANKS);
		if (line.n != 0)
			take_server(a, line, out);
	}
}

bool
anchors_each(struct arena *a, struct view text,
    bool (*fn)(const char *record, void *arg), void *arg)
{
	struct view line;
	const char *record;
	ptrdiff_t comment;

	while (view_field(&text, '\n', &line)) {
		if ((comment = view_chr(line, ';')) >= 0)
			line.n = (size_t)comment;
		line = view_trim(line);
		if (line.n == 0 || line.p[0] == '#')
			continue;
		record = view_str(a, line);
		if (record == NULL || !fn(record, arg))
			return (false);
	}
	return (true);
}
