/* SPDX-License-Identifier: ISC */
/*
 * Where addresses go. The cases of the tables "plain" and "senders" are what
 * Postfix 3.7 answers under the same parameters.
 */
#include <atf-c.h>
#include <bsd/string.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "conf/conf.h"
#include "proto/proto.h"

#include "trivial.h"

struct setting {
	const char	*name, *value;
};

static const struct setting base[] = {
	{ "compatibility_level", "3.6" },
	{ "myhostname", "mx.acc.example" },
	{ "mydomain", "acc.example" },
	{ "mydestination", "acc.example, localhost, mx.acc.example" },
	{ "myorigin", "acc.example" },
	{ "inet_interfaces", "127.0.0.1, [::1]" },
	{ "mynetworks", "127.0.0.0/8" },
	{ "append_dot_mydomain", "yes" },
	{ "recipient_delimiter", "" },
	{ "virtual_alias_domains", "va.example" },
	{ "virtual_mailbox_domains", "vm.example" },
	{ "relay_domains", "relay.example" },
	{ "relocated_maps", "inline:{{gone@remote.example = "
	    "somewhere@else.example}}" },
	{ "relayhost", "[relay.host]:2525" },
	{ "transport_maps", "inline:{{t1.example = other:[10.0.0.1]:2525}"
	    " {.sub.example = other:[10.70.99.1]:2526}"
	    " {user@t2.example = other:[1.1.1.1]:2525}"
	    " {t2.example = error:5.1.2 t2 is closed}"
	    " {t3.example = discard:} {t5.example = :[10.70.99.1]:2526}"
	    " {t6.example = smtp:} {t7.example = :} {slow.example = slow}"
	    " {acc2.example = local:} {t8.example = error}"
	    " {t9.example = retry:}}" },
	{ "sender_dependent_relayhost_maps",
	    "inline:{{viaother@client.example = [10.70.99.1]:2526}"
	    " {@sd.example = [10.70.99.1]:2526}"
	    " {dunno@client.example = DUNNO}}" },
	{ "sender_dependent_default_transport_maps",
	    "inline:{{st@client.example = other:[10.70.99.1]:2526}"
	    " {st2@client.example = other}}" },
};

static struct trivial t;
static struct arena *arena;

static int
no_fd(void *arg, const char *spec)
{
	(void)arg;
	(void)spec;
	errno = ENOENT;
	return (-1);
}

static void
set_up(const struct setting *more, size_t n)
{
	static struct table_source src = { .fd = no_fd };
	static struct params params;
	struct conf_error e;
	struct buf b;
	struct conf *c;
	const char *err = "";

	tables_close(&src);
	arena_free(&arena);
	arena = arena_new(0);
	c = conf_new(arena, "/nonexistent");
	for (size_t i = 0; i < sizeof(base) / sizeof(base[0]); i++)
		conf_set(c, base[i].name, base[i].value);
	for (size_t i = 0; i < n; i++)
		conf_set(c, more[i].name, more[i].value);
	buf_init(&b, 1024 * 1024);
	ATF_REQUIRE_MSG(conf_export(c, conf_role_mask("trivial-rewrite"), &b,
	    &e) == 0, "%s", e.text);
	ATF_REQUIRE_MSG(conf_import(arena, (struct view){ arena_strn(arena,
	    b.p, b.n), b.n }, &params, &e) == 0, "%s", e.text);
	buf_fini(&b);
	ATF_REQUIRE_MSG(trivial_setup(&t, arena, &src, &err), "%s", err);
}

