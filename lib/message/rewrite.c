/* SPDX-License-Identifier: ISC */
/* rewrite - the standard form of addresses; see rewrite.h. */
#include <string.h>

#include "address/address.h"
#include "base/buf.h"
#include "conf/conf.h"

#include "rewrite.h"

void
rewrite_rules_local(struct rewrite_rules *r)
{
	*r = (struct rewrite_rules){
		.origin = cf->append_at_myorigin ? cf->myorigin : NULL,
		.domain = cf->append_dot_mydomain ? cf->mydomain : NULL,
		.swap_bangpath = cf->swap_bangpath,
		.percent_hack = cf->allow_percent_hack,
	};
}

void
rewrite_rules_remote(struct rewrite_rules *r)
{
	const char *domain = cf->remote_header_rewrite_domain;

	rewrite_rules_local(r);
	r->origin = r->origin != NULL && *domain != '\0' ? domain : NULL;
	r->domain = r->domain != NULL && *domain != '\0' ? domain : NULL;
}

/* Behind the quoted string, quoted pair, literal or byte at "i". */
static size_t
next_piece(struct view v, size_t i)
{
	char end = v.p[i] == '"' ? '"' : v.p[i] == '[' ? ']' : '\0';

	if (v.p[i] == '\\')
		return (i + 2 < v.n ? i + 2 : v.n);
	if (end == '\0')
		return (i + 1);
	for (i++; i < v.n; i++) {
		if (v.p[i] == '\\')
			i++;
		else if (v.p[i] == end)
			return (i + 1);
	}
	return (v.n);
}

/* Index of the first or last unquoted "c"; v.n if there is none. */
static size_t
find(struct view v, char c, bool last)
{
	size_t at = v.n;

	for (size_t i = 0; i < v.n; i = next_piece(v, i)) {
		if (v.p[i] != c)
			continue;
		at = i;
		if (!last)
			break;
	}
	return (at);
}

/* "@hosta,@hostb:user@site": what is behind the route, if anything is. */
static struct view
without_route(struct view v)
{
	size_t colon;

	while (v.n > 0 && v.p[0] == '@') {
		colon = find(v, ':', false);
		if (colon + 1 >= v.n)
			break;
		v = view_sub(v, colon + 1, v.n);
	}
	return (v);
}

struct split {
	struct view	local;
	struct view	domain;
	bool		at;		/* there is a domain, maybe empty */
};

static struct split
split(const struct rewrite_rules *r, struct view v)
{
	size_t at = find(v, '@', true), bang;

	if (at == v.n && r->swap_bangpath &&
	    (bang = find(v, '!', false)) < v.n)
		return ((struct split){ view_sub(v, bang + 1, v.n),
		    view_sub(v, 0, bang), true });
	if (at == v.n && r->percent_hack)
		at = find(v, '%', true);
	return ((struct split){ view_sub(v, 0, at),
	    view_sub(v, at + 1, v.n), at < v.n });
}

static bool
has_dot(struct view domain)
{
	return (domain.p[0] == '[' || view_chr(domain, '.') >= 0);
}

/* A final dot goes, but broken forms stay as they are. */
static struct view
without_dot(struct view d)
{
	if (d.n > 1 && d.p[d.n - 1] == '.' && d.p[d.n - 2] != '.')
		d.n--;
	return (d);
}

static int
put_domain(const struct rewrite_rules *r, const struct split *s,
    struct buf *out)
{
	struct view d = without_dot(s->domain);

	if (!s->at && r->origin == NULL)
		return (0);
	if (buf_putc(out, '@') == -1)
		return (-1);
	if (!s->at) {
		d = view_of(r->origin);
		if (d.n > 0 && d.p[0] == '@')
			d = view_sub(d, 1, d.n);
	}
	if (buf_put(out, d.p, d.n) == -1)
		return (-1);
	if (d.n == 0 || r->domain == NULL || has_dot(s->at ? s->domain : d))
		return (0);
	return (buf_putc(out, '.') == -1 || buf_puts(out, r->domain) == -1 ?
	    -1 : 0);
}

int
rewrite_addr(const struct rewrite_rules *r, struct view external,
    struct buf *out)
{
	size_t begin = out->n;
	struct split s;

	if (external.n == 0)
		return (0);
	s = split(r, without_route(external));
	if (addr_requote_local(s.local, out) == -1 ||
	    put_domain(r, &s, out) == -1) {
		buf_cut(out, begin);
		return (-1);
	}
	return (0);
}
