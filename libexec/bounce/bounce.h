/* SPDX-License-Identifier: ISC */
/*
 * bounce - what the files of bounce(8) share.
 *
 * session.c takes requests, notify.c decides who is told what, notice.c makes
 * a notice of report.c (what happened) and original.c (the message that it
 * happened to), lib/agent gives it to cleanup(8).
 */
#ifndef POSTERN_BOUNCE_H
#define POSTERN_BOUNCE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/post.h"
#include "base/arena.h"
#include "base/buf.h"
#include "broker/role.h"
#include "dsn/template.h"
#include "proto/proto.h"
#include "queue-layout/dsnlog.h"
#include "queue-layout/queue.h"

#define NOTICE_LINE_MAX	(64 * 1024)	/* bytes of one field, folded */

/* setup.c ---------------------------------------------------------------- */

struct setup {
	struct chan	*(*dial)(const char *service);
	const char	*service;	/* bounce, defer, trace: the log */
	int		 rootfd;	/* the queue directory */
	enum q_dir	 log;
	struct q_hash	 hash;
	struct template	 templates[TEMPLATE_KINDS];
};
extern struct setup setup;

/*
 * From the parameters; "fd" is the template file or -1. The members above
 * "log" are the caller's.
 */
void	setup_make(int fd);

/* double_bounce_sender with a domain. */
const char *setup_double_bounce(struct arena *a);

/* Whether notify_classes has "name". */
bool	setup_notifies(const char *name);

/* The value of a parameter for a template, as text; NULL: not known. */
const char *setup_value(void *arena, const char *name);

/* session.c -------------------------------------------------------------- */

void	bounce_session(struct session *s);

/* original.c ------------------------------------------------------------- */

/* The message that a notice is about; text lives in the arena. */
struct original {
	struct msg_bounce_send m;
	struct qf_digest digest;
	int		 fd;
	const char	*message_id;	/* for threads, or "" */
	const char	*references;
};

/* Fill in the digest, and message_id and references if they are wanted. */
bool	original_read(struct original *o, struct arena *a);

/* Bytes above 127, and whether the headers are UTF-8. */
bool	original_is_8bit(const struct original *o);
bool	original_is_utf8(const struct original *o);

enum part { PART_HEADERS, PART_FULL };

/*
 * Append the message or its headers. All of it is read in any case: a content
 * that is not what cleanup(8) wrote fails the notice.
 */
void	original_put(const struct original *o, enum part part, struct post *p);

/* notice.c, report.c ----------------------------------------------------- */

/* One notice: to whom, from whom, about whom. */
struct notice {
	const struct original *o;
	struct arena	*arena;
	const struct template *template;
	enum bounce_kind kind;
	enum part	 part;
	bool		 postmaster;
	uint32_t	 wanted;	/* DSN_NOTIFY_* bit; 0: all recipients */
	const char	*sender;
	const char	*rcpt;
	int		 log;		/* descriptor */
};

/* Whether the recipient is to be reported. */
bool	report_wanted(const struct notice *n, const struct dsnlog_entry *e);
/* Recipients to be reported; -1: the log cannot be read. */
long	report_count(const struct notice *n);
/* "<address>: reason", for people. */
void	report_text(const struct notice *n, struct post *p);
/* The body of message/delivery-status. */
void	report_fields(const struct notice *n, struct post *p);

/* Write it to an open post. */
void	notice_write(const struct notice *n, struct post *p);

/* notify.c --------------------------------------------------------------- */

/*
 * Tell everybody who is to be told about "o"; the log is given as a
 * descriptor. False: somebody could not be told, try later.
 */
bool	notify(const struct original *o, struct arena *a, int log);

#endif
