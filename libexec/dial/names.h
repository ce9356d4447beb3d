/* SPDX-License-Identifier: ISC */
/*
 * names - addresses of the hosts that endpoints name, from resolver(8).
 */
#ifndef POSTERN_DIAL_NAMES_H
#define POSTERN_DIAL_NAMES_H

#include "dns/dns.h"
#include "event/event.h"

#define NAMES_MAX	8		/* addresses of one host */

struct question;

/*
 * Ask for the addresses of a host. "done" is called once, from the loop, with
 * what there is (n may be 0), unless names_forget() comes before. NULL if
 * resolver(8) cannot be reached.
 */
typedef void (*names_fn)(void *arg, const struct dns_addr *addr, size_t n);
struct question *names_find(struct loop *l, const char *host, names_fn done,
		    void *arg);
void		 names_forget(struct question **q);

#endif
