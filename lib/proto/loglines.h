/* SPDX-License-Identifier: ISC */
/*
 * loglines - lines for the mail log, to postlogd(8), one frame each on the
 * shared log socket. postlogd(8) adds the time, the host and the sender's
 * process id as the kernel tells it, and refuses a tag of another role.
 */
#ifndef POSTERN_PROTO_LOGLINES_H
#define POSTERN_PROTO_LOGLINES_H

#define MSG_log_line(F, M)						\
	F(M, u32, level, 4)		/* enum log_level */		\
	F(M, str, tag, 128)		/* postfix/smtpd */		\
	F(M, str, text, 4096)

#endif
