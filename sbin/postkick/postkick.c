/* SPDX-License-Identifier: ISC */
/*
 * postkick - wake up a service, for scripts.
 *
 * Postfix's requests are letters; here they become the messages that the three
 * services which understand them take.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mono.h"
#include "broker/command.h"
#include "conf/conf.h"

#define WAIT	span_s(60)

static noreturn void
usage(void)
{
	(void)fprintf(stderr, "usage: postkick [-c config_dir] [-v] "
	    "class service request\n");
	exit(1);
}

/* What the letters ask of qmgr(8). */
static uint32_t
letters(const char *request)
{
	uint32_t what = 0;

	for (; *request != '\0'; request++) {
		switch (*request) {
		case 'I': case 'W':
			what |= QUEUE_SCAN_INCOMING;
			break;
		case 'D':
			what |= QUEUE_SCAN_DEFERRED;
			break;
		case 'A':
			what |= QUEUE_SCAN_ALL;
			break;
		case 'F':
			what |= QUEUE_FORGET_DEAD;
			break;
		default:
			fatal("%c: unknown request", *request);
		}
	}
	return (what);
}

/* To flush(8): P all that waits, R what has waited for long. */
static uint32_t
purges(const char *request)
{
	if (strcmp(request, "P") != 0 && strcmp(request, "R") != 0)
		fatal("%s: unknown request", request);
	return (*request == 'P');
}

static void
kick(const struct params *p, const char *service, const char *request)
{
	const bool sites = strcmp(service, p->flush_service_name) == 0;
	const struct msg_pickup_scan scan = { };
	const struct msg_queue_flush flush = {
		sites ? 0 : letters(request) };
	const struct msg_flush_refresh refresh = {
		sites ? purges(request) : 0 };
	struct msg_queue_done done;
	struct msg_flush_done flushed;
	struct chan *ch;
	int rc;

	if (strcmp(service, p->pickup_service_name) == 0) {
		ch = command_dial(p->queue_directory, service, ROLE_PICKUP);
		rc = ch == NULL || chan_put(ch, V_pickup_scan, &scan) == -1 ?
		    -1 : chan_flush(ch, mono_in(WAIT));
	} else if (strcmp(service, p->queue_service_name) == 0) {
		ch = command_dial(p->queue_directory, service, ROLE_QMGR);
		rc = ch == NULL ? -1 : chan_call(ch, V_queue_flush, &flush,
		    V_queue_done, &done, mono_in(WAIT));
	} else if (sites) {
		ch = command_dial(p->queue_directory, service, ROLE_FLUSH);
		rc = ch == NULL ? -1 : chan_call(ch, V_flush_refresh,
		    &refresh, V_flush_done, &flushed, mono_in(WAIT));
	} else
		fatal("service %s takes no requests", service);
	if (rc == -1)
		fatal("Cannot contact class public service %s - %s", service,
		    errno == ENOENT || errno == ECONNREFUSED ?
		    "is the mail system down?" : strerror(errno));
	chan_free(&ch);
}

int
main(int argc, char **argv)
{
	static struct params params;
	struct arena *a = arena_new(0);
	struct conf_error e;
	const char *dir = NULL;
	struct conf *c;
	int opt;

	log_open("postkick", log_stderr);
	log_exit_status(1);
	while ((opt = getopt(argc, argv, "c:v")) != -1) {
		if (opt == 'c')
			dir = optarg;
		else if (opt == '?')
			usage();
	}
	if (argc - optind != 3)
		usage();
	if (strcmp(argv[optind], "public") != 0)
		fatal("class %s: only public services can be reached",
		    argv[optind]);
	if ((c = conf_load(a, conf_dir_default(dir), &e)) == NULL ||
	    conf_params(c, CONF_EVERYTHING, &params, &e) < 0)
		fatal("%s", e.text);
	kick(&params, argv[optind + 1], argv[optind + 2]);
	arena_free(&a);
	return (0);
}
