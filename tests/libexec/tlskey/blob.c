/* SPDX-License-Identifier: ISC */
/* blob - see blob.h. */
#include <string.h>

#include "base/log.h"

#include "blob.h"

void
blob_fill(struct buf *b, int byte, size_t n)
{
	const char c = (char)byte;

	while (n-- > 0)
		buf_xput(b, &c, 1);
}

void
blob_tls13(struct buf *b, bool client, size_t hash)
{
	blob_fill(b, ' ', 64);
	buf_xputs(b, client ? "TLS 1.3, client CertificateVerify" :
	    "TLS 1.3, server CertificateVerify");
	blob_fill(b, 0, 1);
	blob_fill(b, 0xaa, hash);
}

void
blob_tls12(struct buf *b, int group, size_t point, int first)
{
	blob_fill(b, 0x11, 64);
	blob_fill(b, 3, 1);
	blob_fill(b, group >> 8, 1);
	blob_fill(b, group & 0xff, 1);
	blob_fill(b, (int)point, 1);
	blob_fill(b, first, 1);
	blob_fill(b, 0x22, point - 1);
}

void
blob_message(struct buf *b, int type, size_t n, const char *start)
{
	const size_t have = strlen(start);

	must(have <= n);
	blob_fill(b, type, 1);
	blob_fill(b, (int)(n >> 16) & 0xff, 1);
	blob_fill(b, (int)(n >> 8) & 0xff, 1);
	blob_fill(b, (int)n & 0xff, 1);
	buf_xput(b, start, have);
	blob_fill(b, 0x33, n - have);
}

void
blob_transcript(struct buf *b, int without, size_t authorities)
{
	static const struct {
		int		 type;
		size_t		 n;
		const char	*start;
	} messages[] = {
		{ 1, 200, "\003\003" }, { 2, 80, "\003\003" }, { 11, 900, "" },
		{ 12, 150, "\003" }, { 13, 60, "" }, { 14, 0, "" },
		{ 11, 700, "" }, { 16, 33, "" },
	};

	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (messages[i].type != without)
			blob_message(b, messages[i].type, messages[i].n +
			    (messages[i].type == 13 ? authorities : 0),
			    messages[i].start);
}
