/* SPDX-License-Identifier: ISC */
/*
 * restrict_test - restrictions one by one: parameters, client, HELO, sender,
 * recipient, and the reply to RCPT.
 */
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "die.h"
#include "fake.h"

static const struct row {
	const char	*label;
	const char	*param, *value;
	const char	*addr, *name, *helo, *from, *to;
	const char	*want;
} rows[] = {
#define OUT	"10.80.2.5", "client5.outside.example", "client.example"
#define DEF	OUT, "a@client.example", "alice@acc.example"
#define CL	"smtpd_client_restrictions"
#define HE	"smtpd_helo_restrictions"
#define SE	"smtpd_sender_restrictions"
#define RC	"smtpd_recipient_restrictions"
#define RE	"smtpd_relay_restrictions"
	{ "ours", RC, "", DEF, "250 2.1.5 Ok" },
	{ "relay denied", RC, "", OUT, "a@c.example", "x@remote.example",
	    "554 5.7.1 <x@remote.example>: Relay access denied" },
	{ "relay domain", RC, "", OUT, "a@c.example", "known@relayed.example",
	    "250 2.1.5 Ok" },
	{ "routed", RC, "", OUT, "a@c.example",
	    "x%remote.example@acc.example",
	    "554 5.7.1 <x%remote.example@acc.example>: Relay access denied" },
	{ "mynetworks", RC, "", "127.0.0.1", "localhost", "c.example",
	    "a@c.example", "x@remote.example", "250 2.1.5 Ok" },
	{ "defer_unauth", RE, "permit_mynetworks, defer_unauth_destination",
	    OUT, "a@c.example", "x@remote.example",
	    "454 4.7.1 <x@remote.example>: Relay access denied" },
	{ "permit_auth_destination", RC, "permit_auth_destination, reject",
	    DEF, "250 2.1.5 Ok" },

	/* Unlisted recipients. */
	{ "local", RC, "", OUT, "a@c.example", "nobody@acc.example",
	    "550 5.1.1 <nobody@acc.example>: Recipient address rejected: User "
	    "unknown in local recipient table" },
	{ "extension", RC, "", OUT, "a@c.example", "alice+x@acc.example",
	    "250 2.1.5 Ok" },
	{ "relay", RC, "", OUT, "a@c.example", "unknown@relayed.example",
	    "550 5.1.1 <unknown@relayed.example>: Recipient address rejected: "
	    "User unknown in relay recipient table" },
	{ "virtual", RC, "", OUT, "a@c.example", "no@virtual.example",
	    "550 5.1.1 <no@virtual.example>: Recipient address rejected: User "
	    "unknown in virtual mailbox table" },
	{ "virtual known", RC, "", OUT, "a@c.example", "box@virtual.example",
	    "250 2.1.5 Ok" },
	{ "alias domain", RC, "", OUT, "a@c.example", "x@alias.example",
	    "550 5.1.1 <x@alias.example>: Recipient address rejected: User "
	    "unknown in virtual alias table" },
	{ "alias", RC, "", OUT, "a@c.example", "alias@acc.example",
	    "250 2.1.5 Ok" },
	{ "relocated", RC, "", OUT, "a@c.example", "moved@acc.example",
	    "550 5.1.6 <moved@acc.example>: Recipient address rejected: User "
	    "has moved to new@other.example" },
	{ "no table name", "show_user_unknown_table_name", "no", OUT,
	    "a@c.example", "nobody@acc.example", "550 5.1.1 "
	    "<nobody@acc.example>: Recipient address rejected: User unknown" },
	{ "unlisted off", "smtpd_reject_unlisted_recipient", "no", OUT,
	    "a@c.example", "nobody@acc.example", "250 2.1.5 Ok" },
	{ "override", "receive_override_options",
	    "no_unknown_recipient_checks", OUT, "a@c.example",
	    "nobody@acc.example", "250 2.1.5 Ok" },
	{ "unlisted sender", "smtpd_reject_unlisted_sender", "yes", OUT,
	    "nobody@acc.example", "alice@acc.example",
	    "550 5.1.0 <nobody@acc.example>: Sender address rejected: User "
	    "unknown in local recipient table" },
	{ "any may exist", "local_recipient_maps", "", OUT, "a@c.example",
	    "nobody@acc.example", "250 2.1.5 Ok" },

	{ "postmaster", CL, "reject", OUT, "a@c.example", "PostMaster",
	    "250 2.1.5 Ok" },
	{ "postmaster here", RC, "", OUT, "a@c.example",
	    "Postmaster@acc.example", "250 2.1.5 Ok" },
	{ "postmaster elsewhere", RC, "", OUT, "a@c.example",
	    "postmaster@relayed.example", "550 5.1.1 "
	    "<postmaster@relayed.example>: Recipient address rejected: User "
	    "unknown in relay recipient table" },

	/* Syntax. */
	{ "fqdn sender", SE, "reject_non_fqdn_sender", OUT, "a@nodots",
	    "alice@acc.example", "504 5.5.2 <a@nodots>: Sender address "
	    "rejected: need fully-qualified address" },
	{ "fqdn null", SE, "reject_non_fqdn_sender", OUT, "",
	    "alice@acc.example", "250 2.1.5 Ok" },
	{ "fqdn literal", SE, "reject_non_fqdn_sender", OUT, "a@[10.1.1.1]",
	    "alice@acc.example", "250 2.1.5 Ok" },
	{ "fqdn rcpt", RC, "reject_non_fqdn_recipient", "127.0.0.1",
	    "localhost", "c.example", "a@c.example", "bob@nodots",
	    "504 5.5.2 <bob@nodots>: Recipient address rejected: need "
	    "fully-qualified address" },
	{ "fqdn helo", HE, "reject_non_fqdn_helo_hostname", "10.80.2.5",
	    "unknown", "short", "a@c.example", "alice@acc.example",
	    "504 5.5.2 <short>: Helo command rejected: need fully-qualified "
	    "hostname" },
	{ "bad helo", HE, "reject_invalid_helo_hostname", "10.80.2.5",
	    "unknown", "bad..helo", "a@c.example", "alice@acc.example",
	    "501 5.5.2 <bad..helo>: Helo command rejected: Invalid name" },
	{ "bad literal", HE, "reject_invalid_helo_hostname", "10.80.2.5",
	    "unknown", "[bogus]", "a@c.example", "alice@acc.example",
	    "501 5.5.2 <[bogus]>: Helo command rejected: invalid ip address" },
	{ "good literal", HE, "reject_invalid_helo_hostname, "
	    "reject_non_fqdn_helo_hostname", "10.80.2.5", "unknown",
	    "[10.1.2.3]", "a@c.example", "alice@acc.example",
	    "250 2.1.5 Ok" },

	/* DNS. */
	{ "sender domain", SE, "reject_unknown_sender_domain", OUT,
	    "a@nx.example", "alice@acc.example", "450 4.1.8 <a@nx.example>: "
	    "Sender address rejected: Domain not found" },
	{ "sender has A", SE, "reject_unknown_sender_domain", OUT,
	    "a@client.example", "alice@acc.example", "250 2.1.5 Ok" },
	{ "sender has MX", SE, "reject_unknown_sender_domain", OUT,
	    "a@remote.example", "alice@acc.example", "250 2.1.5 Ok" },
	{ "sender is ours", SE, "reject_unknown_sender_domain", OUT,
	    "a@acc.example", "alice@acc.example", "250 2.1.5 Ok" },
	{ "null MX", SE, "reject_unknown_sender_domain", OUT,
	    "a@nullmx.example", "alice@acc.example", "550 5.7.27 "
	    "<a@nullmx.example>: Sender address rejected: Domain "
	    "nullmx.example does not accept mail (nullMX)" },
	{ "null MX rcpt", RC, "reject_unknown_recipient_domain", "127.0.0.1",
	    "localhost", "c.example", "a@c.example", "a@nullmx.example",
	    "556 5.1.10 <a@nullmx.example>: Recipient address rejected: "
	    "Domain nullmx.example does not accept mail (nullMX)" },
	{ "DNS fails", SE, "reject_unknown_sender_domain", OUT,
	    "a@later.example", "alice@acc.example", "450 4.1.8 "
	    "<a@later.example>: Sender address rejected: Domain not found" },
	{ "DNS fails, rejected anyway", SE, "reject_unknown_sender_domain",
	    OUT, "a@later.example", "x@remote.example",
	    "554 5.7.1 <x@remote.example>: Relay access denied" },
	{ "rcpt domain", RC, "reject_unknown_recipient_domain", "127.0.0.1",
	    "localhost", "c.example", "a@c.example", "x@nx.example",
	    "450 4.1.2 <x@nx.example>: Recipient address rejected: Domain not "
	    "found" },
	{ "helo unknown", HE, "reject_unknown_helo_hostname", "10.80.2.5",
	    "unknown", "nx.example", "a@c.example", "alice@acc.example",
	    "450 4.7.1 <nx.example>: Helo command rejected: Host not found" },
	{ "helo known", HE, "reject_unknown_helo_hostname", DEF,
	    "250 2.1.5 Ok" },
	{ "client unknown", CL, "reject_unknown_client_hostname",
	    "10.80.2.7", "unknown", "c.example", "a@c.example",
	    "alice@acc.example", "450 4.7.25 Client host rejected: cannot "
	    "find your hostname, [10.80.2.7]" },
	{ "reverse unknown", CL, "reject_unknown_reverse_client_hostname",
	    "10.80.2.7", "unknown", "c.example", "a@c.example",
	    "alice@acc.example", "450 4.7.1 Client host rejected: cannot "
	    "find your reverse hostname, [10.80.2.7]" },
	{ "rbl", CL, "reject_rbl_client dnsbl.example=127.0.0.[2;4..5]",
	    "10.80.3.3", "unknown", "c.example", "a@c.example",
	    "alice@acc.example", "554 5.7.1 Service unavailable; Client host "
	    "[10.80.3.3] blocked using dnsbl.example; listed, see "
	    "http://dnsbl.example/" },
	{ "rbl filter", CL, "reject_rbl_client dnsbl.example=127.0.0.[2;4..5]",
	    "10.80.3.9", "unknown", "c.example", "a@c.example",
	    "alice@acc.example", "250 2.1.5 Ok" },
	{ "rbl any", CL, "reject_rbl_client dnsbl.example", "10.80.3.9",
	    "unknown", "c.example", "a@c.example", "alice@acc.example",
	    "554 5.7.1 Service unavailable; Client host [10.80.3.9] blocked "
	    "using dnsbl.example" },
	{ "rhsbl", SE, "reject_rhsbl_sender rhsbl.example", OUT,
	    "x@spamdom.example", "alice@acc.example", "554 5.7.1 Service "
	    "unavailable; Sender address [x@spamdom.example] blocked using "
	    "rhsbl.example; bad domain" },
	{ "dnswl", CL, "permit_dnswl_client dnsbl.example, reject",
	    "10.80.3.9", "unknown", "c.example", "a@c.example",
	    "alice@acc.example", "250 2.1.5 Ok" },
	{ "mx access", SE, "check_sender_mx_access inline:{ { 10.66 = REJECT "
	    "bad net } }", OUT, "a@evilmx.example", "alice@acc.example",
	    "554 5.7.1 <a@evilmx.example>: Sender address rejected: bad net" },
	{ "mx access by name", SE, "check_sender_mx_access inline:{ { "
	    "evil.example = REJECT bad host } }", OUT, "a@evilmx.example",
	    "alice@acc.example", "554 5.7.1 <a@evilmx.example>: Sender "
	    "address rejected: bad host" },
	{ "ns access of the parent", SE, "check_sender_ns_access inline:{ { "
	    "evil.example = REJECT bad ns } }", OUT, "a@x.y.evilns.example",
	    "alice@acc.example", "554 5.7.1 <a@x.y.evilns.example>: Sender "
	    "address rejected: bad ns" },
	{ "mx access, not in it", SE, "check_sender_mx_access inline:{ { "
	    "10.66 = REJECT } }", OUT, "a@remote.example",
	    "alice@acc.example", "250 2.1.5 Ok" },
	{ "mx access may not permit", SE, "check_sender_mx_access inline:{ { "
	    "10.66 = OK } }", OUT, "a@evilmx.example", "alice@acc.example",
	    "451 4.3.5 Server configuration error" },

	/* Access tables. */
	{ "client name", CL, "check_client_access inline:{ { outside.example "
	    "= REJECT } }", DEF, "554 5.7.1 "
	    "<client5.outside.example[10.80.2.5]>: Client host rejected: "
	    "Access denied" },
	{ "client net", CL, "check_client_access inline:{ { 10.80.2 = 450 "
	    "4.7.9 wait } }", DEF, "450 4.7.9 "
	    "<client5.outside.example[10.80.2.5]>: Client host rejected: "
	    "wait" },
	{ "bare table", CL, "inline:{ { 10.80.2.5 = REJECT no } }", DEF,
	    "554 5.7.1 <client5.outside.example[10.80.2.5]>: Client host "
	    "rejected: no" },
	{ "local part", SE, "check_sender_access inline:{ { a@ = REJECT } }",
	    DEF, "554 5.7.1 <a@client.example>: Sender address rejected: "
	    "Access denied" },
	{ "null sender", SE, "check_sender_access inline:{ { <> = REJECT } }",
	    OUT, "", "alice@acc.example", "554 5.7.1 <>: Sender address "
	    "rejected: Access denied" },
	{ "fails closed", SE, "check_sender_access cdb:/nonexistent", DEF,
	    "451 4.3.5 <a@client.example>: Sender address rejected: Server "
	    "configuration error" },
	{ "fails closed, first", CL, "check_client_access fail:x, permit",
	    DEF, "451 4.3.5 <client5.outside.example[10.80.2.5]>: Client "
	    "host rejected: Server configuration error" },
	{ "warning is no shield", SE, "warn_if_reject check_sender_access "
	    "fail:x", DEF, "451 4.3.5 <a@client.example>: Sender address "
	    "rejected: Server configuration error" },
	{ "if_reject", RC, "check_sender_access inline:{ { a@ = "
	    "DEFER_IF_REJECT foo } }, reject", DEF, "450 4.7.1 "
	    "<a@client.example>: Sender address rejected: foo" },
	{ "if_reject is of its list", SE, "defer_if_reject", OUT,
	    "a@c.example", "x@remote.example",
	    "554 5.7.1 <x@remote.example>: Relay access denied" },
	{ "if_permit of any list", CL, "defer_if_permit", DEF, "450 4.7.0 "
	    "<client5.outside.example[10.80.2.5]>: Client host rejected: "
	    "defer_if_permit requested" },
	{ "nested", RC, "check_recipient_access inline:{ { alice@acc.example "
	    "= reject_non_fqdn_sender, defer } }", DEF, "450 4.3.2 "
	    "<alice@acc.example>: Recipient address rejected: Try again "
	    "later" },
	{ "own address", CL, "permit_inet_interfaces, reject", DEF,
	    "554 5.7.1 <client5.outside.example[10.80.2.5]>: Client host "
	    "rejected: Access denied" },
	{ "own address, ours", CL, "permit_inet_interfaces, reject",
	    "127.0.0.1", "localhost", "c.example", "a@c.example",
	    "alice@acc.example", "250 2.1.5 Ok" },
	{ "soft", "soft_bounce", "yes", OUT, "a@c.example",
	    "nobody@acc.example", "450 4.1.1 <nobody@acc.example>: Recipient "
	    "address rejected: User unknown in local recipient table" },
};

