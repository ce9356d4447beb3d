/* SPDX-License-Identifier: ISC */
/*
 * launch - a delivery agent asks warrant(8) for a delivery as a user; the
 * mda(8) that launcher(8) then starts answers the agent itself.
 *
 *	launch_mail (with the message, read only) launch_KIND (with one end of
 *	    a socket pair) -> launched
 *	on the other end of that pair: mda_entry* mda_done
 *
 * Requests carry names: a login, a recipient, the number of a table and a
 * key, a service of master.cf. Never a uid, a path, a command: these warrant
 * looks up. Each kind is a verb of its own, so the policy says who may ask
 * for what. launch_spawn has no launch_mail; its descriptor is the client, and
 * when the command has ended launch_ended follows.
 */
#ifndef POSTERN_PROTO_LAUNCH_H
#define POSTERN_PROTO_LAUNCH_H

#include "mail.h"

/* The message, and what its commands and headers get to see of it. */
#define MSG_launch_mail(F, M)						\
	F(M, u64, content_offset, 0)					\
	F(M, u64, content_length, 0)					\
	F(M, blob, digest, 64)		/* of the content */		\
	F(M, u64, arrival_us, 0)						\
	F(M, str, service, 100)		/* of the agent, in master.cf */	\
	F(M, str, queue_id, 64)						\
	F(M, str, sender, MAIL_ADDR_MAX)					\
	F(M, str, recipient, MAIL_ADDR_MAX)	/* whose delivery it is */	\
	F(M, str, orig_recipient, MAIL_ADDR_MAX)				\
	F(M, str, delivered_to, MAIL_ADDR_MAX)	/* header; "": none */	\
	F(M, str, envid, 400)						\
	F(M, str, client_name, 255)					\
	F(M, str, client_address, 64)					\
	F(M, str, client_port, 8)						\
	F(M, str, client_protocol, 32)					\
	F(M, str, client_helo, 255)					\
	F(M, str, sasl_method, 64)						\
	F(M, str, sasl_username, 255)					\
	F(M, str, sasl_sender, MAIL_ADDR_MAX)

/*
 * A list of recipients (.forward, the value of an alias, an :include: file)
 * has entries, numbered from 0. "items" names one: "" is the list itself, and
 * the answer are its entries; "2" is its entry 2: a command is run, a file is
 * written to, the entries of an :include: are told; "2.0" is entry 0 of the
 * :include: that is entry 2.
 */
#define LAUNCH_ITEMS_MAX	64	/* bytes of "items" */
#define LAUNCH_DEPTH_MAX	8	/* numbers in it */

enum launch_user_op {
	LAUNCH_MAILBOX,			/* mailbox_command or mailbox */
	LAUNCH_FORWARD,			/* the first of forward_path */
	LAUNCH_USER_OP_MAX = LAUNCH_FORWARD
};

#define MSG_launch_user(F, M)					\
	F(M, u32, op, LAUNCH_USER_OP_MAX)					\
	F(M, str, login, 255)						\
	F(M, str, extension, 255)		/* of the address; "": none */	\
	F(M, str, domain, 255)						\
	F(M, str, items, LAUNCH_ITEMS_MAX)	/* FORWARD */		\
	F(M, u32, time_limit, 1000000)	/* seconds, of a command */

#define MSG_launch_alias(F, M)					\
	F(M, u32, map, 1000)		/* number in alias_maps, from 0 */\
	F(M, str, key, 1000)						\
	F(M, str, login, 255)		/* with whose rights; "": those of\
					   the table's owner */		\
	F(M, str, extension, 255)						\
	F(M, str, domain, 255)						\
	F(M, str, items, LAUNCH_ITEMS_MAX)				\
	F(M, u32, time_limit, 1000000)

/* The recipient is launch_mail's. */
#define MSG_launch_virtual(F, M)					\
	F(M, u32, reserved, 1)

