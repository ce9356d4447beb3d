/* SPDX-License-Identifier: ISC */
/* anvil - connection and rate counts per (service, client). */
#ifndef POSTERN_PROTO_ANVIL_H
#define POSTERN_PROTO_ANVIL_H

enum anvil_kind {
	ANVIL_CONNECT, ANVIL_DISCONNECT, ANVIL_MAIL, ANVIL_RCPT, ANVIL_NEWTLS,
	ANVIL_NEWTLS_STATUS, ANVIL_AUTH, ANVIL_LOOKUP,
	ANVIL_KIND_MAX = ANVIL_LOOKUP
};

#define MSG_anvil_event(F, M)					\
	F(M, u32, kind, ANVIL_KIND_MAX)					\
	F(M, str, ident, 320)		/* service:client */

#define MSG_anvil_status(F, M)					\
	F(M, u32, count, 0)		/* connections that are open */	\
	F(M, u32, rate, 0)			/* of this kind in the time unit */\
	F(M, u32, mail, 0)			/* lookup: the other rates */	\
	F(M, u32, rcpt, 0)							\
	F(M, u32, newtls, 0)						\
	F(M, u32, auth, 0)

#endif
