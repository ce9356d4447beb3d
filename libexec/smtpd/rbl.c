/* SPDX-License-Identifier: ISC */
/*
 * rbl - lists in DNS: of client addresses (RBL) and of domains (RHSBL), to
 * refuse or to permit (RFC 5782).
 *
 * The argument is domain[=d.d.d.d]; each d is a number or [n;n;n..n].
 */
#include <arpa/inet.h>
#include <string.h>

#include "address/address.h"
#include "base/log.h"
#include "base/num.h"
#include "conf/conf.h"
#include "smtp/reply.h"

#include "footer.h"
#include "judge.h"
#include "setup.h"

struct listing {
	const char	*zone;
	const char	*reason;	/* TXT, or "" */
	const char	*what;		/* what was asked for, for the reply */
	const char	*class;
};

/* "4", or one of "2;4..5" without its brackets. */
static bool
octet_matches(struct view pattern, unsigned octet)
{
	struct view one, low, rest;
	int64_t lo, hi;

	if (pattern.n >= 2 && pattern.p[0] == '[' &&
	    pattern.p[pattern.n - 1] == ']')
		pattern = view_sub(pattern, 1, pattern.n - 2);
	while (view_field(&pattern, ';', &one)) {
		rest = one;
		(void)view_field(&rest, '.', &low);
		if (!num_parse(low, 0, 255, &lo))
			return (false);
		hi = lo;
		if (rest.n > 0 && (rest.p[0] != '.' ||
		    !num_parse(view_sub(rest, 1, rest.n), 0, 255, &hi)))
			return (false);
		if ((int64_t)octet >= lo && (int64_t)octet <= hi)
			return (true);
	}
	return (false);
}

/* Split "1.[2;3..4].5.6" at dots that are not in brackets. */
static bool
filter_matches(struct view filter, const uint8_t addr[4])
{
	size_t i, at = 0, depth = 0, k;

	for (i = 0; i < 4; i++) {
		for (k = at; k < filter.n; k++) {
			if (filter.p[k] == '[')
				depth++;
			else if (filter.p[k] == ']')
				depth--;
			else if (filter.p[k] == '.' && depth == 0)
				break;
		}
		if (k == at || !octet_matches(view_sub(filter, at, k - at),
		    addr[i]))
			return (false);
		at = k + 1;
	}
	return (at > filter.n);
}

static const char *
reversed(struct judge *j, const char *addr)
{
	static const char hex[] = "0123456789abcdef";
	char out[65];
	uint8_t b[16];
	size_t i;

	if (inet_pton(AF_INET, addr, b) == 1)
		return (arena_printf(j->s->line, "%u.%u.%u.%u", b[3], b[2],
		    b[1], b[0]));
	if (inet_pton(AF_INET6, addr, b) != 1)
		return (NULL);
	for (i = 0; i < 16; i++) {
		out[4 * i] = hex[b[15 - i] & 15];
		out[4 * i + 1] = out[4 * i + 3] = '.';
		out[4 * i + 2] = hex[b[15 - i] >> 4];
	}
	out[63] = '\0';
	return (arena_str(j->s->line, out));
}

/* 1: listed, 0: not, -1: cannot be told now. */
static int
listed(struct judge *j, const struct ritem *it, const char *name,
    struct listing *out)
{
	struct view all = view_of(it->word), zone, filter;
	struct dns_lookup q[2];
	bool any = false;
	size_t i;

