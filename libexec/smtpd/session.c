/* SPDX-License-Identifier: ISC */
/*
 * session - the engine: a command line in, a reply out (session.h).
 *
 * What a command does is in its row of verb.c. Here is what all of them have
 * in common: line discipline, limits, counts, delays, the end.
 */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "address/address.h"
#include "base/fd.h"
#include "base/log.h"
#include "broker/role.h"
#include "conf/conf.h"
#include "smtp/line.h"

#include "anvil.h"
#include "ehlo.h"
#include "footer.h"
#include "log.h"
#include "pipeline.h"
#include "policy.h"
#include "restrict.h"
#include "session.h"
#include "setup.h"
#include "tls.h"
#include "transcript.h"
#include "tx.h"
#include "xclient.h"

#define LIFE_MAX	(16 * 1024 * 1024)	/* bytes of one session */
#define LINE_MAX_MEM	(16 * 1024 * 1024)	/* bytes for one command */

struct chan *(*smtpd_dial)(const char *) = role_dial;
const char *smtpd_service_type = "inet";
int (*smtpd_connect)(struct dial *, const char *, struct span, int *) =
    dial_endpoint;

void
smtpd_pause(struct smtpd *s, struct span d)
{
	int64_t ms = d.ns / 1000000;

	smtp_stream_flush(s->st);
	while (ms > 0) {
		(void)poll(NULL, 0, ms > 60000 ? 60000 : (int)ms);
		ms -= 60000;
	}
}

/* Write "250-a", "250 b": the code, and the dsn if any, on each line. */
static void
put_reply(struct smtpd *s, int code, const char *dsn, const char *text)
{
	struct view all = view_of(text), line;
	bool more;

	if (all.n == 0)
		smtp_stream_printf(s->st, "%d %s\r\n", code, dsn);
	while (view_field(&all, '\n', &line)) {
		more = all.n > 0;
		smtp_stream_printf(s->st, "%d%c%s%s%.*s\r\n", code,
		    more ? '-' : ' ', dsn, dsn[0] != '\0' ? " " : "",
		    (int)line.n, line.p);
	}
}

void
smtpd_reply(struct smtpd *s, struct verdict v)
{
	const char *text = v.text;

	if (v.code == 0 || s->lost)
		return;
	if (v.error)
		s->errors++;
	/* Who makes many errors waits for each answer; only this process. */
	if (s->errors >= cf->smtpd_soft_error_limit)
		smtpd_pause(s, cf->smtpd_error_sleep_time);
	if (v.code == 421 || v.code == 521)
		s->hang_up = true;
	v = verdict_soft(s, v);
	if (v.code >= 400)
		text = footer_add(s, v, text);
	transcript_out(s, v, *v.dsn != '\0' ? arena_printf(s->line, "%s %s",
	    v.dsn, text) : text);
	put_reply(s, v.code, v.dsn, text);
}

void
smtpd_lost(struct smtpd *s, enum smtp_io why, int64_t bytes)
{
	const char *what, *count = "";

	what = why == SMTP_TIMEOUT ? "timeout" : "lost connection";
	if (bytes >= 0)
		count = arena_printf(s->line, " (%lld bytes)",
		    (long long)bytes);
	log_info("%s%s after %s%s from %s", smtpd_log_id(s), what, s->where,
	    count, s->peer.label);
	if (why == SMTP_TIMEOUT) {
		smtp_stream_deadline(s->st, SPAN_NEVER, 0);
		smtp_stream_timeout(s->st, span_s(1));
		smtpd_reply(s, verdict(s, 421, "4.4.2",
		    "%s Error: timeout exceeded", cf->myhostname));
		smtp_stream_flush(s->st);
	}
	s->lost = s->hang_up = true;
}