static const char *
flags_text(uint32_t flags)
{
	static const struct {
		uint32_t	 bit;
		const char	*name;
	} names[] = {
		{ RESOLVE_FINAL, "final " }, { RESOLVE_ROUTED, "routed " },
		{ RESOLVE_ERROR, "error " }, { RESOLVE_FAIL, "fail " },
		{ RESOLVE_CLASS_LOCAL, "local " },
		{ RESOLVE_CLASS_ALIAS, "alias " },
		{ RESOLVE_CLASS_VIRTUAL, "virtual " },
		{ RESOLVE_CLASS_RELAY, "relay " },
		{ RESOLVE_CLASS_DEFAULT, "default " },
	};
	static char text[100];

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (flags & names[i].bit)
			(void)strlcat(text, names[i].name,
			    sizeof(text));
	return (text);
}

struct row {
	const char	*sender, *addr, *flags, *transport, *nexthop, *rcpt;
};

static void
check(const struct row *rows, size_t n, bool probe)
{
	for (size_t i = 0; i < n; i++) {
		const struct row *w = &rows[i];
		struct resolution r;

		trivial_resolve(&t, arena, probe, w->sender, w->addr, &r);
		ATF_CHECK_STREQ_MSG(w->flags, flags_text(r.flags),
		    "%s %s: %s", w->sender, w->addr, flags_text(r.flags));
		ATF_CHECK_STREQ_MSG(w->transport, r.transport, "%s %s: %s",
		    w->sender, w->addr, r.transport);
		ATF_CHECK_STREQ_MSG(w->nexthop, r.nexthop, "%s %s: %s",
		    w->sender, w->addr, r.nexthop);
		ATF_CHECK_STREQ_MSG(w->rcpt, r.recipient, "%s %s: %s",
		    w->sender, w->addr, r.recipient);
	}
}

#define N(a)	(sizeof(a) / sizeof((a)[0]))
#define X	"x@client.example"
#define RELAY	"[relay.host]:2525"
#define OTHER	"[10.70.99.1]:2526"
#define HERE	"mx.acc.example"

