/* SPDX-License-Identifier: ISC */
/* blob - texts to be signed, as libssl makes them, and parts of them. */
#ifndef POSTERN_TESTS_BLOB_H
#define POSTERN_TESTS_BLOB_H

#include <stdbool.h>

#include "base/buf.h"

/* "n" bytes with this value. */
void	blob_fill(struct buf *b, int byte, size_t n);
/* What TLS 1.3 signs. */
void	blob_tls13(struct buf *b, bool client, size_t hash);
/* What a server of TLS 1.2 signs: a group, a point that begins with "first". */
void	blob_tls12(struct buf *b, int group, size_t point, int first);
/* One handshake message. */
void	blob_message(struct buf *b, int type, size_t n, const char *start);
/*
 * What a client of TLS 1.2 signs. A message of the type "without" is left
 * out; "authorities" bytes of names are in the request.
 */
void	blob_transcript(struct buf *b, int without, size_t authorities);

#endif
