/* SPDX-License-Identifier: ISC */
/*
 * policy_ask - the dialogue with a policy server (policy.h).
 *
 * A connection is kept for the session. One that the server has closed since
 * the last request is not held against it; otherwise a request is tried again
 * as often as the parameters say, but for one that was not answered in time.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "address/address.h"
#include "base/fd.h"
#include "base/log.h"
#include "conf/conf.h"
#include "smtp/line.h"

#include "judge.h"
#include "policy.h"
#include "setup.h"
#include "tx.h"

#define REQUEST_MAX	(64 * 1024)
#define VALUE_MAX	(8 * 1024)	/* bytes of a value that are sent */
#define LINE_MAX_BYTES	(8 * 1024)	/* of a reply */
#define LINES_MAX	100

struct policy_conn {
	int		 fd;
	struct smtp_stream *stream;	/* NULL: not connected */
	struct mono	 opened, used;
	int64_t		 requests;
};

static void
hang_up(struct policy_conn *c)
{
	if (c->stream == NULL)
		return;
	smtp_stream_free(&c->stream);
	fd_close(&c->fd);
}

void
policy_close(struct smtpd *s)
{
	for (size_t i = 0; s->policies != NULL && i < setup.npolicies; i++)
		hang_up(&s->policies[i]);
}

/* A value is one line, whatever the client has sent. */
static void
put(struct buf *b, const char *name, const char *value)
{
	struct view v = view_of(value);
	size_t at;

	v = view_sub(v, 0, VALUE_MAX);
	buf_xprintf(b, "%s=", name);
	at = b->n;
	buf_xput(b, v.p, v.n);
	printable(b->p + at, v.n);
	buf_xputs(b, "\n");
}

static void
put_number(struct buf *b, const char *name, uint64_t n)
{
	buf_xprintf(b, "%s=%llu\n", name, (unsigned long long)n);
}

/* Names of certificates are anybody's: they are sent as xtext. */
static void
put_xtext(struct buf *b, const char *name, const char *value)
{
	struct buf coded;

	buf_init(&coded, VALUE_MAX);
	if (xtext_encode(view_of(value), &coded) == -1)
		buf_reset(&coded);
	put(b, name, buf_str(&coded));
	buf_fini(&coded);
}

static void
put_client(struct buf *b, const struct smtpd *s)
{
	const struct peer *p = &s->peer;

	put(b, "protocol_state", s->where);
	put(b, "protocol_name", s->esmtp ? "ESMTP" : "SMTP");
	put(b, "client_address", p->addr);
	put(b, "client_name", p->name);
	put(b, "client_port", p->port);
	put(b, "reverse_client_name", p->reverse);
	put(b, "server_address", p->server_addr);
	put(b, "server_port", p->server_port);
	put(b, "helo_name", s->helo);
}

/* The same for all that is asked about one message. */
static void
put_instance(struct buf *b, const struct smtpd *s)
{
	uint64_t us = s->tx != NULL ? s->tx->arrival_us : 0;

	buf_xprintf(b, "instance=%lx.%llx.%llx.%x\n", (long)getpid(),
	    (unsigned long long)us / 1000000, (unsigned long long)us % 1000000,
	    s->serial);
}

static void
put_message(struct buf *b, const struct judge *j)
{
	const struct smtpd *s = j->s;
	const struct tx *t = s->tx;
	bool content = j->stage == STAGE_DATA || j->stage == STAGE_EOD;
	uint64_t size = 0;

	if (t != NULL)
		size = j->stage == STAGE_EOD ? t->data.size :
		    (uint64_t)t->size;
	put(b, "sender", t != NULL ? t->sender : "");
	put(b, "recipient", j->rcpt);
	put_number(b, "recipient_count", content && t != NULL ? t->accepted :
	    0);
	put(b, "queue_id", t != NULL ? t->queue_id : "");
	put_instance(b, s);
	put_number(b, "size", size);
	put(b, "etrn_domain", j->etrn);
	put(b, "stress", s->stress ? "yes" : "");
	put(b, "sasl_method", s->login.method);
	put(b, "sasl_username", s->login.user);
	put(b, "sasl_sender", t != NULL ? t->sasl_sender : "");
}

static void
put_tls(struct buf *b, const struct msg_tls_done *tls)
{
	static const struct msg_tls_done none;

	if (tls == NULL)
		tls = &none;
	put_xtext(b, "ccert_subject", tls->subject);
	put_xtext(b, "ccert_issuer", tls->issuer);
	put(b, "ccert_fingerprint", tls->cert_fp);
	put(b, "ccert_pubkey_fingerprint", tls->pkey_fp);
	put(b, "encryption_protocol", tls->protocol);
	put(b, "encryption_cipher", tls->cipher);
	put_number(b, "encryption_keysize", tls->bits);
	put(b, "tls_sni", tls->sni);
}

