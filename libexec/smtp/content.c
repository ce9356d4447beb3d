/* SPDX-License-Identifier: ISC */
/*
 * From the queue file to the server.
 *
 * It is read in large pieces and goes out in large pieces. The digest is
 * checked before the final dot, which the caller sends (I6).
 */
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/uninit.h"
#include "conf/conf.h"
#include "content.h"
#include "generic.h"
#include "queue-layout/queue.h"
#include "smtp_in.h"

#define PIECE	(64 * 1024)

/* Only whole buffers come here before the end: errors show at the flush. */
static void
to_server(void *arg, const char *p, size_t n)
{
	struct delivery *d = arg;

	server_timeout(d->srv, STEP_BODY);
	smtp_stream_put(d->srv->st, p, n);
}

static void
to_wire(void *arg, const char *p, size_t n)
{
	wire_put(arg, p, n);
}

/* The stations between the queue file and the stream. */
struct stations {
	struct wire	wire;
	struct edit	edit;
	bool		edits;
	char		in[PIECE];
};

/* Too large for the stack, and most of it is never touched. */
static struct stations stations;

static void
run(struct delivery *d, struct stations *s, struct qf_content *c,
    enum smtp_io *io, ssize_t *n)
{
	while ((*n = qf_content_read(c, s->in, sizeof(s->in))) > 0) {
		if (s->edits)
			edit_put(&s->edit, s->in, (size_t)*n);
		else
			wire_put(&s->wire, s->in, (size_t)*n);
		/* The last piece goes out together with the end of data. */
		if (c->left > 0 &&
		    (*io = smtp_stream_flush(d->srv->st)) != SMTP_OK)
			return;
	}
	if (*n == 0 && s->edits)
		edit_end(&s->edit);
}

enum content_end
content_send(struct delivery *d, enum smtp_io *io)
{
	const struct msg_deliver *m = &d->r->m;
	enum content_end end = CONTENT_OK;
	struct qf_content content;
	struct qf_digest digest;
	struct stations *s = &stations;
	ssize_t n;

	if (m->digest.n != sizeof(digest))
		return (CONTENT_DAMAGED);
	memcpy(&digest, m->digest.p, sizeof(digest));
	s->edits = generic_wanted() || d->to_7bit;
	wire_init(&s->wire, (size_t)cf->smtp_line_length_limit, to_server, d);
	if (s->edits)
		edit_init(&s->edit, generic_wanted(), d->to_7bit, to_wire,
		    &s->wire);
	qf_content_open(&content, d->r->fd, m->content_offset,
	    m->content_length, &digest);
	*io = SMTP_OK;
	run(d, s, &content, io, &n);
	if (*io != SMTP_OK)
		end = CONTENT_STREAM;
	else if (n < 0 || qf_content_check(&content) < 0)
		end = CONTENT_DAMAGED;
	else if (s->edits && s->edit.failed)
		end = CONTENT_TABLE;
	else
		wire_end(&s->wire);
	if (s->wire.broken)
		log_info("%s: breaking line > %lld bytes with "
		    "<CR><LF>SPACE", m->queue_id,
		    (long long)cf->smtp_line_length_limit);
	qf_content_close(&content);
	if (s->edits)
		edit_fini(&s->edit);
	return (end);
}

/*
 * SMTPUTF8 is needed only if the header uses it. Only the first piece is
 * looked at: a header that is longer and pure there is sent without.
 */
bool
content_header_8bit(const struct agent_request *r)
{
	uint64_t left = r->m.content_length;
	off_t at = (off_t)r->m.content_offset;
	UNINIT char in[16 * 1024];
	bool bol = true;
	ssize_t n;

	while (left > 0) {
		n = fd_pread_all(r->fd, in, left < sizeof(in) ? (size_t)left :
		    sizeof(in), at);
		if (n <= 0)
			return (false);
		for (ssize_t i = 0; i < n; i++) {
			if (in[i] == '\n' && bol)
				return (false);
			if ((unsigned char)in[i] >= 0x80)
				return (true);
			bol = in[i] == '\n';
		}
		at += n;
		left -= (uint64_t)n;
	}
	return (false);
}
