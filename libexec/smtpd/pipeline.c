/* SPDX-License-Identifier: ISC */
/* pipeline - clients that do not wait where they must (pipeline.h). */
#include "base/log.h"
#include "conf/conf.h"

#include "ehlo.h"
#include "pipeline.h"
#include "session.h"
#include "setup.h"

#define SHOWN_MAX	100		/* bytes of the input in the log */

/* Line ends as \r and \n, for one line of log. */
static const char *
shown(struct smtpd *s)
{
	struct view in = smtp_stream_input(s->st);
	struct buf out;
	const char *text;
	size_t i;

	buf_init(&out, 2 * SHOWN_MAX);
	for (i = 0; i < in.n && i < SHOWN_MAX; i++) {
		if (in.p[i] == '\r' || in.p[i] == '\n')
			buf_xputs(&out, in.p[i] == '\r' ? "\\r" : "\\n");
		else
			buf_xput(&out, in.p[i] == '\0' ? "?" : in.p + i, 1);
	}
	text = arena_strn(s->line, out.p, out.n);
	buf_fini(&out);
	return (text);
}

bool
pipeline_check(struct smtpd *s, enum verb_id id)
{
	bool allowed;

	/* STARTTLS ends such a session by itself. */
	if (s->pipelined || id == VERB_UNKNOWN || id == VERB_QUIT ||
	    id == VERB_STARTTLS)
		return (false);
	allowed = s->esmtp && (s->hidden & EHLO_PIPELINING) == 0 &&
	    (verb_table[id].flags & VERB_LAST) == 0;
	if (allowed || !smtp_stream_pending(s->st))
		return (false);
	s->pipelined = true;
	log_info("improper command pipelining after %s from %s: %s",
	    s->where, s->peer.label, shown(s));
	if (!cf->smtpd_forbid_unauth_pipelining)
		return (false);
	/*
	 * Where the administrator takes lines that end with LF alone, those
	 * are clients that never followed the protocol to the letter.
	 */
	if (s->lf_line && setup.bare_newline == BARE_LF_ALLOWED)
		return (false);
	smtpd_reply(s, verdict(s, 554, "5.5.0",
	    "Error: SMTP protocol synchronization"));
	s->hang_up = true;
	return (true);
}
