/* SPDX-License-Identifier: ISC */
/* Questions over the resolver's channel, answers back in any order. */
#include <string.h>

#include "base/log.h"
#include "broker/chan.h"
#include "dns.h"

/* Questions on the way at a time: more would only wait in the channel. */
#define DNS_BATCH	128
/* Channels that are tried for one batch. */
#define DNS_ATTEMPTS	3

struct batch {
	struct dns		*dns;
	struct arena		*arena;
	struct dns_lookup	*q;
	size_t			 n;
	uint32_t		 first;		/* id of q[0] */
	size_t			 left;		/* not yet answered */
	struct mono		 deadline;
};

void
dns_init(struct dns *d, struct chan *(*dial)(const char *),
    const char *service)
{
	*d = (struct dns){ .dial = dial, .service = service };
}

void
dns_fini(struct dns *d)
{
	chan_free(&d->chan);
}

static void
give_up(struct dns_lookup *q, const char *why)
{
	q->answered = true;
	q->status = DNS_TEMPFAIL;
	q->text = why;
	q->cname = q->name;
	q->nrr = 0;
}

/* All questions without an answer; -1: the channel is of no use. */
static int
send_questions(struct batch *b)
{
	struct chan *ch = b->dns->chan;

	for (size_t i = 0; i < b->n; i++) {
		struct dns_lookup *q = &b->q[i];
		struct msg_dns_query m = { .id = b->first + (uint32_t)i,
			.type = q->type, .flags = q->flags, .name = q->name };

		if (q->answered)
			continue;
		if (strlen(q->name) > DNS_NAME_MAX) {
			give_up(q, "name is too long");
			q->status = DNS_INVALID;
			b->left--;
			continue;
		}
		if (chan_put(ch, V_dns_query, &m) < 0)
			return (-1);
	}
	return (chan_flush(ch, b->deadline));
}

/*
 * The records that follow an answer. With q NULL they belong to a question
 * that was given up earlier.
 */
static int
read_records(struct batch *b, struct dns_lookup *q, uint32_t count)
{
	struct dns_record *rr = NULL;
	struct msg_dns_record m;
	enum verb verb;

	if (q != NULL && count > 0)
		rr = arena_array(b->arena, count, sizeof(*rr));
	for (uint32_t i = 0; i < count; i++) {
		if (chan_next(b->dns->chan, b->deadline, &verb) !=
		    CHAN_MESSAGE || verb != V_dns_record ||
		    !chan_get(b->dns->chan, &m))
			return (-1);
		if (rr == NULL)
			continue;
		rr[i] = (struct dns_record){ .type = m.type, .ttl = m.ttl,
			.pref = m.pref, .weight = m.weight, .port = m.port,
			.name = arena_str(b->arena, m.name),
			.data = { arena_strn(b->arena, m.data.p, m.data.n),
			    m.data.n } };
	}
	if (q != NULL) {
		q->rr = rr;
		q->nrr = count;
	}
	return (0);
}

static int
read_answer(struct batch *b)
{
	struct dns_lookup *q = NULL;
	struct msg_dns_answer m;
	uint32_t count;
	enum verb verb;

	switch (chan_next(b->dns->chan, b->deadline, &verb)) {
	case CHAN_MESSAGE:
		break;
	case CHAN_AGAIN:
	case CHAN_GONE:
		return (-1);
	}
	if (verb != V_dns_answer || !chan_get(b->dns->chan, &m))
		return (-1);
	count = m.count;
	if (m.id - b->first < b->n && !b->q[m.id - b->first].answered) {
		q = &b->q[m.id - b->first];
		q->status = m.status;
		q->secure = m.secure != 0;
		q->cname = arena_str(b->arena, m.name);
		q->text = arena_str(b->arena, m.text);
	}
	if (read_records(b, q, count) < 0) {
		if (q != NULL)
			q->status = DNS_TEMPFAIL;
		return (-1);
	}
	if (q == NULL)
		return (0);
	/* A lookup that says OK has records; nobody needs to check both. */
	if (q->status == DNS_OK && q->nrr == 0)
		q->status = DNS_NODATA;
	if (q->status != DNS_OK)
		q->nrr = 0;
	q->answered = true;
	b->left--;
	return (0);
}

