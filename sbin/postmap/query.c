/* SPDX-License-Identifier: ISC */
/*
 * query - ask tables for keys, or for all they have.
 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "mapcmd.h"
#include "table/text.h"

struct tables {
	struct mapcmd_run *run;
	size_t		 n;
	struct table	**table;
	bool		 found;
};

static void
open_tables(struct tables *all, struct mapcmd_run *r, const char *const *spec)
{
	const char *err;
	size_t n = 0;

	while (spec[n] != NULL)
		n++;
	*all = (struct tables){ .run = r, .n = n };
	all->table = arena_array(r->arena, n, sizeof(all->table[0]));
	for (n = 0; n < all->n; n++) {
		all->table[n] = table_open(r->arena, spec[n], r->flags,
		    &r->src, &err);
		if (all->table[n] == NULL)
			fatal("%s", err);
	}
}

static void
put_json(struct mapcmd_run *r, const char *key, const char *value)
{
	char *k = arena_str(r->arena, key), *v = arena_str(r->arena, value);
	json_t *pair;

	printable(k, strlen(k));
	printable(v, strlen(v));
	if ((pair = json_pack("{s:s}", k, v)) == NULL ||
	    json_dumpf(pair, stdout, 0) == -1)
		fatal("cannot write JSON");
	putchar('\n');
	json_decref(pair);
}

static void
put_entry(struct mapcmd_run *r, const char *key, const char *value)
{
	if (r->json)
		put_json(r, key, value);
	else
		printf("%s%s\t%s\n", key, r->cmd->alias && r->list ? ":" : "",
		    value);
}

/* The first answer there is; NULL without. */
static const char *
ask(struct tables *all, const char *key)
{
	struct mapcmd_run *r = all->run;
	const char *value;
	size_t i;
	int rc;

	for (i = 0; i < all->n; i++) {
		rc = table_lookup(all->table[i], key, &value);
		if (rc == -1)
			fatal("table %s: query error: lookup fail",
			    table_name(all->table[i]));
		if (rc == 0)
			continue;
		if (value[0] == '\0') {
			log_warn("table %s: key %s: empty string result is "
			    "not allowed", table_name(all->table[i]), key);
			log_warn("table %s should return NO RESULT in case "
			    "of NOT FOUND", table_name(all->table[i]));
		}
		if (r->files)
			value = mapcmd_decode(r, table_name(all->table[i]),
			    value);
		return (value);
	}
	return (NULL);
}

static void
ask_and_put(void *arg, const char *key)
{
	struct tables *all = arg;
	const char *value = ask(all, key);

	if (value == NULL)
		return;
	all->found = true;
	put_entry(all->run, key, value);
}

/* Each line of standard input is a key. */
static void
ask_stdin(struct tables *all)
{
	struct text text;
	int rc, fd = mapcmd_stdin();

	text_open(&text, fd, "stdin");
	while ((rc = text_line(&text)) == 1)
		if (view_chr(buf_view(&text.line), '\0') == -1)
			ask_and_put(all, buf_str(&text.line));
		else
			log_warn("NUL byte in a key -- ignoring this line");
	if (rc == -1)
		fatal("cannot read standard input");
	text_close(&text);
	fd_close(&fd);
}

bool
mapcmd_query(struct mapcmd_run *r, const char *const *spec)
{
	struct tables all;
	const char *value;

	open_tables(&all, r, spec);
	if (strcmp(r->query, "-") != 0) {
		if ((value = ask(&all, r->query)) == NULL)
			return (false);
		if (r->json)
			put_json(r, r->query, value);
		else
			puts(value);
		return (true);
	}
	if (r->header || r->body)
		mapcmd_message(r, ask_and_put, &all);
	else
		ask_stdin(&all);
	return (all.found);
}

static int
list_one(void *arg, const char *key, const char *value)
{
	struct tables *all = arg;

	if (all->run->files)
		value = mapcmd_decode(all->run, key, value);
	if (value != NULL)
		put_entry(all->run, key, value);
	return (0);
}

void
mapcmd_list(struct mapcmd_run *r, const char *const *spec)
{
	struct tables all;
	size_t i;
	int rc;

	open_tables(&all, r, spec);
	for (i = 0; i < all.n; i++) {
		rc = table_each(all.table[i], list_one, &all);
		if (rc == -2)
			fatal("table %s: sequence operation is not supported",
			    table_name(all.table[i]));
		if (rc != 0)
			fatal("table %s: read error",
			    table_name(all.table[i]));
	}
}
