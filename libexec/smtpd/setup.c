/* SPDX-License-Identifier: ISC */
/* setup - what all sessions share (setup.h). */
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"

#include "ehlo.h"
#include "log.h"
#include "session.h"
#include "setup.h"
#include "tls.h"
#include "transcript.h"

struct setup setup;

static struct match *
list(const char *title, const char *value, unsigned flags)
{
	const char *err = NULL;
	struct match *m;

	flags |= match_parent_flag(cf->parent_domain_matches_subdomains,
	    title);
	m = match_open(setup.arena, title, value, flags, 0, &setup.source,
	    &err);
	if (m == NULL)
		fatal("%s: %s", title, err != NULL ? err : value);
	return (m);
}

/* NULL if the parameter is empty. */
static struct maps *
maps_or_none(const char *title, const char *value)
{
	const char *err = NULL;
	struct maps *m;

	m = maps_open(setup.arena, title, value, cf->default_database_type, 0,
	    &setup.source, &err);
	if (m == NULL)
		fatal("%s: %s", title, err != NULL ? err : value);
	return (maps_is_empty(m) ? NULL : m);
}

/* Tables that must be known to be empty rather than be absent. */
static struct maps *
maps_always(const char *title, const char *value)
{
	const char *err = NULL;
	struct maps *m;

	m = maps_open(setup.arena, title, value, cf->default_database_type, 0,
	    &setup.source, &err);
	if (m == NULL)
		fatal("%s: %s", title, err != NULL ? err : value);
	return (m);
}

static enum bare_newline
bare_newline_mode(void)
{
	static const struct {
		const char *word;
		enum bare_newline mode;
	} words[] = { { "no", BARE_LF_ALLOWED }, { "yes", BARE_LF_NORMALIZE },
		{ "normalize", BARE_LF_NORMALIZE },
		{ "reject", BARE_LF_REJECT }, { "note", BARE_LF_NOTE } };
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (view_ieq(view_of(cf->smtpd_forbid_bare_newline),
		    words[i].word))
			return (words[i].mode);
	}
	fatal("smtpd_forbid_bare_newline = %s: expected yes, no, normalize, "
	    "note or reject", cf->smtpd_forbid_bare_newline);
}

static uint32_t
overrides(void)
{
	static const struct {
		const char *word;
		uint32_t bit;
	} words[] = { { "no_unknown_recipient_checks", OVERRIDE_RCPT },
		{ "no_address_mappings", OVERRIDE_MAPS },
		{ "no_header_body_checks", OVERRIDE_CHECKS },
		{ "no_milters", OVERRIDE_MILTERS } };
	struct view rest = view_of(cf->receive_override_options), word;
	uint32_t bits = 0;
	size_t i;

	while ((word = view_word(&rest, ", \t\r\n")).n > 0) {
		for (i = 0; i < 4 && !view_ieq(word, words[i].word); i++)
			continue;
		if (i == 4)
			fatal("receive_override_options: unknown option "
			    "\"%.*s\"", (int)word.n, word.p);
		bits |= words[i].bit;
	}
	return (bits);
}

/* May mail for this domain be looked up by the local part alone? */
static int
is_local(void *arg, const char *domain)
{
	size_t n = strlen(domain);

	(void)arg;
	if (view_ieq(view_of(domain), cf->myorigin))
		return (1);
	if (n > 2 && domain[0] == '[' && domain[n - 1] == ']')
		return (setup_own_addr(domain));
	return (match_domain(setup.mydestination, domain));
}

static void
open_lists(void)
{
	setup.bare_newline_exclusions = list(
	    "smtpd_forbid_bare_newline_exclusions",
	    cf->smtpd_forbid_bare_newline_exclusions, 0);
	setup.noop_commands = list("smtpd_noop_commands",
	    cf->smtpd_noop_commands, 0);
	setup.forbidden_commands = list("smtpd_forbidden_commands",
	    cf->smtpd_forbidden_commands, 0);
	setup.mynetworks = list("mynetworks", cf->mynetworks,
	    MATCH_WARN_ADDR);
	setup.mydestination = list("mydestination", cf->mydestination, 0);
	setup.xclient_hosts = list("smtpd_authorized_xclient_hosts",
	    cf->smtpd_authorized_xclient_hosts, 0);
	setup.notices = transcript_classes(cf->notify_classes);
	setup.xverp_clients = list("smtpd_authorized_verp_clients",
	    cf->smtpd_authorized_verp_clients, 0);
	setup.xforward_hosts = list("smtpd_authorized_xforward_hosts",
	    cf->smtpd_authorized_xforward_hosts, 0);
	setup.event_exceptions = list("smtpd_client_event_limit_exceptions",
	    cf->smtpd_client_event_limit_exceptions, 0);
	setup.sasl_exceptions = list("smtpd_sasl_exceptions_networks",
	    cf->smtpd_sasl_exceptions_networks, 0);
	setup.sasl_mechs = list("smtpd_sasl_mechanism_filter",
	    cf->smtpd_sasl_mechanism_filter, 0);
	setup.permit_logged = list("smtpd_log_access_permit_actions",
	    cf->smtpd_log_access_permit_actions, 0);
}

