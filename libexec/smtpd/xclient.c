/* SPDX-License-Identifier: ISC */
/*
 * xclient - XCLIENT and XFORWARD (xclient.h).
 *
 * Both are lists of NAME=value, the values in xtext. XCLIENT replaces what we
 * know of the client itself, for everything that is decided by it; XFORWARD
 * only what is logged and passed on. A command is taken as a whole or not.
 */
#include <string.h>

#include "address/address.h"
#include "base/log.h"
#include "base/num.h"
#include "conf/conf.h"

#include "ehlo.h"
#include "restrict.h"
#include "session.h"
#include "setup.h"
#include "tx.h"
#include "xclient.h"

#define VALUE_MAX	255

void
xclient_rights(struct smtpd *s)
{
	s->may_xclient = setup_host_in(setup.xclient_hosts, s) == 1;
	s->may_xverp = setup_host_in(setup.xverp_clients, s) == 1;
	s->may_xforward = setup_host_in(setup.xforward_hosts, s) == 1;
}

void
xforward_drop(struct smtpd *s)
{
	struct arena *a = s->forwarded.arena;

	memset(&s->forwarded, 0, sizeof(s->forwarded));
	arena_free(&a);
}

/* What a value may be; "" stands for [UNAVAILABLE]. */
enum kind { KIND_NAME, KIND_ADDR, KIND_PORT, KIND_PROTO, KIND_TEXT,
    KIND_SOURCE };

/* clang-format off */
enum attr_id { A_NAME, A_ADDR, A_PROTO, A_HELO, A_REVERSE, A_PORT, A_LOGIN,
    A_DESTADDR, A_DESTPORT, A_SOURCE, A_IDENT, A_COUNT };

static const struct attr {
	const char	*name;
	enum kind	 kind;
	bool		 xclient, xforward;
} attrs[A_COUNT] = {
	[A_NAME]	= { "NAME",	KIND_NAME,	true,	true },
	[A_ADDR]	= { "ADDR",	KIND_ADDR,	true,	true },
	[A_PROTO]	= { "PROTO",	KIND_PROTO,	true,	true },
	[A_HELO]	= { "HELO",	KIND_TEXT,	true,	true },
	[A_REVERSE]	= { "REVERSE_NAME", KIND_NAME,	true,	false },
	[A_PORT]	= { "PORT",	KIND_PORT,	true,	true },
	[A_LOGIN]	= { "LOGIN",	KIND_TEXT,	true,	false },
	[A_DESTADDR]	= { "DESTADDR",	KIND_ADDR,	true,	false },
	[A_DESTPORT]	= { "DESTPORT",	KIND_PORT,	true,	false },
	[A_SOURCE]	= { "SOURCE",	KIND_SOURCE,	false,	true },
	[A_IDENT]	= { "IDENT",	KIND_TEXT,	false,	true },
};
/* clang-format on */

struct values {
	const char	*v[A_COUNT];	/* NULL: not given */
	bool		 tempfail;	/* NAME=[TEMPUNAVAIL] */
	bool		 reverse_tempfail;
};

/* In a form that can stand in a log line or a header. */
static const char *
harmless(struct arena *a, const char *text)
{
	static const char bad[] = " \t<>()\\\";:@";
	char *p = arena_str(a, text), *q;

	printable(p, strlen(p));
	for (q = p; *q != '\0'; q++) {
		if (strchr(bad, *q) != NULL)
			*q = '?';
	}
	return (p);
}

/* "IPv6:2001:db8::1" or "10.0.0.1" without its tag. */
static const char *
plain_addr(const char *text)
{
	if (view_istarts(view_of(text), "IPv6:"))
		return (text + 5);
	return (text);
}

static bool
fits(enum kind kind, const char *text, bool xclient)
{
	int64_t port;

	switch (kind) {
	case KIND_NAME:
		return (host_valid(view_of(text)));
	case KIND_ADDR:
		return (host_is_addr(view_of(plain_addr(text))));
	case KIND_PORT:
		return (num_parse(view_of(text), 0, 65535, &port));
	case KIND_PROTO:
		return (!xclient || view_ieq(view_of(text), "SMTP") ||
		    view_ieq(view_of(text), "ESMTP"));
	case KIND_SOURCE:
		return (view_ieq(view_of(text), "LOCAL") ||
		    view_ieq(view_of(text), "REMOTE"));
	case KIND_TEXT:
		return (true);
	}
	return (false);
}

/* The decoded value in s->line; NULL if it is not xtext or has NULs. */
static const char *
decoded(struct smtpd *s, struct view v)
{
	const char *text = NULL;
	struct buf b;

	buf_init(&b, VALUE_MAX);
	if (xtext_decode(v, &b) == 0)
		text = view_str(s->line, buf_view(&b));
	buf_fini(&b);
	return (text);
}

static struct verdict
take(struct smtpd *s, const char *command, struct view word, bool xclient,
    struct values *out)
{
	ptrdiff_t eq = view_chr(word, '=');
	struct view name, value;
	const char *text;
	enum attr_id i;
	bool gone, later;

