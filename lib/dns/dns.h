/* SPDX-License-Identifier: ISC */
/*
 * dns - questions to resolver(8) from code that blocks.
 *
 * Nobody but resolver(8) parses DNS; this is the client of its channel. Any
 * number of questions go out in one frame, the call returns when all are
 * answered. There is no failure of its own: a resolver that is gone or does
 * not answer in time is DNS_TEMPFAIL for what it did not answer.
 */
#ifndef POSTERN_DNS_H
#define POSTERN_DNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "base/arena.h"
#include "base/mono.h"
#include "base/view.h"
#include "proto/resolver.h"

struct chan;
struct sockaddr;

struct dns_record {
	enum dns_type	 type;
	uint32_t	 ttl;
	uint32_t	 pref;		/* MX, SRV priority */
	uint32_t	 weight;	/* SRV */
	uint32_t	 port;		/* SRV */
	const char	*name;		/* MX SRV PTR NS CNAME target */
	struct view	 data;		/* A 4 bytes, AAAA 16, TXT, TLSA */
};

struct dns_lookup {
	/* The question, set by the caller; the rest must be zero. */
	enum dns_type	 type;
	uint32_t	 flags;		/* DNS_Q_* */
	const char	*name;		/* PTR: the address as text */

	/* The answer; all of it lives in the caller's arena. */
	enum dns_status	 status;
	bool		 answered;
	bool		 secure;
	const char	*cname;		/* the name after CNAMEs */
	const char	*text;		/* what went wrong, for the log */
	const struct dns_record *rr;
	size_t		 nrr;		/* > 0 only if status is DNS_OK */
};

/*
 * A client with a kept channel. dns_init() remembers how to reach the
 * resolver (role_dial and cf->resolver_service_name; tests have their own);
 * nothing is dialled before the first question.
 */
struct dns {
	struct chan	*(*dial)(const char *service);
	const char	*service;
	struct chan	*chan;		/* private */
	uint32_t	 id;		/* private */
};

void	dns_init(struct dns *d, struct chan *(*dial)(const char *),
	    const char *service);
/* Close the channel; the client can be used again. */
void	dns_fini(struct dns *d);

/* Ask all "n" questions at once, wait for the answers until "deadline". */
void	dns_ask(struct dns *d, struct arena *a, struct dns_lookup *q, size_t n,
	    struct mono deadline);

/* An address without a port, comparable with memcmp() over the whole. */
#define DNS_ADDR_TEXT	46		/* room for the text of an address */

struct dns_addr {
	uint32_t	family;		/* AF_INET or AF_INET6; 0: none */
	uint8_t		bytes[16];	/* AF_INET uses four, the rest is 0 */
};

/* From an A or AAAA record; false if it is neither or has a wrong size. */
bool	dns_addr_record(const struct dns_record *rr, struct dns_addr *out);
/* From numeric text, with or without [] and "IPv6:"; false: not an address. */
bool	dns_addr_parse(struct view text, struct dns_addr *out);
bool	dns_addr_sockaddr(const struct sockaddr *sa, struct dns_addr *out);
bool	dns_addr_eq(const struct dns_addr *a, const struct dns_addr *b);
/* Write the numeric text to "out" (DNS_ADDR_TEXT bytes) and return it. */
const char *dns_addr_text(const struct dns_addr *a, char *out);

#define DNS_V4		0x1
#define DNS_V6		0x2

struct dns_addrs {			/* the addresses of one name */
	const char	*name;		/* set by the caller */
	enum dns_status	 status;	/* OK if there is any address; else the
					   worst of the two answers */
	enum dns_type	 type;		/* of the question that failed */
	bool		 secure;	/* all that was found */
	const char	*cname;
	const char	*text;
	struct dns_addr	*addr;
	size_t		 naddr;
};

/*
 * A and/or AAAA ("families": DNS_V4, DNS_V6) of "n" names in one go. A name
 * for which one type is found and the other fails has status DNS_OK.
 */
void	dns_find_addrs(struct dns *d, struct arena *a, struct dns_addrs *names,
	    size_t n, uint32_t families, uint32_t flags,
	    struct mono deadline);

/* Names for log lines and replies: "MX"; "Host not found, try again". */
const char *dns_type_text(enum dns_type type);
const char *dns_status_text(enum dns_status status);

#endif
