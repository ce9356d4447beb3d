/* SPDX-License-Identifier: ISC */
/* date - dates and ids as they stand in headers. */
#ifndef POSTERN_MESSAGE_DATE_H
#define POSTERN_MESSAGE_DATE_H

#include <stddef.h>
#include <time.h>

#define DATE_SIZE	64

/*
 * RFC 5322: "Tue, 24 Nov 2026 10:37:28 +0000 (UTC)", local time. A confined
 * role that has no workers has called tzset() in prepare(). Always a text.
 */
const char	*date_text(time_t when, char out[DATE_SIZE]);

/* "20261124103728", UTC: what a Message-Id begins with. */
const char	*date_stamp(time_t when, char out[DATE_SIZE]);

#endif
