/* SPDX-License-Identifier: ISC */
/*
 * login - AUTH: the client and the SASL server talk, we carry (login.h).
 *
 * Nothing of the client's reaches the server but a name of a mechanism that
 * the server has itself offered, and base64.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"
#include "smtp/line.h"

#include "anvil.h"
#include "option.h"
#include "path.h"
#include "session.h"
#include "setup.h"
#include "tx.h"

#define GREETING_WAIT	span_s(10)	/* for the server's greeting */
#define ANSWER_WAIT	span_s(100)	/* it may be slow on purpose */
#define TURNS_MAX	50		/* challenges in one exchange */
#define RESPONSE_MAX	60000		/* below SMTP_IN_MAX */
#define SENDER_MAX	1000

#define GONE	"Connection lost to authentication server"

void
login_init(struct smtpd *s)
{
	sasl_init(&s->login.sasl, s->life);
}

void
login_close(struct smtpd *s)
{
	sasl_close(&s->login.sasl);
}

void
login_as(struct smtpd *s, const char *user)
{
	struct login *l = &s->login;

	l->method = l->user = NULL;
	if (user == NULL || user[0] == '\0')
		return;
	l->user = arena_str(s->life, user);
	l->method = "XCLIENT";
}

bool
login_enabled(struct smtpd *s)
{
	/* A list that fails has everybody in it: nobody logs in. */
	return (cf->smtpd_sasl_auth_enable &&
	    setup_host_in(setup.sasl_exceptions, s) == 0);
}

/* Connected to the server? */
static bool
reach(struct smtpd *s)
{
	struct sasl *sasl = &s->login.sasl;
	const char *why;
	int fd = -1, error;

	if (sasl->fd >= 0)
		return (true);
	error = smtpd_connect(&s->dial, setup.sasl_endpoint, GREETING_WAIT,
	    &fd);
	if (error != 0) {
		log_warn("SASL: Connect to %s failed: %s", cf->smtpd_sasl_path,
		    strerror(error));
		return (false);
	}
	if (sasl_open(sasl, fd, GREETING_WAIT, &why) == 0)
		return (true);
	log_warn("SASL: %s: %s", cf->smtpd_sasl_path, why);
	return (false);
}

/* May this client, over this channel, use it? */
static bool
allowed(const struct smtpd *s, const struct sasl_mech *m)
{
	return (sasl_meets(m, s->tls != NULL ? &setup.sasl_tls_demands :
	    &setup.sasl_demands) && setup_list_has(setup.sasl_mechs, m->name));
}

const char *
login_keywords(struct smtpd *s)
{
	struct sasl *sasl = &s->login.sasl;
	const char *list = "";

	if (!login_enabled(s) || (cf->smtpd_tls_auth_only && s->tls == NULL) ||
	    !reach(s))
		return (NULL);
	for (size_t i = 0; i < sasl->nmech; i++)
		if (allowed(s, &sasl->mech[i]))
			list = arena_printf(s->line, "%s%s%s", list,
			    list[0] != '\0' ? " " : "", sasl->mech[i].name);
	if (list[0] == '\0') {
		log_warn("SASL: %s offers no mechanism that is allowed",
		    cf->smtpd_sasl_path);
		return (NULL);
	}
	if (cf->broken_sasl_auth_clients)
		return (arena_printf(s->line, "AUTH %s\nAUTH=%s", list, list));
	return (arena_printf(s->line, "AUTH %s", list));
}

/* In capitals, as it is logged. */
static const char *
mech_name(struct smtpd *s, struct view v)
{
	char *p = arena_strn(s->line, v.p, v.n > 40 ? 40 : v.n), *q;

	printable(p, strlen(p));
	for (q = p; *q != '\0'; q++)
		*q = (char)toupper((unsigned char)*q);
	return (p);
}

static struct verdict
failed(struct smtpd *s, const char *mech, const struct sasl_answer *a,
    bool temporary)
{
	const char *why = a->reason != NULL ? a->reason :
	    "(reason unavailable)";

	log_warn("%s: SASL %s authentication failed: %s, sasl_username=%s",
	    s->peer.label, mech, why, a->user != NULL ? a->user :
	    "(unavailable)");
	if (temporary)
		return (verdict(s, 454, "4.7.0",
		    "Temporary authentication failure: %s", why));
	return (verdict(s, 535, "5.7.8", "Error: authentication failed: %s",
	    why));
}

/* The client's next line; code 0 if it is a response. */
static struct verdict
hear(struct smtpd *s, const char **response)
{
	size_t max = cf->smtpd_sasl_response_limit < RESPONSE_MAX ?
	    (size_t)cf->smtpd_sasl_response_limit : RESPONSE_MAX;
	struct smtp_line line;
	enum smtp_io io;

	if (cf->smtpd_per_request_deadline)
		smtp_stream_deadline(s->st, cf->smtpd_timeout,
		    cf->smtpd_min_data_rate);
	io = smtp_line_read(s->st, max, &line);
	if (io != SMTP_OK) {
		smtpd_lost(s, io, -1);
		return (verdict(s, 421, "4.4.2", "Error: lost connection"));
	}
	if (line.cut)
		return (verdict(s, 500, "5.5.6",
		    "Error: authentication exchange line is too long"));
	if (view_eq(line.text, "*"))
		return (verdict(s, 501, "5.7.0", "Authentication aborted"));
	if (!sasl_is_base64(line.text))
		return (verdict(s, 501, "5.5.2",
		    "Error: malformed authentication response"));
	*response = arena_strn(s->line, line.text.p, line.text.n);
	return ((struct verdict){ 0 });
}

