/* SPDX-License-Identifier: ISC */
/*
 * client - channels of those who have clients of their own.
 *
 * A channel stands for one connection at a time: a new one, "disconnect" or
 * the end of the channel ends the one before.
 */
#include "base/log.h"
#include "base/xalloc.h"

#include "daemon.h"

struct client {
	struct chan	*chan;
	struct counter	*connection;
	bool		 gone;
};

static struct counts counts;
static struct timer *update;
static size_t nclients;
static bool draining;

static void
leave(void)
{
	stat_log();
	role_done();
}

static void
client_free(struct client *c)
{
	counts_disconnect(&counts, &c->connection, mono_now());
	chan_free(&c->chan);
	xfree(&c);
	if (--nclients == 0 && draining)
		leave();
}

static void
take_event(struct client *c, const struct msg_anvil_event *m)
{
	struct msg_anvil_status st = { 0 };
	const enum anvil_kind kind = (enum anvil_kind)m->kind;
	const struct mono now = mono_now();
	struct counter *k;

	if (kind == ANVIL_CONNECT || kind == ANVIL_DISCONNECT)
		counts_disconnect(&counts, &c->connection, now);
	if (kind != ANVIL_DISCONNECT) {
		k = counts_event(&counts, kind, m->ident, now, &st);
		if (k != NULL)
			c->connection = k;
		stat_note(kind, m->ident, &st, counts.n);
	}
	if (chan_put(c->chan, V_anvil_status, &st) < 0)
		c->gone = true;
}

static void
client_speaks(struct chan *ch, void *arg)
{
	struct client *c = arg;
	struct msg_anvil_event m;
	enum verb verb;
	enum chan_got got;

	while ((got = chan_next(ch, mono_now(), &verb)) == CHAN_MESSAGE)
		if (chan_get(ch, &m))
			take_event(c, &m);
	if (got == CHAN_GONE || c->gone || chan_flush(ch, MONO_NEVER) < 0)
		client_free(c);
}

void
anvil_client(struct loop *l, struct chan *ch)
{
	struct client *c = xcalloc(1, sizeof(*c));

	c->chan = ch;
	nclients++;
	chan_watch(ch, l, client_speaks, c);
}

static void
time_for_update(void *arg)
{
	(void)arg;
	counts_expire(&counts, mono_now());
	stat_log();
	timer_set(update, cf->anvil_status_update_time);
}

void
anvil_start(struct loop *l)
{
	counts_init(&counts, cf->anvil_rate_time_unit, COUNT_MAX);
	update = timer_new(l, time_for_update, NULL);
	timer_set(update, cf->anvil_status_update_time);
}

void
anvil_drain(struct loop *l)
{
	(void)l;
	draining = true;
	if (nclients == 0)
		leave();
}
