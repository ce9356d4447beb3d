/* SPDX-License-Identifier: ISC */
/*
 * postern - control the mail system; also installed as postfix.
 *
 * Run by an operator. Reads the configuration, makes what is missing of the
 * queue, starts master(8) and tells it what to do by signals.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "broker/cmdlog.h"

#include "postern.h"

static const struct subcommand {
	const char	*name;
	int		(*run)(struct instance *);
	bool		 root;
	const char	*purpose;
} subcommands[] = {
	{ "start", do_start, true, "start the mail system" },
	{ "start-fg", do_start_fg, true, "the same, in the foreground" },
	{ "stop", do_stop, true, "stop, and let sessions finish" },
	{ "quick-stop", do_stop, true, "the same" },
	{ "drain", do_stop, true, "the same" },
	{ "abort", do_abort, true, "stop at once" },
	{ "reload", do_reload, true, "take up a changed configuration" },
	{ "flush", do_flush, true, "try to deliver all that is deferred" },
	{ "check", do_check, true, "compare configuration and queue" },
	{ "status", do_status, false, "whether the mail system runs" },
	{ "processes", do_processes, true,
	    "each process with its privileges, as the kernel tells" },
	{ "set-permissions", do_set_permissions, true,
	    "make and mend directories, owners and modes" },
	{ "logrotate", do_logrotate, true,
	    "rename maillog_file, go on, compress" },
};

static _Noreturn void
usage(void)
{
	(void)fprintf(stderr, "usage: postern [-Dv] [-c dir] command\n");
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]);
	    i++)
		(void)fprintf(stderr, "\t%-16s %s\n", subcommands[i].name,
		    subcommands[i].purpose);
	exit(1);
}

static const struct subcommand *
find(const char *name)
{
	for (size_t i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]);
	    i++)
		if (strcmp(subcommands[i].name, name) == 0)
			return (&subcommands[i]);
	log_error("unknown command: %s", name);
	usage();
}

int
main(int argc, char **argv)
{
	struct instance i = { .dir = NULL };
	const struct subcommand *sub;
	struct conf_error e;
	int c;

	log_open("postern", log_stderr);
	log_exit_status(1);
	while ((c = getopt(argc, argv, "c:Dv")) != -1) {
		if (c == 'c')
			i.dir = optarg;
		else if (c == 'D')
			i.debug = true;
		else if (c == 'v')
			i.verbose++;
		else
			usage();
	}
	if (argc - optind != 1)
		usage();
	sub = find(argv[optind]);
	if (sub->root && geteuid() != 0)
		fatal("%s: to be run by root", sub->name);
	i.arena = arena_new(0);
	i.dir = conf_dir_default(i.dir);
	if ((i.conf = conf_load(i.arena, i.dir, &e)) == NULL ||
	    conf_params(i.conf, CONF_EVERYTHING, &i.params, &e) < 0)
		fatal("%s", e.text);
	if (geteuid() == 0) {
		/* The name that log tools know from Postfix's script. */
		cmdlog_open(&i.params, arena_printf(i.arena,
		    "%s/postfix-script", i.params.syslog_name));
		log_open("postern", cmdlog_sink);
	}
	return (sub->run(&i));
}
