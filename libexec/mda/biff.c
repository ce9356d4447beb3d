/* SPDX-License-Identifier: ISC */
/*
 * biff - the datagram "user@offset" to comsat(8) of this host.
 *
 * What is sent is a login of /etc/passwd and a number; the socket is the
 * user's, who might send the same.
 */
#include <sys/socket.h>

#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "mda.h"

#define COMSAT_PORT	512

static int sock = -1;

void
biff_open(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
		.sin_port = htons(COMSAT_PORT) };

	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock >= 0 &&
	    connect(sock, (struct sockaddr *)&sin, sizeof(sin)) < 0)
		log_debug("comsat: %m");
}

/* Nobody may be there: the mail is delivered all the same. */
void
biff_send(int64_t offset)
{
	const char *text;

	if (sock < 0)
		return;
	text = arena_printf(mda.arena, "%s@%lld", mda.t.login,
	    (long long)offset);
	if (send(sock, text, strlen(text), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		log_debug("comsat: %m");
}
