/* SPDX-License-Identifier: ISC */
/*
 * rewrite - what trivial-rewrite(8) is asked. Requests may be sent many in
 * one frame; answers come in the order of the requests.
 */
#ifndef POSTERN_PROTO_REWRITE_H
#define POSTERN_PROTO_REWRITE_H

#include "mail.h"

#define MSG_rewrite(F, M)						\
	F(M, str, rule, 16)		/* local, remote, invalid */	\
	F(M, str, addr, MAIL_ADDR_MAX)	/* external (quoted) form */

#define MSG_rewritten(F, M)					\
	F(M, u32, flags, 0)		/* RESOLVE_FAIL or 0 */		\
	F(M, str, addr, MAIL_ADDR_MAX)

#define MSG_resolve(F, M)						\
	F(M, u32, verify, 1)		/* 1: address_verify_* routing */\
	F(M, str, sender, MAIL_ADDR_MAX)	/* internal form */		\
	F(M, str, addr, MAIL_ADDR_MAX)	/* internal form */

#define MSG_resolved(F, M)						\
	F(M, u32, flags, 0)		/* RESOLVE_* */			\
	F(M, str, transport, 255)						\
	F(M, str, nexthop, 2048)						\
	F(M, str, recipient, MAIL_ADDR_MAX)

#define RESOLVE_FINAL		0x001	/* the domain is ours: we deliver */
#define RESOLVE_ROUTED		0x002	/* routed by the sender's address */
#define RESOLVE_ERROR		0x004	/* the address is not usable */
#define RESOLVE_FAIL		0x008	/* a table failed: try later */
#define RESOLVE_CLASS_LOCAL	0x010
#define RESOLVE_CLASS_ALIAS	0x020
#define RESOLVE_CLASS_VIRTUAL	0x040
#define RESOLVE_CLASS_RELAY	0x080
#define RESOLVE_CLASS_DEFAULT	0x100
#define RESOLVE_CLASS		0x1f0

#endif
