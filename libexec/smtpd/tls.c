/* SPDX-License-Identifier: ISC */
/* tls - the server's side of TLS, without any TLS in it (tls.h). */
#include <errno.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "broker/role.h"
#include "conf/conf.h"

#include "anvil.h"
#include "ehlo.h"
#include "session.h"
#include "setup.h"
#include "tls.h"
#include "tx.h"
#include "xclient.h"

#define READY_WAIT	span_s(30)	/* tlsproxy asks tlskey(8) in it */
#define DONE_SLACK	5		/* seconds more than a handshake has */

static bool
names_certificate(void)
{
	return (cf->smtpd_tls_chain_files[0] != '\0' ||
	    cf->smtpd_tls_cert_file[0] != '\0' ||
	    cf->smtpd_tls_dcert_file[0] != '\0' ||
	    cf->smtpd_tls_eccert_file[0] != '\0');
}

static bool
is_anonymous(void)
{
	return (strcmp(cf->smtpd_tls_cert_file, "none") == 0 &&
	    cf->smtpd_tls_chain_files[0] == '\0');
}

static void
warn_certificates(bool asks)
{
	if (cf->smtpd_tls_req_ccert && !setup.tls_enforced)
		log_warn("Can't require client certs unless TLS is required");
	if (asks && !setup.tls_possible)
		log_warn("Need a server cert to request client certs");
	if (!setup.tls_possible)
		log_warn("No server certs available. TLS can't be enabled");
}

void
tls_setup(void)
{
	const char *level = cf->smtpd_tls_security_level;
	bool asks;

	setup.tls_enforced = level[0] != '\0' ?
	    strcmp(level, "encrypt") == 0 : cf->smtpd_enforce_tls;
	if (cf->smtpd_tls_wrappermode)
		setup.tls_enforced = true;
	setup.tls_used = setup.tls_enforced || (level[0] != '\0' ?
	    strcmp(level, "may") == 0 : cf->smtpd_use_tls);
	if (!setup.tls_used)
		return;
	asks = cf->smtpd_tls_ask_ccert ||
	    (setup.tls_enforced && cf->smtpd_tls_req_ccert);
	setup.tls_possible = is_anonymous() ? !asks : names_certificate();
	if (!setup.tls_possible || cf->smtpd_tls_req_ccert)
		warn_certificates(asks);
}

bool
tls_offered(const struct smtpd *s)
{
	return (setup.tls_used && s->tls == NULL);
}

struct verdict
tls_missing(struct smtpd *s, enum verb_id id)
{
	if (!setup.tls_enforced || s->tls != NULL ||
	    (verb_table[id].flags & VERB_CLEAR) != 0)
		return ((struct verdict){ 0 });
	return (verdict(s, 530, "5.7.0",
	    "Must issue a STARTTLS command first"));
}

static void
problem(struct smtpd *s)
{
	log_warn("problem talking to service %s: %s",
	    cf->tlsproxy_service_name, strerror(errno));
	chan_free(&s->tlsproxy);
}

/* Is there a worker that can, with certificates? */
static bool
ready(struct smtpd *s)
{
	struct msg_tls_ready answer;
	struct msg_tls_server ask = {
		.service = arena_printf(s->line, "%s/%s", s->service,
		    smtpd_service_type),
		.timeout_ms = (uint32_t)(cf->smtpd_starttls_timeout.ns /
		    1000000) };

	s->tlsproxy = setup.tls_possible ?
	    smtpd_dial(cf->tlsproxy_service_name) : NULL;
	if (s->tlsproxy == NULL) {
		if (setup.tls_possible)
			problem(s);
		return (false);
	}
	if (chan_call(s->tlsproxy, V_tls_server, &ask, V_tls_ready, &answer,
	    mono_in(READY_WAIT)) < 0) {
		problem(s);
		return (false);
	}
	if (answer.status != TLS_OK)
		chan_free(&s->tlsproxy);
	return (answer.status == TLS_OK);
}

