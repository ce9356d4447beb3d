/* SPDX-License-Identifier: ISC */
/*
 * mapcmd - postmap(1) and postalias(1): the command line, main.cf, files.
 *
 * Runs with the rights of whoever types it. All access to parameters is in
 * read_conf().
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "conf/conf.h"
#include "mapcmd.h"
#include "table/spec.h"

static void
usage(const struct mapcmd *cmd)
{
	fatal("usage: %s [-%sijNnoprsuUvw] [-c config_dir] [-d key] "
	    "[-q key] [map_type:]file...", cmd->name,
	    cmd->alias ? "f" : "bFfh");
}

static void
read_conf(struct mapcmd_run *r, const char *dir, bool *utf8)
{
	struct conf_error e;
	struct conf *c;
	const char *type, *enable;

	if ((c = conf_load(r->arena, conf_dir_default(dir), &e)) == NULL ||
	    (type = conf_eval(c, "default_database_type", &e)) == NULL ||
	    (enable = conf_eval(c, "smtputf8_enable", &e)) == NULL)
		fatal("%s", e.text);
	r->default_type = type;
	*utf8 = view_ieq(view_of(enable), "yes");
}

/* Open what a table needs; the table closes nothing, the process ends soon. */
static int
open_spec(void *arg, const char *id)
{
	struct mapcmd_run *r = arg;
	struct spec s;

	if (!spec_parse(r->arena, view_of(id), &s) || s.path == NULL) {
		errno = EINVAL;
		return (-1);
	}
	if (spec_is_stale(&s))
		log_warn("database %s is older than source file %s", s.path,
		    s.source);
	return (open(s.path, O_RDONLY | O_CLOEXEC));
}

static void
parse_option(struct mapcmd_run *r, int c, int *utf8, const char **dir)
{
	switch (c) {
	case 'b': r->body = true; break;
	case 'c': *dir = optarg; break;
	case 'd': r->del = optarg; break;
	case 'F': r->files = true; break;
	case 'f': r->flags |= TABLE_NOFOLD; break;
	case 'h': r->header = true; break;
	case 'i': r->add = true; break;
	case 'j': r->json = true; break;
	case 'N': r->nul = true; r->flags |= TABLE_NUL; break;
	case 'n': r->nul = false; r->flags |= TABLE_NONUL; break;
	case 'o': r->keep_root = true; break;
	case 'p': r->own_mode = true; break;
	case 'q': r->query = optarg; break;
	case 'r': r->replace = true; r->flags |= TABLE_DUP_LAST; break;
	case 's': r->list = true; break;
	case 'U': *utf8 = 1; break;
	case 'u': *utf8 = 0; break;
	case 'v': log_verbose(1); break;
	case 'w': r->quiet = true; r->flags |= TABLE_DUP_QUIET; break;
	default: usage(r->cmd);
	}
}

/* Options that do not go together. */
static void
check_options(const struct mapcmd_run *r)
{
	if (r->list + (r->query != NULL) + (r->del != NULL) > 1)
		fatal("specify only one of -s -q or -d");
	if (r->add && (r->list || r->query != NULL || r->del != NULL))
		fatal("specify only one of -i -s -q or -d");
	if ((r->header || r->body) &&
	    (r->query == NULL || strcmp(r->query, "-") != 0))
		fatal("specify -b or -h only with \"-q -\"");
	if (r->json && !r->list && r->query == NULL)
		fatal("specify -j only with -q or -s");
	if ((r->flags & TABLE_NUL) && (r->flags & TABLE_NONUL))
		fatal("specify only one of -N and -n");
}

/* Type and name of an argument; the type of main.cf if it names none. */
static struct spec
argument(struct mapcmd_run *r, const char *arg)
{
	struct spec s;

	if (strchr(arg, ':') == NULL)
		arg = arena_printf(r->arena, "%s:%s", r->default_type, arg);
	if (!spec_parse(r->arena, view_of(arg), &s))
		fatal("open dictionary: expecting \"type:name\" form instead "
		    "of \"%s\"", arg);
	if (s.kind == SPEC_UNKNOWN)
		fatal("unsupported dictionary type: %s", s.type);
	return (s);
}

/* An index is made of a source; nothing else can be made or changed. */
static struct spec
writable(struct mapcmd_run *r, const char *arg)
{
	struct spec s = argument(r, arg);

	if (s.source == NULL && r->del != NULL)
		fatal("%s map requires O_RDONLY access mode", s.id);
	if (s.source == NULL)
		fatal("unsupported dictionary type: %s does not support "
		    "bulk-mode creation.", s.type);
	return (s);
}

static int
read_tables(struct mapcmd_run *r, int argc, char **argv)
{
	const char **spec = arena_array(r->arena, (size_t)argc + 1,
	    sizeof(*spec));
	int i;

	for (i = 0; i < argc; i++)
		spec[i] = argument(r, argv[i]).id;
	if (r->query != NULL)
		return (mapcmd_query(r, spec) ? 0 : 1);
	mapcmd_list(r, spec);
	return (0);
}

static int
write_tables(struct mapcmd_run *r, int argc, char **argv)
{
	struct spec s;
	bool found = false;
	int i;

	for (i = 0; i < argc; i++) {
		s = writable(r, argv[i]);
		if (r->del != NULL)
			found = mapcmd_delete(r, s.type, s.name) || found;
		else if (r->add)
			mapcmd_add(r, s.type, s.name);
		else
			mapcmd_create(r, s.type, s.name);
	}
	return (r->del == NULL || found ? 0 : 1);
}

int
mapcmd_main(const struct mapcmd *cmd, int argc, char **argv)
{
	struct mapcmd_run r = { .cmd = cmd };
	const char *dir = NULL;
	int c, utf8 = -1, status;
	bool enabled;

	log_open(cmd->name, log_stderr);
	log_exit_status(1);
	r.arena = arena_new(0);
	r.src = (struct table_source){ .fd = open_spec, .arg = &r };
	while ((c = getopt(argc, argv, cmd->options)) != -1)
		parse_option(&r, c, &utf8, &dir);
	check_options(&r);
	argc -= optind;
	argv += optind;
	if (argc < 1)
		usage(cmd);
	read_conf(&r, dir, &enabled);
	if (utf8 == -1 ? enabled : utf8)
		r.flags |= TABLE_UTF8;
	status = r.query != NULL || r.list ? read_tables(&r, argc, argv) :
	    write_tables(&r, argc, argv);
	tables_close(&r.src);
	arena_free(&r.arena);
	if (fflush(stdout) == EOF || ferror(stdout))
		fatal("write error: %m");
	return (status);
}
