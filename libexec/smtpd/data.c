/* SPDX-License-Identifier: ISC */
/*
 * data - DATA: content up to CR LF . CR LF (RFC 5321 4.1.1.4).
 */
#include "base/log.h"
#include "conf/conf.h"

#include "content.h"
#include "restrict.h"
#include "session.h"
#include "tx.h"

struct verdict
content_end(struct smtpd *s, const char *good)
{
	struct verdict v;

	s->where = "END-OF-MESSAGE";
	v = content_bare_lf(s);
	if (v.code == 0)
		v = restrict_eod(s);
	if (v.code != 0) {
		tx_drop(s);
		return (v);
	}
	return (tx_finish(s, good));
}

/* Copy all of it; false: the client is gone. */
static bool
copy(struct smtpd *s, struct smtp_data *d)
{
	struct buf chunk;
	enum smtp_io io = SMTP_OK;

	buf_init(&chunk, MAIL_CHUNK_MAX);
	while (!d->end) {
		io = smtp_data_read(s->st, d, &chunk, MAIL_CHUNK_MAX);
		if (io != SMTP_OK)
			break;
		if (content_within_limit(s, d))
			tx_content(s, chunk.p, chunk.n);
		buf_reset(&chunk);
	}
	buf_fini(&chunk);
	if (io != SMTP_OK)
		smtpd_lost(s, io, (int64_t)d->size);
	return (io == SMTP_OK);
}

struct verdict
cmd_data(struct smtpd *s, struct view arg)
{
	const struct verdict gone = { .error = true };
	struct verdict v;

	v = verb_refused(s, VERB_DATA);
	if (v.code == 0 && arg.n > 0)
		v = verdict(s, 501, "5.5.4", "Syntax: DATA");
	if (v.code == 0)
		v = restrict_data(s);
	if (v.code != 0)
		return (v);
	tx_content_begin(s);
	smtp_stream_printf(s->st, "354 End data with <CR><LF>.<CR><LF>\r\n");
	smtp_data_start(&s->tx->data, setup_bare_lf_ends(s));
	if (!copy(s, &s->tx->data)) {
		tx_drop(s);
		return (gone);
	}
	return (content_end(s, "Ok: "));
}