	(void)view_field(&all, '=', &zone);
	filter = all;
	out->zone = arena_strn(j->s->line, zone.p, zone.n);
	memset(q, 0, sizeof(q));
	q[0].type = DNS_A;
	q[1].type = DNS_TXT;
	q[0].name = q[1].name = arena_printf(j->s->line, "%s.%s", name,
	    out->zone);
	if (strlen(q[0].name) > DNS_NAME_MAX)
		return (0);
	dns_ask(&j->s->dns, j->s->line, q, 2, mono_in(cf->ipc_timeout));
	if (q[0].status == DNS_TEMPFAIL || q[0].status == DNS_BOGUS) {
		log_warn("%s: RBL lookup error: %s", q[0].name,
		    dns_status_text(q[0].status));
		return (-1);
	}
	for (i = 0; i < q[0].nrr && !any; i++) {
		any = q[0].rr[i].data.n == 4 && (filter.n == 0 ||
		    filter_matches(filter,
		    (const uint8_t *)q[0].rr[i].data.p));
	}
	out->reason = "";
	if (q[1].status == DNS_OK && q[1].nrr > 0)
		out->reason = arena_strn(j->s->line, q[1].rr[0].data.p,
		    q[1].rr[0].data.n);
	return (any);
}

static enum check
refuse(struct judge *j, const struct listing *l)
{
	int code = (int)cf->maps_rbl_reject_code;
	const struct expand_name names[] = {
		{ "rbl_code", arena_printf(j->s->line, "%d", code) },
		{ "rbl_domain", l->zone }, { "rbl_txt", l->reason },
		{ "rbl_reason", l->reason }, { "rbl_what", l->what },
		{ "rbl_class", l->class },
	};
	const char *template = cf->default_rbl_reply, *value, *text;
	struct view v;
	size_t n;
	bool last;
	int given;

	if (setup.rbl_reply != NULL &&
	    maps_find(setup.rbl_reply, l->zone, MAPS_WHOLE, &value) == 1)
		template = arena_str(j->s->line, value);
	text = expand_text(j->s, template, names,
	    sizeof(names) / sizeof(names[0]));
	v = view_of(text);
	if ((given = smtp_reply_code(view_sub(v, 0, 4), &last)) >= 400) {
		code = given;
		v = view_trim(view_sub(v, 4, v.n));
	}
	n = smtp_dsn_parse(v, '0' + code / 100);
	return (judge_reject(j, l->class, code,
	    n > 0 ? arena_strn(j->s->line, v.p, n) : "5.7.1", "%.*s",
	    (int)view_trim(view_sub(v, n, v.n)).n,
	    view_trim(view_sub(v, n, v.n)).p));
}

static enum check
result(struct judge *j, const struct ritem *it, int found,
    const struct listing *l)
{
	/* A list that does not answer neither permits nor refuses. */
	if (found != 1)
		return (CHECK_DUNNO);
	return ((it->r->which & IS_PERMIT) != 0 ? CHECK_OK : refuse(j, l));
}

enum check
check_rbl(struct judge *j, const struct ritem *it)
{
	struct listing l = { .what = j->s->peer.addr, .class = CLASS_CLIENT };
	const char *name = reversed(j, j->s->peer.addr);

	if (name == NULL)
		return (CHECK_DUNNO);
	return (result(j, it, listed(j, it, name, &l), &l));
}

enum check
check_rhsbl(struct judge *j, const struct ritem *it)
{
	const struct peer *p = &j->s->peer;
	struct listing l = { .class = CLASS_CLIENT };
	const char *name = NULL, *addr = NULL;
	struct addr_parts parts;

	switch (it->r->which & OF_MASK) {
	case OF_CLIENT:
		l.what = name = p->name;
		break;
	case OF_REVERSE:
		l.what = name = p->reverse;
		break;
	case OF_HELO:
		l.what = name = j->s->helo;
		l.class = CLASS_HELO;
		break;
	case OF_SENDER:
		addr = judge_sender(j);
		l.class = CLASS_SENDER;
		break;
	default:
		addr = j->rcpt;
		l.class = CLASS_RCPT;
		break;
	}
	if (addr != NULL) {
		l.what = judge_name(j, l.class);
		parts = addr_split(view_of(addr));
		if (parts.domain.p != NULL)
			name = arena_strn(j->s->line, parts.domain.p,
			    parts.domain.n);
	}
	if (name == NULL || !host_valid(view_of(name)) ||
	    strcmp(name, PEER_UNKNOWN) == 0)
		return (CHECK_DUNNO);
	return (result(j, it, listed(j, it, name, &l), &l));
}
