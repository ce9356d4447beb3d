/* SPDX-License-Identifier: ISC */
/*
 * postconf - show and change main.cf and master.cf.
 *
 * Runs as the operator who calls it, with no privilege of its own. Trusts
 * its arguments; distrusts the form of both files.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "postconf.h"
#include "table/table.h"

static struct postconf pc;
static char **overrides;	/* of -o, at most one an argument */
static int noverrides;

_Noreturn static void
usage(void)
{
	(void)fprintf(stderr,
	    "usage: postconf [-dfhHjnpqvx] [-c dir] [-C class] "
	    "[-o name=value] [name ...]\n"
	    "       postconf [-v] [-c dir] [-e] name=value ...\n"
	    "       postconf [-v] [-c dir] -# name ... | -X name ...\n"
	    "       postconf -M [-fjvx] [-c dir] [name[/type] ...]\n"
	    "       postconf -M[eX#] [-v] [-c dir] name/type[=value] ...\n"
	    "       postconf -F[e] [-fhHvx] [-c dir] "
	    "[name[/type[/field[=value]]] ...]\n"
	    "       postconf -P[eX] [-fhHvx] [-c dir] "
	    "[name[/type[/parameter[=value]]] ...]\n"
	    "       postconf -b | -t [-c dir] [file]\n"
	    "       postconf -a | -A | -l | -m\n");
	exit(1);
}

static void
load(bool need)
{
	struct conf_error e;
	const char *override, *eq;
	int i;

	if (pc.defaults)
		pc.conf = conf_new(pc.arena, pc.dir);
	else if ((pc.conf = conf_load(pc.arena, pc.dir, &e)) == NULL)
		fatal("%s", e.text);
	for (i = 0; i < noverrides; i++) {
		override = overrides[i];
		if ((eq = strchr(override, '=')) == NULL || eq == override)
			fatal("-o %s: missing '=' after attribute name",
			    override);
		conf_set(pc.conf, view_str(pc.arena, view_trim((struct view){
		    override, (size_t)(eq - override) })), view_str(pc.arena,
		    view_trim(view_of(eq + 1))));
	}
	conf_set(pc.conf, "process_name", "postconf");
	pc.has_master = access(pc.masterfile, F_OK) == 0;
	if ((pc.has_master || need) && mastercf_read(pc.arena, pc.masterfile,
	    &pc.master, &e) == -1) {
		if (need)
			fatal("%s", e.text);
		log_warn("%s", e.text);
		pc.master.n = 0;
	}
}

static void
show_types(void)
{
	const char *name;
	size_t i;

	for (i = 0; (name = table_type(i)) != NULL; i++)
		(void)puts(name);
}

/* Lists that need no configuration; true if that was asked for. */
static bool
show_list(int what)
{
	switch (what) {
	case 'a':
	case 'A':
		(void)puts("dovecot");
		return (true);
	case 'l':
		(void)puts("flock\nfcntl\ndotlock");
		return (true);
	case 'm':
		show_types();
		return (true);
	default:
		return (false);
	}
}

struct mode {
	int	list;		/* a A l m b t, or 0 */
	int	file;		/* p M F P */
	int	edit;		/* e # X, or 0 */
};

static void
run(struct mode mode, int argc, char **argv)
{
	enum master_view view = mode.file == 'M' ? MASTER_ENTRY :
	    mode.file == 'F' ? MASTER_FIELD : MASTER_PARAM;
	enum edit how = mode.edit == '#' ? EDIT_COMMENT :
	    mode.edit == 'X' ? EDIT_DROP : EDIT_SET;
	int i;

	if (mode.edit != 0 && argc == 0)
		fatal("missing %s argument",
		    mode.file == 'p' ? "parameter" : "service");
	pc.masterfile = arena_printf(pc.arena, "%s/master.cf", pc.dir);
	if (mode.file != 'p' && mode.edit != 0) {
		master_edit(&pc, view, how, argv, argc);
		return;
	}
	if (mode.file != 'p') {
		load(true);
		names_init(&pc);
		master_show(&pc, view, argv, argc);
		return;
	}
	/* "postconf name=value" is an edit too. */
	for (i = 0; i < argc && mode.edit == 0; i++)
		if (strchr(argv[i], '=') != NULL)
			mode.edit = 'e';
	if (mode.edit != 0) {
		edit_main(&pc, how, argv, argc);
		return;
	}
	load(false);
	names_init(&pc);
	show_main(&pc, argv, argc);
	pc.warn_unused = true;
	if (!pc.defaults && !pc.quiet)
		show_warnings(&pc);
}

