/* SPDX-License-Identifier: ISC */
/* refresh - walk through the logs: what has waited for too long, what to go on with. */
#include <bsd/string.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "conf/conf.h"
#include "flush.h"
#include "queue-layout/queue.h"

static bool
ends_with(const char *name, char mark)
{
	const size_t n = strlen(name);

	return (n > 0 && name[n - 1] == mark);
}

static void
discard(const struct q_entry *e)
{
	if (unlinkat(flush.logs.rootfd, e->path, 0) == -1 && errno != ENOENT)
		log_warn("remove %s: %m", e->path);
	else if (!ends_with(e->name, SITELOG_ANEW) && flush.logs.n > 0)
		flush.logs.n--;
}

typedef void (*log_fn)(const struct q_entry *e, void *arg);

static void
each_log(log_fn fn, void *arg)
{
	struct q_scan *s = q_scan_open(flush.logs.rootfd, NULL, Q_flush);
	struct q_entry e;
	int got;

	if (s == NULL) {
		log_warn("open directory flush: %m");
		return;
	}
	while ((got = q_scan_next(s, &e)) != 0) {
		if (got == -1) {
			log_warn("read directory flush: %m");
			break;
		}
		if (got == 1 && strlen(e.name) < SITELOG_NAME)
			fn(&e, arg);
	}
	q_scan_close(&s);
}

static void
send_sending(const char *name)
{
	char bare[SITELOG_NAME];

	(void)strlcpy(bare, name, sizeof(bare));
	bare[strlen(bare) - 1] = '\0';
	send_site(bare);
}

static void
found_at_start(const struct q_entry *e, void *arg)
{
	(void)arg;
	if (ends_with(e->name, SITELOG_ANEW))
		discard(e);
	else if (ends_with(e->name, SITELOG_SENDING))
		send_sending(e->name);
	else
		flush.logs.n++;
}

void
refresh_start(void)
{
	each_log(found_at_start, NULL);
}

static bool
is_over(int64_t since, struct span d)
{
	return (flush.now() - since >= d.ns / 1000000000);
}

static void
look_at(const struct q_entry *e, void *arg)
{
	const bool *all = arg;
	int64_t since;
	bool empty;

	if (ends_with(e->name, SITELOG_ANEW))
		return;
	if (ends_with(e->name, SITELOG_SENDING)) {
		send_sending(e->name);
		return;
	}
	if (sitelog_look(&flush.logs, e->name, &since, &empty) == -1) {
		if (errno != ENOENT)
			log_warn("read %s: %m", e->path);
		return;
	}
	if (empty && is_over(since, cf->fast_flush_purge_time))
		discard(e);
	else if (!empty && (*all ||
	    is_over(since, cf->fast_flush_refresh_time)))
		send_site(e->name);
}

void
refresh(bool all)
{
	each_log(look_at, &all);
}