static const char *
last_line(void)
{
	static char line[4096];
	const char *p = fake_said.p, *nl, *from = p;

	for (; (nl = strstr(p, "\r\n")) != NULL; p = nl + 2)
		from = p;
	(void)snprintf(line, sizeof(line), "%.*s",
	    (int)strcspn(from, "\r"), from);
	return (line);
}

ATF_TC_WITHOUT_HEAD(table);
ATF_TC_BODY(table, tc)
{
	const char *params[3] = { NULL };
	struct fake_client c = { 0 };
	char in[4096];
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		params[0] = rows[i].param;
		params[1] = rows[i].value;
		fake_setup(params);
		c.addr = rows[i].addr;
		c.name = rows[i].name;
		(void)snprintf(in, sizeof(in), "EHLO %s\r\n" TURN
		    "MAIL FROM:<%s>\r\n" TURN "RCPT TO:<%s>\r\n",
		    rows[i].helo, rows[i].from, rows[i].to);
		(void)fake_play(&c, in, strlen(in));
		ATF_CHECK_STREQ_MSG(rows[i].want, last_line(), "%s: %s",
		    rows[i].label, last_line());
		/* What is said is what is logged. */
		ATF_CHECK_MSG(rows[i].want[0] == '2' ||
		    strstr(buf_str(&fake_log), rows[i].want) != NULL,
		    "%s: %s", rows[i].label, buf_str(&fake_log));
		fake_teardown();
	}
}

