/* SPDX-License-Identifier: ISC */
/*
 * tx - one mail transaction, from MAIL to the end of the content.
 *
 * One object in one arena. It begins with tx_begin() and ends in tx_drop(),
 * nowhere else; nothing of a message outlives it. cleanup(8) hears of it when
 * the first recipient was accepted.
 */
#ifndef POSTERN_SMTPD_TX_H
#define POSTERN_SMTPD_TX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "proto/proto.h"
#include "smtp/data.h"
#include "verdict.h"

struct smtpd;

enum bdat_state {
	BDAT_NONE,
	BDAT_OPEN,			/* chunks have come, more will */
	BDAT_FAILED			/* the rest is thrown away */
};

struct text_list {			/* grows at its end */
	struct text_list *next;
	const char	*text;
};

struct tx {
	struct arena	*arena;

	/* MAIL. */
	const char	*sender;	/* internal form; "" is <> */
	const char	*sender_ext;	/* external form, as in the log */
	const char	*encoding;	/* "", 7bit, 8bit */
	const char	*envid;		/* decoded, or "" */
	const char	*verp;		/* delimiters, or "" */
	const char	*sasl_sender;	/* AUTH=, or NULL */
	uint32_t	 ret;
	uint32_t	 sendopts;	/* SENDOPT_* */
	int64_t		 size;		/* SIZE=, or 0 */
	uint64_t	 arrival_us;
	const char	*context;	/* rewrite context: local, remote */

	/* RCPT. */
	size_t		 accepted;
	size_t		 overshoot;	/* above smtpd_recipient_limit */
	const char	*rcpt;		/* the first that was accepted */
	const char	*rcpt_ext;	/* its external form */

	/* What access tables want with the message. */
	uint32_t	 flags;		/* MAIL_FLAG_HOLD, _DISCARD */
	uint32_t	 flags_sent;	/* cleanup(8) knows these */
	const char	*filter, *redirect;
	struct text_list *prepend, *bcc;

	/* cleanup(8). */
	bool		 open;
	bool		 broken;	/* it is gone, or never came */
	const char	*queue_id;	/* or NULL */
	bool		 headed;	/* our own headers went out */
	struct buf	 first;		/* content that is not understood yet */
	bool		 content;	/* and some of the client's content */

	enum bdat_state	 bdat;
	struct smtp_data data;
	uint64_t	 bdat_bytes;	/* as the client counts */
};

/* MAIL was accepted: there is a transaction from here on. */
struct tx	*tx_begin(struct smtpd *s);

/* Forget it, if there is one; cleanup(8) is told to. */
void		 tx_drop(struct smtpd *s);

/* Add to the end of a list, in the transaction's arena. */
void		 tx_list_add(struct tx *t, struct text_list **list,
		    const char *text);

/*
 * A recipient was accepted: tell cleanup(8), open the message with the first
 * one. A verdict with code 0, or what to say instead.
 */
struct verdict	 tx_recipient(struct smtpd *s, const struct msg_mail_rcpt *r,
		    const char *external);

/* Content begins: Received: and what is prepended; the late actions. */
void		 tx_content_begin(struct smtpd *s);
/* Content; errors show at the end. */
void		 tx_content(struct smtpd *s, const void *p, size_t n);
/* The end: what cleanup(8) made of it; the transaction is over. */
struct verdict	 tx_finish(struct smtpd *s, const char *good);

#endif
