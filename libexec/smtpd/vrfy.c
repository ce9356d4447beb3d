/* SPDX-License-Identifier: ISC */
/* vrfy - VRFY and ETRN: questions without a message. */
#include "address/address.h"
#include "base/log.h"
#include "conf/conf.h"

#include "path.h"
#include "restrict.h"
#include "session.h"

struct verdict
cmd_vrfy(struct smtpd *s, struct view arg)
{
	struct view rest, word, last = { NULL, 0 };
	struct addr_path path;
	struct verdict v;

	if (cf->disable_vrfy_command)
		return (verdict(s, 502, "5.5.1", "VRFY command is disabled"));
	/* The option of RFC 6531 3.7.4.2 is the last word. */
	for (rest = arg; (word = view_word(&rest, " \t")).n > 0;)
		last = word;
	if (cf->smtputf8_enable && s->esmtp && last.p != arg.p &&
	    view_ieq(last, "SMTPUTF8"))
		arg = view_trim(view_sub(arg, 0, (size_t)(last.p - arg.p)));
	if (arg.n == 0)
		return (verdict(s, 501, "5.5.4",
		    "Syntax: VRFY address%s", cf->smtputf8_enable ?
		    " [SMTPUTF8]" : ""));
	rest = arg;
	if (!path_take(s, &rest, false, &path))
		return (verdict(s, 501, "5.1.3",
		    "Bad recipient address syntax"));
	if (rest.n > 0) {
		path_warn(s, arg);
		return (verdict(s, 501, "5.1.3",
		    "Bad recipient address syntax"));
	}
	v = restrict_rcpt(s, path.internal);
	if (v.code != 0)
		return (v);
	return (verdict(s, 252, "2.0.0", "%.*s", (int)arg.n, arg.p));
}

/* flush(8) knows what waits for whom, and whether that may be asked for. */
static enum flush_status
flush_site(const char *site)
{
	const struct msg_flush_site m = { site };
	struct msg_flush_done done;
	struct chan *ch = smtpd_dial(cf->flush_service_name);
	int rc;

	if (ch == NULL) {
		log_warn("problem talking to service %s: %m",
		    cf->flush_service_name);
		return (FLUSH_FAILED);
	}
	rc = chan_call(ch, V_flush_site, &m, V_flush_done, &done,
	    mono_in(cf->ipc_timeout));
	if (rc == -1)
		log_warn("problem talking to service %s: %m",
		    cf->flush_service_name);
	chan_free(&ch);
	return (rc == -1 ? FLUSH_FAILED : (enum flush_status)done.status);
}

static struct verdict
ask_flush(struct smtpd *s, struct view site)
{
	switch (flush_site(arena_strn(s->line, site.p, site.n))) {
	case FLUSH_DONE:
		return (verdict(s, 250, "", "Queuing started"));
	case FLUSH_DENIED:
		log_warn("reject: ETRN %.*s... from %s",
		    site.n > 100 ? 100 : (int)site.n, site.p, s->peer.label);
		return (verdict(s, 459, "", "<%.*s>: service unavailable",
		    (int)site.n, site.p));
	case FLUSH_BAD:
		log_warn("bad ETRN %.*s... from %s",
		    site.n > 100 ? 100 : (int)site.n, site.p, s->peer.label);
		return (verdict(s, 458, "", "Unable to queue messages"));
	case FLUSH_FAILED:
		break;
	}
	return (verdict(s, 458, "", "Unable to queue messages"));
}

struct verdict
cmd_etrn(struct smtpd *s, struct view arg)
{
	struct view rest = arg, word, addr;
	struct verdict v;

	v = verb_refused(s, VERB_ETRN);
	if (v.code != 0)
		return (v);
	word = view_word(&rest, " \t");
	if (word.n == 0 || view_trim(rest).n > 0)
		return (verdict(s, 500, "", "Syntax: ETRN domain"));
	if (word.p[0] == '@' || word.p[0] == '#')
		word = view_sub(word, 1, word.n);
	if (!host_valid(word) && !host_literal(word, &addr))
		return (verdict(s, 501, "", "Error: invalid parameter syntax"));
	v = restrict_etrn(s, arena_strn(s->line, word.p, word.n));
	if (v.code != 0)
		return (v);
	return (ask_flush(s, word));
}
