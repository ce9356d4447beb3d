/* SPDX-License-Identifier: ISC */
/*
 * service - questions and results.
 *
 * An address that is being tested is "pending"; those who can wait for the
 * result wait there. At a reload the new process waits for the cache of the
 * old one, which gives it away at once: who waited there asks again.
 */
#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>

#include <ctype.h>
#include <string.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "conf/conf.h"

#include "verify.h"

#define SWEEP_BATCH	500
#define SWEEP_PAUSE	span_ms(20)
#define SYNC_TIME	span_s(5)
#define LOCK_WAIT	span_ms(50)
#define MAP_MAX		((int64_t)192 << 20)	/* below the limit on files */
#define MAP_MIN		((int64_t)1 << 20)
#define WAITERS_MAX	10000
#define PROGRESS	"Address verification in progress"

struct client;

struct waiter {
	TAILQ_ENTRY(waiter) in_pending;
	TAILQ_ENTRY(waiter) in_client;
	struct pending	*p;
	struct client	*c;
	struct timer	*late;
	uint32_t	 id;
};
TAILQ_HEAD(waiter_list, waiter);

struct pending {
	RB_ENTRY(pending) entry;
	char		*key;
	int64_t		 since;
	struct waiter_list waiters;
};
RB_HEAD(pending_tree, pending);

struct client {
	TAILQ_ENTRY(client) link;
	struct chan	*ch;
	struct waiter_list waiters;
};
TAILQ_HEAD(client_list, client);

static struct pending_tree pendings = RB_INITIALIZER(&pendings);
static struct client_list clients = TAILQ_HEAD_INITIALIZER(clients);
static size_t npending, nwaiters;
static struct record_times times;
static struct loop *loop;
static struct timer *opening, *sync_timer, *sweep_timer;
static uint64_t kept, dropped;
static bool sweeping;

static int
pending_cmp(const struct pending *a, const struct pending *b)
{
	return (strcmp(a->key, b->key));
}

RB_PROTOTYPE(pending_tree, pending, entry, pending_cmp)
RB_GENERATE(pending_tree, pending, entry, pending_cmp)

static int64_t
now_s(void)
{
	return (wall_us() / 1000000);
}

/* The domain's case means nothing; false: too long to be kept. */
static bool
make_key(const char *addr, char key[CACHE_KEY_MAX + 1])
{
	const char *at = strrchr(addr, '@');
	size_t i, n = strlen(addr), local = at != NULL ? (size_t)(at - addr) :
	    n;

	if (n == 0 || n > CACHE_KEY_MAX)
		return (false);
	for (i = 0; i <= n; i++)
		key[i] = i < local ? addr[i] :
		    (char)tolower((unsigned char)addr[i]);
	return (true);
}

static struct pending *
pending_find(const char *key)
{
	struct pending want;

	memcpy(&want.key, &key, sizeof(key));
	return (RB_FIND(pending_tree, &pendings, &want));
}

static void
say(struct client *c, uint32_t id, enum verify_status status,
    struct view text)
{
	char copy[VERIFY_TEXT_MAX + 1];
	struct msg_verify_answer m = { .id = id, .status = status,
		.text = copy };

	text = view_sub(text, 0, VERIFY_TEXT_MAX);
	memcpy(copy, text.p, text.n);
	copy[text.n] = '\0';
	/* A channel that is gone is heard of. */
	if (chan_put(c->ch, V_verify_answer, &m) < 0 ||
	    chan_flush(c->ch, MONO_NEVER) < 0)
		log_debug("an answer is lost");
}

static void
waiter_free(struct waiter *w)
{
	TAILQ_REMOVE(&w->p->waiters, w, in_pending);
	TAILQ_REMOVE(&w->c->waiters, w, in_client);
	timer_free(&w->late);
	xfree(&w);
	nwaiters--;
}

static void
waiter_late(void *arg)
{
	struct waiter *w = arg;

	say(w->c, w->id, VERIFY_PENDING, VIEW(PROGRESS));
	waiter_free(w);
}

static void
wait_for(struct client *c, struct pending *p, const struct msg_verify_query *m)
{
	struct waiter *w;

	if (p == NULL || m->wait_ms == 0 || nwaiters >= WAITERS_MAX) {
		say(c, m->id, VERIFY_PENDING, VIEW(PROGRESS));
		return;
	}
	w = xcalloc(1, sizeof(*w));
	w->p = p;
	w->c = c;
	w->id = m->id;
	w->late = timer_new(loop, waiter_late, w);
	timer_set(w->late, span_ms(m->wait_ms));
	TAILQ_INSERT_TAIL(&p->waiters, w, in_pending);
	TAILQ_INSERT_TAIL(&c->waiters, w, in_client);
	nwaiters++;
}