ATF_TC_WITHOUT_HEAD(plain);
ATF_TC_BODY(plain, tc)
{
	static const struct row rows[] = {
		{ X, "", "final local ", "local", HERE,
		    "MAILER-DAEMON@mx.acc.example" },
		{ X, "user", "final local ", "local", HERE,
		    "user@mx.acc.example" },
		{ X, "user@acc.example", "final local ", "local", HERE,
		    "user@acc.example" },
		{ X, "user@ACC.example", "final local ", "local", HERE,
		    "user@ACC.example" },
		{ X, "user@localhost", "final local ", "local", HERE,
		    "user@localhost" },
		{ X, "a b@acc.example", "final local ", "local", HERE,
		    "a b@acc.example" },
		{ X, "user@sub.acc.example", "default ", "smtp", RELAY,
		    "user@sub.acc.example" },
		{ X, "x@t8.example", "default ", "error",
		    "Address is undeliverable", "x@t8.example" },
		{ X, "x@t9.example", "default ", "retry",
		    "Address is temporarily undeliverable", "x@t9.example" },
		{ X, "user@", "error default ", "", "", "user@" },
		{ X, "a@b@acc.example", "default ", "smtp", RELAY,
		    "a@b.acc.example" },
		{ X, "a%remote.example@acc.example", "default ", "smtp",
		    RELAY, "a@remote.example" },
		{ X, "a!b@acc.example", "default ", "smtp", RELAY,
		    "b@a.acc.example" },
		{ X, "b!c", "default ", "smtp", RELAY, "c@b.acc.example" },
		{ X, "a%b", "default ", "smtp", RELAY, "a@b.acc.example" },
		{ X, "a%b%c@acc.example", "routed default ", "smtp", RELAY,
		    "a%b@c.acc.example" },
		{ X, "a%acc.example@acc.example", "final local ", "local",
		    HERE, "a@acc.example" },
		{ X, "a%va.example@acc.example", "alias ", "error",
		    "5.1.1 User unknown in virtual alias table",
		    "a@va.example" },
		{ X, "a@remote.example@acc.example@localhost", "default ",
		    "smtp", RELAY, "a@remote.example" },
		{ X, "u%b@c%d@acc.example", "error default ", "", "",
		    "u%b@c%d@acc.example" },
		{ X, "a@va.example", "alias ", "error",
		    "5.1.1 User unknown in virtual alias table",
		    "a@va.example" },
		{ X, "a@sub.va.example", "default ", "smtp", RELAY,
		    "a@sub.va.example" },
		{ X, "a@vm.example", "final virtual ", "virtual",
		    "vm.example", "a@vm.example" },
		{ X, "a@relay.example", "relay ", "relay", RELAY,
		    "a@relay.example" },
		{ X, "a@sub.relay.example", "relay ", "relay", RELAY,
		    "a@sub.relay.example" },
		{ X, "a@REMOTE.example.", "default ", "smtp", RELAY,
		    "a@REMOTE.example" },
		{ X, "a@[127.0.0.1]", "final local ", "local", HERE,
		    "a@[127.0.0.1]" },
		{ X, "a@[IPv6:::1]", "final local ", "local", HERE,
		    "a@[IPv6:::1]" },
		{ X, "a@[10.1.2.3]", "default ", "smtp", RELAY,
		    "a@[10.1.2.3]" },
		{ X, "a@10.1.2.3", "error default ", "", "", "a@10.1.2.3" },
		{ X, "@remote.example", "default ", "smtp", RELAY,
		    "@remote.example" },
		{ X, "@h:u@remote.example", "routed default ", "smtp", RELAY,
		    "@h:u@remote.example" },
		{ X, "a!b@remote.example", "routed default ", "smtp", RELAY,
		    "a!b@remote.example" },
		{ X, "a@..", "error default ", "", "", "a@.." },
		{ X, "a@.x", "error default ", "", "", "a@.x" },
		{ X, "a@-x.example", "error default ", "", "",
		    "a@-x.example" },
		{ X, "a@x..y", "error default ", "", "", "a@x..y" },
		{ X, "a@[]", "error default ", "", "", "a@[]" },
		{ X, "a@[x]", "error default ", "", "", "a@[x]" },
		{ X, "a@b c", "error default ", "", "", "a@b c" },
		{ X, "a@x_y.example", "default ", "smtp", RELAY,
		    "a@x_y.example" },
		{ X, "a@t1.example", "default ", "other", "[10.0.0.1]:2525",
		    "a@t1.example" },
		{ X, "a@x.t1.example", "default ", "smtp", RELAY,
		    "a@x.t1.example" },
		{ X, "a@b.sub.example", "default ", "other", OTHER,
		    "a@b.sub.example" },
		{ X, "user@t2.example", "default ", "other",
		    "[1.1.1.1]:2525", "user@t2.example" },
		{ X, "user+x@t2.example", "default ", "error",
		    "5.1.2 t2 is closed", "user+x@t2.example" },
		{ X, "a@t3.example", "default ", "discard", "t3.example",
		    "a@t3.example" },
		{ X, "a@t5.example", "default ", "smtp", OTHER,
		    "a@t5.example" },
		{ X, "a@T6.example", "default ", "smtp", "t6.example",
		    "a@T6.example" },
		{ X, "a@t7.example", "default ", "smtp", RELAY,
		    "a@t7.example" },
		{ X, "a@slow.example", "default ", "slow", "slow.example",
		    "a@slow.example" },
		{ X, "a@acc2.example", "default ", "local", "acc2.example",
		    "a@acc2.example" },
		{ X, "gone@remote.example", "default ", "error",
		    "5.1.6 User has moved to somewhere@else.example",
		    "gone@remote.example" },
		{ X, "gone+x@remote.example", "default ", "smtp", RELAY,
		    "gone+x@remote.example" },
	};

	set_up(NULL, 0);
	check(rows, N(rows), false);
}