#define MSG_launch_pipe(F, M)					\
	F(M, str, service, 100)		/* unix service of master.cf */	\
	F(M, str, nexthop, 2048)						\
	F(M, blob, rcpts, 60000)		/* address NUL original NUL ... */ \
	F(M, u32, time_limit, 1000000)

#define MSG_launch_spawn(F, M)					\
	F(M, str, service, 100)						\
	F(M, str, type, 12)		/* inet, unix */			\
	F(M, u32, time_limit, 1000000)

enum launch_status {
	LAUNCH_STARTED,			/* mda answers */
	LAUNCH_UNKNOWN,			/* no such login, mailbox, key */
	LAUNCH_REFUSED,			/* never: text says why */
	LAUNCH_LATER,			/* not now: text says why */
	LAUNCH_STATUS_MAX = LAUNCH_LATER
};

#define MSG_launched(F, M)					\
	F(M, u32, status, LAUNCH_STATUS_MAX)				\
	F(M, str, dsn, 16)						\
	F(M, str, text, 1000)

/* launch_spawn only: the command is gone, or could not be started. */
#define MSG_launch_ended(F, M)					\
	F(M, str, command, 255)						\
	F(M, u32, error, 4095)		/* errno; 0: it was started */	\
	F(M, u32, status, 0)		/* as from waitpid(2) */

/* What mda(8) says to the agent. */

enum mda_entry_type {
	MDA_ADDRESS,
	MDA_COMMAND,
	MDA_FILE,
	MDA_INCLUDE,
	MDA_ENTRY_MAX = MDA_INCLUDE
};

#define MSG_mda_entry(F, M)					\
	F(M, u32, type, MDA_ENTRY_MAX)					\
	F(M, u32, index, 0)						\
	F(M, str, text, 2000)		/* an address, internal form; of\
					   the others for the log */

#define MSG_mda_done(F, M)					\
	F(M, u32, outcome, 2)		/* enum outcome: NEXT is not used */\
	F(M, u32, found, 1)		/* FORWARD: there was such a file */\
	F(M, u32, damaged, 1)		/* the content fails its digest */\
	F(M, str, dsn, 16)						\
	F(M, str, reason, 2000)						\
	F(M, str, diag, 1000)		/* x-unix diagnostic or "" */

/* What warrant(8) tells mda(8), in sealed memory behind launch_mail. */

enum mda_op {
	MDA_OP_MBOX,			/* path (below base if there is one) */
	MDA_OP_MAILDIR,
	MDA_OP_COMMAND,			/* command, by the shell's rules */
	MDA_OP_FORWARD,			/* paths, items */
	MDA_OP_LIST,			/* list (an alias), items */
	MDA_OP_PIPE,			/* argv */
	MDA_OP_SPAWN,			/* argv */
	MDA_OP_MAX = MDA_OP_SPAWN
};

#define MDA_VIRTUAL	0x1		/* virtual(8)'s limits and words */
#define MDA_CREATE	0x2		/* a missing mailbox is made */
#define MDA_FLAG_ALL	0x3

#define MSG_mda_task(F, M)					\
	F(M, u32, op, MDA_OP_MAX)						\
	F(M, u32, flags, MDA_FLAG_ALL)					\
	F(M, u32, uid, 0)							\
	F(M, u32, gid, 0)							\
	F(M, u32, time_limit, 1000000)					\
	F(M, str, login, 255)						\
	F(M, str, home, 4096)						\
	F(M, str, shell, 4096)						\
	F(M, str, extension, 255)						\
	F(M, str, domain, 255)						\
	F(M, str, base, 4096)						\
	F(M, str, path, 4096)						\
	F(M, str, command, 16384)						\
	F(M, blob, list, 200000)		/* the value of an alias */	\
	F(M, str, items, LAUNCH_ITEMS_MAX)				\
	F(M, str, service, 100)						\
	F(M, str, nexthop, 2048)						\
	F(M, blob, environment, 60000)	/* name=value NUL ... */		\
	F(M, blob, argv, 60000)		/* word NUL word NUL, as in master.cf */\
	F(M, blob, rcpts, 60000)

#endif
