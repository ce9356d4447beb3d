/* SPDX-License-Identifier: ISC */
/* fake_services - cleanup, rewrite, resolver, anvil for tests (fake.h). */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "conf/conf.h"
#include "proto/proto.h"

#include "fake.h"

struct fake_mail fake_mail;
struct fake_trouble fake_trouble;
int (*fake_server)(const char *);

static void
get(enum verb verb, struct view fields, void *msg)
{
	const char *why = "";

	if (!msg_get(verb, fields, msg, &why))
		panic("%s: %s", msg_def_of(verb)->name, why);
}

static void
note(const char *fmt, const char *a, const char *b)
{
	if (fake_quiet || fake_mail.envelope.max == 0)
		return;
	buf_xprintf(&fake_mail.envelope, fmt[0] == 'a' ? "%s=%s\n" :
	    fmt[0] == 'f' ? "from=<%s>%s\n" : "rcpt=<%s>%s\n", a, b);
}

static void
mail_open(struct view fields)
{
	struct msg_mail_open m;

	get(V_mail_open, fields, &m);
	must(!fake_mail.in_message);
	if (fake_mail.envelope.max == 0) {
		buf_init(&fake_mail.envelope, 1 << 24);
		buf_init(&fake_mail.content, 1 << 26);
	}
	buf_reset(&fake_mail.envelope);
	buf_reset(&fake_mail.content);
	fake_mail.in_message = true;
	fake_mail.opened++;
	fake_mail.flags = m.flags;
	fake_mail.rcpts = 0;
	note("f", m.sender, "");
	if (m.envid[0] != '\0')
		note("a", "envid", m.envid);
	note("a", "context", m.rewrite_context);
}

static void
mail_opened(struct chan *ch)
{
	struct msg_mail_opened m = { .queue_id = "4ABCDEF123" };
	struct msg_mail_status st = { .status = fake_trouble.open_status,
	    .reason = "", .queue_id = "" };

	if (fake_trouble.open_status != 0) {
		fake_mail.in_message = false;
		fake_answer(ch, V_mail_status, &st);
	} else
		fake_answer(ch, V_mail_opened, &m);
}

static void
mail_rcpt(struct chan *ch, struct view fields)
{
	struct msg_mail_rcpt m;

	get(V_mail_rcpt, fields, &m);
	must(fake_mail.in_message && fake_mail.content.n == 0);
	if (fake_mail.rcpts++ == 0)
		mail_opened(ch);
	note("r", m.addr, m.dsn_orcpt[0] != '\0' ? " orcpt" :
	    (m.notify & DSN_NOTIFY_NEVER) != 0 ? " never" : "");
}

static void
mail_end(struct chan *ch)
{
	struct msg_mail_status m = { .status = fake_trouble.end_status,
	    .queue_id = "4ABCDEF123", .reason = fake_trouble.end_reason != NULL
	    ? fake_trouble.end_reason : "" };

	must(fake_mail.in_message);
	if (cf->message_size_limit > 0 &&
	    fake_mail.content.n > (size_t)cf->message_size_limit)
		m.status |= MAIL_STAT_SIZE;
	fake_mail.in_message = false;
	fake_mail.finished++;
	if (fake_trouble.cleanup_gone)
		fake_hang_up(ch);
	else
		fake_answer(ch, V_mail_status, &m);
}

static void
cleanup(struct chan *ch, enum verb verb, struct view fields)
{
	struct msg_mail_attr attr;
	struct msg_mail_data data;

	switch ((unsigned)verb) {
	case V_mail_open:
		mail_open(fields);
		break;
	case V_mail_attr:
		get(verb, fields, &attr);
		must(fake_mail.in_message);
		must(fake_mail.rcpts == 0 || strcmp(attr.name, "hold") == 0 ||
		    strcmp(attr.name, "discard") == 0 ||
		    strcmp(attr.name, "filter") == 0 ||
		    strcmp(attr.name, "redirect") == 0);
		note("a", attr.name, attr.value);
		break;
	case V_mail_rcpt:
		mail_rcpt(ch, fields);
		break;
	case V_mail_data:
		get(verb, fields, &data);
		must(fake_mail.in_message);
		must(data.bytes.n > 0);
		buf_xput(&fake_mail.content, data.bytes.p, data.bytes.n);
		break;
	case V_mail_end:
		mail_end(ch);
		break;
	case V_mail_abort:
		must(fake_mail.in_message);
		fake_mail.in_message = false;
		fake_mail.aborted++;
		break;
	default:
		panic("cleanup: verb %u", (unsigned)verb);
	}
}

