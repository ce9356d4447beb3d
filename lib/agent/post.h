/* SPDX-License-Identifier: ISC */
/*
 * post - a new message into cleanup(8), of a role that has made it: a notice,
 * mail that goes on to another address.
 *
 * One failure is enough: after it nothing more is sent, and post_close()
 * takes the message back.
 */
#ifndef POSTERN_AGENT_POST_H
#define POSTERN_AGENT_POST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "broker/chan.h"
#include "queue-layout/queue.h"

#define POST_LINE_MAX	(64 * 1024)	/* bytes of post_printf() */

struct post {
	struct chan	*ch;
	struct buf	 out;		/* not yet sent */
	char		 id[QID_SIZE];
	char		 reason[256];	/* of the failure */
	uint32_t	 status;	/* MAIL_STAT_*: cleanup(8) refuses it;
					   0: it did not answer */
	bool		 failed;
};

/*
 * Open a message over a channel to cleanup(8), which is the post's from here
 * on (NULL: it cannot be reached), and learn its id. Attributes with an empty
 * value are left out. After a failure the other calls do nothing but
 * post_close().
 */
void	post_open(struct post *p, struct chan *ch,
	    const struct msg_mail_open *open, const struct msg_mail_attr *attr,
	    size_t nattr);
void	post_rcpt(struct post *p, const struct msg_mail_rcpt *to);
void	post_put(struct post *p, const void *data, size_t n);
void	post_puts(struct post *p, const char *s);
void	post_printf(struct post *p, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* Something else is wrong: the message will not be sent. */
void	post_fail(struct post *p, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));
/* Complete it, or take it back if anything failed. True: it is queued. */
bool	post_close(struct post *p);

#endif