static void
open_tables(void)
{
	setup.command_filter = maps_or_none("smtpd_command_filter",
	    cf->smtpd_command_filter);
	setup.hidden_maps = maps_or_none(
	    "smtpd_discard_ehlo_keyword_address_maps",
	    cf->smtpd_discard_ehlo_keyword_address_maps);
	setup.footer_maps = maps_or_none("smtpd_reject_footer_maps",
	    cf->smtpd_reject_footer_maps);
	setup.sender_login = maps_always("smtpd_sender_login_maps",
	    cf->smtpd_sender_login_maps);
	setup.rbl_reply = maps_or_none("rbl_reply_maps", cf->rbl_reply_maps);
	setup.relay_ccerts = maps_or_none("relay_clientcerts",
	    cf->relay_clientcerts);
	setup.canonical = maps_always("canonical_maps", cf->canonical_maps);
	setup.rcpt_canonical = maps_always("recipient_canonical_maps",
	    cf->recipient_canonical_maps);
	setup.virtual_alias = maps_always("virtual_alias_maps",
	    cf->virtual_alias_maps);
	setup.local_rcpt = maps_always("local_recipient_maps",
	    cf->local_recipient_maps);
	setup.virtual_mailbox = maps_always("virtual_mailbox_maps",
	    cf->virtual_mailbox_maps);
	setup.relay_rcpt = maps_always("relay_recipient_maps",
	    cf->relay_recipient_maps);
}

void
setup_open(int (*table_fd)(void *, const char *))
{
	memset(&setup, 0, sizeof(setup));
	setup.arena = arena_new(0);
	setup.source.fd = table_fd;
	setup.source.lenient = !cf->daemon_table_open_error_is_fatal;
	setup.rules = (struct maps_rules){
	    .delimiters = cf->recipient_delimiter,
	    .owner_special = cf->owner_request_special,
	    .is_local = is_local };
	setup.access_parents = match_parent_flag(
	    cf->parent_domain_matches_subdomains, "smtpd_access_maps") != 0 ?
	    PARENTS_PLAIN : PARENTS_DOT;
	setup.bare_newline = bare_newline_mode();
	setup.overrides = overrides();
	setup.hidden = ehlo_keywords(cf->smtpd_discard_ehlo_keywords);
	open_lists();
	open_tables();
	tls_setup();
	login_setup();
	restrict_setup();
}

void
setup_close(void)
{
	tables_close(&setup.source);
	arena_free(&setup.arena);
}

bool
setup_list_has(struct match *m, const char *text)
{
	return (match_string(m, text) == 1);
}

int
setup_host_in(struct match *m, struct smtpd *s)
{
	return (match_host(m, s->peer.name, s->peer.addr));
}

static bool
excluded(const struct smtpd *s)
{
	return (match_host(setup.bare_newline_exclusions, s->peer.name,
	    s->peer.addr) == 1);
}

bool
setup_bare_lf_noted(const struct smtpd *s)
{
	return (setup.bare_newline != BARE_LF_ALLOWED && !excluded(s));
}

bool
setup_bare_lf_refused(const struct smtpd *s)
{
	return (setup.bare_newline == BARE_LF_REJECT && !excluded(s));
}

bool
setup_bare_lf_ends(const struct smtpd *s)
{
	return (setup.bare_newline == BARE_LF_ALLOWED ||
	    setup.bare_newline == BARE_LF_NOTE || excluded(s));
}

bool
setup_own_addr(const char *addr)
{
	struct view rest, word;
	struct dns_addr a, b;

	if (!dns_addr_parse(view_of(addr), &a))
		return (false);
	rest = view_of(cf_extra("own_addresses"));
	while ((word = view_word(&rest, ", \t\r\n")).n > 0) {
		if (dns_addr_parse(word, &b) && dns_addr_eq(&a, &b))
			return (true);
	}
	rest = view_of(cf->proxy_interfaces);
	while ((word = view_word(&rest, ", \t\r\n")).n > 0) {
		if (dns_addr_parse(word, &b) && dns_addr_eq(&a, &b))
			return (true);
	}
	return (false);
}