/* A command that ends with LF alone: true if that is the end. */
static bool
bare_newline(struct smtpd *s, const struct smtp_line *line)
{
	s->lf_line = line->bare_lf;
	if (!line->bare_lf || !setup_bare_lf_noted(s))
		return (false);
	s->bare_lf = true;
	if (!setup_bare_lf_refused(s))
		return (false);
	smtpd_reply(s, log_refused(s, verdict(s,
	    (int)cf->smtpd_forbid_bare_newline_reject_code, "5.5.2",
	    "%s Error: bare <LF> received", cf->myhostname),
	    "bare <LF> received"));
	s->hang_up = true;
	return (true);
}

/* The line as the administrator's filter has it. */
static struct view
filtered(struct smtpd *s, struct view line)
{
	const char *text, *value;

	if (setup.command_filter == NULL ||
	    (text = view_str(s->line, line)) == NULL)
		return (line);
	if (maps_find(setup.command_filter, text, MAPS_WHOLE, &value) != 1)
		return (line);
	log_info("%s: replacing command \"%.100s\" with \"%.100s\"",
	    s->peer.label, text, value);
	return (view_of(arena_str(s->line, value)));
}

/* "Subject:" and the like: a proxy or a web client talks, not a mailer. */
static bool
is_header_name(struct view verb)
{
	size_t i;

	if (verb.n < 2 || verb.p[verb.n - 1] != ':')
		return (false);
	for (i = 0; i + 1 < verb.n; i++) {
		if (verb.p[i] <= ' ' || verb.p[i] == 0x7f || verb.p[i] == ':')
			return (false);
	}
	return (true);
}

static bool
is_forbidden(struct smtpd *s, struct view verb)
{
	const char *text;

	if (is_header_name(verb))
		return (true);
	if ((text = view_str(s->line, verb)) == NULL)
		return (false);
	return (setup_list_has(setup.forbidden_commands, text));
}

static bool
is_noop(struct smtpd *s, struct view verb)
{
	const char *text = view_str(s->line, verb);

	return (text != NULL && setup_list_has(setup.noop_commands, text));
}

static void
count_junk(struct smtpd *s)
{
	if (s->junk++ > cf->smtpd_junk_command_limit)
		s->errors++;
}

/* One command that has a verb. */
static void
run_verb(struct smtpd *s, struct view verb, struct view arg, struct view line)
{
	enum verb_id id = verb_find(verb);
	const struct verb_row *row = &verb_table[id];
	struct verdict v;

	s->count[id].total++;
	if (id == VERB_UNKNOWN && is_forbidden(s, verb)) {
		s->where = row->name;
		log_warn("non-SMTP command from %s: %.*s", s->peer.label,
		    line.n > 100 ? 100 : (int)line.n, line.p);
		smtpd_reply(s, verdict(s, 221, "2.7.0",
		    "Error: I can break rules, too. Goodbye."));
		s->hang_up = true;
		return;
	}
	if (s->access_denied && (row->flags & VERB_DENIED) == 0) {
		smtpd_reply(s, verdict(s, 503, "5.7.0",
		    "Error: access denied for %s", s->peer.label));
		return;
	}
	s->where = row->name;
	if (pipeline_check(s, id))
		return;
	v = tls_missing(s, id);
	if (v.code == 0)
		v = row->run(s, arg);
	if (!v.error)
		s->count[id].ok++;
	smtpd_reply(s, v);
	if ((row->flags & VERB_JUNK) != 0)
		count_junk(s);
}

