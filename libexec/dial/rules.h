/* SPDX-License-Identifier: ISC */
/*
 * rules - which role may reach what. It is decided by who the kernel says is
 * asking, and by configuration; nothing that was asked can widen it.
 */
#ifndef POSTERN_DIAL_RULES_H
#define POSTERN_DIAL_RULES_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/policy.h"

/* Check dial_allowed_ports once: fatal() if it is malformed. */
void	rules_init(void);

/*
 * NULL if the role may connect there, else why not. The address is numeric
 * text; it is checked here.
 */
const char *rules_tcp(enum role_id from, const char *addr, uint32_t port);
/* Its number in dial_allowed_sockets too. */
const char *rules_unix(enum role_id from, const char *path, uint32_t *number);

#endif
