/* SPDX-License-Identifier: ISC */
/*
 * wire - from an answer as DNS writes it to our records.
 *
 * The packet was taken apart and put together again by libunbound, but what
 * is inside the records is a stranger's: every length and name is checked.
 */
#ifndef POSTERN_RESOLVER_WIRE_H
#define POSTERN_RESOLVER_WIRE_H

#include "base/arena.h"
#include "base/view.h"
#include "proto/proto.h"

struct wire_answer {
	enum dns_status	 status;
	const char	*text;		/* why there is none; never NULL */
	const char	*name;		/* after CNAMEs */
	uint32_t	 count;		/* only with DNS_OK */
	struct msg_dns_record *records;
	uint32_t	 refused;	/* records that were malformed */
};

/*
 * Convert the answer to a question for "type". Everything lives in the
 * arena; "packet" must live as long (records point into it). A packet that
 * makes no sense is DNS_TEMPFAIL; more than DNS_RECORD_MAX records are cut.
 */
void	wire_answer(struct arena *a, struct view packet, uint32_t type,
	    struct wire_answer *out);

#endif
