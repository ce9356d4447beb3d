/* SPDX-License-Identifier: ISC */
/*
 * dial - "connect me": requests to dial(8), a descriptor back.
 *
 * dial_done carries the connected, blocking, close-on-exec descriptor if
 * error is 0. dial(8) decides by the caller's role what may be reached.
 */
#ifndef POSTERN_PROTO_DIAL_H
#define POSTERN_PROTO_DIAL_H

#define MSG_dial_tcp(F, M)						\
	F(M, u32, id, 0)							\
	F(M, u32, port, 65535)						\
	F(M, u32, timeout_ms, 3600000)					\
	F(M, str, address, 64)		/* numeric, IPv4 or IPv6 */	\
	F(M, str, source, 64)		/* numeric to bind, or "" */

/*
 * One that the caller's parameters name: "unix:path" or "inet:host:port", as
 * master(8) has put it into dial_endpoints, letter by letter.
 */
#define MSG_dial_endpoint(F, M)					\
	F(M, u32, id, 0)							\
	F(M, u32, timeout_ms, 3600000)					\
	F(M, str, text, 300)

#define MSG_dial_done(F, M)					\
	F(M, u32, id, 0)							\
	F(M, u32, error, 4095)		/* errno; EPERM: refused by us */

#endif
