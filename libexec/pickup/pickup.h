/* SPDX-License-Identifier: ISC */
/* pickup - what the files of pickup(8) share. */
#ifndef POSTERN_PICKUP_H
#define POSTERN_PICKUP_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "broker/role.h"
#include "table/maps.h"
#include "table/match.h"

/* What all workers share: tables, lists, the users' names. */
struct setup {
	struct arena	*arena;
	struct table_source source;
	struct match	*submit_users;
	struct match	*flush_users;
	struct maps	*senders;	/* local_login_sender_maps */
	uint32_t	 flags;		/* MAIL_FLAG_* for cleanup(8) */
	int		 names;		/* descriptor, or -1 */
	/* How cleanup(8) and others are reached; another one in tests. */
	struct chan	*(*dial)(const char *service);
};

extern struct setup setup;

void	setup_open(int (*table_fd)(void *, const char *), int names);

/*
 * submit.c: one message on its way to cleanup(8), whatever brings it. After
 * an error ("status" is not 0) nothing more is done, and what still comes is
 * swallowed.
 */
struct submit {
	struct arena	*arena;
	uid_t		 uid;		/* whose message it is */
	struct chan	*cleanup;
	uint32_t	 status;	/* MAIL_STAT_*, SUBMIT_STAT_* */
	const char	*reason;
	char		 id[64];	/* queue id; "" before there is one */
	uint64_t	 arrival_us;
	bool		 opened, content, ended;
	bool		 gone;		/* who sent it waits no more: a file */
	/* Of a message that postsuper(1) has taken out of the queue: */
	const char	*orig_id;	/* or NULL */
	const char	*context;	/* of rewriting, then */
	/* For a notice to the sender: */
	const char	*sender;
	struct view	 head;		/* the first bytes of the content */
};

#define SUBMIT_HEAD_MAX	4096

void	submit_begin(struct submit *s, struct arena *a, uid_t uid);
/*
 * Before all else, the file being the mail system's own: what follows was in
 * the queue. The user's rights are not asked for, milters have seen it, and
 * it keeps its time and its context of rewriting.
 */
bool	submit_requeue(struct submit *s, const struct msg_requeue_from *m);
bool	submit_requeue_rcpt(struct submit *s,
	    const struct msg_requeue_rcpt *m);
/* Each answers whether it may come now; false: out of order. */
bool	submit_open(struct submit *s, const struct msg_submit_open *m);
/* Behind submit_open(), with the same: he may, and cleanup(8) is asked. */
void	submit_connect(struct submit *s, const struct msg_submit_open *m);
bool	submit_rcpt(struct submit *s, const struct msg_submit_rcpt *m);
bool	submit_data(struct submit *s, const struct msg_submit_data *m);
bool	submit_end(struct submit *s);
/* Close the channel; a message that has no end is taken back. */
void	submit_drop(struct submit *s);

/* access.c: may this user submit mail from this sender? If not, s->status. */
void	access_submit(struct submit *s, const char *sender);
/* May he have the queue tried? SUBMIT_STAT_*, MAIL_STAT_DEFER or 0. */
uint32_t access_flush(uid_t uid);

/*
 * notice.c: tell the sender that the message is refused. False: not possible
 * now.
 */
bool	notice_refused(const struct submit *s);

/* file.c: one file of maildrop/. True if it is gone from there. */
bool	file_take(const char *name, struct arena *a);

/*
 * scan.c: find complete files and have each of them taken in by a worker of
 * its own; remove what postdrop(1) has left unfinished long ago.
 */
void	scan_maildrop(void);

/* session.c */
void	pickup_session(struct session *s);

#endif