/* The classes of a few domains; what is routed by its sender. */
static uint32_t
class_of(const char *domain)
{
	static const struct {
		const char *domain;
		uint32_t flags;
	} rows[] = {
		{ "acc.example", RESOLVE_FINAL | RESOLVE_CLASS_LOCAL },
		{ "[127.0.0.1]", RESOLVE_FINAL | RESOLVE_CLASS_LOCAL },
		{ "relayed.example", RESOLVE_CLASS_RELAY },
		{ "virtual.example", RESOLVE_FINAL | RESOLVE_CLASS_VIRTUAL },
		{ "alias.example", RESOLVE_FINAL | RESOLVE_CLASS_ALIAS },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcasecmp(domain, rows[i].domain) == 0)
			return (rows[i].flags);
	}
	return (RESOLVE_CLASS_DEFAULT);
}

static void
resolve(struct chan *ch, struct view fields)
{
	struct msg_resolved a = { .transport = "smtp", .nexthop = "" };
	struct msg_resolve q;
	const char *at;

	get(V_resolve, fields, &q);
	at = strrchr(q.addr, '@');
	a.recipient = q.addr;
	a.flags = class_of(at != NULL ? at + 1 : "acc.example");
	if (at != NULL && memchr(q.addr, '%', (size_t)(at - q.addr)) != NULL)
		a.flags = RESOLVE_CLASS_DEFAULT | RESOLVE_ROUTED;
	if (strcasecmp(q.addr, "moved@acc.example") == 0) {
		a.transport = "error";
		a.nexthop = "5.1.6 User has moved to new@other.example";
	}
	if (fake_trouble.resolve_fail)
		a.flags |= RESOLVE_FAIL;
	fake_answer(ch, V_resolved, &a);
}

static void
rewrite(struct chan *ch, struct view fields)
{
	struct msg_rewritten a = { .flags = 0 };
	struct msg_rewrite q;
	char text[MAIL_ADDR_MAX];

	get(V_rewrite, fields, &q);
	(void)snprintf(text, sizeof(text), "%s%s", q.addr,
	    strchr(q.addr, '@') == NULL ? "@acc.example" : "");
	a.addr = text;
	fake_answer(ch, V_rewritten, &a);
}

/* A few names. */
static const struct {
	enum dns_type	 type;
	const char	*name, *data;
	enum dns_status	 status;
} zone[] = {
	{ DNS_PTR, "10.80.2.5", "client5.outside.example", DNS_OK },
	{ DNS_A, "client5.outside.example", "10.80.2.5", DNS_OK },
	{ DNS_PTR, "10.80.2.6", "liar.outside.example", DNS_OK },
	{ DNS_A, "liar.outside.example", "10.9.9.9", DNS_OK },
	{ DNS_PTR, "10.80.2.8", "", DNS_TEMPFAIL },
	{ DNS_PTR, "10.80.2.9", "noaddr.outside.example", DNS_OK },
	{ DNS_A, "client.example", "10.1.1.1", DNS_OK },
	{ DNS_MX, "remote.example", "mx1.remote.example", DNS_OK },
	{ DNS_A, "mx1.remote.example", "10.2.2.2", DNS_OK },
	{ DNS_MX, "nullmx.example", ".", DNS_OK },
	{ DNS_MX, "evilmx.example", "mx.evil.example", DNS_OK },
	{ DNS_A, "mx.evil.example", "10.66.1.1", DNS_OK },
	{ DNS_NS, "evilns.example", "ns.evil.example", DNS_OK },
	{ DNS_MX, "later.example", "", DNS_TEMPFAIL },
	{ DNS_A, "later.example", "", DNS_TEMPFAIL },
	{ DNS_A, "3.3.80.10.dnsbl.example", "127.0.0.4", DNS_OK },
	{ DNS_TXT, "3.3.80.10.dnsbl.example",
	    "listed, see http://dnsbl.example/", DNS_OK },
	{ DNS_A, "9.3.80.10.dnsbl.example", "127.0.0.9", DNS_OK },
	{ DNS_A, "spamdom.example.rhsbl.example", "127.0.0.2", DNS_OK },
	{ DNS_TXT, "spamdom.example.rhsbl.example", "bad domain", DNS_OK },
};

