/* SPDX-License-Identifier: ISC */
/* queue_in - the format in the file, for writer and reader alone. */
#ifndef POSTERN_QUEUE_IN_H
#define POSTERN_QUEUE_IN_H

#include "queue.h"
#include "seal_in.h"

#define QF_MAGIC	"POSTERNQ"
#define QF_VERSION	1
#define QF_ALGORITHM	1

#define QF_ENV		0x1		/* segments of record.def */
#define QF_EXT		0x2
#define QF_REQUIRED	0x4

struct qf_head {
#define HEAD_U32(name, doc)		uint32_t name;
#define HEAD_U64(name, doc)		uint64_t name;
#define HEAD_RAW(name, n, doc)		uint8_t name[n];
#include "record.def"
#undef HEAD_U32
#undef HEAD_U64
#undef HEAD_RAW
};

/* Size of the header in the file. */
enum {
	QF_HEAD_BYTES = 0
#define HEAD_U32(name, doc)		+ 4
#define HEAD_U64(name, doc)		+ 8
#define HEAD_RAW(name, n, doc)		+ (n)
#include "record.def"
#undef HEAD_U32
#undef HEAD_U64
#undef HEAD_RAW
};

enum {
#define REC_RCPT(t)	QF_TYPE_RCPT = (t),
#define REC_END(t)	QF_TYPE_END = (t)
#include "record.def"
#undef REC_RCPT
#undef REC_END
};

/* A record: type, length of the body, body. */
#define QF_RECORD_HEAD	5
#define QF_RECORD_MAX	8192		/* bytes of body */
#define QF_RCPTS_MAX	1000000
#define QF_NOTIFY_MAX	15

/*
 * The mark area, behind the seal: warn time (8 bytes), expire, killed, logs,
 * a reserved byte, retry time (4 bytes), then a byte a recipient.
 */
#define QF_MARK_WARN	0
#define QF_MARK_EXPIRE	8
#define QF_MARK_KILLED	9
#define QF_MARK_LOGS	10
#define QF_MARK_RETRY	12
#define QF_MARK_RCPTS	16
#define QF_DONE		'D'
#define QF_EXPIRE	'E'
#define QF_KILLED	'K'

/* One row of the records that appear at most once in a segment. */
struct qf_row {
	unsigned int	 type;
	unsigned int	 segments;
	bool		 text;
	size_t		 offset;	/* in struct qf_envelope */
	uint64_t	 max;
	const char	*name;
	const char	*label;
};

extern const struct qf_row qf_rows[];
extern const unsigned int qf_nrows;

/* Header to bytes and back; no judgement of the values. */
void	qf_head_put(const struct qf_head *h, uint8_t out[QF_HEAD_BYTES]);
void	qf_head_get(struct qf_head *h, const uint8_t in[QF_HEAD_BYTES]);

/* Make the hash subdirectories in "path" that are missing. */
int	q_parents(int rootfd, const char *path)
	    __attribute__((warn_unused_result));

/* The retry time of a file that is not open as a struct qf. */
int	qf_retry_poke(int fd, int64_t when) __attribute__((warn_unused_result));

void	qf_put32(uint8_t *p, uint32_t v);
void	qf_put64(uint8_t *p, uint64_t v);

#endif
