/* SPDX-License-Identifier: ISC */
/* content - bytes go through the scanner into the queue file. */
#include "base/log.h"
#include "conf/conf.h"
#include "proto/proto.h"

#include "cleanup.h"

int
content_write(struct message *m, struct view v)
{
	if (m->errs != 0)
		return (-1);
	if (cf->message_size_limit > 0 && qw_content_length(m->w) + v.n >
	    (uint64_t)cf->message_size_limit) {
		if (m->refused != MAIL_STAT_SIZE)
			log_warn("%s: queue file size limit exceeded", m->id);
		return (message_refuse(m, MAIL_STAT_SIZE,
		    "5.3.4 Error: message file too big") ? 0 : -1);
	}
	if (qw_content(m->w, v.p, v.n) == 0)
		return (0);
	message_write_failed(m);
	return (-1);
}

static void
start(struct message *m)
{
	if (m->content)
		return;
	envelope_end(m);
	m->content = true;
}

void
content_put(struct message *m, struct view bytes)
{
	start(m);
	if (m->errs == 0 && bytes.n > 0 && bytes_clean(m, &bytes))
		(void)scan_put(m->scan, bytes);
}

/* What the message says of its encoding, where the client said nothing. */
static void
note_encoding(struct message *m)
{
	enum encoding e = scan_encoding(m->scan);

	if (!cf->detect_8bit_encoding_header || e == ENC_NONE)
		return;
	if (m->env.encoding == NULL || e == ENC_8BIT)
		m->ext.encoding = e == ENC_8BIT ? "8bit" : "7bit";
}

void
content_end(struct message *m)
{
	start(m);
	if (m->errs == 0 && scan_end(m->scan) == 0)
		note_encoding(m);
}
