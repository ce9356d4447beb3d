/* SPDX-License-Identifier: ISC */
/*
 * sites - tell flush(8) what is deferred for whom.
 *
 * Nothing waits for it: there is no answer, and what is lost on the way is
 * tried at its time as any other mail.
 */
#include <bsd/string.h>
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"

#include "qmgr.h"

#define RETRY_US	(60 * US_PER_S)	/* after a failure */

static struct chan *ch;
static int64_t quiet_until_us;

/* What was said last: recipients of one message often are of one domain. */
static char last_id[QID_SIZE];
static char last_site[FLUSH_SITE_MAX + 1];

static void
give_up(const char *why)
{
	log_warn("problem talking to service %s: %s", cf->flush_service_name,
	    why);
	chan_free(&ch);
	quiet_until_us = qm.env.now_us() + RETRY_US;
}

static void
heard(struct chan *from, void *arg)
{
	enum verb verb;

	(void)arg;
	while (chan_next(from, MONO_NEVER, &verb) == CHAN_MESSAGE)
		chan_refuse(from, "nothing was asked");
	/* It has gone: another generation is there for the next one. */
	chan_free(&ch);
}

static bool
reach(void)
{
	if (ch != NULL)
		return (true);
	if (qm.env.now_us() < quiet_until_us)
		return (false);
	if ((ch = qm.env.dial(cf->flush_service_name)) == NULL) {
		/* Without that service nobody can ask for a site. */
		if (errno == ENOENT)
			quiet_until_us = INT64_MAX;
		else
			give_up(strerror(errno));
		return (false);
	}
	last_id[0] = '\0';
	chan_watch(ch, qm.loop, heard, NULL);
	return (true);
}

void
sites_deferred(const struct message *m, const struct rcpt *r)
{
	const char *at = strrchr(r->addr, '@');
	const struct msg_flush_add msg = { at != NULL ? at + 1 : "", m->id };

	if (at == NULL || at[1] == '\0' || strlen(msg.site) > FLUSH_SITE_MAX)
		return;
	if (!reach())
		return;
	if (strcmp(last_id, m->id) == 0 && strcmp(last_site, msg.site) == 0)
		return;
	if (chan_put(ch, V_flush_add, &msg) < 0) {
		if (errno != EMSGSIZE)
			give_up("it takes nothing");
		return;
	}
	if (chan_flush(ch, MONO_NEVER) < 0) {
		give_up("it takes nothing");
		return;
	}
	(void)strlcpy(last_id, m->id, sizeof(last_id));
	(void)strlcpy(last_site, msg.site, sizeof(last_site));
}

void
sites_attempt(void)
{
	last_id[0] = '\0';
}
