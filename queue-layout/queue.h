/* SPDX-License-Identifier: ISC */
/*
 * queue - queue files: write them, validate and read them, mark, move.
 *
 * A file is written by one role (cleanup) and distrusted by all others. The
 * format is declared in record.def; queue-layout.5 tells it in words, with
 * the states of a message and why no crash loses one.
 */
#ifndef POSTERN_QUEUE_H
#define POSTERN_QUEUE_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/view.h"
#include "id.h"
#include "layout.h"
#include "seal.h"

#define QF_MODE_WRITING		0600	/* not finished: nobody reads it */
#define QF_MODE_FINISHED	0660
#define QF_ADDR_MAX		1500	/* bytes of an address */
#define QF_ORCPT_MAX		1000

/* What is known of a message, one member for each row of record.def. */
struct qf_envelope {
#define REC_NUM(type, name, seg, hi, label, doc)	uint64_t name;
#define REC_TEXT(type, name, seg, max, label, doc)	const char *name;
#include "record.def"
#undef REC_NUM
#undef REC_TEXT
};

struct qf_rcpt {
	const char	*addr;		/* internal form */
	const char	*orig;		/* as first given, or "" */
	const char	*dsn_orcpt;	/* "type;address" or "" */
	uint32_t	 notify;	/* DSN_NOTIFY_* bits, 0: none given */
	uint32_t	 index;		/* reader: names it in the mark area */
	bool		 done;		/* reader: delivered or bounced */
};

/*
 * Writer
 *
 * All functions that return int: 0, or -1 with errno; once one has failed,
 * qw_finish() fails too. ENOSPC, EDQUOT, EFBIG: no room. EINVAL: the text has
 * a NUL, CR or LF, or is longer than record.def says, or comes in the wrong
 * order; nothing was written for that call, and the file can go on.
 */
struct qw;

/*
 * Make a file in "dirfd" (incoming) under a temporary name and give it its
 * id. It lives in the arena (up to some 80 KB), but must be closed or aborted.
 */
struct qw *qw_open(struct arena *a, int dirfd, const struct seal_key *key,
	    bool long_ids);
const char *qw_id(const struct qw *w);

/*
 * The known facts: members that are NULL or 0 are not written ("" is). In
 * the envelope, before the recipients; and behind the content, before
 * further recipients: there only members that may stand there.
 */
int	qw_facts(struct qw *w, const struct qf_envelope *e)
	    __attribute__((warn_unused_result));
/* A recipient (index and done are not looked at); NULL members are "". */
int	qw_rcpt(struct qw *w, const struct qf_rcpt *r)
	    __attribute__((warn_unused_result));
/* More content: bytes as they are, LF line ends. The first ends the envelope. */
int	qw_content(struct qw *w, const void *p, size_t n)
	    __attribute__((warn_unused_result));
/* No more content (there may have been none); extracted records follow. */
int	qw_extracted(struct qw *w) __attribute__((warn_unused_result));

uint64_t qw_content_offset(const struct qw *w);
uint64_t qw_content_length(const struct qw *w);
uint32_t qw_rcpts(const struct qw *w);

/* Move the unfinished file to another directory (hold). */
int	qw_move(struct qw *w, int dirfd) __attribute__((warn_unused_result));
/*
 * Complete, seal, set the finished mode and sync. When this returns 0 the
 * message is on stable storage under its name.
 */
int	qw_finish(struct qw *w) __attribute__((warn_unused_result));
/*
 * It is not going to be a message, but its content is to be read: that is in
 * the file then, and this its digest. Only qw_abort() may follow.
 */
int	qw_refuse(struct qw *w, struct qf_digest *digest)
	    __attribute__((warn_unused_result));
/* Size of the finished file. */
uint64_t qw_size(const struct qw *w);
/* The descriptor (read and write), to be passed on; it stays the writer's. */
int	qw_fd(const struct qw *w);
/* Close, set *wp to NULL; an unfinished file is unlinked. NULL is allowed. */
void	qw_close(struct qw **wp);
/* The same, and a finished file is unlinked as well. */
void	qw_abort(struct qw **wp);

