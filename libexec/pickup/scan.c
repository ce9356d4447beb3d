/* SPDX-License-Identifier: ISC */
/*
 * scan - look into maildrop/, at names and modes alone.
 *
 * Each file that is complete is another worker's, which is asked for over
 * pickup's own rendezvous: what is in a file is never read here (I4).
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "conf/conf.h"
#include "proto/proto.h"
#include "queue-layout/drop.h"
#include "queue-layout/queue.h"

#include "pickup.h"

#define LEFT_OVER	(24 * 3600)	/* seconds: unfinished for that long */

/* True: the file is gone, and the next one may be asked for. */
static bool
ask_worker(const char *name)
{
	const struct msg_pickup_file m = { name };
	struct msg_pickup_done done;
	struct chan *ch = setup.dial(role_service());
	int rc;

	if (ch == NULL) {
		log_warn("%s: waits in maildrop: no process is free", name);
		return (false);
	}
	rc = chan_call(ch, V_pickup_file, &m, V_pickup_done, &done,
	    mono_in(cf->ipc_timeout));
	if (rc == -1)
		log_warn("%s: waits in maildrop: its reader has ended", name);
	chan_free(&ch);
	return (rc == 0);
}

static void
look_at(const struct q_entry *e)
{
	struct stat st;

	if (fstatat(AT_FDCWD, e->path, &st, AT_SYMLINK_NOFOLLOW) == -1) {
		if (errno != ENOENT)
			log_warn("%s: %m", e->path);
		return;
	}
	if (e->id_ok && S_ISREG(st.st_mode) &&
	    (st.st_mode & 07777) == DROP_MODE) {
		(void)ask_worker(e->name);
		return;
	}
	/* postdrop(1) was killed: it did not say that it had the message. */
	if (st.st_mtime > time(NULL) - LEFT_OVER)
		return;
	log_warn("%s: uid=%lu: unfinished or foreign file removed", e->path,
	    (unsigned long)st.st_uid);
	if (unlinkat(AT_FDCWD, e->path, 0) == -1 && errno != ENOENT)
		log_warn("remove %s: %m", e->path);
}

void
scan_maildrop(void)
{
	/* Confined: the queue directory is the root. */
	struct q_scan *s = q_scan_open(AT_FDCWD, NULL, Q_maildrop);
	struct q_entry e;
	int got;

	if (s == NULL) {
		log_warn("open directory maildrop: %m");
		return;
	}
	while ((got = q_scan_next(s, &e)) != 0) {
		if (got == -1) {
			log_warn("read directory maildrop: %m");
			break;
		}
		if (got == 1)
			look_at(&e);
	}
	q_scan_close(&s);
}