ATF_TC_WITHOUT_HEAD(senders);
ATF_TC_BODY(senders, tc)
{
	static const struct row rows[] = {
		{ "", "a@remote.example", "default ", "smtp", RELAY,
		    "a@remote.example" },
		{ "viaother@client.example", "a@remote.example", "default ",
		    "smtp", OTHER, "a@remote.example" },
		{ "viaother@client.example", "a@t1.example", "default ",
		    "other", "[10.0.0.1]:2525", "a@t1.example" },
		{ "viaother@client.example", "a@t7.example", "default ",
		    "smtp", OTHER, "a@t7.example" },
		{ "viaother@client.example", "a@relay.example", "relay ",
		    "relay", OTHER, "a@relay.example" },
		{ "u@sd.example", "a@[10.1.2.3]", "default ", "smtp", OTHER,
		    "a@[10.1.2.3]" },
		{ "u@sd.example", "a@acc.example", "final local ", "local",
		    HERE, "a@acc.example" },
		{ "dunno@client.example", "a@remote.example", "default ",
		    "smtp", RELAY, "a@remote.example" },
		{ "st@client.example", "a@remote.example", "default ",
		    "other", OTHER, "a@remote.example" },
		{ "st@client.example", "a@t1.example", "default ", "other",
		    "[10.0.0.1]:2525", "a@t1.example" },
		{ "st@client.example", "a@t7.example", "default ", "other",
		    OTHER, "a@t7.example" },
		{ "st@client.example", "a@relay.example", "relay ", "relay",
		    RELAY, "a@relay.example" },
		{ "st2@client.example", "a@remote.example", "default ",
		    "other", RELAY, "a@remote.example" },
	};

	set_up(NULL, 0);
	check(rows, N(rows), false);
}

