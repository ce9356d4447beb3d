/* SPDX-License-Identifier: ISC */
/* wire - the answer section of a DNS packet; RFC 1035 section 4. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#include "name.h"
#include "dnswire.h"

#define HEADER		12
#define RR_MIN		11		/* bytes of the shortest record */
#define CHAIN_MAX	16		/* CNAMEs that are followed */
#define DATA_MAX	4096		/* of one record, as resolver.h says */
#define CLASS_IN	1
#define RCODE_OK	0
#define RCODE_NXDOMAIN	3

struct wire_name {
	uint8_t	p[NAME_WIRE_MAX];
	size_t	n;
};

struct rr {
	size_t		owner;		/* where its name is in the packet */
	uint32_t	type, class, ttl;
	size_t		at, n;		/* rdata */
};

struct packet {
	struct view	 v;
	struct arena	*arena;
	struct rr	*rr;
	size_t		 n;
	uint32_t	 rcode;
};

/* A number of "n" bytes, big endian. */
static bool
get_number(struct view v, size_t *at, size_t n, uint32_t *out)
{
	uint32_t x = 0;

	if (*at > v.n || n > v.n - *at)
		return (false);
	for (size_t i = 0; i < n; i++)
		x = x << 8 | (unsigned char)v.p[*at + i];
	*at += n;
	*out = x;
	return (true);
}

/*
 * A name, decompressed; *at moves behind it. Each jump must go to before the
 * last one, so that there is an end.
 */
static bool
get_name(struct view v, size_t *at, struct wire_name *out)
{
	size_t pos = *at, limit = *at, behind = 0;
	uint32_t len, low;

	out->n = 0;
	do {
		if (!get_number(v, &pos, 1, &len))
			return (false);
		if ((len & 0xc0) == 0xc0) {
			if (!get_number(v, &pos, 1, &low))
				return (false);
			if (behind == 0)
				behind = pos;
			pos = (len & 0x3f) << 8 | low;
			if (pos >= limit)
				return (false);
			limit = pos;
			continue;
		}
		if (len > 63 || len > v.n - pos ||
		    out->n + 1 + len > NAME_WIRE_MAX)
			return (false);
		out->p[out->n++] = (uint8_t)len;
		memcpy(out->p + out->n, v.p + pos, len);
		out->n += len;
		pos += len;
	} while (len != 0);
	*at = behind != 0 ? behind : pos;
	return (true);
}

static uint8_t
fold(uint8_t c)
{
	return (c >= 'A' && c <= 'Z' ? (uint8_t)(c | 0x20) : c);
}

/* Lengths of labels are below 'A': folding all bytes is right. */
static bool
is_same(const struct wire_name *a, const struct wire_name *b)
{
	if (a->n != b->n)
		return (false);
	for (size_t i = 0; i < a->n; i++)
		if (fold(a->p[i]) != fold(b->p[i]))
			return (false);
	return (true);
}

/* NULL: a name that is nothing for us. */
static const char *
name_text(struct arena *a, const struct wire_name *name)
{
	char text[NAME_WIRE_MAX + 1];
	size_t n = 0;

	if (name->n == 1)
		return (arena_str(a, "."));
	for (size_t i = 0; name->p[i] != 0; i += 1 + name->p[i]) {
		if (memchr(name->p + i + 1, '.', name->p[i]) != NULL)
			return (NULL);
		memcpy(text + n, name->p + i + 1, name->p[i]);
		n += name->p[i];
		text[n++] = '.';
	}
	n--;
	if (!name_is_valid((struct view){ text, n }))
		return (NULL);
	return (arena_strn(a, text, n));
}

static bool
get_rr(struct view v, size_t *at, struct rr *out)
{
	struct wire_name owner;
	uint32_t n;

	out->owner = *at;
	if (!get_name(v, at, &owner) ||
	    !get_number(v, at, 2, &out->type) ||
	    !get_number(v, at, 2, &out->class) ||
	    !get_number(v, at, 4, &out->ttl) ||
	    !get_number(v, at, 2, &n) || n > v.n - *at)
		return (false);
	out->at = *at;
	out->n = n;
	*at += n;
	return (true);
}

/* Header, question, answers. */
static bool
get_packet(struct arena *a, struct view v, struct packet *p,
    struct wire_name *question)
{
	size_t at = 2;
	uint32_t flags, qdcount, ancount, skip;

	*p = (struct packet){ .v = v, .arena = a };
	if (!get_number(v, &at, 2, &flags) ||
	    !get_number(v, &at, 2, &qdcount) ||
	    !get_number(v, &at, 2, &ancount))
		return (false);
	p->rcode = flags & 0xf;
	at = HEADER;
	if (qdcount != 1 || !get_name(v, &at, question) ||
	    !get_number(v, &at, 4, &skip) ||
	    ancount > (v.n - at) / RR_MIN)
		return (false);
	p->rr = arena_array(a, ancount + 1, sizeof(*p->rr));
	for (; p->n < ancount; p->n++)
		if (!get_rr(v, &at, &p->rr[p->n]))
			return (false);
	return (true);
}

static bool
is_of(const struct packet *p, const struct rr *rr, uint32_t type,
    const struct wire_name *owner)
{
	struct wire_name name;
	size_t at = rr->owner;

	return (rr->type == type && rr->class == CLASS_IN &&
	    get_name(p->v, &at, &name) && is_same(&name, owner));
}

