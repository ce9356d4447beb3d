/* SPDX-License-Identifier: ISC */
/* cleanup - what the files of cleanup(8) know of each other. */
#ifndef POSTERN_CLEANUP_H
#define POSTERN_CLEANUP_H

#include <bsd/sys/tree.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "broker/role.h"
#include "message/rewrite.h"
#include "message/scan.h"
#include "queue-layout/queue.h"
#include "table/local.h"
#include "table/maps.h"
#include "table/match.h"

/* Bits of canonical_classes and the like. */
#define CLASS_ENV_SENDER	0x1
#define CLASS_ENV_RCPT		0x2
#define CLASS_HDR_SENDER	0x4
#define CLASS_HDR_RCPT		0x8

/* A set of bytes, from "\t\000\177" and the like. */
struct byteset {
	bool	any;
	bool	has[256];
};

struct name {
	struct name	*next;
	const char	*text;
};

/* What does not change from message to message. */
struct cleanup {
	int			 incoming, hold;	/* directories */
	struct seal_key		 key;
	struct rewrite_rules	 local, remote;
	struct maps_rules	 keys;
	struct local_domains	*here;

	struct maps		*canonical, *sender_canonical,
				*rcpt_canonical;
	unsigned		 canonical_classes, sender_classes,
				 rcpt_classes, masquerade_classes;
	struct name		*masquerade;	/* domains, "!x" too */
	struct match		*masquerade_exceptions;
	struct maps		*sender_bcc, *rcpt_bcc, *alias;
	bool			 extend_canonical, extend_alias;

	struct maps		*header_checks, *mime_checks,
				*nested_checks, *body_checks;
	uint64_t		 drop;		/* message_drop_headers */
	struct name		*drop_other;
	struct byteset		 strip, reject;
	unsigned		 defects;	/* to be reported */
};

/* Recipients that the file has, to leave out duplicates. */
struct seen {
	RB_ENTRY(seen)	 entry;
	const char	*key;
};
RB_HEAD(seen_tree, seen);

/* A recipient that is added when the content has been seen. */
struct late {
	struct late	*next;
	const char	*addr;		/* internal form */
};

/* A recipient that may have to be named in a notice. */
struct noted {
	struct noted	*next;
	struct qf_rcpt	 r;
};

struct message {
	const struct cleanup *c;
	struct arena	*arena;
	struct qw	*w;		/* NULL: none, or given up */
	char		 id[QID_SIZE];	/* queue id, or NOQUEUE */
	uint32_t	 flags;		/* MAIL_FLAG_* */
	uint32_t	 errs;		/* MAIL_STAT_* */
	const char	*reason;	/* "5.7.1 text" */
	uint64_t	 size;		/* of the content, when finished */
	struct qf_envelope env;
	struct qf_envelope ext;
	const char	*origin;	/* for log lines: host[address] */
	const char	*last_rcpt;	/* external form, or NULL */
	uint32_t	 refused;	/* MAIL_STAT_*: it will be returned */
	struct noted	*rcpts;		/* with MAIL_FLAG_BOUNCE: to whom */
	bool		 mapped;	/* address mapping is wanted */
	bool		 began;		/* facts are in the file */
	bool		 content;	/* content has begun */

	struct seen_tree seen;
	int64_t		 nseen;
	struct late	*bcc;		/* of header checks */

	struct scan	*scan;
	struct buf	 text;		/* a header that is changed */
	struct buf	 block;		/* a block of content, changed */
	struct buf	 key;		/* of header and body checks */
	const struct rewrite_rules *header_rules; /* NULL: leave headers */
	uint64_t	 had;		/* headers that were there */
	bool		 resent;
	int64_t		 hops;
	bool		 separate;	/* the body's first line comes next */
	int64_t		 checked;	/* bytes of this part's body */
};

/* setup.c: from parameters and open descriptors; false with *err. */
bool	cleanup_setup(struct cleanup *c, struct arena *a,
	    struct table_source *src, const char **err);
void	cleanup_init(void);
extern struct cleanup *cleanup_self;

