/* SPDX-License-Identifier: ISC */
/*
 * flush - know which messages wait for which site, for ETRN.
 *
 * Trusts: qmgr(8), which says what waits. Distrusts: smtpd(8), which talks to
 * strangers; names of sites; its own files. Holds: lists of queue ids. All it
 * can do with one is to ask qmgr(8) to try that message.
 */
#include <sys/stat.h>

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "conf/conf.h"
#include "flush.h"

struct flush flush;

static int
table_fd(void *arg, const char *spec)
{
	(void)arg;
	return (role_table_fd(spec));
}

static int64_t
now(void)
{
	return (time(NULL));
}

static void
prepare(void)
{
	tzset();
	(void)umask(077);
}

static void
init(void)
{
	static struct table_source source = { .fd = table_fd };
	const char *err = NULL;

	source.lenient = !cf->daemon_table_open_error_is_fatal;
	flush.eligible = match_open(arena_new(0), "fast_flush_domains",
	    cf->fast_flush_domains,
	    match_parent_flag(cf->parent_domain_matches_subdomains,
	    "fast_flush_domains"), 0, &source, &err);
	if (flush.eligible == NULL)
		fatal("fast_flush_domains: %s", err != NULL ? err : "?");
	/* Confined: the queue directory is the root. */
	flush.logs = (struct sitelogs){ .rootfd = AT_FDCWD,
		.max_bytes = SITELOG_BYTES, .max_sites = SITELOG_SITES };
	flush.dial = role_dial;
	flush.now = now;
}

static void
start(struct loop *l)
{
	flush.loop = l;
	send_init();
	refresh_start();
}

static void
wakeup(struct loop *l)
{
	(void)l;
	refresh(false);
}

/* What is being sent lies in a file: the next generation goes on with it. */
static void
drain(struct loop *l)
{
	(void)l;
	clients_last_words();
	role_done();
}

static const struct role role = {
	.id = ROLE_FLUSH,
	.filter = &policy_filter_flush,
	.prepare = prepare,
	.init = init,
	.start = start,
	.client = client_new,
	.wakeup = wakeup,
	.drain = drain,
};

int
main(int argc, char **argv)
{
	return (role_main(&role, argc, argv));
}
