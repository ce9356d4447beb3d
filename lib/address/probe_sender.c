/* SPDX-License-Identifier: ISC */
/* probe_sender - the sender of messages that test an address. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "probe_sender.h"

/* Local part and the rest, "" or "@domain". */
static int
local_length(const char *sender)
{
	const char *at = strrchr(sender, '@');
	size_t n = at != NULL ? (size_t)(at - sender) : strlen(sender);

	return ((int)(n < 1000 ? n : 1000));
}

/* Digits that no word is made of. */
static void
epoch_text(int64_t ttl, int64_t now, char out[16])
{
	static const char digits[] = "0123456789bcdfghjklmnpqrstvwxyz";
	const uint64_t base = sizeof(digits) - 1;
	uint64_t v = (uint64_t)(now / ttl);
	size_t n = 0;

	do {
		out[n++] = digits[v % base];
		v /= base;
	} while (v > 0 && n < 15);
	out[n] = '\0';
}

void
probe_sender(const char *sender, int64_t ttl, int64_t now,
    char out[PROBE_SENDER_MAX])
{
	const int n = local_length(sender);
	char epoch[16] = "";

	if (*sender == '\0' || strcmp(sender, "<>") == 0) {
		out[0] = '\0';
		return;
	}
	if (ttl > 0 && now > 0)
		epoch_text(ttl, now, epoch);
	(void)snprintf(out, PROBE_SENDER_MAX, "%.*s%s%s%.500s", n, sender,
	    *epoch != '\0' ? "-" : "", epoch, sender + n);
}

static bool
same(const char *sender, const char *origin, const char *addr)
{
	const size_t n = strlen(sender);

	if (strcasecmp(sender, addr) == 0)
		return (true);
	return (strchr(sender, '@') == NULL &&
	    strncasecmp(sender, addr, n) == 0 && addr[n] == '@' &&
	    strcasecmp(addr + n + 1, origin) == 0);
}

bool
probe_sender_is(const char *sender, int64_t ttl, int64_t now,
    const char *origin, const char *addr)
{
	char text[PROBE_SENDER_MAX];

	for (int i = -1; i <= 1; i++) {
		if (ttl <= 0 && i != 0)
			continue;
		probe_sender(sender, ttl, now + i * ttl, text);
		if (*text != '\0' && same(text, origin, addr))
			return (true);
	}
	return (false);
}
