/* SPDX-License-Identifier: ISC */
/*
 * What is to be signed, from a tlsproxy(8) that is somebody else's. The first
 * three bytes choose key, side and scheme.
 */
#include <stdlib.h>

#include "proto/tlskey.h"
#include "tbs.h"

int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* What each form must have, said in another way than in tbs.c. */
static void
must_be_good(const uint8_t *p, size_t n, bool client)
{
	const bool tls13 = n >= 98 && p[0] == ' ' && p[63] == ' ' &&
	    p[64] == 'T' && p[73] == (client ? 'c' : 's') && p[97] == 0;

	if (tls13 && (n == 130 || n == 146))
		return;
	if (!client && n > 68 && p[64] == 3 && p[65] == 0 &&
	    n == 68u + p[67] && p[66] >= 23 && p[66] <= 30)
		return;
	if (client && n >= 120 && n <= TLSKEY_TRANSCRIPT_MAX && p[0] == 1 &&
	    p[4] == 3 && p[5] == 3)
		return;
	abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const uint16_t schemes[] = { 0x0401, 0x0501, 0x0601, 0x0403,
		0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0807, 0x0201 };
	enum key_type type;
	uint32_t scheme;
	bool client;

	if (n < 3)
		return (0);
	type = (enum key_type)(1 << data[0] % 5);
	client = data[1] & 1;
	scheme = schemes[data[2] % (sizeof(schemes) / sizeof(schemes[0]))];
	data += 3;
	n -= 3;
	if (tbs_check((struct view){ (const char *)data, n }, type, client,
	    scheme_find(scheme)) == NULL)
		must_be_good(data, n, client);
	return (0);
}