static void
command(struct smtpd *s, const struct smtp_line *got)
{
	struct view line, rest, verb;

	if (tls_turned_away(s) || bare_newline(s, got))
		return;
	if (got->cut) {
		/* What is left of it is not what the client meant. */
		log_warn("%s: request longer than %lld: %.30s...",
		    s->peer.label, (long long)cf->line_length_limit,
		    got->text.p);
		s->count[VERB_UNKNOWN].total++;
		s->where = verb_table[VERB_UNKNOWN].name;
		smtpd_reply(s, verdict(s, 500, "5.5.2",
		    "Error: line too long"));
		return;
	}
	if (cf->smtputf8_enable && !utf8_valid(got->text)) {
		smtpd_reply(s, verdict(s, 500, "5.5.2",
		    "Error: bad UTF-8 syntax"));
		return;
	}
	line = filtered(s, got->text);
	rest = line = view_trim(line);
	verb = view_word(&rest, " \t\r");
	if (verb.n == 0) {
		smtpd_reply(s, verdict(s, 500, "5.5.2", "Error: bad syntax"));
		return;
	}
	if (is_noop(s, verb)) {
		smtpd_reply(s, verdict(s, 250, "2.0.0", "Ok"));
		count_junk(s);
		return;
	}
	run_verb(s, verb, view_trim(rest), line);
}

static bool
too_many_errors(struct smtpd *s)
{
	if (s->errors < cf->smtpd_hard_error_limit)
		return (false);
	log_info("%stoo many errors after %s from %s", smtpd_log_id(s),
	    s->where, s->peer.label);
	smtpd_reply(s, verdict(s, 421, "4.7.0", "%s Error: too many errors",
	    cf->myhostname));
	return (true);
}

/* The greeting, or what is said instead. */
static void
greet(struct smtpd *s)
{
	struct verdict v;

	if (!tls_wrapper(s))
		return;
	if (anvil_connect(s, &v)) {
		smtpd_reply(s, v);
		s->hang_up = true;
		return;
	}
	v = restrict_connect(s);
	if (v.code != 0) {
		s->access_denied = true;
		smtpd_reply(s, v);
		return;
	}
	smtp_stream_printf(s->st, "220 %s\r\n", cf->smtpd_banner);
}

void
smtpd_talk(struct smtpd *s)
{
	struct smtp_line line;
	enum smtp_io io;

	greet(s);
	while (!s->hang_up && !too_many_errors(s)) {
		arena_reset(s->line);
		s->rcpt = NULL;
		if (cf->smtpd_per_request_deadline)
			smtp_stream_deadline(s->st, cf->smtpd_timeout,
			    cf->smtpd_min_data_rate);
		io = smtp_line_read(s->st, (size_t)cf->line_length_limit,
		    &line);
		if (io != SMTP_OK) {
			smtpd_lost(s, io, -1);
			break;
		}
		transcript_in(s, line.text);
		command(s, &line);
	}
	smtp_stream_flush(s->st);
}

void
smtpd_begin(struct smtpd *s, int fd, const char *service, bool stress)
{
	memset(s, 0, sizeof(*s));
	s->life = arena_new(LIFE_MAX);
	s->line = arena_new(LINE_MAX_MEM);
	s->service = service;
	s->stress = stress;
	s->where = "CONNECT";
	s->st = smtp_stream_new(fd);
	smtp_stream_timeout(s->st, cf->smtpd_timeout);
	dns_init(&s->dns, smtpd_dial, cf->resolver_service_name);
	s->dial = (struct dial){ smtpd_dial, cf->dial_service_name, NULL };
	login_init(s);
	peer_find(s, fd);
	log_info("connect from %s", s->peer.label);
	xclient_rights(s);
	ehlo_hide(s);
}

void
smtpd_end(struct smtpd *s)
{
	tx_drop(s);
	log_disconnect(s);
	transcript_end(s);
	dns_fini(&s->dns);
	login_close(s);
	policy_close(s);
	dial_close(&s->dial);
	chan_free(&s->rewrite);
	chan_free(&s->verify);
	chan_free(&s->cleanup);
	chan_free(&s->anvil);
	chan_free(&s->tlsproxy);
	smtp_stream_free(&s->st);
	arena_free(&s->line);
	arena_free(&s->life);
}

void
smtpd_session(int *fd, const char *service, bool stress)
{
	struct smtpd s;

	smtpd_begin(&s, *fd, service, stress);
	s.conn = fd;
	smtpd_talk(&s);
	/* The client is done before the rest is tidied up. */
	fd_close(fd);
	smtpd_end(&s);
}