/* One attempt over the channel. */
static bool
attempt(struct batch *b)
{
	struct dns *d = b->dns;

	if (send_questions(b) < 0)
		goto out;
	while (b->left > 0)
		if (read_answer(b) < 0)
			goto out;
	return (true);
out:
	/* An answer that comes too late must not meet the next question. */
	chan_free(&d->chan);
	return (false);
}

static void
ask_batch(struct dns *d, struct arena *a, struct dns_lookup *q, size_t n,
    struct mono deadline)
{
	struct batch b = { .dns = d, .arena = a, .q = q, .n = n,
		.first = d->id, .left = n, .deadline = deadline };

	d->id += (uint32_t)n;
	/*
	 * A kept channel may have been closed since, and a new one may meet a
	 * resolver that is just making way for another after a reload.
	 */
	for (int i = 0; i < DNS_ATTEMPTS && !mono_past(deadline); i++) {
		if (d->chan == NULL && (d->chan = d->dial(d->service)) ==
		    NULL) {
			log_warn("connect to service %s: %m", d->service);
			break;
		}
		if (attempt(&b))
			return;
	}
	for (size_t i = 0; i < n; i++)
		if (!q[i].answered)
			give_up(&q[i], mono_past(deadline) ?
			    "no answer from the resolver in time" :
			    "the resolver is not available");
}

void
dns_ask(struct dns *d, struct arena *a, struct dns_lookup *q, size_t n,
    struct mono deadline)
{
	for (size_t done = 0; done < n; done += DNS_BATCH)
		ask_batch(d, a, q + done,
		    n - done < DNS_BATCH ? n - done : DNS_BATCH, deadline);
}

static void
merge(struct dns_addrs *n, const struct dns_lookup *q)
{
	struct dns_addr a;

	for (size_t i = 0; i < q->nrr; i++)
		if (dns_addr_record(&q->rr[i], &a))
			n->addr[n->naddr++] = a;
	if (q->status == DNS_OK)
		n->secure = n->secure && q->secure;
	/* NXDOMAIN < NODATA < TEMPFAIL...: the order of enum dns_status. */
	if (q->status != DNS_OK && q->status >= n->status) {
		n->status = q->status;
		n->type = q->type;
		n->text = q->text;
	}
	if (n->cname == NULL || q->status == DNS_OK)
		n->cname = q->cname;
}

void
dns_find_addrs(struct dns *d, struct arena *a, struct dns_addrs *names,
    size_t n, uint32_t families, uint32_t flags, struct mono deadline)
{
	static const struct {
		uint32_t	family;
		enum dns_type	type;
	} kinds[] = { { DNS_V4, DNS_A }, { DNS_V6, DNS_AAAA } };
	struct dns_lookup *q;
	size_t nq = 0;

	q = arena_array(a, n * 2, sizeof(*q));
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < 2; k++)
			if ((families & kinds[k].family) != 0)
				q[nq++] = (struct dns_lookup){
					.type = kinds[k].type, .flags = flags,
					.name = names[i].name };
	dns_ask(d, a, q, nq, deadline);
	for (size_t i = 0; i < n; i++) {
		size_t per = nq / n, max = 0;

		names[i].secure = true;
		names[i].status = DNS_OK;
		for (size_t k = 0; k < per; k++)
			max += q[i * per + k].nrr;
		names[i].addr = arena_array(a, max + 1, sizeof(struct dns_addr));
		for (size_t k = 0; k < per; k++)
			merge(&names[i], &q[i * per + k]);
		if (names[i].naddr > 0)
			names[i].status = DNS_OK;
		else if (names[i].status == DNS_OK)
			names[i].status = DNS_NODATA;
	}
}
