/* SPDX-License-Identifier: ISC */
/* footer - what is added to refusals, and the names in it (footer.h). */
#include <string.h>
#include <time.h>

#include "address/address.h"
#include "base/log.h"
#include "base/zone.h"
#include "conf/conf.h"

#include "footer.h"
#include "session.h"
#include "setup.h"
#include "tx.h"

#define TEXT_MAX	8192
#define NEST_MAX	8

struct expansion {
	struct smtpd	*s;
	const struct expand_name *more;
	size_t		 nmore;
};

static const char *
part(struct smtpd *s, const char *addr, const char *which)
{
	struct addr_parts p;

	if (addr == NULL)
		return (NULL);
	if (which[0] == '\0')
		return (addr);
	p = addr_split(view_of(addr));
	if (strcmp(which, "_domain") == 0)
		return (p.domain.p == NULL ? "" :
		    arena_strn(s->line, p.domain.p, p.domain.n));
	if (strcmp(which, "_name") == 0)
		return (arena_strn(s->line, p.local.p, p.local.n));
	return (NULL);
}

static const char *
local_time(struct smtpd *s)
{
	time_t now = wall_us() / 1000000;
	char text[64];
	struct tm tm;

	if (!zone_local(now, &tm) ||
	    strftime(text, sizeof(text), "%b %d %H:%M:%S", &tm) == 0)
		return ("");
	return (arena_str(s->line, text));
}

/* What a session knows by name; NULL if there is no such name. */
static const char *
session_value(struct smtpd *s, const char *name)
{
	const struct peer *p = &s->peer;
	const struct {
		const char *name, *value;
	} known[] = {
		{ "client", p->label }, { "client_address", p->addr },
		{ "client_name", p->name }, { "client_port", p->port },
		{ "reverse_client_name", p->reverse },
		{ "server_address", p->server_addr },
		{ "server_port", p->server_port },
		{ "server_name", cf->myhostname },
		{ "helo_name", s->helo != NULL ? s->helo : "" },
		{ "myhostname", cf->myhostname }, { "hostname",
		    cf->myhostname }, { "mydomain", cf->mydomain },
		{ "mail_name", cf->mail_name },
	};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(known[i].name, name) == 0)
			return (known[i].value);
	}
	if (strcmp(name, "localtime") == 0)
		return (local_time(s));
	if (strncmp(name, "sender", 6) == 0)
		return (part(s, s->tx != NULL ? s->tx->sender : "",
		    name + 6));
	if (strncmp(name, "recipient", 9) == 0)
		return (part(s, s->rcpt != NULL ? s->rcpt : "", name + 9));
	return (NULL);
}

static const char *
value_of(struct expansion *x, const char *name)
{
	const char *value = NULL;
	size_t i;
	char *safe;

	for (i = 0; i < x->nmore && value == NULL; i++) {
		if (strcmp(x->more[i].name, name) == 0)
			value = x->more[i].value;
	}
	if (value == NULL)
		value = session_value(x->s, name);
	if (value == NULL)
		return (NULL);
	/* RFC 5321 text: what a stranger chose must not become a line end. */
	safe = arena_str(x->s->line, value);
	printable(safe, strlen(safe));
	return (safe);
}

static bool
is_name(int c)
{
	return ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_');
}

static void expand(struct expansion *x, struct view in, struct buf *out,
    int depth);

static void
put(struct buf *out, const char *p, size_t n)
{
	if (buf_put(out, p, n) == -1 && out->n < out->max)
		buf_xput(out, p, out->max - out->n);
}

/* name, name?text, name:text */
static void
expand_one(struct expansion *x, struct view body, struct buf *out, int depth)
{
	size_t n = 0;
	const char *value;
	bool set;

	while (n < body.n && is_name(body.p[n]))
		n++;
	value = value_of(x, arena_strn(x->s->line, body.p, n));
	if (value == NULL)
		log_warn("unknown name in a reply template: %.*s", (int)n,
		    body.p);
	set = value != NULL && value[0] != '\0';
	if (n == body.n) {
		if (set)
			put(out, value, strlen(value));
	} else if ((body.p[n] == '?' && set) || (body.p[n] == ':' && !set))
		expand(x, view_sub(body, n + 1, body.n), out, depth + 1);
}

/* The length of "{...}" or "(...)" at the start, or 0. */
static size_t
group_length(struct view v)
{
	int open = v.p[0], close = open == '{' ? '}' : ')', depth = 0;
	size_t i;

	for (i = 0; i < v.n; i++) {
		if (v.p[i] == open)
			depth++;
		else if (v.p[i] == close && --depth == 0)
			return (i + 1);
	}
	return (0);
}

static void
expand(struct expansion *x, struct view in, struct buf *out, int depth)
{
	size_t i = 0, n;

	while (i < in.n && depth < NEST_MAX) {
		if (in.p[i] != '$' || i + 1 == in.n) {
			put(out, in.p + i++, 1);
			continue;
		}
		i++;
		if (in.p[i] == '$') {
			put(out, in.p + i++, 1);
		} else if (in.p[i] == '{' || in.p[i] == '(') {
			n = group_length(view_sub(in, i, in.n));
			if (n == 0)
				return;
			expand_one(x, view_sub(in, i + 1, n - 2), out, depth);
			i += n;
		} else {
			for (n = 0; i + n < in.n && is_name(in.p[i + n]); n++)
				continue;
			expand_one(x, view_sub(in, i, n), out, depth);
			i += n;
		}
	}
}

const char *
expand_text(struct smtpd *s, const char *text, const struct expand_name *more,
    size_t nmore)
{
	struct expansion x = { s, more, nmore };
	const char *result;
	struct buf out;

	buf_init(&out, TEXT_MAX);
	expand(&x, view_of(text), &out, 0);
	result = arena_strn(s->line, out.p, out.n);
	buf_fini(&out);
	return (result);
}

/* \n, \r\n in the template: a new line; other backslashes stay. */
static const char *
lines(struct smtpd *s, const char *text)
{
	char *p = arena_str(s->line, text), *from, *to;

	for (from = to = p; *from != '\0';) {
		if (from[0] == '\\' && from[1] == 'r' && from[2] == '\\' &&
		    from[3] == 'n')
			from += 2;
		if (from[0] == '\\' && from[1] == 'n') {
			*to++ = '\n';
			from += 2;
		} else
			*to++ = *from++;
	}
	*to = '\0';
	return (p);
}

const char *
footer_add(struct smtpd *s, struct verdict v, const char *text)
{
	const char *footer = cf->smtpd_reject_footer, *value, *whole;

	whole = arena_printf(s->line, "%d %s%s%s", v.code, v.dsn,
	    v.dsn[0] != '\0' ? " " : "", text);
	if (setup.footer_maps != NULL &&
	    maps_find(setup.footer_maps, whole, MAPS_WHOLE, &value) == 1)
		footer = arena_str(s->line, value);
	if (footer[0] == '\0')
		return (text);
	footer = expand_text(s, lines(s, footer), NULL, 0);
	/* \c: on the same line. */
	if (strncmp(footer, "\\c", 2) == 0)
		return (arena_printf(s->line, "%s%s", text, footer + 2));
	return (arena_printf(s->line, "%s\n%s", text, footer));
}
