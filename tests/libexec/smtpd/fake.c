/* SPDX-License-Identifier: ISC */
/* fake - smtpd(8) in a test (fake.h). */
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"

#include "ehlo.h"
#include "fake.h"
#include "setup.h"
#include "xclient.h"

#define KEEP_MAX	(1 << 26)

struct buf fake_said, fake_log;
bool fake_quiet;

static struct arena *conf_arena;
static struct params params;

static const char *const defaults[] = {
	"compatibility_level", "3.11",
	"myhostname", "mx.acc.example",
	"mydestination", "acc.example, mx.acc.example, localhost",
	"myorigin", "acc.example",
	"mynetworks", "127.0.0.0/8",
	"inet_interfaces", "127.0.0.1",
	"local_recipient_maps", "inline:{ { alice = x }, "
	    "{ bob = x } }",
	"own_addresses", "127.0.0.1",
	"relay_domains", "relayed.example",
	"relay_recipient_maps", "inline:{ { known@relayed.example = x } }",
	"virtual_alias_maps", "inline:{ { alias@acc.example = alice } }",
	"alias_maps", "",
	"virtual_mailbox_maps", "inline:{ { box@virtual.example = x } }",
	"message_size_limit", "300000",
	"smtpd_relay_restrictions",
	    "permit_mynetworks, reject_unauth_destination",
	"smtpd_error_sleep_time", "0",
	"smtpd_client_connection_count_limit", "0",
	"recipient_delimiter", "+",
	NULL
};

static void
set_all(struct conf *c, const char *const *list)
{
	for (; list != NULL && *list != NULL; list += 2)
		conf_set(c, list[0], list[1]);
}

static void
sink(enum log_level level, const char *line, size_t n)
{
	static const char *const names[] = { "", "warning: ", "error: ",
		"fatal: ", "panic: " };

	if (fake_quiet)
		return;
	if (fake_log.n + n + 20 > KEEP_MAX)
		buf_reset(&fake_log);
	buf_xprintf(&fake_log, "%s%.*s\n", names[level], (int)n, line);
}

static int
no_table(void *arg, const char *spec)
{
	(void)arg;
	(void)spec;
	return (-1);
}

void
fake_setup(const char *const *list)
{
	struct conf_error e;
	struct conf *c;
	struct buf wire;

	if (fake_said.max == 0) {
		buf_init(&fake_said, KEEP_MAX);
		buf_init(&fake_log, KEEP_MAX);
	}
	buf_reset(&fake_log);
	log_open("smtpd", sink);
	smtpd_dial = fake_dial;
	memset(&fake_trouble, 0, sizeof(fake_trouble));
	conf_arena = arena_new(0);
	c = conf_new(conf_arena, "/nonexistent");
	set_all(c, defaults);
	set_all(c, list);
	buf_init(&wire, 1 << 20);
	if (conf_export(c, conf_role_mask("smtpd"), &wire, &e) == -1)
		panic("conf_export: %s", e.text);
	if (conf_import(conf_arena, buf_view(&wire), &params, &e) == -1)
		panic("conf_import: %s", e.text);
	buf_fini(&wire);
	setup_open(no_table);
}

void
fake_teardown(void)
{
	setup_close();
	arena_free(&conf_arena);
}

/* The client's bytes. */
static struct {
	const char	*p;
	size_t		 n, piece;
} in;

static ssize_t
client_sends(void *arg, void *p, size_t n)
{
	const char *turn;
	size_t k;

	(void)arg;
	while (in.n > 0 && in.p[0] == FAKE_TURN) {
		in.p++;
		in.n--;
	}
	k = in.n;
	if (k > n)
		k = n;
	if (in.piece > 0 && k > in.piece)
		k = in.piece;
	/* A client that waits for the answer sends no more in one go. */
	if ((turn = memchr(in.p, FAKE_TURN, k)) != NULL)
		k = (size_t)(turn - in.p);
	memcpy(p, in.p, k);
	in.p += k;
	in.n -= k;
	return ((ssize_t)k);
}

static ssize_t
client_gets(void *arg, const void *p, size_t n)
{
	(void)arg;
	if (fake_said.n + n <= KEEP_MAX)
		buf_xput(&fake_said, p, n);
	return ((ssize_t)n);
}

void
fake_begin(struct smtpd *s, const struct fake_client *c)
{
	struct peer *p = &s->peer;

	buf_reset(&fake_said);
	smtpd_begin(s, -1, "smtp", false);
	smtp_stream_hook(s->st, client_sends, client_gets, NULL);
	if (c == NULL)
		return;
	if (c->addr != NULL)
		p->addr = c->addr;
	if (c->name != NULL)
		p->name = p->reverse = c->name;
	if (c->reverse != NULL)
		p->reverse = c->reverse;
	if (strcmp(p->name, PEER_UNKNOWN) == 0)
		p->name_status = PEER_PERMFAIL;
	if (strcmp(p->reverse, PEER_UNKNOWN) == 0)
		p->reverse_status = PEER_PERMFAIL;
	peer_label(s);
	xclient_rights(s);
	ehlo_hide(s);
}

const char *
fake_play(const struct fake_client *c, const char *bytes, size_t n)
{
	struct smtpd s;

	in.p = bytes;
	in.n = c != NULL && c->cut > 0 && c->cut < n ? c->cut : n;
	in.piece = c != NULL ? c->piece : 0;
	fake_begin(&s, c);
	smtpd_talk(&s);
	smtpd_end(&s);
	return (fake_said.p);
}
