/* SPDX-License-Identifier: ISC */
/* MAIL, RCPT and XFORWARD with their parameters. */
#include <inttypes.h>
#include <string.h>

#include "address/address.h"
#include "base/log.h"
#include "conf/conf.h"
#include "generic.h"
#include "smtp_in.h"

/* "<addr>" in its external form. */
static void
put_path(const char *addr, struct buf *out)
{
	size_t start = out->n;

	buf_xputs(out, "<");
	if (addr[0] != '\0' && cf->smtp_quote_rfc821_envelope) {
		if (addr_quote(view_of(addr), out) < 0) {
			buf_cut(out, start + 1);
			buf_xputs(out, addr);
		}
	} else
		buf_xputs(out, addr);
	buf_xputs(out, ">");
}

static void
put_xtext(struct buf *out, const char *name, const char *value)
{
	size_t start = out->n;

	buf_xprintf(out, " %s=", name);
	if (xtext_encode(view_of(value), out) < 0)
		buf_cut(out, start);
}

bool
command_addresses(struct delivery *d)
{
	struct arena *a = d->r->arena;

	if (d->from != NULL)
		return (true);
	d->to = arena_array(a, d->r->nrcpt, sizeof(*d->to));
	for (size_t i = 0; i < d->r->nrcpt; i++)
		if ((d->to[i] = generic_address(a, d->r->rcpt[i].addr)) ==
		    NULL)
			return (false);
	d->from = generic_address(a, d->r->m.sender);
	return (d->from != NULL);
}

void
command_mail(struct delivery *d, struct buf *out)
{
	const struct msg_deliver *m = &d->r->m;
	uint32_t f = d->srv->features;

	buf_xputs(out, "MAIL FROM:");
	put_path(d->from, out);
	if (f & FEATURE_SIZE)
		buf_xprintf(out, " SIZE=%" PRIu64, m->content_length);
	if (f & FEATURE_8BITMIME) {
		if (strcmp(m->encoding, "8bit") == 0)
			buf_xputs(out, " BODY=8BITMIME");
		else if (strcmp(m->encoding, "7bit") == 0)
			buf_xputs(out, " BODY=7BIT");
	}
	if (f & FEATURE_DSN) {
		if (m->envid[0] != '\0')
			put_xtext(out, "ENVID", m->envid);
		if (m->ret != 0)
			buf_xprintf(out, " RET=%s", m->ret == 1 ? "FULL" :
			    "HDRS");
	}
	if ((f & FEATURE_SMTPUTF8) && (m->sendopts & SENDOPT_SMTPUTF8))
		buf_xputs(out, " SMTPUTF8");
	if ((f & FEATURE_AUTH) && cf->smtp_send_dummy_mail_auth)
		buf_xputs(out, " AUTH=<>");
}

static void
put_notify(struct buf *out, uint32_t notify)
{
	static const struct {
		uint32_t	 bit;
		const char	*name;
	} bits[] = {
		{ DSN_NOTIFY_NEVER, "NEVER" },
		{ DSN_NOTIFY_SUCCESS, "SUCCESS" },
		{ DSN_NOTIFY_FAILURE, "FAILURE" },
		{ DSN_NOTIFY_DELAY, "DELAY" },
	};
	const char *sep = " NOTIFY=";

	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		if ((notify & bits[i].bit) == 0)
			continue;
		buf_xprintf(out, "%s%s", sep, bits[i].name);
		sep = ",";
	}
}

/* RFC 6533, 3: in an address of type utf-8 code points, not bytes. */
static int
encode_addr(struct view type, struct view addr, struct buf *out)
{
	return (view_ieq(type, "utf-8") && !is_ascii(addr) ?
	    xtext_encode_utf8(addr, out) : xtext_encode(addr, out));
}

/* ORCPT: as the sender gave it, or the address before it was rewritten. */
static void
put_orcpt(struct buf *out, const struct agent_rcpt *r)
{
	struct view v = view_of(r->dsn_orcpt), type;
	struct buf quoted;
	size_t start = out->n;

	buf_init(&quoted, 4096);
	if (v.n > 0 && view_field(&v, ';', &type)) {
		buf_xprintf(out, " ORCPT=%.*s;", (int)type.n, type.p);
		if (encode_addr(type, v, out) < 0)
			buf_cut(out, start);
	} else if (r->orig[0] != '\0' &&
	    addr_quote(view_of(r->orig), &quoted) == 0) {
		type = view_of(is_ascii(view_of(r->orig)) ? "rfc822" :
		    "utf-8");
		buf_xprintf(out, " ORCPT=%.*s;", (int)type.n, type.p);
		if (encode_addr(type, buf_view(&quoted), out) < 0)
			buf_cut(out, start);
	}
	buf_fini(&quoted);
}

void
command_rcpt(struct delivery *d, size_t i, struct buf *out)
{
	const struct agent_rcpt *rcpt = &d->r->rcpt[i];

	buf_xputs(out, "RCPT TO:");
	put_path(d->to[i], out);
	if ((d->srv->features & FEATURE_DSN) == 0)
		return;
	put_notify(out, rcpt->notify);
	put_orcpt(out, rcpt);
}

struct xattr {
	const char	*name;
	uint32_t	 feature;
	const char	*value;
};

static void
put_xforward(struct delivery *d, const struct xattr *x, size_t n,
    struct buf *out)
{
	for (size_t i = 0; i < n; i++)
		if (d->srv->features & x[i].feature)
			put_xtext(out, x[i].name, x[i].value[0] != '\0' ?
			    x[i].value : "[UNAVAILABLE]");
}

size_t
command_xforward(struct delivery *d, struct buf out[2])
{
	const struct msg_deliver *m = &d->r->m;
	const char *addr = m->client_address;
	const char *source = m->rewrite_context[0] == '\0' ? "" :
	    strcmp(m->rewrite_context, "local") == 0 ? "LOCAL" : "REMOTE";
	size_t n = 0;

	if (strchr(addr, ':') != NULL && strncasecmp(addr, "ipv6:", 5) != 0)
		addr = arena_printf(d->r->arena, "IPV6:%s", addr);
	const struct xattr first[] = {
		{ "NAME", FEATURE_XFORWARD_NAME, m->client_name },
		{ "ADDR", FEATURE_XFORWARD_ADDR, addr },
		{ "PORT", FEATURE_XFORWARD_PORT, m->client_port },
	};
	const struct xattr second[] = {
		{ "PROTO", FEATURE_XFORWARD_PROTO, m->protocol_name },
		{ "HELO", FEATURE_XFORWARD_HELO, m->helo_name },
		{ "IDENT", FEATURE_XFORWARD_IDENT, m->ident[0] != '\0' ?
		    m->ident : m->queue_id },
		{ "SOURCE", FEATURE_XFORWARD_SOURCE, source },
	};

	/* Two commands: each stays within 512 bytes but for absurd names. */
	for (size_t i = 0; i < 2; i++) {
		buf_init(&out[n], 4096);
		buf_xputs(&out[n], "XFORWARD");
		if (i == 0)
			put_xforward(d, first, 3, &out[n]);
		else
			put_xforward(d, second, 4, &out[n]);
		if (out[n].n > strlen("XFORWARD")) {
			buf_xputs(&out[n], "\r\n");
			n++;
		} else
			buf_fini(&out[n]);
	}
	for (size_t i = n; i < 2; i++)
		buf_init(&out[i], 1);
	return (n);
}
