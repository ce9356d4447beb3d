/* SPDX-License-Identifier: ISC */
/*
 * content - stream a message's content and check it on the way.
 *
 * Used by delivery agents. The descriptor's file offset is shared with other
 * processes, so it is neither used nor moved.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "queue_in.h"

void
qf_content_open(struct qf_content *c, int fd, uint64_t offset, uint64_t length,
    const struct qf_digest *digest)
{
	struct seal_sum sum;

	seal_content_begin(&sum, digest->key);
	*c = (struct qf_content){ fd, offset, length, *digest, sum.ctx };
}

ssize_t
qf_content_read(struct qf_content *c, void *p, size_t n)
{
	struct seal_sum sum = { c->sum, true };
	ssize_t got;

	if (n > c->left)
		n = (size_t)c->left;
	if (n == 0)
		return (0);
	if (c->at > INT64_MAX) {
		errno = EBADMSG;
		return (-1);
	}
	while ((got = pread(c->fd, p, n, (off_t)c->at)) == -1 &&
	    errno == EINTR)
		;
	if (got == 0)
		errno = EBADMSG;
	if (got <= 0)
		return (-1);
	seal_sum_add(&sum, p, (size_t)got);
	c->at += (uint64_t)got;
	c->left -= (uint64_t)got;
	return (got);
}

int
qf_content_check(struct qf_content *c)
{
	struct seal_sum sum = { c->sum, true };
	uint8_t tag[SEAL_TAG_SIZE];

	if (c->left == 0 && c->sum != NULL) {
		seal_content_end(&sum, tag);
		c->sum = NULL;
		if (seal_equal(tag, c->digest.tag, sizeof(tag)))
			return (0);
	}
	errno = EBADMSG;
	return (-1);
}

void
qf_content_close(struct qf_content *c)
{
	struct seal_sum sum = { c->sum, true };

	seal_sum_free(&sum);
	c->sum = NULL;
}