static void
put_request(struct buf *b, const struct judge *j,
    const struct policy_server *p)
{
	put(b, "request", "smtpd_access_policy");
	put_client(b, j->s);
	put_message(b, j);
	put_tls(b, j->s->tls);
	put(b, "policy_context", p->cf->smtpd_policy_service_policy_context);
	put(b, "compatibility_level", cf->compatibility_level);
	put(b, "mail_version", cf->mail_version);
	buf_xputs(b, "\n");
}

static bool
reach(struct smtpd *s, const struct policy_server *p,
    struct policy_conn *c)
{
	int error;

	c->fd = -1;
	error = smtpd_connect(&s->dial, p->endpoint,
	    p->cf->smtpd_policy_service_timeout, &c->fd);
	if (error != 0) {
		log_warn("connect to %s: %s", p->name, strerror(error));
		return (false);
	}
	c->stream = smtp_stream_new(c->fd);
	c->opened = mono_now();
	c->requests = 0;
	return (true);
}

/* One that is old enough is not used again. */
static void
retire(const struct policy_server *p, struct policy_conn *c)
{
	const struct params *own = p->cf;
	int64_t limit = own->smtpd_policy_service_request_limit;

	if (mono_past(mono_add(c->used, own->smtpd_policy_service_max_idle)) ||
	    mono_past(mono_add(c->opened, own->smtpd_policy_service_max_ttl)) ||
	    (limit > 0 && c->requests >= limit))
		hang_up(c);
}

/* The action; or NULL, and why. */
static const char *
dialogue(struct smtpd *s, struct policy_conn *c,
    const struct policy_server *p, const struct buf *request,
    const char **why)
{
	enum policy_got got = POLICY_MORE;
	const char *action = NULL;
	struct smtp_line line;
	enum smtp_io io;

	smtp_stream_deadline(c->stream, p->cf->smtpd_policy_service_timeout,
	    0);
	smtp_stream_put(c->stream, request->p, request->n);
	for (int n = 0; got == POLICY_MORE; n++) {
		io = smtp_line_read(c->stream, LINE_MAX_BYTES, &line);
		if (io != SMTP_OK) {
			*why = io == SMTP_TIMEOUT ? strerror(ETIMEDOUT) :
			    "Connection lost";
			return (NULL);
		}
		got = line.cut || n == LINES_MAX ? POLICY_BAD :
		    policy_reply_line(s->line, line.text, &action);
	}
	/* What comes unasked would be taken for the next answer. */
	if (got == POLICY_DONE && smtp_stream_pending(c->stream))
		got = POLICY_BAD;
	*why = "Malformed reply";
	c->used = mono_now();
	c->requests++;
	return (got == POLICY_DONE ? action : NULL);
}

static const char *
try(struct smtpd *s, const struct policy_server *p,
    const struct buf *request)
{
	struct policy_conn *c = &s->policies[p->number];
	int64_t left = p->cf->smtpd_policy_service_try_limit;
	const char *action, *why;
	struct mono end;
	bool kept;

	end = mono_in(p->cf->smtpd_policy_service_timeout);
	if (c->stream != NULL)
		retire(p, c);
	while (left > 0) {
		kept = c->stream != NULL;
		why = NULL;
		if (kept || reach(s, p, c)) {
			action = dialogue(s, c, p, request, &why);
			if (action != NULL)
				return (action);
			hang_up(c);
		}
		if (kept && !mono_past(end))
			continue;
		if (why != NULL)
			log_warn("problem talking to server %s: %s", p->name,
			    why);
		if (--left == 0 || mono_past(end))
			break;
		smtpd_pause(s, p->cf->smtpd_policy_service_retry_delay);
	}
	return (NULL);
}

const char *
policy_ask(struct judge *j, const struct policy_server *p)
{
	const char *action;
	struct buf request;

	if (j->s->policies == NULL)
		j->s->policies = arena_array(j->s->life, setup.npolicies,
		    sizeof(struct policy_conn));
	buf_init(&request, REQUEST_MAX + 40 * VALUE_MAX);
	put_request(&request, j, p);
	action = try(j->s, p, &request);
	buf_fini(&request);
	if (action != NULL)
		return (action);
	return (p->cf->smtpd_policy_service_default_action);
}