ATF_TC_WITHOUT_HEAD(parameters);
ATF_TC_BODY(parameters, tc)
{
	static const struct {
		struct setting	set[2];
		bool		probe;
		struct row	row;
	} cases[] = {
		{ { { "resolve_null_domain", "yes" } }, false,
		    { X, "user@", "final local ", "local", HERE,
		    "user@mx.acc.example" } },
		{ { { "resolve_numeric_domain", "yes" } }, false,
		    { X, "a@10.1.2.3", "default ", "smtp", RELAY,
		    "a@[10.1.2.3]" } },
		{ { { "resolve_numeric_domain", "yes" } }, false,
		    { X, "a@127.0.0.1", "final local ", "local", HERE,
		    "a@[127.0.0.1]" } },
		{ { { "resolve_dequoted_address", "no" } }, false,
		    { X, "a@b@acc.example", "final local ", "local", HERE,
		    "a@b@acc.example" } },
		{ { { "resolve_dequoted_address", "no" } }, false,
		    { X, "a%b@acc.example", "default ", "smtp", RELAY,
		    "a@b.acc.example" } },
		{ { { "allow_percent_hack", "no" } }, false,
		    { X, "a%b@acc.example", "final local ", "local", HERE,
		    "a%b@acc.example" } },
		{ { { "swap_bangpath", "no" } }, false,
		    { X, "a!b@acc.example", "final local ", "local", HERE,
		    "a!b@acc.example" } },
		{ { { "relayhost", "" } }, false,
		    { X, "a@Remote.example", "default ", "smtp",
		    "remote.example", "a@Remote.example" } },
		{ { { "default_transport", "uucp:gate" } }, false,
		    { "viaother@client.example", "a@remote.example",
		    "default ", "uucp", "gate", "a@remote.example" } },
		{ { { "local_transport", "lmtp:unix:/x/y" } }, false,
		    { X, "user", "final local ", "lmtp", "unix:/x/y",
		    "user@mx.acc.example" } },
		{ { { "local_transport", "error:5.1.1 nobody" } }, false,
		    { X, "user", "final local ", "error", "5.1.1 nobody",
		    "user@mx.acc.example" } },
		{ { { "relocated_prefix_enable", "no" } }, false,
		    { X, "gone@remote.example", "default ", "error",
		    "somewhere@else.example", "gone@remote.example" } },
		{ { { "proxy_interfaces", "10.1.2.3" } }, false,
		    { X, "a@[10.1.2.3]", "final local ", "local", HERE,
		    "a@[10.1.2.3]" } },
		{ { { "recipient_delimiter", "+" } }, false,
		    { X, "gone+x@remote.example", "default ", "error",
		    "5.1.6 User has moved to somewhere@else.example",
		    "gone+x@remote.example" } },
		{ { { "parent_domain_matches_subdomains",
		    "transport_maps" } }, false,
		    { X, "a@x.t1.example", "default ", "other",
		    "[10.0.0.1]:2525", "a@x.t1.example" } },
		{ { { "parent_domain_matches_subdomains", "" } }, false,
		    { X, "a@x.relay.example", "default ", "smtp", RELAY,
		    "a@x.relay.example" } },
		{ { { "transport_maps", "fail:now" } }, false,
		    { X, "a@x.example", "fail default ", "smtp", RELAY,
		    "a@x.example" } },
		{ { { "virtual_alias_domains", "fail:now" } }, false,
		    { X, "a@x.example", "fail ", "", "", "a@x.example" } },
		{ { { "mydestination", "fail:now" } }, false,
		    { X, "a@x.example", "fail ", "", "", "a@x.example" } },
		{ { { "transport_maps", "inline:{{* = all:hop}}" } }, false,
		    { X, "a@x.example", "default ", "all", "hop",
		    "a@x.example" } },
		{ { { "address_verify_default_transport", "probe:" },
		    { "address_verify_relayhost", "ph" } }, true,
		    { X, "a@x.example", "default ", "probe", "ph",
		    "a@x.example" } },
		{ { { "address_verify_default_transport", "probe:" } },
		    false, { X, "a@x.example", "default ", "smtp", RELAY,
		    "a@x.example" } },
		{ { { "empty_address_relayhost_maps_lookup_key", "nobody" },
		    { "sender_dependent_relayhost_maps",
		    "inline:{{nobody = nullhop}}" } }, false,
		    { "", "a@x.example", "default ", "smtp", "nullhop",
		    "a@x.example" } },
		{ { { "smtputf8_enable", "yes" } }, false,
		    { X, "a@b\xc3\xbc.example", "default ", "smtp", RELAY,
		    "a@b\xc3\xbc.example" } },
		{ { { "smtputf8_enable", "no" } }, false,
		    { X, "a@b\xc3\xbc.example", "error default ", "", "",
		    "a@b\xc3\xbc.example" } },
	};

	for (size_t i = 0; i < N(cases); i++) {
		set_up(cases[i].set, cases[i].set[1].name != NULL ? 2 : 1);
		check(&cases[i].row, 1, cases[i].probe);
	}
}

/* However long and strange: an answer, that fits a message. */
ATF_TC_WITHOUT_HEAD(bounds);
ATF_TC_BODY(bounds, tc)
{
	static const char *units[] = { "a", "a%", "a!", "a@", "\"", "\\",
		"@", "%acc.example", "acc.example!", ".", "[", "(", ":" };
	struct resolution r;
	char addr[MAIL_ADDR_MAX + 1];

	set_up(NULL, 0);
	for (size_t i = 0; i < N(units); i++) {
		size_t n = strlen(units[i]), at = 0;

		while (at + n < sizeof(addr) - 12) {
			memcpy(addr + at, units[i], n);
			at += n;
		}
		addr[at] = '\0';
		for (int tail = 0; tail < 2; tail++) {
			if (tail)
				memcpy(addr + at, "@acc.example", 13);
			trivial_resolve(&t, arena, false, X, addr, &r);
			ATF_CHECK(r.flags != 0);
			ATF_CHECK(strlen(r.recipient) <= MAIL_ADDR_MAX);
		}
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, plain);
	ATF_TP_ADD_TC(tp, senders);
	ATF_TP_ADD_TC(tp, parameters);
	ATF_TP_ADD_TC(tp, bounds);
	return (atf_no_error());
}
