/* SPDX-License-Identifier: ISC */
/*
 * proto - encoder and decoder of every internal message.
 *
 * Trusts nothing that it decodes: the bytes come from a process that may
 * have been taken over by whoever it was talking to.
 */
#include <string.h>

#include "base/log.h"

#include "proto.h"

/* clang-format off */
#define TYPE_u32	MSG_U32
#define TYPE_u64	MSG_U64
#define TYPE_str	MSG_STR
#define TYPE_blob	MSG_BLOB

#define ROW(msg, type, member, lim)					\
	{ #member, TYPE_##type, (uint32_t)(lim),			\
	    offsetof(struct msg_##msg, member) },

/* A row of its own at the end, since a message may have no fields. */
#define VERB(role, msg)							\
	static const struct msg_field fields_##msg[] = {		\
		MSG_##msg(ROW, msg)					\
		{ NULL, MSG_U32, 0, 0 }					\
	};
#define REPLY(role, msg)	VERB(role, msg)
#include "verbs.def"
#undef VERB
#undef REPLY

#define DEF(rolename, msg, isreply)					\
	[V_##msg] = { #msg, #rolename, isreply, sizeof(struct msg_##msg),\
	    fields_##msg, sizeof(fields_##msg) / sizeof(fields_##msg[0]) - 1 },
#define VERB(role, msg)		DEF(role, msg, false)
#define REPLY(role, msg)	DEF(role, msg, true)

const struct msg_def msg_defs[V_COUNT] = {
#include "verbs.def"
};
#undef VERB
#undef REPLY
/* clang-format on */

const struct msg_def *
msg_def_of(unsigned verb)
{
	return (verb < V_COUNT ? &msg_defs[verb] : NULL);
}

static void
le_put(unsigned char *p, uint64_t v, size_t n)
{
	for (size_t i = 0; i < n; i++, v >>= 8)
		p[i] = (unsigned char)(v & 0xff);
}

static int
put_number(struct buf *out, uint64_t v, size_t n)
{
	unsigned char b[8];

	le_put(b, v, n);
	return (buf_put(out, b, n));
}

static bool
has_line_break(const char *p, size_t n)
{
	return (memchr(p, '\n', n) != NULL || memchr(p, '\r', n) != NULL);
}

static int
put_str(struct buf *out, const struct msg_field *f, const char *s)
{
	size_t n = strlen(s);

	if (n > f->limit || has_line_break(s, n) ||
	    put_number(out, n, 4) < 0)
		return (-1);
	return (buf_put(out, s, n + 1));
}

static int
put_blob(struct buf *out, const struct msg_field *f, struct view v)
{
	if (v.n > f->limit || put_number(out, v.n, 4) < 0)
		return (-1);
	return (buf_put(out, v.p, v.n));
}

static int
put_field(struct buf *out, const struct msg_field *f, const void *msg)
{
	const char *at = (const char *)msg + f->offset;
	uint32_t u32;
	uint64_t u64;
	const char *s;
	struct view v;

	switch (f->type) {
	case MSG_U32:
		memcpy(&u32, at, sizeof(u32));
		if (f->limit != 0 && u32 > f->limit)
			return (-1);
		return (put_number(out, u32, 4));
	case MSG_U64:
		memcpy(&u64, at, sizeof(u64));
		return (put_number(out, u64, 8));
	case MSG_STR:
		memcpy(&s, at, sizeof(s));
		return (put_str(out, f, s != NULL ? s : ""));
	case MSG_BLOB:
		memcpy(&v, at, sizeof(v));
		return (put_blob(out, f, v));
	}
	return (-1);
}

int
msg_put(struct buf *out, enum verb verb, const void *msg)
{
	const struct msg_def *def = msg_def_of(verb);
	size_t start = out->n;

	must(def != NULL);
	if (put_number(out, verb, 2) < 0 || put_number(out, 0, 4) < 0)
		goto out;
	for (size_t i = 0; i < def->nfields; i++)
		if (put_field(out, &def->fields[i], msg) < 0)
			goto out;
	le_put((unsigned char *)out->p + start + 2,
	    out->n - start - MSG_HEADER, 4);
	return (0);
out:
	buf_cut(out, start);
	return (-1);
}

bool
msg_next(struct view *in, enum verb *verb, struct view *fields)
{
	uint16_t v;
	uint32_t n;

	if (!view_take_u16(in, &v) || v >= V_COUNT ||
	    !view_take_u32(in, &n) || !view_take(in, n, fields))
		return (false);
	*verb = (enum verb)v;
	return (true);
}

static const char *
get_str(struct view *in, const struct msg_field *f, char *at)
{
	struct view v;
	uint32_t n;

	if (!view_take_u32(in, &n))
		return ("cut short");
	if (n > f->limit)
		return ("text is too long");
	if (!view_take(in, (size_t)n + 1, &v))
		return ("cut short");
	if (v.p[n] != '\0' || memchr(v.p, '\0', n) != NULL)
		return ("NUL inside text");
	if (has_line_break(v.p, n))
		return ("line break inside text");
	memcpy(at, &v.p, sizeof(v.p));
	return (NULL);
}

static const char *
get_field(struct view *in, const struct msg_field *f, char *at)
{
	struct view v;
	uint32_t u32;
	uint64_t u64;

	switch (f->type) {
	case MSG_U32:
		if (!view_take_u32(in, &u32))
			return ("cut short");
		if (f->limit != 0 && u32 > f->limit)
			return ("number is out of range");
		memcpy(at, &u32, sizeof(u32));
		return (NULL);
	case MSG_U64:
		if (!view_take_u64(in, &u64))
			return ("cut short");
		memcpy(at, &u64, sizeof(u64));
		return (NULL);
	case MSG_STR:
		return (get_str(in, f, at));
	case MSG_BLOB:
		if (!view_take_u32(in, &u32))
			return ("cut short");
		if (u32 > f->limit)
			return ("block is too long");
		if (!view_take(in, u32, &v))
			return ("cut short");
		memcpy(at, &v, sizeof(v));
		return (NULL);
	}
	return ("unknown field type");
}

bool
msg_get(enum verb verb, struct view fields, void *msg, const char **why)
{
	const struct msg_def *def = msg_def_of(verb);

	must(def != NULL);
	for (size_t i = 0; i < def->nfields; i++) {
		const struct msg_field *f = &def->fields[i];

		*why = get_field(&fields, f, (char *)msg + f->offset);
		if (*why != NULL)
			return (false);
	}
	if (fields.n != 0) {
		*why = "bytes left over";
		return (false);
	}
	return (true);
}