/*
 * Reader
 */
enum qf_status {
	QF_OK,
	QF_UNFINISHED,			/* mode says: still being written */
	QF_DAMAGED,			/* refuse it: why->text */
	QF_ERROR			/* could not read: why->error */
};

struct qf_why {
	int		 error;		/* errno, for QF_ERROR */
	uint64_t	 offset;	/* where in the file, if it has a place */
	char		 text[160];
};

struct qf_rules {
	const uid_t	*owners;	/* who may own the file */
	size_t		 nowners;	/* 0: not checked (files of no queue) */
	const struct seal_key *key;	/* NULL: structure only, no seal */
	const char	*id;		/* its name, or NULL: not checked */
};

struct qf_marks {
	int64_t		 warn_time;	/* next delay warning; 0: none */
	bool		 expire;	/* return to sender at the next run */
	bool		 killed;	/* remove, deliver no more */
	uint8_t		 logs;		/* QF_LOG_*: that may exist */
	int64_t		 retry_time;	/* in deferred: when it is due */
};

#define QF_LOG_BOUNCE	0x1
#define QF_LOG_DEFER	0x2
#define QF_LOG_TRACE	0x4
#define QF_LOG_ALL	0x7

struct qf {
	struct qf_envelope env;		/* "" and 0 where not recorded */
	struct qf_digest digest;	/* of the content; 0 without the key */
	uint64_t	 content_offset;
	uint64_t	 content_length;
	uint64_t	 size;		/* of the file */
	uint32_t	 rcpts;		/* all of them, done or not */
	struct qf_marks	 marks;		/* as they were at qf_open() */

	int		 fd;		/* the caller's; may be exchanged */
	uint64_t	 ext_offset;
	uint64_t	 mark_offset;
	uint64_t	 first_env;	/* place of the first recipient */
	uint64_t	 first_ext;
	uint32_t	 env_rcpts;
};

/*
 * Validate the file and read all but recipients and content. Uses pread(2)
 * alone. Text lives in the arena. On QF_OK *qf is filled; else *why is.
 */
enum qf_status qf_open(struct qf *qf, struct arena *a, int fd,
	    const struct qf_rules *rules, struct qf_why *why)
	    __attribute__((warn_unused_result));

struct qf_cursor {
	uint32_t	 index;		/* of the next recipient */
	uint64_t	 offset;	/* 0: start */
};

/*
 * The next recipients, at most "max", those that are done left out if "todo".
 * The count, 0 when there are no more, -1 when the file cannot be read or has
 * changed into something damaged (why). *c starts as zeros; text lives in the
 * arena.
 */
ssize_t	qf_rcpts(const struct qf *qf, struct arena *a, struct qf_cursor *c,
	    bool todo, struct qf_rcpt *out, size_t max, struct qf_why *why)
	    __attribute__((warn_unused_result));

/* The marks as they are now. */
int	qf_marks_read(const struct qf *qf, struct qf_marks *out)
	    __attribute__((warn_unused_result));

/*
 * Marks: one pwrite(2) each, outside the sealed bytes, not synced: after a
 * power failure a recipient may be tried again. 0, or -1 with errno (EINVAL:
 * no such recipient).
 */
int	qf_mark_done(const struct qf *qf, uint32_t index)
	    __attribute__((warn_unused_result));
int	qf_set_warn_time(const struct qf *qf, int64_t when)
	    __attribute__((warn_unused_result));
int	qf_set_expire(const struct qf *qf, bool expire)
	    __attribute__((warn_unused_result));
int	qf_set_killed(const struct qf *qf) __attribute__((warn_unused_result));

int	qf_set_logs(const struct qf *qf, uint8_t logs)
	    __attribute__((warn_unused_result));
/*
 * The file's time cannot be used for that: qmgr is not the owner. Seconds;
 * what does not fit is cut to the nearest that does.
 */
int	qf_set_retry_time(const struct qf *qf, int64_t when)
	    __attribute__((warn_unused_result));

/*
 * The marks of a file that is not open as a struct qf, without validation of
 * anything: for scans. -1 with errno (EBADMSG: not a queue file).
 */