static void
resolver(struct chan *ch, struct view fields)
{
	struct msg_dns_query q;
	struct msg_dns_answer a = { .status = DNS_NXDOMAIN, .text = "" };
	struct msg_dns_record r = { .name = "" };
	char bytes[16];
	size_t i;

	get(V_dns_query, fields, &q);
	a.id = q.id;
	a.type = q.type;
	a.name = q.name;
	for (i = 0; i < sizeof(zone) / sizeof(zone[0]); i++) {
		if (zone[i].type == q.type &&
		    strcasecmp(zone[i].name, q.name) == 0)
			break;
	}
	if (i < sizeof(zone) / sizeof(zone[0])) {
		a.status = zone[i].status;
		a.count = a.status == DNS_OK;
	}
	fake_answer(ch, V_dns_answer, &a);
	if (a.count == 0)
		return;
	r.type = q.type;
	if (q.type == DNS_A && inet_pton(AF_INET, zone[i].data, bytes) == 1)
		r.data = (struct view){ bytes, 4 };
	else if (q.type == DNS_TXT)
		r.data = view_of(zone[i].data);
	else
		r.name = zone[i].data;
	fake_answer(ch, V_dns_record, &r);
}

static void
anvil(struct chan *ch, struct view fields)
{
	struct msg_anvil_status a = { .count = fake_trouble.anvil_count,
	    .rate = fake_trouble.anvil_rate };
	struct msg_anvil_event q;

	get(V_anvil_event, fields, &q);
	note("a", "anvil", q.ident);
	fake_answer(ch, V_anvil_status, &a);
}

static void
dial(struct chan *ch, struct view fields)
{
	struct msg_dial_done done = { .error = ECONNREFUSED };
	struct msg_dial_endpoint q;
	int fd = -1;

	get(V_dial_endpoint, fields, &q);
	done.id = q.id;
	if (fake_server != NULL) {
		fd = fake_server(q.text);
		done.error = fd >= 0 ? 0 : (uint32_t)errno;
	}
	fake_answer_fd(ch, V_dial_done, &done, fd);
}

/* Only one site may be asked for. */
static void
flush(struct chan *ch, struct view fields)
{
	struct msg_flush_done done = { .status = FLUSH_DENIED };
	struct msg_flush_site q;

	get(V_flush_site, fields, &q);
	if (strcmp(q.site, "relayed.example") == 0)
		done.status = FLUSH_DONE;
	fake_answer(ch, V_flush_done, &done);
}

void
fake_serve(struct chan *ch, const char *service, enum verb verb,
    struct view fields)
{
	if (strcmp(service, "cleanup") == 0)
		cleanup(ch, verb, fields);
	else if (strcmp(service, "resolver") == 0)
		resolver(ch, fields);
	else if (strcmp(service, "anvil") == 0)
		anvil(ch, fields);
	else if (strcmp(service, "dial") == 0)
		dial(ch, fields);
	else if (strcmp(service, "flush") == 0)
		flush(ch, fields);
	else if (verb == V_resolve)
		resolve(ch, fields);
	else
		rewrite(ch, fields);
}