static void
pending_end(struct pending *p, enum verify_status status, struct view text)
{
	struct waiter *w;

	while ((w = TAILQ_FIRST(&p->waiters)) != NULL) {
		say(w->c, w->id, status, text);
		waiter_free(w);
	}
	RB_REMOVE(pending_tree, &pendings, p);
	xfree(&p->key);
	xfree(&p);
	npending--;
}

/* Results that never came: the message was removed, or is on hold. */
static void
forget_pending(int64_t now)
{
	struct pending *p, *next;

	RB_FOREACH_SAFE(p, pending_tree, &pendings, next)
		if (now < p->since || now - p->since >= PROBE_TTL)
			pending_end(p, VERIFY_PENDING, VIEW(PROGRESS));
}

static void
probe_failed(const char *addr)
{
	char key[CACHE_KEY_MAX + 1];
	struct pending *p;

	/* The next question begins a new test. */
	if (make_key(addr, key) && (p = pending_find(key)) != NULL)
		pending_end(p, VERIFY_PENDING, VIEW(PROGRESS));
}

/* Begin a test of what is not being tested. NULL: too many are. */
static struct pending *
begin(const char *key, const char *addr, const struct record *known)
{
	static int64_t told;
	const int64_t now = now_s();
	struct record r = { .status = VERIFY_PENDING,
		.text = VIEW(PROGRESS) };
	struct pending *p;
	struct buf b;

	if (npending >= (size_t)cf->address_verify_pending_request_limit) {
		if (now - told >= 60)
			log_warn("%zu addresses are being tested, more than "
			    "address_verify_pending_request_limit allows",
			    npending);
		told = now;
		return (NULL);
	}
	p = xcalloc(1, sizeof(*p));
	p->key = xstrdup(key);
	p->since = now;
	TAILQ_INIT(&p->waiters);
	RB_INSERT(pending_tree, &pendings, p);
	npending++;
	if (known != NULL)
		r = *known;
	r.probed = now;
	buf_init(&b, RECORD_MAX);
	record_print(&r, &b);
	cache_put(key, buf_view(&b));
	buf_fini(&b);
	probe_send(loop, addr, probe_failed);
	return (p);
}

static void
query(struct client *c, const struct msg_verify_query *m)
{
	const int64_t now = now_s();
	char key[CACHE_KEY_MAX + 1];
	enum record_age age = RECORD_OVER;
	struct pending *p;
	struct record r;
	struct buf b;
	bool known;

	if (!make_key(m->addr, key)) {
		say(c, m->id, VERIFY_DEFER,
		    VIEW("the address is too long to be verified"));
		return;
	}
	buf_init(&b, RECORD_MAX);
	known = cache_get(key, &b) && record_parse(buf_view(&b), &r);
	if (known)
		age = record_age(&r, &times, now);
	p = pending_find(key);
	if (p == NULL && age != RECORD_FRESH &&
	    !(age == RECORD_STALE && record_probing(&r, now)))
		p = begin(key, m->addr, age == RECORD_STALE ? &r : NULL);
	if (age == RECORD_OVER)
		wait_for(c, p, m);
	else
		say(c, m->id, r.status, r.text);
	buf_fini(&b);
}

/* What was good stays so until it expires, if the new result is bad. */
static bool
outlives(const struct record *old, enum verify_status status, int64_t now)
{
	return (status != VERIFY_OK && old->status == VERIFY_OK &&
	    record_age(old, &times, now) != RECORD_OVER);
}

static void
update(const struct msg_verify_update *m)
{
	const enum verify_status status = (enum verify_status)m->status;
	const int64_t now = now_s();
	struct record r = { .status = status, .updated = now,
		.text = view_of(m->text) };
	char key[CACHE_KEY_MAX + 1];
	struct pending *p;
	struct record old;
	struct buf b, was;
	bool known;

	if (!make_key(m->addr, key))
		return;
	buf_init(&was, RECORD_MAX);
	buf_init(&b, RECORD_MAX);
	known = cache_get(key, &was) && record_parse(buf_view(&was), &old);
	p = pending_find(key);
	if (p == NULL && (!known || old.probed == 0)) {
		log_info("%.200s: result was not asked for, or is known",
		    m->addr);
		goto out;
	}
	if (known && outlives(&old, status, now)) {
		r = old;
		r.probed = 0;
	}
	if (r.status != VERIFY_OK && !cf->address_verify_negative_cache)
		cache_drop(key);
	else {
		record_print(&r, &b);
		cache_put(key, buf_view(&b));
	}
	if (p != NULL)
		pending_end(p, status, view_of(m->text));
out:
	buf_fini(&b);
	buf_fini(&was);
}