/* session.c: a client, until it goes. */
void	cleanup_session(struct session *s);

/* message.c: from mail_open to mail_status. */
void	message_open(struct message *m, const struct cleanup *c,
	    struct arena *a, const struct msg_mail_open *open);
void	message_attr(struct message *m, const struct msg_mail_attr *attr);
/* The facts go into the file, before the first recipient or content. */
void	message_begin(struct message *m);
/* The message is finished, or what went wrong is in m->errs. */
void	message_finish(struct message *m);
void	message_drop(struct message *m);
/* Note an error; the first reason counts. The rest is swallowed. */
void	message_fail(struct message *m, uint32_t stat, const char *reason);
/* The same for an error of the queue file, by errno. */
void	message_write_failed(struct message *m);

/* envelope.c */
void	envelope_sender(struct message *m, const char *sender);
void	envelope_rcpt(struct message *m, const struct msg_mail_rcpt *r);
/* No more recipients before the content: automatic copies. */
void	envelope_end(struct message *m);

/* address.c: one address through standard form, canonical, masquerade. */
const char *address_standard(struct message *m,
	    const struct rewrite_rules *rules, struct view external);
/*
 * Internal forms; "class" is one CLASS_*. NULL: a table failed, noted in m.
 */
const char *address_map(struct message *m, const char *addr,
	    unsigned class);
/* The external form, in the message's arena. */
const char *address_quoted(struct message *m, const char *internal);

/* alias.c: virtual_alias_maps. */
struct alias_result {
	const char	**addr;
	size_t		  n;
};
/* False: noted in m. Without a match the result is the address. */
bool	alias_expand(struct message *m, const char *addr,
	    struct alias_result *out);

/* rcpt.c: into the queue file, once. */
void	rcpt_put(struct message *m, const struct qf_rcpt *r);
/* An automatic copy: through mapping and aliases, no notifications. */
void	rcpt_put_copy(struct message *m, const char *addr);

/* content.c: bytes of content, and their end. */
void	content_put(struct message *m, struct view bytes);
void	content_end(struct message *m);
/* Write to the queue file as it is; 0 or -1. */
int	content_write(struct message *m, struct view v);

/* bytes.c: "\t\000" in C notation; what is wrong with it, or NULL. */
const char *byteset_parse(const char *text, struct byteset *set);
/* Make *v fit to be content, maybe a copy; false: refused, noted in m. */
bool	bytes_clean(struct message *m, struct view *v);

/* header.c, body.c: callbacks of the scanner. */
int	header_take(void *arg, enum scan_class class, const struct header *h);
int	header_end(void *arg, enum scan_class class, bool blank);
int	body_take(void *arg, struct view bytes);
void	body_part(void *arg);
int	body_defect(void *arg, enum scan_defect d, struct view where);

/* checks.c: header and body checks. */
enum check_result {
	CHECK_KEEP, CHECK_DROP, CHECK_REPLACE, CHECK_STOP
};
/*
 * Look "text" up. What is to be put before is written; REPLACE: m->text
 * has the new text. "what" is header or body.
 */
enum check_result check_text(struct message *m, struct maps *maps,
	    const char *param, const char *what, struct view text);
/* action.c: one ACTION of a table's result. */
enum check_result action_take(struct message *m, const char *param,
	    const char *what, const char *text, const char *action);
void	action_log(struct message *m, const char *action, const char *what,
	    struct view text, const char *detail);

/*
 * bounce.c: the content is refused. True, with MAIL_FLAG_BOUNCE: go on, it is
 * going to be returned to its sender; false: as message_fail().
 */
bool	message_refuse(struct message *m, uint32_t stat, const char *reason);
/* A recipient has got into the file. */
void	bounce_note(struct message *m, const struct qf_rcpt *r);
/* Have bounce(8) return what is in the file, and remove that. */
void	bounce_message(struct message *m);

/* qmgr.c: hand the file over; wait if qmgr(8) wants us to be slow. */
void	qmgr_open(void);
void	qmgr_tell(const char *id, uint64_t size, int fd);
void	qmgr_close(void);

#endif
