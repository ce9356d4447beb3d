/* SPDX-License-Identifier: ISC */
/*
 * resolver - DNS questions to resolver(8), typed records back.
 *
 * Any number of questions may be on the way; answers carry the question's id
 * and come when they are known. A dns_answer is followed, in the same frame,
 * by its "count" dns_record messages.
 */
#ifndef POSTERN_PROTO_RESOLVER_H
#define POSTERN_PROTO_RESOLVER_H

#define DNS_NAME_MAX	255
#define DNS_RECORD_MAX	100		/* records in one answer */

enum dns_type {				/* the number of the RR type */
	DNS_A = 1, DNS_NS = 2, DNS_CNAME = 5, DNS_SOA = 6, DNS_PTR = 12,
	DNS_MX = 15, DNS_TXT = 16, DNS_AAAA = 28, DNS_SRV = 33, DNS_TLSA = 52,
};

#define DNS_Q_HOSTS	0x1		/* look into the hosts file first */
#define DNS_Q_NODNS	0x2		/* the hosts file only */
#define DNS_Q_ALL	0x3

enum dns_status {
	DNS_OK,				/* there are records */
	DNS_NXDOMAIN,			/* the name does not exist */
	DNS_NODATA,			/* it does, without this type */
	DNS_TEMPFAIL,			/* no answer, SERVFAIL, time-out */
	DNS_BOGUS,			/* DNSSEC says it is forged */
	DNS_INVALID,			/* not a name that can be asked for */
	DNS_STATUS_MAX = DNS_INVALID
};

#define MSG_dns_query(F, M)					\
	F(M, u32, id, 0)							\
	F(M, u32, type, 65535)						\
	F(M, u32, flags, DNS_Q_ALL)					\
	F(M, str, name, DNS_NAME_MAX)	/* PTR: the address as text */

#define MSG_dns_answer(F, M)					\
	F(M, u32, id, 0)							\
	F(M, u32, type, 65535)						\
	F(M, u32, status, DNS_STATUS_MAX)					\
	F(M, u32, secure, 1)		/* validated with DNSSEC */	\
	F(M, u32, count, DNS_RECORD_MAX)					\
	F(M, str, name, DNS_NAME_MAX)	/* after CNAMEs */		\
	F(M, str, text, 500)		/* what went wrong, for the log */

#define MSG_dns_record(F, M)					\
	F(M, u32, type, 65535)						\
	F(M, u32, ttl, 0)							\
	F(M, u32, pref, 0)	/* MX, SRV; TLSA u<<16 | s<<8 | m */	\
	F(M, u32, weight, 65535)		/* SRV */			\
	F(M, u32, port, 65535)		/* SRV */			\
	F(M, str, name, DNS_NAME_MAX)	/* MX SRV PTR NS CNAME target */\
	F(M, blob, data, 4096)		/* A 4, AAAA 16, TXT, TLSA rdata */

#endif