static void
client_free(struct client *c)
{
	struct waiter *w;

	while ((w = TAILQ_FIRST(&c->waiters)) != NULL)
		waiter_free(w);
	TAILQ_REMOVE(&clients, c, link);
	chan_free(&c->ch);
	xfree(&c);
}

static void
client_speaks(struct chan *ch, void *arg)
{
	struct client *c = arg;
	union {
		struct msg_verify_query	 query;
		struct msg_verify_update update;
	} u;
	enum chan_got got;
	enum verb verb;

	while ((got = chan_next(ch, MONO_NEVER, &verb)) == CHAN_MESSAGE) {
		if (!chan_get(ch, &u))
			continue;
		if (verb == V_verify_query)
			query(c, &u.query);
		else
			update(&u.update);
	}
	if (got == CHAN_GONE)
		client_free(c);
}

void
service_client(struct loop *l, struct chan *ch)
{
	struct client *c = xcalloc(1, sizeof(*c));

	c->ch = ch;
	TAILQ_INIT(&c->waiters);
	TAILQ_INSERT_TAIL(&clients, c, link);
	/* Without the cache nobody is heard. */
	if (cache_is_open())
		chan_watch(ch, l, client_speaks, c);
}

static bool
is_over(struct view v)
{
	const int64_t now = now_s();
	struct record r;

	return (!record_parse(v, &r) || (!record_probing(&r, now) &&
	    record_age(&r, &times, now) == RECORD_OVER));
}

static void
sweep(void *arg)
{
	(void)arg;
	if (!sweeping) {
		sweeping = true;
		kept = dropped = 0;
	}
	if (!cache_sweep(SWEEP_BATCH, is_over, &kept, &dropped)) {
		timer_set(sweep_timer, SWEEP_PAUSE);
		return;
	}
	sweeping = false;
	log_info("cache %s full cleanup: retained=%llu dropped=%llu entries",
	    *cf->address_verify_map != '\0' ? cf->address_verify_map :
	    "internal", (unsigned long long)kept,
	    (unsigned long long)dropped);
	timer_set(sweep_timer, cf->address_verify_cache_cleanup_interval);
}

static void
sync_now(void *arg)
{
	(void)arg;
	cache_sync();
	forget_pending(now_s());
	timer_set(sync_timer, SYNC_TIME);
}

/* The last part of "type:/path/name"; only that is ours to choose. */
static const char *
file_name(void)
{
	static char name[201];
	const char *map = cf->address_verify_map;
	const char *path = strchr(map, ':'), *slash;
	size_t n = strlen(cf->data_directory);

	if (*map == '\0')
		return ("");
	if (strncmp(map, "lmdb:", 5) != 0)
		log_warn("address_verify_map: %s is kept as a table of type "
		    "lmdb", map);
	path = path != NULL ? path + 1 : map;
	slash = strrchr(path, '/');
	if (slash == NULL || (size_t)(slash - path) != n ||
	    strncmp(path, cf->data_directory, n) != 0)
		log_warn("address_verify_map: %s is kept below %s", map,
		    cf->data_directory);
	path = slash != NULL ? slash + 1 : path;
	if (*path == '\0' || *path == '.' || strlen(path) >= sizeof(name))
		fatal("address_verify_map: %s: not a name of a file", map);
	memcpy(name, path, strlen(path) + 1);
	return (name);
}

static void
try_open(void *arg)
{
	int64_t max = cf->lmdb_map_size;
	struct client *c, *next;

	(void)arg;
	if (max < MAP_MIN)
		max = MAP_MIN;
	if (max > MAP_MAX)
		max = MAP_MAX;
	if (!cache_open(file_name(), (size_t)max)) {
		timer_set(opening, LOCK_WAIT);
		return;
	}
	timer_set(sync_timer, SYNC_TIME);
	if (cf->address_verify_cache_cleanup_interval.ns > 0)
		timer_set(sweep_timer,
		    cf->address_verify_cache_cleanup_interval);
	TAILQ_FOREACH_SAFE(c, &clients, link, next)
		chan_watch(c->ch, loop, client_speaks, c);
}

static int64_t
whole_s(struct span d)
{
	return (d.ns / 1000000000);
}

void
service_start(struct loop *l)
{
	loop = l;
	times = (struct record_times){
		whole_s(cf->address_verify_positive_expire_time),
		whole_s(cf->address_verify_positive_refresh_time),
		whole_s(cf->address_verify_negative_expire_time),
		whole_s(cf->address_verify_negative_refresh_time) };
	opening = timer_new(l, try_open, NULL);
	sync_timer = timer_new(l, sync_now, NULL);
	sweep_timer = timer_new(l, sweep, NULL);
	try_open(NULL);
}

void
service_drain(struct loop *l)
{
	(void)l;
	cache_close();
	role_done();
}
