/* SPDX-License-Identifier: ISC */
/* verb - the table of commands, and the small ones themselves (verb.h). */
#include "conf/conf.h"

#include "session.h"
#include "tx.h"

static struct verdict
cmd_rset(struct smtpd *s, struct view arg)
{
	if (arg.n > 0)
		return (verdict(s, 501, "5.5.4", "Syntax: RSET"));
	tx_drop(s);
	return (verdict(s, 250, "2.0.0", "Ok"));
}

static struct verdict
cmd_noop(struct smtpd *s, struct view arg)
{
	(void)arg;
	return (verdict(s, 250, "2.0.0", "Ok"));
}

static struct verdict
cmd_quit(struct smtpd *s, struct view arg)
{
	(void)arg;
	s->hang_up = true;
	return (verdict(s, 221, "2.0.0", "Bye"));
}

static struct verdict
cmd_unknown(struct smtpd *s, struct view arg)
{
	(void)arg;
	return (verdict(s, 500, "5.5.2", "Error: command not recognized"));
}

/* clang-format off */
const struct verb_row verb_table[VERB_COUNT] = {
	[VERB_HELO]	= { "HELO",	VERB_LAST | VERB_JUNK | VERB_CLEAR, cmd_helo,
	    "HELO hostname" },
	[VERB_EHLO]	= { "EHLO",	VERB_LAST | VERB_JUNK | VERB_CLEAR, cmd_ehlo,
	    "EHLO hostname" },
	[VERB_XCLIENT]	= { "XCLIENT",	VERB_LAST, cmd_xclient,
	    "XCLIENT attribute=value..." },
	[VERB_XFORWARD]	= { "XFORWARD",	0, cmd_xforward,
	    "XFORWARD attribute=value..." },
	[VERB_STARTTLS]	= { "STARTTLS",	VERB_LAST | VERB_CLEAR,
	    cmd_starttls, "STARTTLS" },
	[VERB_AUTH]	= { "AUTH",	VERB_LAST, cmd_auth,
	    "AUTH mechanism [initial-response]" },
	[VERB_MAIL]	= { "MAIL",	0, cmd_mail, "MAIL FROM:<address>" },
	[VERB_RCPT]	= { "RCPT",	0, cmd_rcpt, "RCPT TO:<address>" },
	[VERB_DATA]	= { "DATA",	VERB_LAST, cmd_data, "DATA" },
	[VERB_BDAT]	= { "BDAT",	0, cmd_bdat, "BDAT count [LAST]" },
	[VERB_RSET]	= { "RSET",	VERB_JUNK, cmd_rset, "RSET" },
	[VERB_NOOP]	= { "NOOP",	VERB_LAST | VERB_JUNK | VERB_CLEAR, cmd_noop,
	    "NOOP [string]" },
	[VERB_VRFY]	= { "VRFY",	VERB_LAST | VERB_JUNK, cmd_vrfy,
	    "VRFY address [SMTPUTF8]" },
	[VERB_ETRN]	= { "ETRN",	VERB_LAST | VERB_JUNK, cmd_etrn,
	    "ETRN domain" },
	[VERB_QUIT]	= { "QUIT",	VERB_DENIED | VERB_CLEAR, cmd_quit, "QUIT" },
	[VERB_HELP]	= { "HELP",	VERB_JUNK | VERB_CLEAR, cmd_unknown, "HELP" },
	[VERB_UNKNOWN]	= { "UNKNOWN",	VERB_CLEAR, cmd_unknown, "" },
};

/* Who may not come when. The first row that fits is what is said. */
static const struct refusal {
	enum verb_id	 verb;
	unsigned	 phases;
	bool		 helo_required;	/* only with smtpd_helo_required */
	int		 code;
	const char	*dsn, *text;
} refusals[] = {
	{ VERB_MAIL, PHASE_CONNECT, true, 503, "5.5.1",
	    "Error: send HELO/EHLO first" },
	{ VERB_ETRN, PHASE_CONNECT, true, 503, "5.5.1",
	    "Error: send HELO/EHLO first" },
	{ VERB_MAIL, PHASE_MAIL | PHASE_RCPT | PHASE_BDAT, false, 503,
	    "5.5.1", "Error: nested MAIL command" },
	{ VERB_RCPT, PHASE_CONNECT | PHASE_HELO, false, 503, "5.5.1",
	    "Error: need MAIL command" },
	{ VERB_RCPT, PHASE_BDAT, false, 503, "5.5.1",
	    "Error: RCPT after BDAT" },
	{ VERB_DATA, PHASE_BDAT, false, 503, "5.5.1",
	    "Error: DATA after BDAT" },
	{ VERB_DATA, PHASE_CONNECT | PHASE_HELO, false, 503, "5.5.1",
	    "Error: need RCPT command" },
	{ VERB_DATA, PHASE_MAIL, false, 554, "5.5.1",
	    "Error: no valid recipients" },
	{ VERB_BDAT, PHASE_CONNECT | PHASE_HELO, false, 503, "5.5.1",
	    "Error: need RCPT command" },
	{ VERB_BDAT, PHASE_MAIL, false, 554, "5.5.1",
	    "Error: no valid recipients" },
	{ VERB_ETRN, PHASE_MAIL | PHASE_RCPT | PHASE_BDAT, false, 503, "",
	    "Error: MAIL transaction in progress" },
	{ VERB_AUTH, PHASE_CONNECT, false, 503, "5.5.1",
	    "Error: send HELO/EHLO first" },
	{ VERB_AUTH, PHASE_MAIL | PHASE_RCPT | PHASE_BDAT, false, 503,
	    "5.5.1", "Error: MAIL transaction in progress" },
	{ VERB_XCLIENT, PHASE_MAIL | PHASE_RCPT | PHASE_BDAT, false, 503,
	    "5.5.1", "Error: MAIL transaction in progress" },
	{ VERB_XFORWARD, PHASE_MAIL | PHASE_RCPT | PHASE_BDAT, false, 503,
	    "5.5.1", "Error: MAIL transaction in progress" },
};
/* clang-format on */

enum verb_id
verb_find(struct view name)
{
	enum verb_id id;

	for (id = 0; id < VERB_UNKNOWN; id++) {
		if (id != VERB_HELP && view_ieq(name, verb_table[id].name))
			break;
	}
	return (id);
}

enum phase
smtpd_phase(const struct smtpd *s)
{
	if (s->tx != NULL && s->tx->bdat != BDAT_NONE)
		return (PHASE_BDAT);
	if (s->tx != NULL)
		return (s->tx->accepted > 0 ? PHASE_RCPT : PHASE_MAIL);
	return (s->helo != NULL ? PHASE_HELO : PHASE_CONNECT);
}

struct verdict
verb_refused(struct smtpd *s, enum verb_id id)
{
	const struct refusal *r;
	unsigned phase = smtpd_phase(s);
	size_t i;

	for (i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		r = &refusals[i];
		if (r->verb == id && (r->phases & phase) != 0 &&
		    (!r->helo_required || cf->smtpd_helo_required))
			return (verdict(s, r->code, r->dsn, "%s", r->text));
	}
	return ((struct verdict){ 0 });
}