int	qf_marks_peek(int fd, struct qf_marks *out)
	    __attribute__((warn_unused_result));

/*
 * Each record in order, for postcat(1): "name" is the row's, value its text
 * (numbers in decimal) and lives until the callback returns. For a recipient
 * "rcpt" is set instead.
 */
struct qf_record {
	uint64_t	 offset;
	unsigned int	 type;
	const char	*name;
	const char	*label;		/* NULL: a named attribute */
	const char	*value;
	const struct qf_rcpt *rcpt;
	bool		 extracted;
};
typedef void (*qf_record_fn)(void *arg, const struct qf_record *r);
int	qf_each(const struct qf *qf, struct arena *a, qf_record_fn fn,
	    void *arg, struct qf_why *why) __attribute__((warn_unused_result));

/*
 * Content
 *
 * For who has the descriptor, the place and the digest and no key. Content
 * must not be taken for complete before qf_content_check() has said 0.
 */
struct qf_content {
	int		 fd;
	uint64_t	 at;
	uint64_t	 left;
	struct qf_digest digest;
	void		*sum;		/* private */
};

void	qf_content_open(struct qf_content *c, int fd, uint64_t offset,
	    uint64_t length, const struct qf_digest *digest);
/* Up to "n" bytes; 0 at the end; -1 with errno (EBADMSG: file too short). */
ssize_t	qf_content_read(struct qf_content *c, void *p, size_t n)
	    __attribute__((warn_unused_result));
/* After the end: 0 if the digest is right, else -1 and EBADMSG. Closes. */
int	qf_content_check(struct qf_content *c)
	    __attribute__((warn_unused_result));
/* Give up; also allowed after the check. The descriptor stays open. */
void	qf_content_close(struct qf_content *c);

/*
 * Moving, opening, removing: "rootfd" is the queue directory. Nothing is ever
 * replaced: EEXIST. -1 with errno otherwise; EINVAL: no queue id.
 */
int	q_rename(int rootfd, const struct q_hash *h, enum q_dir from,
	    enum q_dir to, const char *id) __attribute__((warn_unused_result));
/* A file found at "path" (by a scan) to where it belongs under that name. */
int	q_place(int rootfd, const struct q_hash *h, const char *path,
	    enum q_dir dir, const char *id) __attribute__((warn_unused_result));
/* O_NOFOLLOW, O_NONBLOCK and O_CLOEXEC are added. */
int	q_open(int rootfd, const struct q_hash *h, enum q_dir dir,
	    const char *id, int flags) __attribute__((warn_unused_result));
int	q_unlink(int rootfd, const struct q_hash *h, enum q_dir dir,
	    const char *id) __attribute__((warn_unused_result));
/* When it is to be looked at again: the mark, see qf_set_retry_time(). */
int	q_set_time(int rootfd, const struct q_hash *h, enum q_dir dir,
	    const char *id, int64_t when) __attribute__((warn_unused_result));
/*
 * A file that was refused, by its path below the root: to corrupt/, under its
 * name, or with a number behind it if that is taken.
 */
int	q_condemn(int rootfd, const struct q_hash *h, const char *path)
	    __attribute__((warn_unused_result));

/*
 * Scanning
 */
struct q_entry {
	enum q_dir	 dir;
	char		 name[256];
	char		 path[320];	/* below the queue directory */
	bool		 id_ok;		/* the name is a queue id */
	bool		 placed;	/* and the file lies where q_path() says */
};

struct q_scan;

/* NULL with errno if the directory cannot be opened. */
struct q_scan *q_scan_open(int rootfd, const struct q_hash *h, enum q_dir dir);
/*
 * 1: *e is the next file; 0: the end; 2: a good deal has been looked at
 * without finding one, call again later; -1: error with errno (the scan can
 * go on). Files that come or go meanwhile may be seen or not; subdirectories
 * are those of hashing, whatever the depth is now.
 */
int	q_scan_next(struct q_scan *s, struct q_entry *e)
	    __attribute__((warn_unused_result));
void	q_scan_close(struct q_scan **s);

#endif
