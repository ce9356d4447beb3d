/* SPDX-License-Identifier: ISC */
/*
 * setup - what all sessions share: tables, lists, restrictions; made once,
 * before there is a client, by the administrator's parameters alone.
 */
#ifndef POSTERN_SMTPD_SETUP_H
#define POSTERN_SMTPD_SETUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "table/maps.h"
#include "table/match.h"
#include "table/table.h"

#include "restrict.h"
#include "sasl/sasl.h"

struct policy_server;
struct smtpd;

enum bare_newline {
	BARE_LF_ALLOWED,		/* no */
	BARE_LF_NORMALIZE,		/* a line end, never that of DATA */
	BARE_LF_REJECT,
	BARE_LF_NOTE			/* like "no", but noted in the log */
};

/* receive_override_options. */
#define OVERRIDE_RCPT		0x1	/* no_unknown_recipient_checks */
#define OVERRIDE_MAPS		0x2	/* no_address_mappings */
#define OVERRIDE_CHECKS		0x4	/* no_header_body_checks */
#define OVERRIDE_MILTERS	0x8	/* no_milters */

struct setup {
	struct arena	*arena;
	struct table_source source;
	struct maps_rules rules;
	enum maps_parents access_parents;

	enum bare_newline bare_newline;
	struct match	*bare_newline_exclusions;
	uint32_t	 overrides;

	struct maps	*command_filter;	/* NULL: none */
	struct match	*noop_commands, *forbidden_commands;
	struct match	*mynetworks, *relay_domains, *mydestination;
	struct match	*xclient_hosts, *xforward_hosts, *xverp_clients;
	struct match	*event_exceptions;	/* no anvil limits */
	struct match	*permit_logged;	/* smtpd_log_access_permit_actions */
	uint32_t	 hidden;		/* EHLO_* */
	uint32_t	 notices;		/* NOTICE_* that are mailed */
	struct maps	*hidden_maps;
	struct maps	*footer_maps;

	/* Tables of known recipients. */
	struct maps	*canonical, *rcpt_canonical, *virtual_alias;
	struct maps	*local_rcpt, *virtual_mailbox, *relay_rcpt;

	bool		 tls_used, tls_enforced;
	bool		 tls_possible;		/* certificates are named */
	struct maps	*relay_ccerts;		/* NULL: none */

	struct maps	*rbl_reply;

	/* SASL: see login.h. */
	struct match	*sasl_mechs, *sasl_exceptions;
	struct sasl_demands sasl_demands, sasl_tls_demands;
	const char	*sasl_endpoint;
	struct maps	*sender_login;

	struct policy_server **policies;
	size_t		 npolicies;
	struct rlist	*lists[STAGES];
};

extern struct setup setup;

/* Make all of it from cf; fatal() where that cannot be. */
void	setup_open(int (*table_fd)(void *, const char *));
void	setup_close(void);

/* Is "text" in the list? A list that fails has nothing in it (logged). */
bool	setup_list_has(struct match *list, const char *text);
/* 1, 0, -1 for a client's name and address. */
int	setup_host_in(struct match *list, struct smtpd *s);

/* What this client's bare newlines are to us. */
bool	setup_bare_lf_noted(const struct smtpd *s);
bool	setup_bare_lf_refused(const struct smtpd *s);
bool	setup_bare_lf_ends(const struct smtpd *s);

/* One of our own addresses (inet_interfaces, proxy_interfaces)? */
bool	setup_own_addr(const char *addr);

#endif
