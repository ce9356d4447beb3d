/* SPDX-License-Identifier: ISC */
/*
 * peer - who the client is: addresses from the kernel, names from DNS.
 */
#ifndef POSTERN_SMTPD_PEER_H
#define POSTERN_SMTPD_PEER_H

#include <stdbool.h>

struct smtpd;

#define PEER_UNKNOWN	"unknown"

enum peer_status {
	PEER_OK = 2,
	PEER_TEMPFAIL = 4,
	PEER_PERMFAIL = 5,
	PEER_FORGED = 6			/* the name is not that of the address */
};

struct peer {
	const char	*name;		/* confirmed, or "unknown" */
	const char	*reverse;	/* what PTR says, or "unknown" */
	enum peer_status name_status;
	enum peer_status reverse_status;
	const char	*addr;		/* numeric, or "unknown" */
	const char	*rfc_addr;	/* the same with IPv6: in front */
	const char	*port;
	const char	*server_addr, *server_port;
	const char	*label;		/* name[addr], for the log */
};

/* Fill in s->peer from the socket and, unless that is off, from DNS. */
void	peer_find(struct smtpd *s, int fd);
/* An unconnected stand-in: localhost. */
void	peer_local(struct smtpd *s);
/* Make label and rfc_addr anew after a change. */
void	peer_label(struct smtpd *s);

#endif