	if (eq < 0)
		return (verdict(s, 501, "5.5.4",
		    "Error: attribute=value expected"));
	name = view_sub(word, 0, (size_t)eq);
	value = view_sub(word, (size_t)eq + 1, word.n);
	for (i = 0; i < A_COUNT; i++) {
		if (view_ieq(name, attrs[i].name) &&
		    (xclient ? attrs[i].xclient : attrs[i].xforward))
			break;
	}
	if (i == A_COUNT)
		return (verdict(s, 501, "5.5.4", "Bad %s attribute name: %.*s",
		    command, (int)name.n, name.p));
	text = decoded(s, value);
	gone = text != NULL && view_ieq(view_of(text), "[UNAVAILABLE]");
	later = text != NULL && view_ieq(view_of(text), "[TEMPUNAVAIL]");
	if (text == NULL || (!gone && !later &&
	    !fits(attrs[i].kind, text, xclient)))
		return (verdict(s, 501, "5.5.4", "Bad %s syntax: %.*s",
		    attrs[i].name, (int)value.n, value.p));
	out->v[i] = gone || later ? "" : text;
	if (i == A_NAME)
		out->tempfail = later;
	if (i == A_REVERSE)
		out->reverse_tempfail = later;
	return ((struct verdict){ 0 });
}

static struct verdict
take_all(struct smtpd *s, enum verb_id id, struct view arg, bool may,
    struct values *out)
{
	bool xclient = id == VERB_XCLIENT;
	struct verdict v;
	struct view word;

	v = verb_refused(s, id);
	if (v.code != 0)
		return (v);
	if (!may)
		return (verdict(s, 550, "5.7.0",
		    "Error: insufficient authorization"));
	if (arg.n == 0)
		return (verdict(s, 501, "5.5.4", "Syntax: %s",
		    verb_table[id].syntax));
	while ((word = view_word(&arg, " \t")).n > 0) {
		v = take(s, verb_table[id].name, word, xclient, out);
		if (v.code != 0)
			return (v);
	}
	return (v);
}

static void
set_name(struct smtpd *s, const char *text, bool tempfail, const char **name,
    enum peer_status *status)
{
	if (text == NULL)
		return;
	*status = text[0] != '\0' ? PEER_OK :
	    tempfail ? PEER_TEMPFAIL : PEER_PERMFAIL;
	*name = text[0] != '\0' ? arena_str(s->life, text) : PEER_UNKNOWN;
}

static void
set_text(struct smtpd *s, const char *text, const char **field)
{
	if (text != NULL)
		*field = text[0] != '\0' ?
		    arena_str(s->life, plain_addr(text)) : PEER_UNKNOWN;
}

/* The client is somebody else now: begin anew with the greeting. */
struct verdict
cmd_xclient(struct smtpd *s, struct view arg)
{
	struct values x = { .tempfail = false };
	struct peer *p = &s->peer;
	struct verdict v;
	size_t n;

	v = take_all(s, VERB_XCLIENT, arg, s->may_xclient, &x);
	if (v.code != 0)
		return (v);
	tx_drop(s);
	set_name(s, x.v[A_NAME], x.tempfail, &p->name, &p->name_status);
	if (x.v[A_REVERSE] == NULL)
		x.v[A_REVERSE] = x.v[A_NAME];
	set_name(s, x.v[A_REVERSE], x.reverse_tempfail || x.tempfail,
	    &p->reverse, &p->reverse_status);
	set_text(s, x.v[A_ADDR], &p->addr);
	set_text(s, x.v[A_PORT], &p->port);
	set_text(s, x.v[A_DESTADDR], &p->server_addr);
	set_text(s, x.v[A_DESTPORT], &p->server_port);
	login_as(s, x.v[A_LOGIN]);
	s->helo = NULL;
	s->esmtp = x.v[A_PROTO] != NULL &&
	    view_ieq(view_of(x.v[A_PROTO]), "ESMTP");
	if (x.v[A_HELO] != NULL && x.v[A_HELO][0] != '\0') {
		n = strlen(harmless(s->line, x.v[A_HELO]));
		if (n >= HELO_TEXT)
			n = HELO_TEXT - 1;
		memcpy(s->helo_text, harmless(s->line, x.v[A_HELO]), n);
		s->helo_text[n] = '\0';
		s->helo = s->helo_text;
	}
	peer_label(s);
	xclient_rights(s);
	ehlo_hide(s);
	memset(s->if_permit, 0, sizeof(s->if_permit));
	s->access_denied = false;
	v = restrict_connect(s);
	if (v.code != 0) {
		s->access_denied = true;
		return (v);
	}
	return (verdict(s, 220, "", "%s", cf->smtpd_banner));
}

struct verdict
cmd_xforward(struct smtpd *s, struct view arg)
{
	struct values x = { .tempfail = false };
	struct forwarded *f = &s->forwarded;
	const struct {
		enum attr_id id;
		const char **field;
	} fields[] = { { A_NAME, &f->name }, { A_ADDR, &f->addr },
		{ A_PORT, &f->port }, { A_PROTO, &f->proto },
		{ A_HELO, &f->helo }, { A_IDENT, &f->ident } };
	struct verdict v;
	const char *text;
	size_t i;

	v = take_all(s, VERB_XFORWARD, arg, s->may_xforward, &x);
	if (v.code != 0)
		return (v);
	if (f->arena == NULL)
		f->arena = arena_new(1024 * 1024);
	f->set = true;
	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		text = x.v[fields[i].id];
		if (text == NULL)
			text = *fields[i].field != NULL ? *fields[i].field : "";
		else if (fields[i].id == A_ADDR)
			text = plain_addr(text);
		else
			text = harmless(s->line, text);
		*fields[i].field = arena_str(f->arena, text);
	}
	if (x.v[A_SOURCE] != NULL)
		f->domain = view_ieq(view_of(x.v[A_SOURCE]), "LOCAL") ?
		    "local" : "remote";
	return (verdict(s, 250, "2.0.0", "Ok"));
}
