/* SPDX-License-Identifier: ISC */
/*
 * postqueue - list the queue and have it tried, without a look into it.
 *
 * Everything is asked of showq(8) and qmgr(8). The listing holds strangers'
 * text, which is made printable.
 */
#include <bsd/stdlib.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "address/address.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/mono.h"
#include "broker/command.h"
#include "postqueue.h"
#include "queue-layout/id.h"

#define EX_USAGE	64
#define EX_UNAVAILABLE	69
#define EX_SOFTWARE	70

/* For the next message of a long queue; for qmgr's answer. */
#define WAIT		span_s(300)

enum mode { MODE_NONE, MODE_TEXT, MODE_JSON, MODE_FLUSH, MODE_ID, MODE_SITE };

struct command {
	enum mode	 mode;
	const char	*what;		/* the id, the site */
	const char	*config;
	struct params	 params;
};

static noreturn void
usage(void)
{
	log_exit_status(EX_USAGE);
	fatal("usage: postqueue [-c config_dir] [-v] -f | -i queue_id | -j | "
	    "-p | -s site");
}

static void
set_mode(struct command *c, enum mode mode, const char *what)
{
	if (c->mode != MODE_NONE)
		usage();
	c->mode = mode;
	c->what = what;
}

static void
options(struct command *c, int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "c:fi:jps:v")) != -1) {
		switch (opt) {
		case 'c':
			c->config = optarg;
			break;
		case 'f':
			set_mode(c, MODE_FLUSH, NULL);
			break;
		case 'i':
			set_mode(c, MODE_ID, optarg);
			break;
		case 'j':
			set_mode(c, MODE_JSON, NULL);
			break;
		case 'p':
			set_mode(c, MODE_TEXT, NULL);
			break;
		case 's':
			set_mode(c, MODE_SITE, optarg);
			break;
		case 'v':
			log_verbose(1);
			break;
		default:
			usage();
		}
	}
	if (optind < argc)
		usage();
	if (c->mode == MODE_NONE)
		usage();
}

static void
read_conf(struct command *c)
{
	struct arena *a = arena_new(0);		/* lives as long as we do */
	struct conf_error e;
	const char *dir;
	struct conf *conf;

	dir = conf_dir_default(c->config);
	if ((conf = conf_load(a, dir, &e)) == NULL ||
	    conf_params(conf, CONF_EVERYTHING, &c->params, &e) == -1)
		fatal("%s", e.text);
}

/* "what" cannot be done because nobody answers. */
static noreturn void
is_down(const char *what)
{
	if (errno == ENOENT || errno == ECONNREFUSED)
		fatal("%s - mail system is down", what);
	fatal("%s - %s", what, errno != 0 ? strerror(errno) :
	    "connection is lost");
}

static void
list(struct command *c)
{
	static const char what[] = "Queue report unavailable";
	struct report r = { .out = stdout, .json = c->mode == MODE_JSON,
		.wide = c->params.enable_long_queue_ids };
	const struct msg_showq_list ask = { 0 };
	union {
		struct msg_showq_message	message;
		struct msg_showq_rcpt		rcpt;
		struct msg_showq_end		end;
	} u;
	enum verb verb;
	struct chan *ch;

	ch = command_dial(c->params.queue_directory,
	    c->params.showq_service_name, ROLE_SHOWQ);
	if (ch == NULL || chan_put(ch, V_showq_list, &ask) == -1 ||
	    chan_flush(ch, mono_in(WAIT)) == -1)
		is_down(what);
	for (;;) {
		errno = 0;
		if (chan_next(ch, mono_in(WAIT), &verb) != CHAN_MESSAGE ||
		    !chan_get(ch, &u))
			is_down(what);
		if (verb == V_showq_end)
			break;
		if (verb == V_showq_message)
			report_message(&r, &u.message);
		else
			report_rcpt(&r, &u.rcpt);
	}
	if (u.end.status == 2)
		access_refused("view the mail queue");
	report_end(&r);
	chan_free(&ch);
	if (fflush(stdout) == EOF || ferror(stdout))
		fatal("write: %m");
	if (u.end.status != 0)
		log_warn("the listing is not complete: see the mail log");
}

static noreturn void
no_message(const struct command *c)
{
	fatal("no message in the queue with id %s", c->what);
}

static noreturn void
not_flushed(void)
{
	log_exit_status(EX_SOFTWARE);
	fatal("Cannot flush mail queue - see the mail log");
}

static noreturn void
no_site(const struct command *c)
{
	fatal("Flush service is not configured for destination \"%s\"",
	    c->what);
}

