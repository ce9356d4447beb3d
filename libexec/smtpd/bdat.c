/* SPDX-License-Identifier: ISC */
/*
 * bdat - BDAT count [LAST]: content in chunks (RFC 3030).
 *
 * The bytes of a chunk follow the command whatever becomes of it, so they are
 * read in any case; a count that cannot be read ends the session.
 */
#include "base/log.h"
#include "base/num.h"
#include "conf/conf.h"

#include "content.h"
#include "ehlo.h"
#include "log.h"
#include "restrict.h"
#include "session.h"
#include "tx.h"

#define CHUNK_MAX	INT64_MAX

struct chunk {
	uint64_t	 size;
	bool		 last;
};

static bool
parse(struct view arg, struct chunk *c)
{
	struct view count, last;

	count = view_word(&arg, " \t");
	last = view_word(&arg, " \t");
	c->last = last.n > 0;
	return (arg.n == 0 && (last.n == 0 || view_ieq(last, "LAST")) &&
	    num_unsigned(count, CHUNK_MAX, &c->size));
}

/* The client is gone. */
static struct verdict
lost(struct smtpd *s, enum smtp_io io, uint64_t bytes)
{
	smtpd_lost(s, io, (int64_t)bytes);
	tx_drop(s);
	return ((struct verdict){ .error = true });
}

/*
 * Read the chunk and forget it. Later chunks of the same message, if there is
 * one, share its fate.
 */
static struct verdict
throw_away(struct smtpd *s, const struct chunk *c, struct verdict v)
{
	struct smtp_data skip;
	enum smtp_io io;

	smtp_data_start(&skip, false);
	smtp_bdat_chunk(&skip, c->size);
	if ((io = smtp_bdat_skip(s->st, &skip)) != SMTP_OK)
		return (lost(s, io, skip.received));
	if (s->tx != NULL) {
		s->tx->bdat = BDAT_FAILED;
		if (c->last)
			tx_drop(s);
	}
	return (v);
}

/* What there is against this chunk, before it is read. */
static struct verdict
against(struct smtpd *s, const struct chunk *c)
{
	int64_t limit = cf->message_size_limit;
	struct verdict v;

	v = verb_refused(s, VERB_BDAT);
	if (v.code != 0)
		return (v);
	if (s->tx->bdat == BDAT_NONE) {
		v = restrict_data(s);
		if (v.code != 0)
			return (v);
	}
	if (limit > 0 && (c->size > (uint64_t)limit ||
	    s->tx->data.size > (uint64_t)limit - c->size)) {
		log_warn("%sBDAT request from %s exceeds message size limit",
		    smtpd_log_id(s), s->peer.label);
		return (verdict(s, 552, "5.3.4",
		    "Chunk exceeds message size limit"));
	}
	return (v);
}

/* Copy the chunk to cleanup(8). */
static enum smtp_io
copy(struct smtpd *s, const struct chunk *c)
{
	struct smtp_data *d = &s->tx->data;
	enum smtp_io io = SMTP_OK;
	struct buf b;

	buf_init(&b, MAIL_CHUNK_MAX);
	smtp_bdat_chunk(d, c->size);
	while (!d->end) {
		io = smtp_bdat_read(s->st, d, &b, MAIL_CHUNK_MAX - 2);
		if (io != SMTP_OK)
			break;
		tx_content(s, b.p, b.n);
		buf_reset(&b);
	}
	if (io == SMTP_OK && c->last) {
		smtp_bdat_last(d, &b);
		tx_content(s, b.p, b.n);
	}
	buf_fini(&b);
	return (io);
}

/* The message, if any, is given up: a chunk whose end nobody knows. */
static struct verdict
malformed(struct smtpd *s, struct view arg)
{
	log_warn("%smalformed BDAT command syntax from %s: BDAT%s%.*s",
	    smtpd_log_id(s), s->peer.label, arg.n > 0 ? " " : "",
	    arg.n > 100 ? 100 : (int)arg.n, arg.p);
	tx_drop(s);
	return (verdict(s, 521, "5.5.4", "Syntax: BDAT count [LAST]"));
}

struct verdict
cmd_bdat(struct smtpd *s, struct view arg)
{
	struct verdict v;
	struct chunk c;
	enum smtp_io io;

	if ((s->hidden & EHLO_CHUNKING) != 0)
		return (verdict(s, 521, "5.5.1",
		    "Error: command not implemented"));
	if (!parse(arg, &c))
		return (malformed(s, arg));
	if (s->tx != NULL && s->tx->bdat == BDAT_FAILED)
		return (throw_away(s, &c, verdict(s, 551, "5.0.0",
		    "Discarded %llu bytes after earlier error",
		    (unsigned long long)c.size)));
	v = against(s, &c);
	if (v.code != 0)
		return (throw_away(s, &c, v));
	if (s->tx->bdat == BDAT_NONE) {
		s->tx->bdat = BDAT_OPEN;
		smtp_data_start(&s->tx->data, false);
		tx_content_begin(s);
	}
	if ((io = copy(s, &c)) != SMTP_OK)
		return (lost(s, io, s->tx->data.size));
	if (!c.last)
		return (verdict(s, 250, "2.0.0", "Ok: %llu bytes",
		    (unsigned long long)c.size));
	return (content_end(s, arena_printf(s->line, "Ok: %llu bytes ",
	    (unsigned long long)s->tx->data.size)));
}
