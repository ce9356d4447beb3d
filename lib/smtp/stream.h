/* SPDX-License-Identifier: ISC */
/*
 * stream - one SMTP connection: what was read and not yet used, what is to be
 * written and not yet sent, and how long either may take.
 *
 * Both ends of the protocol use it. What is put is kept until the stream is
 * flushed, or until a read finds no input left: a pipelined group of commands
 * is answered with one write. The other end of the descriptor is a stranger.
 */
#ifndef POSTERN_SMTP_STREAM_H
#define POSTERN_SMTP_STREAM_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mono.h"
#include "base/view.h"

struct smtp_stream;

enum smtp_io {
	SMTP_OK,
	SMTP_EOF,			/* the peer has closed */
	SMTP_TIMEOUT,			/* the deadline has passed */
	SMTP_ERROR,			/* errno says what */
	SMTP_FLOOD			/* the peer sends without an end */
};

#define SMTP_IN_MAX	(64 * 1024)	/* unused input that is kept */
#define SMTP_OUT_MAX	(64 * 1024)	/* output that waits; more is sent */

/*
 * A stream over a connected socket, which stays the caller's. Nothing has a
 * time limit before smtp_stream_timeout().
 */
struct smtp_stream *smtp_stream_new(int fd);
void		 smtp_stream_free(struct smtp_stream **st);
int		 smtp_stream_fd(const struct smtp_stream *st);
/*
 * Go on with another descriptor (I7: after STARTTLS). Input that was read and
 * not used is dropped; true if there was any.
 */
bool		 smtp_stream_renew(struct smtp_stream *st, int fd);

/*
 * For tests: functions instead of a socket, with the contracts of read(2) and
 * write(2).
 */
typedef ssize_t (*smtp_read_fn)(void *arg, void *p, size_t n);
typedef ssize_t (*smtp_write_fn)(void *arg, const void *p, size_t n);
void		 smtp_stream_hook(struct smtp_stream *st, smtp_read_fn rd,
		    smtp_write_fn wr, void *arg);

/* Each single read or write may take this long. */
void		 smtp_stream_timeout(struct smtp_stream *st, struct span d);
/*
 * From now on all reads and writes together may take "d"; each "min_rate"
 * bytes that pass add one second (0: nothing is added), never beyond "d" from
 * then. SPAN_NEVER goes back to a limit per read or write.
 */
void		 smtp_stream_deadline(struct smtp_stream *st, struct span d,
		    int64_t min_rate);

/*
 * Append output; sends what is over SMTP_OUT_MAX. Errors are kept: they come
 * back from the next smtp_stream_flush() or read.
 */
void		 smtp_stream_put(struct smtp_stream *st, const void *p,
		    size_t n);
void		 smtp_stream_printf(struct smtp_stream *st, const char *fmt, ...)
		    __attribute__((format(printf, 2, 3)));
/* Send all that was put. An error is kept, so that nobody need look here. */
enum smtp_io	 smtp_stream_flush(struct smtp_stream *st);

/* Input that was read already, not yet used. */
struct view	 smtp_stream_input(const struct smtp_stream *st);
/*
 * Is there input, read already or waiting in the socket? Does not block and
 * does not flush.
 */
bool		 smtp_stream_pending(struct smtp_stream *st);
/*
 * Read more, after a flush of what was put. At least one byte is new when
 * this says SMTP_OK. SMTP_FLOOD if SMTP_IN_MAX bytes are unused already.
 */
enum smtp_io	 smtp_stream_fill(struct smtp_stream *st)
		    __attribute__((warn_unused_result));
/* Use up "n" bytes of the input. */
void		 smtp_stream_take(struct smtp_stream *st, size_t n);

/* Bytes that came in and went out so far. */
uint64_t	 smtp_stream_received(const struct smtp_stream *st);
uint64_t	 smtp_stream_sent(const struct smtp_stream *st);

#endif
