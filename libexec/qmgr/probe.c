/* SPDX-License-Identifier: ISC */
/*
 * probe - what became of an address that verify(8) asked for.
 *
 * One kept channel. What is lost on it is asked for again by verify(8), in
 * its time.
 */
#include <bsd/string.h>
#include <errno.h>

#include "base/log.h"
#include "conf/conf.h"

#include "qmgr.h"

static struct chan *verify;

static void
heard(struct chan *ch, void *arg)
{
	enum chan_got got;
	enum verb verb;

	(void)arg;
	while ((got = chan_next(ch, MONO_NEVER, &verb)) == CHAN_MESSAGE)
		chan_refuse(ch, "nothing was asked");
	if (got == CHAN_GONE)
		chan_free(&verify);
}

/* A part of a text is better than none; not a part of a character. */
static void
cut(const char *text, char out[VERIFY_TEXT_MAX + 1])
{
	size_t n = strlcpy(out, text, VERIFY_TEXT_MAX + 1);

	if (n <= VERIFY_TEXT_MAX)
		return;
	for (n = VERIFY_TEXT_MAX; n > 0 &&
	    ((unsigned char)text[n] & 0xc0) == 0x80; n--)
		continue;
	out[n] = '\0';
}

void
probe_tell(const struct rcpt *r, enum verify_status status, const char *text)
{
	char part[VERIFY_TEXT_MAX + 1];
	struct msg_verify_update m = { .status = status,
		.addr = *r->orig != '\0' ? r->orig : r->addr, .text = part };

	cut(text, part);
	if (verify == NULL) {
		verify = qm.env.dial(cf->address_verify_service_name);
		if (verify == NULL) {
			log_warn("problem talking to service %s: %m",
			    cf->address_verify_service_name);
			return;
		}
		chan_watch(verify, qm.loop, heard, NULL);
	}
	if (chan_put(verify, V_verify_update, &m) < 0 ||
	    chan_flush(verify, MONO_NEVER) < 0)
		log_warn("problem talking to service %s: a result is lost",
		    cf->address_verify_service_name);
}
