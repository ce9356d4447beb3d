/* SPDX-License-Identifier: ISC */
/*
 * path - the address of a MAIL or RCPT command.
 *
 * Lenient as Postfix is: comments, white space, routes, strange dots and a
 * missing <> are forgiven. What is not: an address that could be read in two
 * ways (unbalanced quotes or brackets, words without a separator), a local
 * part that is missing (not the empty one, ""), control characters.
 */
#include "base/arena.h"
#include "base/buf.h"
#include "address.h"
#include "lex.h"

/* Where the path at the front ends: behind its '>', or at a blank. */
static size_t
path_end(struct view v, bool angle)
{
	bool quoted = false, closed = false;
	size_t i;

	for (i = angle; i < v.n && !closed; i++) {
		if (v.p[i] == '\\' && i + 1 < v.n)
			i++;
		else if (v.p[i] == '"')
			quoted = !quoted;
		else if (quoted)
			continue;
		else if (angle ? v.p[i] == '>' :
		    v.p[i] == ' ' || v.p[i] == '\t') {
			closed = true;
			i -= !angle;
		}
	}
	return (quoted || (angle && !closed) ? 0 : i);
}

static const char *
bad_bytes(struct view v, unsigned flags)
{
	size_t i;

	for (i = 0; i < v.n; i++)
		if ((unsigned char)v.p[i] < ' ' || v.p[i] == 0x7f)
			return ("control character");
	if (is_ascii(v) || (flags & ADDR_PATH_8BIT))
		return (NULL);
	if (!(flags & ADDR_PATH_UTF8))
		return ("non-ASCII address");
	return (utf8_valid(v) ? NULL : "malformed UTF-8");
}

/* RFC 5321 4.1.2: Local-part "@" ( Domain / address-literal ), nothing else */
static bool
is_strict(struct view text, struct view internal)
{
	struct addr_parts parts = addr_split(internal);
	struct lex l = { text, 0 };
	struct token t, prev = { .type = T_SPECIAL, .text = VIEW(".") };
	struct view addr;

	/* Up to the '@' one quoted string, or atoms with dots between them. */
	for (t = lex_next(&l); t.type != T_END && !token_is(&t, '@');
	    prev = t, t = lex_next(&l)) {
		if (t.at != prev.end)
			return (false);
		if (t.type == T_QUOTED ? t.at != 0 : prev.type == T_QUOTED)
			return (false);
		if (t.type == T_COMMENT ||
		    (t.type == T_ATOM && view_chr(t.text, '\\') != -1))
			return (false);
		if (token_is(&t, '.') && token_is(&prev, '.'))
			return (false);
	}
	if (token_is(&prev, '.') || parts.local.n > 64)
		return (false);
	if (t.type == T_END)		/* <postmaster>, <user>: ours */
		return (true);
	/* Behind it, no white space, comment or second '@'. */
	return (parts.domain.n > 0 &&
	    t.end + parts.domain.n == text.n &&
	    (host_valid(parts.domain) || host_literal(parts.domain, &addr)));
}

static bool
fail(const char **why, const char *text)
{
	*why = text;
	return (false);
}

static bool
parse_spec(struct arena *a, struct view text, unsigned flags,
    struct addr_path *out, const char **why)
{
	struct buf raw, plain, quoted;
	bool ok;

	buf_init(&raw, text.n);
	buf_init(&plain, text.n);
	buf_init(&quoted, 2 * text.n + 2);
	ok = lex_addr_spec(text, &raw) &&
	    addr_unquote(buf_view(&raw), &plain) == 0 &&
	    (addr_split(buf_view(&plain)).local.n > 0 ||
	    view_starts(buf_view(&raw), "\"\"@")) &&
	    addr_quote(buf_view(&plain), &quoted) == 0;
	if (!ok)
		*why = "malformed address";
	else if ((flags & ADDR_PATH_STRICT) && text.p[0] != '@' &&
	    !is_strict(text, buf_view(&plain)))
		ok = fail(why, "address is not in RFC 5321 form");
	if (ok) {
		out->internal = arena_strn(a, plain.p, plain.n);
		out->external = arena_strn(a, quoted.p, quoted.n);
	}
	buf_fini(&raw);
	buf_fini(&plain);
	buf_fini(&quoted);
	return (ok);
}

bool
addr_path_parse(struct arena *a, struct view *arg, unsigned flags,
    struct addr_path *out, const char **why)
{
	struct addr_path path = { "", "", false };
	struct view in = *arg, text;
	size_t n;
	bool angle;

	while (in.n > 0 && (in.p[0] == ' ' || in.p[0] == '\t'))
		in = view_sub(in, 1, in.n);
	if (in.n == 0)
		return (fail(why, "no address"));
	angle = in.p[0] == '<';
	if ((n = path_end(in, angle)) == 0)
		return (fail(why, "unbalanced quotes or brackets"));
	text = view_sub(in, 0, n);
	in = view_sub(in, n, in.n);
	if (in.n > 0 && in.p[0] != ' ' && in.p[0] != '\t')
		return (fail(why, "text behind the address"));
	if (angle)
		text = view_sub(text, 1, text.n - 2);
	else if (flags & ADDR_PATH_STRICT)
		return (fail(why, "no <> around the address"));
	path.naked = !angle;
	if ((*why = bad_bytes(text, flags)) != NULL)
		return (false);
	if (view_trim(text).n == 0) {
		if (!angle || !(flags & ADDR_PATH_NULL))
			return (fail(why, "empty address"));
	} else if (!parse_spec(a, text, flags, &path, why))
		return (false);
	*out = path;
	*arg = in;
	return (true);
}
