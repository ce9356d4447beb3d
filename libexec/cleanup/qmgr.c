/* SPDX-License-Identifier: ISC */
/*
 * qmgr - the finished file goes to qmgr(8), with its descriptor.
 *
 * If qmgr cannot be told, nothing is lost: it finds the file when it scans
 * the queue. It may ask us to be slow.
 */
#include <errno.h>
#include <poll.h>

#include "base/log.h"
#include "conf/conf.h"

#include "cleanup.h"

#define TELL_WAIT	span_s(10)

static struct chan *qmgr;
static bool slow;

void
qmgr_open(void)
{
	if (qmgr == NULL)
		qmgr = role_dial(cf->queue_service_name);
}

void
qmgr_close(void)
{
	chan_free(&qmgr);
	slow = false;
}

/* Whatever qmgr(8) has said by now; false: it is gone. */
static bool
hear(void)
{
	struct msg_queue_flow flow;
	enum chan_got got;
	enum verb verb;

	while ((got = chan_next(qmgr, mono_now(), &verb)) == CHAN_MESSAGE)
		if (verb == V_queue_flow && chan_get(qmgr, &flow))
			slow = flow.slow;
	return (got == CHAN_AGAIN);
}

static bool
tell(const struct msg_queue_new *msg, int fd)
{
	qmgr_open();
	return (qmgr != NULL && hear() &&
	    chan_put_fd(qmgr, V_queue_new, msg, fd) == 0 &&
	    chan_flush(qmgr, mono_in(TELL_WAIT)) == 0);
}

void
qmgr_tell(const char *id, uint64_t size, int fd)
{
	const struct msg_queue_new msg = { .queue_id = id, .size = size };
	struct span d = cf->in_flow_delay;

	if (!tell(&msg, fd)) {
		qmgr_close();
		if (!tell(&msg, fd)) {
			log_warn("%s: service %s does not answer; it finds "
			    "the message later", id, cf->queue_service_name);
			qmgr_close();
		}
	}
	if (slow && d.ns > 0)
		(void)poll(NULL, 0, (int)(d.ns / 1000000));
}
