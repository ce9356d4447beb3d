/* SPDX-License-Identifier: ISC */
/*
 * dsnlog - the logs of one message: bounce/ID, defer/ID, trace/ID.
 *
 * Postfix's form: a line for people, "<address>: reason", then name=value
 * lines, then an empty line. One role (bounce) writes them; showq(8) reads
 * them too. Reasons come from remote servers and are hostile.
 */
#ifndef POSTERN_DSNLOG_H
#define POSTERN_DSNLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "id.h"
#include "layout.h"

#define DSNLOG_VALUE_MAX	4096	/* bytes of one value */
#define DSNLOG_FILE_MODE	0640

/* One recipient's entry; NULL (writer) or "" (reader) is not there. */
struct dsnlog_entry {
	const char	*recipient;
	const char	*original_recipient;
	const char	*dsn_orig_rcpt;
	const char	*status;	/* 4.4.1 */
	const char	*action;	/* delayed, failed, ... */
	const char	*diag_type;
	const char	*diag_text;
	const char	*mta_type;
	const char	*mta_mname;
	const char	*reason;
	uint64_t	 offset;	/* index of the recipient in the file */
	uint32_t	 notify_flags;
};

/*
 * Append an entry to DIR/ID, which is made if missing, in one write(2). An
 * entry that a crash has cut is closed off first. With "sync" the data is on
 * disk at return: necessary before the recipient's done mark is set. Control
 * bytes in values become '?', values that are too long are cut. 0, or -1 with
 * errno (EINVAL: no queue id, no recipient).
 */
int	dsnlog_append(int rootfd, const struct q_hash *h, enum q_dir dir,
	    const char *id, const struct dsnlog_entry *e, bool sync)
	    __attribute__((warn_unused_result));

/* Remove the log; 0 also when there is none. */
int	dsnlog_remove(int rootfd, const struct q_hash *h, enum q_dir dir,
	    const char *id) __attribute__((warn_unused_result));

struct dsnlog;

/*
 * Read from a descriptor (pread only, the caller closes it). The reader's
 * memory does not depend on the file.
 */
struct dsnlog *dsnlog_open(int fd);
/*
 * 1: the next entry, its text good until the next call; 0: the end; -1:
 * cannot read, errno. Entries without a recipient, cut ones, unknown names,
 * lines that are too long or hold no '=' are passed over.
 */
int	dsnlog_next(struct dsnlog *l, struct dsnlog_entry *e)
	    __attribute__((warn_unused_result));
void	dsnlog_close(struct dsnlog **l);

#endif