static struct verdict
exchange(struct smtpd *s, const struct sasl_mech *m, const char *initial)
{
	struct login *l = &s->login;
	struct sasl_begin b = { .mech = m->name,
		.service = cf->smtpd_sasl_service,
		.local = s->peer.server_addr, .remote = s->peer.addr,
		.secured = s->tls != NULL,
		.client_cert = s->tls != NULL &&
		    (s->tls->flags & TLS_F_TRUSTED) != 0,
		.response = initial };
	/* The server's list goes with its connection. */
	const char *mech = arena_str(s->life, m->name), *response = "";
	struct sasl_answer a;
	struct verdict v;
	enum sasl_got got;

	got = sasl_begin(&l->sasl, s->line, &b, ANSWER_WAIT, &a);
	for (int n = 0; got == SASL_CONTINUE; n++) {
		smtp_stream_printf(s->st, "334 %s\r\n", a.data);
		v = hear(s, &response);
		if (v.code != 0 || n == TURNS_MAX) {
			/* It is in the middle of something: not any more. */
			sasl_close(&l->sasl);
			return (v.code != 0 ? v : verdict(s, 454, "4.7.0",
			    "Temporary authentication failure: no end"));
		}
		got = sasl_continue(&l->sasl, s->line, response, ANSWER_WAIT,
		    &a);
	}
	if (got == SASL_OK) {
		l->user = arena_str(s->life, a.user);
		l->method = mech;
		return (verdict(s, 235, "2.7.0",
		    "Authentication successful"));
	}
	if (got == SASL_GONE)
		a.reason = GONE;
	return (failed(s, mech, &a, got != SASL_FAIL));
}

/* What is wrong before anything is asked; code 0: nothing. */
static struct verdict
refused(struct smtpd *s, struct view mech, struct view rest)
{
	struct verdict v;

	if (!login_enabled(s))
		return (verdict(s, 503, "5.5.1",
		    "Error: authentication not enabled"));
	v = verb_refused(s, VERB_AUTH);
	if (v.code != 0)
		return (v);
	if (cf->smtpd_tls_auth_only && s->tls == NULL)
		return (verdict(s, 538, "5.7.11", "Encryption required for "
		    "requested authentication mechanism"));
	if (s->login.user != NULL)
		return (verdict(s, 503, "5.5.1",
		    "Error: already authenticated"));
	if (mech.n == 0 || rest.n > 0)
		return (verdict(s, 501, "5.5.4", "Syntax: AUTH mechanism"));
	(void)anvil_auth(s, &v);
	return (v);
}

struct verdict
cmd_auth(struct smtpd *s, struct view arg)
{
	struct view rest = arg, mech = view_word(&rest, " \t"),
	    initial = view_word(&rest, " \t");
	const struct sasl_mech *m;
	struct sasl_answer a = { .reason = NULL };
	struct verdict v;

	v = refused(s, mech, view_trim(rest));
	if (v.code != 0)
		return (v);
	/* RFC 4954 4: "=" is an initial response of no bytes. */
	if (view_eq(initial, "="))
		initial = (struct view){ initial.p, 0 };
	else if (initial.n == 0)
		initial.p = NULL;
	if (!sasl_is_base64(initial))
		return (verdict(s, 501, "5.5.2",
		    "Error: malformed initial response"));
	if (!reach(s)) {
		a.reason = GONE;
		return (failed(s, mech_name(s, mech), &a, true));
	}
	m = sasl_find(&s->login.sasl, mech);
	if (m == NULL || !allowed(s, m)) {
		a.reason = "Invalid authentication mechanism";
		return (failed(s, mech_name(s, mech), &a, false));
	}
	return (exchange(s, m, initial.p == NULL ? NULL :
	    arena_strn(s->line, initial.p, initial.n)));
}

struct verdict
login_mail_option(struct smtpd *s, struct view value, const char **sender)
{
	struct buf b;
	bool good;

	if (!login_enabled(s))
		return (verdict(s, 503, "5.5.4",
		    "Error: authentication disabled"));
	buf_init(&b, SENDER_MAX);
	good = *sender == NULL && value.n > 0 && option_xtext(value, &b);
	if (good)
		*sender = arena_strn(s->line, b.p, b.n);
	buf_fini(&b);
	if (!good)
		return (verdict(s, 501, "5.5.4",
		    "Bad AUTH parameter syntax"));
	/* RFC 4954 5: what a stranger says of somebody else is no news. */
	if (s->login.user == NULL && strcmp(*sender, "<>") != 0)
		return (verdict(s, 503, "5.5.4",
		    "Error: send AUTH command first"));
	return ((struct verdict){ 0 });
}

const char *
login_logged(struct smtpd *s, const char *sep)
{
	const struct login *l = &s->login;
	const char *sender = s->tx != NULL ? s->tx->sasl_sender : NULL;
	const char *text = "";

	if (l->user != NULL)
		text = arena_printf(s->line, "%ssasl_method=%s%s"
		    "sasl_username=%s", sep, l->method, sep, l->user);
	if (sender != NULL)
		text = arena_printf(s->line, "%s%ssasl_sender=%s", text, sep,
		    sender);
	return (text);
}

const char *
login_comment(struct smtpd *s)
{
	char *p = arena_str(s->line, s->login.user), *q;

	/* Parentheses and backslashes mean something there. */
	for (q = p; *q != '\0'; q++)
		if (strchr("()\\", *q) != NULL)
			*q = '?';
	return (p);
}
