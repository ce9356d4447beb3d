/* SPDX-License-Identifier: ISC */
/* daemon - what the files of resolver(8) say to each other. */
#ifndef POSTERN_RESOLVER_DAEMON_H
#define POSTERN_RESOLVER_DAEMON_H

#include "broker/role.h"
#include "hosts.h"
#include "dnswire.h"

/* unbound.c: libunbound in the role's loop. */

/*
 * The end of a question: "packet" if rcode is 0. "security" is 0 insecure, 1
 * bogus, 2 secure. Void after the call: packet, why.
 */
typedef void (*dns_fn)(void *arg, int rcode, struct view packet,
    int security, const char *why);

/* Read resolv.conf and the trust anchor, set up libunbound. */
void	dns_open(struct loop *l, dns_fn fn);
/*
 * Begin to ask; the dns_fn gets "arg", perhaps before this returns. False: it
 * will not be called, and *why says so. "plain": as a host asks that leaves
 * validation to its server; the answer is insecure.
 */
bool	dns_begin(const char *name, uint32_t type, bool plain, void *arg,
	    int *id, const char **why);
/* The dns_fn will not be called. */
void	dns_cancel(int id, bool plain);

/* local.c: what is answered without DNS. */

/* The content of a file of the bundle; empty if there is none. */
struct view local_read(struct arena *a, const char *file, size_t max);
/* Read the hosts file. */
void	local_open(void);
/*
 * Whether the question needs no DNS (or must do without); then "out" is the
 * answer. Otherwise "name" is what DNS is to be asked for.
 */
bool	local_answer(struct arena *a, const struct msg_dns_query *q,
	    char name[DNS_NAME_MAX + 1], struct wire_answer *out);

/* client.c: channels and their questions. */

void	resolver_start(struct loop *l);
void	resolver_client(struct loop *l, struct chan *ch);
/* No new clients come; end when no question is on the way. */
void	resolver_drain(struct loop *l);

#endif