static const struct rr *
find(const struct packet *p, uint32_t type, const struct wire_name *owner)
{
	for (size_t i = 0; i < p->n; i++)
		if (is_of(p, &p->rr[i], type, owner))
			return (&p->rr[i]);
	return (NULL);
}

/* From the name that was asked for to the one that has an answer. */
static bool
follow(const struct packet *p, uint32_t type, struct wire_name *name)
{
	const struct rr *rr;
	size_t at;

	for (int i = 0; i < CHAIN_MAX; i++) {
		if (find(p, type, name) != NULL ||
		    (rr = find(p, DNS_CNAME, name)) == NULL)
			return (true);
		at = rr->at;
		if (!get_name(p->v, &at, name) || at != rr->at + rr->n)
			return (false);
	}
	return (false);
}

/* The name that is the rest of the rdata. */
static bool
take_target(const struct packet *p, const struct rr *rr, size_t at,
    struct msg_dns_record *out)
{
	struct wire_name name;

	if (!get_name(p->v, &at, &name) ||
	    (rr->type != DNS_SOA && at != rr->at + rr->n))
		return (false);
	out->name = name_text(p->arena, &name);
	return (out->name != NULL);
}

static bool
take_bytes(const struct packet *p, const struct rr *rr, size_t least,
    size_t most, struct msg_dns_record *out)
{
	if (rr->n < least || rr->n > most)
		return (false);
	out->data = view_sub(p->v, rr->at, rr->n);
	return (true);
}

/* The strings of a TXT record are one text. */
static bool
take_text(const struct packet *p, const struct rr *rr,
    struct msg_dns_record *out)
{
	struct view rest = view_sub(p->v, rr->at, rr->n), part;
	char *text = arena_get(p->arena, rr->n + 1);
	size_t n = 0;
	uint8_t len;

	while (view_take_u8(&rest, &len)) {
		if (!view_take(&rest, len, &part))
			return (false);
		memcpy(text + n, part.p, part.n);
		n += part.n;
	}
	out->data = (struct view){ text, n };
	return (n <= DATA_MAX);
}

static bool
take_tlsa(const struct packet *p, const struct rr *rr,
    struct msg_dns_record *out)
{
	size_t at = rr->at;

	return (take_bytes(p, rr, 4, DATA_MAX, out) &&
	    get_number(p->v, &at, 3, &out->pref));
}

/* Numbers in front of a name; rdata may be shorter than they are. */
static bool
take_srv(const struct packet *p, const struct rr *rr,
    struct msg_dns_record *out)
{
	size_t at = rr->at;

	return (rr->n > 6 && get_number(p->v, &at, 2, &out->pref) &&
	    get_number(p->v, &at, 2, &out->weight) &&
	    get_number(p->v, &at, 2, &out->port) &&
	    take_target(p, rr, at, out));
}

static bool
take_mx(const struct packet *p, const struct rr *rr,
    struct msg_dns_record *out)
{
	size_t at = rr->at;

	return (rr->n > 2 && get_number(p->v, &at, 2, &out->pref) &&
	    take_target(p, rr, at, out));
}

static bool
take_record(const struct packet *p, const struct rr *rr,
    struct msg_dns_record *out)
{
	*out = (struct msg_dns_record){ .type = rr->type, .ttl = rr->ttl,
		.name = "" };
	switch (rr->type) {
	case DNS_A:
		return (take_bytes(p, rr, 4, 4, out));
	case DNS_AAAA:
		return (take_bytes(p, rr, 16, 16, out));
	case DNS_TXT:
		return (take_text(p, rr, out));
	case DNS_TLSA:
		return (take_tlsa(p, rr, out));
	case DNS_SRV:
		return (take_srv(p, rr, out));
	case DNS_MX:
		return (take_mx(p, rr, out));
	case DNS_NS:
	case DNS_CNAME:
	case DNS_SOA:
	case DNS_PTR:
		return (rr->n > 0 && take_target(p, rr, rr->at, out));
	default:
		return (false);
	}
}

static void
collect(const struct packet *p, uint32_t type, const struct wire_name *name,
    struct wire_answer *out)
{
	out->records = arena_array(p->arena, DNS_RECORD_MAX,
	    sizeof(*out->records));
	for (size_t i = 0; i < p->n && out->count < DNS_RECORD_MAX; i++) {
		if (!is_of(p, &p->rr[i], type, name))
			continue;
		if (take_record(p, &p->rr[i], &out->records[out->count]))
			out->count++;
		else
			out->refused++;
	}
}

void
wire_answer(struct arena *a, struct view packet, uint32_t type,
    struct wire_answer *out)
{
	struct wire_name name;
	struct packet p;

	*out = (struct wire_answer){ .status = DNS_TEMPFAIL, .name = "",
		.text = "malformed answer" };
	if (!get_packet(a, packet, &p, &name))
		return;
	if (p.rcode != RCODE_OK && p.rcode != RCODE_NXDOMAIN) {
		out->text = "name server failure";
		return;
	}
	if (!follow(&p, type, &name)) {
		out->text = "CNAME loop or chain too long";
		return;
	}
	if ((out->name = name_text(a, &name)) == NULL)
		out->name = "";
	if (p.rcode == RCODE_OK)
		collect(&p, type, &name, out);
	if (out->count > 0)
		out->status = DNS_OK;
	else if (p.rcode == RCODE_NXDOMAIN)
		out->status = DNS_NXDOMAIN;
	else if (out->refused == 0)
		out->status = DNS_NODATA;
	if (out->refused == 0 || out->count > 0)
		out->text = "";
}
