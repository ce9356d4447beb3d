/* SPDX-License-Identifier: ISC */
/* A worker's life: requests of one channel, until qmgr(8) closes it. */
#include "base/log.h"
#include "base/xalloc.h"
#include "conf/conf.h"
#include "smtp_in.h"

#define SERVER_TEXT	(64 * 1024)	/* bytes of names of one server */

void
client_run(struct chan *chan, struct chan *(*reach)(const char *))
{
	struct client c = { .chan = chan, .reach = reach,
		.srv = { .fd = -1 } };
	struct agent_request r;
	struct mono limit = MONO_NEVER;
	bool go = true;

	c.arena = arena_new(SERVER_TEXT);
	dns_init(&c.dns, reach, cf->resolver_service_name);
	while (go) {
		switch (agent_receive(chan, limit, &r)) {
		case AGENT_REQUEST:
			go = deliver(&c, &r);
			agent_release(&r);
			limit = c.srv.fd < 0 ? MONO_NEVER :
			    mono_in(cf->smtp_connection_cache_time_limit);
			break;
		case AGENT_AGAIN:
			/* qmgr may still come, and gets the same server. */
			server_close(&c.srv);
			limit = MONO_NEVER;
			break;
		case AGENT_GONE:
			go = false;
			break;
		}
	}
	server_close(&c.srv);
	dns_fini(&c.dns);
	chan_free(&c.dial);
	xfree(&c.nexthop);
	arena_free(&c.arena);
}