/* What master(8) must never get as far as: the start fails. */
static void
setup(void *arg)
{
	fake_setup(arg);
}

ATF_TC_WITHOUT_HEAD(refused_at_start);
ATF_TC_BODY(refused_at_start, tc)
{
	static const struct {
		const char *param, *value, *want;
	} bad[] = {
		{ RE, "permit_mynetworks", "specify at least one working" },
		{ RE, "permit_mynetworks, warn_if_reject "
		    "reject_unauth_destination", "specify at least one" },
		{ RC, "no_such_thing, reject", "no_such_thing" },
		{ RC, "check_policy_service, reject", "expected inet:host" },
		{ RC, "check_policy_service tcp:x:1", "expected inet:host" },
		{ RC, "check_policy_service inet:25", "expected inet:host" },
		{ RC, "check_policy_service {}, reject", "expected inet:" },
		{ RC, "check_policy_service { unix:x, retry=1 }",
		    "unknown option retry" },
		{ RC, "check_policy_service { unix:x, timeout }",
		    "expected name=value" },
		{ RC, "check_policy_service { unix:x, timeout=0 }",
		    "timeout: expected" },
		{ RC, "permit_naked_ip_address", "removed" },
		{ RC, "sleep x, reject", "expected a number" },
		{ RC, "check_client_access, reject", "expected type:table" },
		{ "smtpd_data_restrictions", "cdb:/x", "expected the name" },
		{ "receive_override_options", "no_such", "unknown option" },
	};
	const char *params[3] = { NULL };
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		params[0] = bad[i].param;
		params[1] = bad[i].value;
		ATF_CHECK_MSG(dies(LOG_L_FATAL, bad[i].want, setup, params),
		    "%s = %s: %s", bad[i].param, bad[i].value, die_text);
		fake_teardown();
	}
}