static void
option(int c, struct mode *mode, const char **dir)
{
	switch (c) {
	case 'c':
		*dir = optarg;
		break;
	case 'C':
		pc.class = optarg;
		break;
	case 'd':
		pc.defaults = true;
		break;
	case 'f':
		pc.fold = true;
		break;
	case 'h':
		pc.no_name = true;
		break;
	case 'H':
		pc.no_value = true;
		break;
	case 'j':
		pc.json = true;
		break;
	case 'n':
		pc.only_set = true;
		break;
	case 'o':
		overrides[noverrides++] = optarg;
		break;
	case 'q':
		pc.quiet = true;
		break;
	case 'v':
		log_verbose(1);
		break;
	case 'x':
		pc.expand = true;
		break;
	case 'a':
	case 'A':
	case 'l':
	case 'm':
	case 'b':
	case 't':
		mode->list = c;
		break;
	case 'p':
	case 'M':
	case 'F':
	case 'P':
		mode->file = c;
		break;
	case 'e':
	case '#':
	case 'X':
		if (mode->edit != 0 && mode->edit != c)
			fatal("specify one of -e, -X and -#");
		mode->edit = c;
		break;
	default:
		usage();
	}
}

static void
check_options(const struct mode *m)
{
	if (pc.defaults && pc.only_set)
		fatal("specify one of -d and -n");
	if (pc.no_name && pc.no_value)
		fatal("specify one of -h and -H");
	if (m->edit != 0 && (pc.defaults || pc.only_set || pc.no_name ||
	    pc.no_value))
		fatal("with option -%c, do not specify -d, -h, -H or -n",
		    m->edit);
	if (m->file != 'p' && (pc.defaults || pc.only_set))
		fatal("with option -%c, do not specify -d or -n", m->file);
	if (m->file == 'M' && (pc.no_name || pc.no_value))
		fatal("with option -M, do not specify -h or -H");
	if (m->edit == '#' && (m->file == 'F' || m->file == 'P'))
		fatal("with option -%c, do not specify -#", m->file);
	if (m->edit == 'X' && m->file == 'F')
		fatal("with option -F, do not specify -X");
	if (strcmp(pc.class, "all") != 0 && strcmp(pc.class, "builtin") != 0 &&
	    strcmp(pc.class, "service") != 0 && strcmp(pc.class, "user") != 0)
		fatal("option -C: expected builtin, service, user or all");
}

int
main(int argc, char **argv)
{
	struct mode mode = { .file = 'p' };
	const char *dir = NULL;
	int c;

	log_open("postconf", log_stderr);
	log_exit_status(1);
	if (argc == 2 && strcmp(argv[1], "--mdoc") == 0) {
		page_print();
		return (fflush(stdout) == 0 ? 0 : 1);
	}
	pc.arena = arena_new(0);
	pc.class = "all";
	overrides = arena_array(pc.arena, (size_t)argc + 1,
	    sizeof(*overrides));
	while ((c = getopt(argc, argv, "aAbc:C:defFhHjlmMno:pPqtvxX#")) != -1)
		option(c, &mode, &dir);
	check_options(&mode);
	if (show_list(mode.list))
		return (0);
	pc.dir = conf_dir_default(dir);
	if (mode.list != 0) {
		if (argc - optind > 1)
			usage();
		load(false);
		notices_print(&pc, argv[optind], mode.list == 'b');
	} else
		run(mode, argc - optind, argv + optind);
	if (fflush(stdout) != 0)
		fatal("write: %m");
	return (0);
}