static void
log_session(const struct smtpd *s)
{
	const struct msg_tls_done *t = s->tls;
	const char *who = (t->flags & TLS_F_CERT) == 0 ? "Anonymous" :
	    (t->flags & TLS_F_TRUSTED) != 0 ? "Trusted" : "Untrusted";
	struct buf line;

	if (cf->smtpd_tls_loglevel >= 2 && (t->flags & TLS_F_CERT) != 0) {
		log_info("%s: subject_CN=%s, issuer=%s, fingerprint=%s, "
		    "pkey_fingerprint=%s", s->peer.label, t->subject,
		    t->issuer, t->cert_fp, t->pkey_fp);
		if (t->verify[0] != '\0')
			log_info("certificate verification failed for %s: %s",
			    s->peer.label, t->verify);
	}
	if (cf->smtpd_tls_loglevel < 1)
		return;
	buf_init(&line, LOG_LINE_MAX);
	if (t->kex[0] != '\0')
		buf_xprintf(&line, " key-exchange %s", t->kex);
	if (t->server_sig[0] != '\0')
		buf_xprintf(&line, " server-signature %s", t->server_sig);
	if (t->server_digest[0] != '\0')
		buf_xprintf(&line, " server-digest %s", t->server_digest);
	if (t->client_sig[0] != '\0')
		buf_xprintf(&line, " client-signature %s", t->client_sig);
	if (t->client_digest[0] != '\0')
		buf_xprintf(&line, " client-digest %s", t->client_digest);
	log_info("%s TLS connection %s from %s%s%s: %s with cipher %s "
	    "(%u/%u bits)%s", who, (t->flags & TLS_F_REUSED) != 0 ?
	    "reused" : "established", s->peer.label, t->sni[0] != '\0' ?
	    " to " : "", t->sni, t->protocol, t->cipher, t->bits,
	    t->alg_bits, buf_str(&line));
	buf_fini(&line);
}

/* A copy that lives as long as the session. */
static const struct msg_tls_done *
keep(struct smtpd *s, const struct msg_tls_done *from)
{
	const struct msg_def *def = &msg_defs[V_tls_done];
	struct msg_tls_done *to = arena_get(s->life, sizeof(*to));
	const char *text;
	size_t i;

	*to = *from;
	for (i = 0; i < def->nfields; i++) {
		const size_t at = def->fields[i].offset;

		if (def->fields[i].type != MSG_STR)
			continue;
		memcpy(&text, (const char *)from + at, sizeof(text));
		text = arena_str(s->life, text);
		memcpy((char *)to + at, &text, sizeof(text));
	}
	return (to);
}

/* RFC 3207 4.2: nothing that was said in the clear counts any more. */
static void
forget(struct smtpd *s)
{
	tx_drop(s);
	login_as(s, NULL);
	login_close(s);
	s->helo = NULL;
	s->esmtp = false;
	s->pipelined = false;
	s->if_permit[STAGE_HELO].active = false;
	s->if_permit[STAGE_SENDER].active = false;
}

static void
failed(struct smtpd *s, const struct msg_tls_done *done)
{
	log_info("SSL_accept error from %s: %s", s->peer.label, done->why);
	if (done->problem[0] != '\0')
		log_warn("TLS library problem: %s", done->problem);
	smtpd_lost(s, SMTP_EOF, -1);
}

/*
 * Hand the connection over, go on with plaintext. False: the session is over,
 * and the connection is not ours to say so.
 */
static bool
start(struct smtpd *s)
{
	struct msg_tls_start go;
	struct msg_tls_done done;
	struct mono by = mono_in((struct span){ cf->smtpd_starttls_timeout.ns +
	    span_s(DONE_SLACK).ns });
	enum verb verb;
	int plain = -1;

	memset(&go, 0, sizeof(go));
	if (chan_put_fd(s->tlsproxy, V_tls_start, &go, *s->conn) < 0 ||
	    chan_flush(s->tlsproxy, by) < 0)
		goto out;
	fd_close(s->conn);
	if (chan_next(s->tlsproxy, by, &verb) != CHAN_MESSAGE ||
	    verb != V_tls_done || !chan_get(s->tlsproxy, &done))
		goto out;
	if (done.status != TLS_OK) {
		failed(s, &done);
		return (false);
	}
	if ((plain = chan_take_fd(s->tlsproxy)) < 0)
		goto out;
	*s->conn = plain;
	(void)smtp_stream_renew(s->st, plain);
	s->tls = keep(s, &done);
	log_session(s);
	forget(s);
	return (true);
out:
	errno = errno != 0 ? errno : EPIPE;
	problem(s);
	smtpd_lost(s, SMTP_EOF, -1);
	return (false);
}