static noreturn void
bad_request(const struct command *c)
{
	log_exit_status(EX_USAGE);
	fatal("Invalid request: \"%s\"", c->what);
}

/* qmgr does not hear users; a process of pickup's asks it for them. */
static void
ask_pickup(struct command *c)
{
	const bool site = c->mode == MODE_SITE;
	const struct msg_pickup_flush m = { site ? "" : c->what,
		site ? c->what : "" };
	struct msg_submit_status st;
	struct chan *ch;

	ch = command_dial(c->params.queue_directory,
	    c->params.pickup_service_name, ROLE_PICKUP);
	if (ch == NULL || chan_call(ch, V_pickup_flush, &m, V_submit_status,
	    &st, mono_in(WAIT)) == -1)
		is_down("Cannot flush mail queue");
	if (st.status & SUBMIT_STAT_DENIED)
		access_refused("flush the mail queue");
	if (st.status & SUBMIT_STAT_UNKNOWN)
		no_message(c);
	if (st.status & SUBMIT_STAT_NO_SITE)
		no_site(c);
	if (st.status & SUBMIT_STAT_SYNTAX)
		bad_request(c);
	if (st.status != 0)
		not_flushed();
	chan_free(&ch);
}

static void
ask_qmgr(struct command *c, enum verb verb, const void *msg)
{
	struct msg_queue_done done;
	struct chan *ch;

	if (getuid() != 0) {
		ask_pickup(c);
		return;
	}
	ch = command_dial(c->params.queue_directory,
	    c->params.queue_service_name, ROLE_QMGR);
	if (ch == NULL || chan_call(ch, verb, msg, V_queue_done, &done,
	    mono_in(WAIT)) == -1)
		is_down("Cannot flush mail queue");
	chan_free(&ch);
	if (done.status == QUEUE_NO_SUCH_MESSAGE)
		no_message(c);
	if (done.status == QUEUE_ERROR)
		not_flushed();
}

static void
flush(struct command *c)
{
	const struct msg_queue_flush m = { QUEUE_SCAN_INCOMING |
		QUEUE_SCAN_DEFERRED | QUEUE_SCAN_ALL | QUEUE_FORGET_DEAD };

	ask_qmgr(c, V_queue_flush, &m);
}

static void
flush_id(struct command *c)
{
	const struct msg_queue_flush_one m = { c->what };
	struct qid id;

	if (!qid_parse(view_of(c->what), &id)) {
		log_exit_status(EX_USAGE);
		fatal("invalid queue id: %s", c->what);
	}
	ask_qmgr(c, V_queue_flush_one, &m);
}

static void
flush_site(struct command *c)
{
	const struct msg_flush_site m = { c->what };
	struct msg_flush_done done;
	struct view addr;
	struct chan *ch;

	if (!host_valid(view_of(c->what)) &&
	    !host_literal(view_of(c->what), &addr)) {
		log_exit_status(EX_USAGE);
		fatal("Cannot flush mail queue - invalid destination: "
		    "\"%.100s%s\"", c->what,
		    strlen(c->what) > 100 ? "..." : "");
	}
	if (getuid() != 0) {
		ask_pickup(c);
		return;
	}
	ch = command_dial(c->params.queue_directory,
	    c->params.flush_service_name, ROLE_FLUSH);
	if (ch == NULL || chan_call(ch, V_flush_site, &m, V_flush_done, &done,
	    mono_in(WAIT)) == -1)
		is_down("Cannot flush mail queue");
	chan_free(&ch);
	switch ((enum flush_status)done.status) {
	case FLUSH_DONE:
		return;
	case FLUSH_DENIED:
		no_site(c);
	case FLUSH_BAD:
		bad_request(c);
	case FLUSH_FAILED:
		break;
	}
	not_flushed();
}

static void
run(struct command *c)
{
	switch (c->mode) {
	case MODE_TEXT:
	case MODE_JSON:
		list(c);
		return;
	case MODE_FLUSH:
	case MODE_ID:
	case MODE_SITE:
		break;
	case MODE_NONE:
		usage();
	}
	if (c->mode == MODE_FLUSH)
		flush(c);
	else if (c->mode == MODE_ID)
		flush_id(c);
	else
		flush_site(c);
}

int
main(int argc, char **argv)
{
	static struct command c;

	log_exit_status(EX_UNAVAILABLE);
	log_open("postqueue", log_stderr);
	tzset();
	options(&c, argc, argv);
	read_conf(&c);
	run(&c);
	return (0);
}
