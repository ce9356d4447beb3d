/* SPDX-License-Identifier: ISC */
/* seal_in - what writer and reader of queue files need of seal.c. */
#ifndef POSTERN_SEAL_IN_H
#define POSTERN_SEAL_IN_H

#include "seal.h"

/* A running digest; NULL members until begun. */
struct seal_sum {
	void	*ctx;
	bool	 mac;
};

/* SHA-256 of records. */
void	seal_records_begin(struct seal_sum *s);
void	seal_records_end(struct seal_sum *s, uint8_t out[32]);
/* Poly1305 of content. */
void	seal_content_begin(struct seal_sum *s, const uint8_t key[32]);
void	seal_content_end(struct seal_sum *s, uint8_t out[SEAL_TAG_SIZE]);
/* For both: more bytes; forget it. */
void	seal_sum_add(struct seal_sum *s, const void *p, size_t n);
void	seal_sum_free(struct seal_sum *s);

void	seal_nonce(uint8_t nonce[SEAL_NONCE_SIZE]);
void	seal_one_time(const struct seal_key *key,
	    const uint8_t nonce[SEAL_NONCE_SIZE], uint8_t out[32]);
void	seal_header(const struct seal_key *key, const void *p, size_t n,
	    uint8_t out[SEAL_SIZE]);
/* Without a hint in the time it takes. */
bool	seal_equal(const void *a, const void *b, size_t n);

#endif