/* The rest, once the handshake is done. */
static void
started(struct smtpd *s)
{
	chan_free(&s->tlsproxy);
	if ((s->tls->flags & TLS_F_REUSED) == 0)
		anvil_newtls(s);
	if (!cf->smtpd_tls_req_ccert || !setup.tls_enforced ||
	    (s->tls->flags & TLS_F_TRUSTED) != 0)
		return;
	s->turned_away = (s->tls->flags & TLS_F_CERT) != 0 ?
	    "Client certificate not trusted" :
	    "No client certificate presented";
	log_info("NOQUEUE: abort: TLS from %s: %s", s->peer.label,
	    s->turned_away);
}

bool
tls_turned_away(struct smtpd *s)
{
	if (s->turned_away == NULL)
		return (false);
	smtpd_reply(s, verdict(s, 421, "4.7.1", "%s Error: %s",
	    cf->myhostname, s->turned_away));
	return (true);
}

struct verdict
cmd_starttls(struct smtpd *s, struct view arg)
{
	struct verdict v;

	if (arg.n > 0)
		return (verdict(s, 501, "5.5.4", "Syntax: STARTTLS"));
	if (s->tls != NULL)
		return (verdict(s, 554, "5.5.1", "Error: TLS already active"));
	if (!setup.tls_used || (s->hidden & EHLO_STARTTLS) != 0)
		return (verdict(s, 502, "5.5.1",
		    "Error: command not implemented"));
	if (anvil_newtls_refused(s, &v))
		return (v);
	if (!ready(s))
		return (verdict(s, 454, "4.7.0",
		    "TLS not available due to local problem"));
	smtp_stream_printf(s->st, "220 2.0.0 Ready to start TLS\r\n");
	if (smtp_stream_flush(s->st) != SMTP_OK) {
		smtpd_lost(s, SMTP_EOF, -1);
		return ((struct verdict){ .error = true });
	}
	/* CVE-2011-0411: what was read in the clear must not be obeyed. */
	if (smtp_stream_input(s->st).n > 0) {
		log_info("unread plaintext after STARTTLS from %s",
		    s->peer.label);
		s->hang_up = true;
		return ((struct verdict){ .error = true });
	}
	if (!start(s))
		return ((struct verdict){ .error = true });
	started(s);
	return ((struct verdict){ 0 });
}

bool
tls_wrapper(struct smtpd *s)
{
	struct verdict v;

	if (!cf->smtpd_tls_wrappermode)
		return (true);
	if (anvil_newtls_refused(s, &v) || !ready(s) || !start(s)) {
		s->lost = s->hang_up = true;
		return (false);
	}
	started(s);
	return (!tls_turned_away(s));
}

/* A stranger's name in a comment of a header: nothing that could end it. */
static const char *
in_comment(const struct smtpd *s, const char *name)
{
	char *text = arena_str(s->line, name), *p;

	for (p = text; *p != '\0'; p++) {
		if (strchr("()\\\"", *p) != NULL)
			*p = '?';
	}
	return (text);
}

void
tls_received(const struct smtpd *s, struct buf *out)
{
	const struct msg_tls_done *t = s->tls;

	if (t == NULL || !cf->smtpd_tls_received_header)
		return;
	buf_xprintf(out, "\n\t(using %s with cipher %s (%u/%u bits)",
	    t->protocol, t->cipher, t->bits, t->alg_bits);
	if (t->kex[0] != '\0')
		buf_xprintf(out, "\n\t key-exchange %s", t->kex);
	if (t->server_sig[0] != '\0')
		buf_xprintf(out, " server-signature %s", t->server_sig);
	if (t->server_digest[0] != '\0')
		buf_xprintf(out, " server-digest %s", t->server_digest);
	if (t->client_sig[0] != '\0')
		buf_xprintf(out, "\n\t client-signature %s", t->client_sig);
	if (t->client_digest[0] != '\0')
		buf_xprintf(out, " client-digest %s", t->client_digest);
	buf_xputs(out, ")\n\t");
	if ((t->flags & TLS_F_CERT) != 0)
		buf_xprintf(out, "(Client CN \"%s\", Issuer \"%s\" (%s))",
		    in_comment(s, t->subject), in_comment(s, t->issuer),
		    (t->flags & TLS_F_TRUSTED) != 0 ?
		    "verified OK" : "not verified");
	else if ((t->flags & TLS_F_ASKED) != 0)
		buf_xputs(out, "(Client did not present a certificate)");
	else
		buf_xputs(out, "(No client certificate requested)");
}
