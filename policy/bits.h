/* SPDX-License-Identifier: ISC */
/* bits - rights and kinds that the policy compiler and its users share. */
#ifndef POSTERN_POLICY_BITS_H
#define POSTERN_POLICY_BITS_H

#include <stdint.h>

/* Rights below a path; the values are the kernel's LANDLOCK_ACCESS_FS_*. */
#define POLICY_FS_EXECUTE	(UINT64_C(1) << 0)
#define POLICY_FS_WRITE_FILE	(UINT64_C(1) << 1)
#define POLICY_FS_READ_FILE	(UINT64_C(1) << 2)
#define POLICY_FS_READ_DIR	(UINT64_C(1) << 3)
#define POLICY_FS_REMOVE_DIR	(UINT64_C(1) << 4)
#define POLICY_FS_REMOVE_FILE	(UINT64_C(1) << 5)
#define POLICY_FS_MAKE_DIR	(UINT64_C(1) << 7)
#define POLICY_FS_MAKE_REG	(UINT64_C(1) << 8)
#define POLICY_FS_REFER		(UINT64_C(1) << 13)
#define POLICY_FS_TRUNCATE	(UINT64_C(1) << 14)

/* Rights on TCP ports; the values are the kernel's LANDLOCK_ACCESS_NET_*. */
#define POLICY_NET_BIND		(UINT64_C(1) << 0)
#define POLICY_NET_CONNECT	(UINT64_C(1) << 1)

/* Kinds of descriptors that a role is given. */
enum policy_receive {
	POLICY_RECV_CONTROL,	/* to master */
	POLICY_RECV_LISTENER,	/* listening sockets */
	POLICY_RECV_CLIENT,	/* rendezvous: channels of client roles */
	POLICY_RECV_CONNECTION,	/* connected sockets made by dial */
	POLICY_RECV_MESSAGE,	/* queue files, read-only */
	POLICY_RECV_TABLE,	/* lookup tables */
	POLICY_RECV_FILE,	/* files that a parameter names */
	POLICY_RECV_SECRET,	/* keys */
	POLICY_RECV_COUNT
};

#endif
