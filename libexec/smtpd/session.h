/* SPDX-License-Identifier: ISC */
/*
 * session - one client of smtpd(8) and all that is known of it.
 *
 * A process serves one client and ends. What lives for the session is in
 * "life", what lives for one command in "line", what lives for one message in
 * tx->arena. "No MAIL yet" is tx == NULL, and nothing else says so.
 */
#ifndef POSTERN_SMTPD_SESSION_H
#define POSTERN_SMTPD_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/mono.h"
#include "broker/chan.h"
#include "dial/dial.h"
#include "dns/dns.h"
#include "login.h"
#include "peer.h"
#include "smtp/stream.h"
#include "verb.h"
#include "verdict.h"

struct policy_conn;
struct tx;
struct msg_tls_done;

#define HELO_TEXT	256

/* A refusal that waits for what comes later: defer_if_permit and _reject. */
struct deferral {
	bool		 active;
	struct verdict	 verdict;
	const char	*class;		/* whose fault; for the log */
};

/* Which list of restrictions. */
enum stage {
	STAGE_CLIENT, STAGE_HELO, STAGE_SENDER, STAGE_RELAY, STAGE_RECIPIENT,
	STAGE_DATA, STAGE_EOD, STAGE_ETRN, STAGE_REWRITE, STAGE_COUNT
};

/* What XFORWARD said of the client before us; "" where it said nothing. */
struct forwarded {
	bool		 set;
	struct arena	*arena;
	const char	*name, *addr, *port, *proto, *helo, *ident;
	const char	*domain;	/* rewrite context: LOCAL or REMOTE */
};

struct smtpd {
	struct smtp_stream *st;
	struct arena	*life;
	struct arena	*line;
	const char	*service;	/* the listener's name */
	bool		 stress;

	struct peer	 peer;
	struct login	 login;
	struct forwarded forwarded;
	bool		 may_xclient, may_xforward, may_xverp;

	const char	*helo;		/* helo_text, or NULL: not yet */
	char		 helo_text[HELO_TEXT];
	bool		 esmtp;
	uint32_t	 hidden;	/* EHLO keywords, EHLO_* of ehlo.h */
	struct tx	*tx;

	const char	*rcpt;		/* that is being judged, or NULL */
	const char	*where;		/* for the log: the last command */
	bool		 access_denied;	/* refused at connect */
	bool		 hang_up;	/* after the next reply */
	bool		 lost;		/* the client is gone */
	bool		 bare_lf;	/* seen; for the disconnect line */
	bool		 pipelined;	/* improperly; said once */
	bool		 lf_line;	/* this command ended with LF alone */
	int64_t		 errors, junk;
	struct {
		unsigned ok, total;
	}		 count[VERB_COUNT];

	int		*conn;		/* the connection, or plaintext */
	const struct msg_tls_done *tls;	/* NULL: all is in the clear */
	const char	*turned_away;	/* what is said to whatever comes */

	/* Verdicts that wait, by the list that gave them. */
	struct deferral	 if_permit[STAGE_SENDER + 1];

	/* For the postmaster: transcript.h. */
	struct buf	 talk;
	uint32_t	 noted;		/* NOTICE_* */
	bool		 judged;	/* this reply is a restriction's */

	/* Channels, dialled when they are first needed. */
	struct chan	*rewrite, *cleanup, *anvil, *verify, *tlsproxy;
	struct dial	 dial;
	struct policy_conn *policies;	/* one for each setup.policies */
	unsigned	 serial;	/* of the transaction in this session */
	struct dns	 dns;
};

/* How peers and servers are reached; tests put their own here. */
extern struct chan *(*smtpd_dial)(const char *service);
/* "inet", as in master.cf. */
extern const char *smtpd_service_type;
extern int (*smtpd_connect)(struct dial *d, const char *endpoint,
	    struct span timeout, int *fd);

/* One whole session over a connected socket, which is closed at the end. */
void	smtpd_session(int *fd, const char *service, bool stress);

/* The same in pieces, for tests. */
void	smtpd_begin(struct smtpd *s, int fd, const char *service, bool stress);
void	smtpd_talk(struct smtpd *s);
void	smtpd_end(struct smtpd *s);

/* Wait; nobody else is held up. */
void	smtpd_pause(struct smtpd *s, struct span d);

/* Send a reply; counts errors, slows down, adds the footer. */
void	smtpd_reply(struct smtpd *s, struct verdict v);

/* "ID: " of the message, or "NOQUEUE: ". */
const char *smtpd_log_id(const struct smtpd *s);

/*
 * The client went away (or was slow): say so in the log, and to a client that
 * was slow, and end the session. "bytes" is what came in DATA, or -1.
 */
void	smtpd_lost(struct smtpd *s, enum smtp_io why, int64_t bytes);

#endif