ATF_TC_WITHOUT_HEAD(classes);
ATF_TC_BODY(classes, tc)
{
	static const char *const params[] = { "smtpd_restriction_classes",
		"strict, lax", "strict", "reject_unknown_sender_domain, "
		"check_client_access inline:{ 10.80.2.50=REJECT }", "lax",
		"permit", RC, "check_recipient_access inline:{ { "
		"alice@acc.example = strict }, { bob@acc.example = lax } }",
		NULL };
	static const char *const circle[] = { "smtpd_restriction_classes",
		"a, b", "a", "b", "b", "a", RC, "a, reject", NULL };
	struct fake_client c = { .addr = "10.80.2.50", .name = "unknown" };

	fake_setup(params);
	(void)FAKE_PLAY(&c, "EHLO x\r\n" TURN
	    "MAIL FROM:<a@client.example>\r\n" TURN
	    "RCPT TO:<alice@acc.example>\r\n");
	ATF_CHECK_STREQ("554 5.7.1 <unknown[10.80.2.50]>: Client host "
	    "rejected: Access denied", last_line());
	(void)FAKE_PLAY(&c, "EHLO x\r\n" TURN
	    "MAIL FROM:<a@nx.example>\r\n" TURN
	    "RCPT TO:<bob@acc.example>\r\n");
	ATF_CHECK_STREQ("250 2.1.5 Ok", last_line());
	fake_teardown();
	ATF_CHECK(dies(LOG_L_FATAL, "circle", setup,
	    (void *)(uintptr_t)circle));
	fake_teardown();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, table);
	ATF_TP_ADD_TC(tp, refused_at_start);
	ATF_TP_ADD_TC(tp, classes);
	return (atf_no_error());
}
