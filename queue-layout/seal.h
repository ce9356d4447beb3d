/* SPDX-License-Identifier: ISC */
/*
 * seal - the keyed seal of queue files, and the digest of their content.
 *
 * One key of 32 bytes for the instance, in a file that only root can read.
 * For each message a one-time key is made from it and a nonce; the content's
 * tag is Poly1305 under that key. The seal is HMAC-SHA-256 under the
 * instance's key over the header, which holds nonce, tag, all lengths and the
 * SHA-256 of all records. Who checks a content needs the one-time key and the
 * tag alone (struct qf_digest) and can do nothing else with them.
 */
#ifndef POSTERN_SEAL_H
#define POSTERN_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEAL_KEY_SIZE	32
#define SEAL_SIZE	32
#define SEAL_NONCE_SIZE	16
#define SEAL_TAG_SIZE	16

struct seal_key {
	uint8_t	b[SEAL_KEY_SIZE];
};

/* What an agent is told to check a content: bytes as they are. */
struct qf_digest {
	uint8_t	key[32];		/* for this message alone */
	uint8_t	tag[SEAL_TAG_SIZE];
};

/*
 * Get the algorithms from libcrypto without reading its configuration file;
 * to be called before a role confines itself. fatal() if one is missing.
 */
void	seal_init(void);

/*
 * Make the key file "name" in a directory if it is not there: random, mode
 * 0600, complete or absent whatever happens meanwhile. 1 made, 0 was there,
 * -1 with errno.
 */
int	seal_key_make(int dirfd, const char *name)
	    __attribute__((warn_unused_result));

/*
 * The key from an open descriptor (pread from 0); a file that is not
 * exactly one key is EBADMSG. 0, or -1 with errno.
 */
int	seal_key_read(int fd, struct seal_key *key)
	    __attribute__((warn_unused_result));

/* The same by name, with a check of owner (root or us) and mode: EPERM. */
int	seal_key_open(int dirfd, const char *name, struct seal_key *key)
	    __attribute__((warn_unused_result));

/* Overwrite; the compiler does not remove it. */
void	seal_key_wipe(struct seal_key *key);

#endif
