/* SPDX-License-Identifier: ISC */
/*
 * intake - lines come over the log socket, which every process of the
 * instance holds, and over channels from postlog(1).
 */
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/uninit.h"

#include "daemon.h"

#define LINES_MAX	128		/* in one turn of the loop */
#define FRAME_MAX	(2 * LOG_LINE_MAX)

static int log_socket = -1;

/* "postfix/smtpd": only a process with smtpd's uid may call itself so. */
static bool
may_use(const char *tag, uid_t uid)
{
	const uint32_t *uids = role_bundle()->uids;
	const char *name = strrchr(tag, '/');
	const struct policy *p;

	if (uid == 0)
		return (true);
	p = policy_find(name != NULL ? name + 1 : tag);
	return (p != NULL && uids[policy_id(p)] == uid);
}

static void
refuse(const struct fd_peer *peer, const char *why)
{
	log_warn("line of uid %ld, process %ld refused: %s", (long)peer->uid,
	    (long)peer->pid, why);
}

static void
take_line(struct view frame, const struct fd_peer *peer)
{
	struct msg_log_line m;
	struct view fields;
	const char *why = "malformed";
	enum verb verb;

	if (!msg_next(&frame, &verb, &fields) || frame.n != 0 ||
	    verb != V_log_line || !msg_get(verb, fields, &m, &why))
		refuse(peer, why);
	else if (!may_use(m.tag, peer->uid))
		refuse(peer, "the name of another role");
	else
		output_line(&m, peer->pid);
}

static void
take_lines(int fd, int events, void *arg)
{
	UNINIT char frame[FRAME_MAX];
	struct fd_peer peer;
	ssize_t n;

	(void)events;
	(void)arg;
	for (int i = 0; i < LINES_MAX; i++) {
		size_t nfds = 0;

		n = fd_recv(fd, frame, sizeof(frame), NULL, &nfds, &peer,
		    MSG_DONTWAIT);
		if (n < 0 && errno == EMSGSIZE)
			continue;
		if (n <= 0)
			break;
		take_line((struct view){ frame, (size_t)n }, &peer);
	}
	output_flush();
}

static void
channel(struct chan *ch, void *arg)
{
	struct msg_log_line m;
	enum verb verb;
	enum chan_got got;

	(void)arg;
	while ((got = chan_next(ch, mono_now(), &verb)) == CHAN_MESSAGE)
		if (chan_get(ch, &m))
			output_line(&m, chan_pid(ch));
	output_flush();
	if (got == CHAN_GONE)
		chan_free(&ch);
}

/* Our own lines take the same way, without a socket. */
static void
own_line(enum log_level level, const char *line, size_t n)
{
	const struct msg_log_line m = { level, log_tag(), line };

	(void)n;
	output_line(&m, getpid());
}

void
postlogd_prepare(void)
{
	output_prepare();
}

void
postlogd_start(struct loop *l)
{
	output_open();
	log_open(log_tag(), own_line);
	log_socket = role_file_fd("log");
	must(log_socket >= 0);
	fd_nonblock(log_socket, true);
	(void)watch_new(l, log_socket, EV_IN, take_lines, NULL);
}

void
postlogd_client(struct loop *l, struct chan *ch)
{
	chan_watch(ch, l, channel, NULL);
}

/* Whatever still waits is written before the successor goes on alone. */
void
postlogd_drain(struct loop *l)
{
	(void)l;
	take_lines(log_socket, EV_IN, NULL);
	role_done();
}
