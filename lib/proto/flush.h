/* SPDX-License-Identifier: ISC */
/*
 * flush - which mail waits for which site, to flush(8).
 *
 *	flush_add			(no answer: a lost one delays mail)
 *	flush_site -> flush_done	(the rest is done in the background)
 *	flush_refresh -> flush_done	(the same)
 */
#ifndef POSTERN_PROTO_FLUSH_H
#define POSTERN_PROTO_FLUSH_H

#define FLUSH_SITE_MAX	255

#define MSG_flush_add(F, M)					\
	F(M, str, site, FLUSH_SITE_MAX)		/* what is behind the last @ */	\
	F(M, str, queue_id, 64)

#define MSG_flush_site(F, M)					\
	F(M, str, site, FLUSH_SITE_MAX)

#define MSG_flush_refresh(F, M)					\
	F(M, u32, all, 1)		/* those that are not due, too */

enum flush_status {
	FLUSH_DONE,
	FLUSH_DENIED,			/* not in fast_flush_domains */
	FLUSH_BAD,			/* no name of a site */
	FLUSH_FAILED,			/* try later */
	FLUSH_STATUS_MAX = FLUSH_FAILED
};

#define MSG_flush_done(F, M)					\
	F(M, u32, status, FLUSH_STATUS_MAX)

#endif
