/* SPDX-License-Identifier: ISC */
/*
 * id - queue ids: the names of message files.
 *
 * Short: five upper-case hexadecimal digits of microseconds and the inode in
 * hexadecimal; unique while the file exists. Long: seconds (base 52, six or
 * more digits), microseconds (base 52, four), 'z', inode (base 51, which has
 * no z); unique for ever. The digits are 0-9 and the consonants.
 */
#ifndef POSTERN_ID_H
#define POSTERN_ID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/view.h"
#include "layout.h"

#define QID_SIZE	64		/* of a buffer for an id */
#define QPATH_SIZE	128		/* for DIRECTORY/x/y/ID */

struct qid {
	bool		 is_long;
	int64_t		 sec;		/* long ids only */
	uint32_t	 usec;
	uint64_t	 inode;
};

/* The id as text; out has QID_SIZE bytes. */
void	qid_print(const struct qid *id, char *out);

/* Whether "v" is an id of either form, exactly as qid_print() writes it. */
bool	qid_parse(struct view v, struct qid *out)
	    __attribute__((warn_unused_result));

/*
 * The path of a file below the queue directory, "dir/ID" or with the hash
 * subdirectories "dir/A/B/ID". out has QPATH_SIZE bytes. -1 if the text is
 * no queue id.
 */
int	q_path(const struct q_hash *h, enum q_dir dir, const char *id,
	    char *out) __attribute__((warn_unused_result));

#endif
