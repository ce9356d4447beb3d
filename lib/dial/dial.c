/* SPDX-License-Identifier: ISC */
/* dial - the client of dial(8) (dial.h). */
#include <errno.h>
#include <string.h>

#include "dial.h"

#define TRIES		3
#define SLACK		span_s(10)	/* on top of what dial(8) is told */
#define TIMEOUT_MAX	3600000		/* milliseconds: the protocol's limit */
#define TEXT_MAX	300

uint32_t
dial_ms(struct span timeout)
{
	int64_t ms = timeout.ns / 1000000;

	return (ms <= 0 || ms > TIMEOUT_MAX ? TIMEOUT_MAX : (uint32_t)ms);
}

int
dial_ask(struct dial *d, enum verb verb, const void *msg, struct span timeout,
    int *fd)
{
	struct msg_dial_done done;

	for (int tries = 0; tries < TRIES; tries++) {
		struct mono end = mono_add(mono_in(span_ms(dial_ms(timeout))),
		    SLACK);

		if (d->chan == NULL)
			d->chan = d->reach(d->service);
		if (d->chan == NULL)
			return (errno);
		if (chan_call(d->chan, verb, msg, V_dial_done, &done, end) ==
		    0 && done.id == DIAL_ID) {
			*fd = chan_take_fd(d->chan);
			if (done.error == 0 && *fd < 0)
				return (EPROTO);
			return ((int)done.error);
		}
		chan_free(&d->chan);
		if (mono_past(end))
			return (ETIMEDOUT);
	}
	return (ECONNABORTED);
}

int
dial_endpoint(struct dial *d, const char *text, struct span timeout, int *fd)
{
	const struct msg_dial_endpoint m = { .id = DIAL_ID,
		.timeout_ms = dial_ms(timeout), .text = text };

	if (strlen(text) > TEXT_MAX)
		return (ENAMETOOLONG);
	return (dial_ask(d, V_dial_endpoint, &m, timeout, fd));
}

void
dial_close(struct dial *d)
{
	chan_free(&d->chan);
}
