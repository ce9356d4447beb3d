/* SPDX-License-Identifier: ISC */
/*
 * submit - a message into the mail system: over the socket of pickup(8), or
 * through the set-gid postdrop(1) while that does not answer.
 *
 * All of the message is in memory, so that the second way can be taken after
 * the first has failed half-way. It is not once pickup(8) has been told that
 * the message is complete: it may have it.
 */
#include <sys/wait.h>

#include <bsd/string.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/mono.h"
#include "broker/command.h"
#include "queue-layout/drop.h"

#include "sendmail.h"

#define READY_WAIT	span_s(30)	/* for a process of pickup's */
#define SEND_WAIT	span_s(60)	/* for pickup to take what there is */
#define ANSWER_WAIT	span_s(300)	/* for the message to be on disk */

#define NO_ANSWER	-1		/* no exit status: try the other way */

struct way {
	struct chan	*ch;		/* the socket, or */
	int		 fd;		/* postdrop's standard input */
	struct buf	 b;
};

static bool
put(struct way *w, enum verb verb, enum drop_type type, const void *msg)
{
	uint8_t head[DROP_RECORD];

	if (w->ch != NULL)
		return (chan_put(w->ch, verb, msg) == 0);
	buf_reset(&w->b);
	if (msg_put(&w->b, verb, msg) == -1)
		return (false);
	drop_put_record(head, type, (uint32_t)(w->b.n - MSG_HEADER));
	return (fd_write_all(w->fd, head, sizeof(head)) == 0 &&
	    fd_write_all(w->fd, w->b.p + MSG_HEADER, w->b.n - MSG_HEADER) ==
	    0);
}

/* VERP, as flags: see pickup.h. */
static uint32_t
verp_of(const struct options *o)
{
	const uint32_t a = (unsigned char)o->verp_pair[0];
	const uint32_t b = (unsigned char)o->verp_pair[1];

	return (o->verp ? SUBMIT_FLAG_VERP |
	    (a << 8 | b) << SUBMIT_VERP_SHIFT : 0);
}

static struct msg_submit_open
open_of(const struct options *o, const struct message *m)
{
	return ((struct msg_submit_open){
	    .flags = (o->gateway ? SUBMIT_FLAG_GATEWAY : 0) |
		(o->mode == MODE_VERIFY ? SUBMIT_FLAG_REPORT :
		o->report ? SUBMIT_FLAG_RECORD : 0) | verp_of(o),
	    .sendopts = o->sendopts, .sender = m->sender,
	    .fullname = m->fullname, .encoding = o->encoding,
	    .envid = o->envid, .ret = o->ret });
}

/* All between the first and the end. */
static bool
put_message(struct way *w, const struct options *o, const struct message *m)
{
	struct msg_submit_rcpt rcpt = { .notify = o->notify };
	struct msg_submit_data data;
	struct view rest = buf_view(&m->content);

	for (const struct rcpt *r = m->rcpts.first; r != NULL; r = r->next) {
		rcpt.addr = r->addr;
		if (!put(w, V_submit_rcpt, DROP_submit_rcpt, &rcpt))
			return (false);
	}
	while (rest.n > 0) {
		data.bytes = view_sub(rest, 0, MAIL_CHUNK_MAX);
		rest = view_sub(rest, data.bytes.n, rest.n);
		if (!put(w, V_submit_data, DROP_submit_data, &data))
			return (false);
	}
	return (true);
}

/* What became of it, as an exit status. */
static int
status_of(uint32_t status)
{
	if (status == 0)
		return (0);
	if (status & SUBMIT_STAT_DENIED)
		return (EX_NOPERM);
	if (status & MAIL_STAT_BAD)
		return (EX_SOFTWARE);
	if (status & (MAIL_STAT_SIZE | MAIL_STAT_CONT | MAIL_STAT_HOPS))
		return (EX_UNAVAILABLE);
	if (status & MAIL_STAT_RCPT)
		return (EX_DATAERR);
	return (EX_TEMPFAIL);
}

static const char *
text_of(const struct msg_submit_status *st)
{
	if (*st->reason != '\0')
		return (st->reason);
	if (st->status & MAIL_STAT_SIZE)
		return ("message file too big");
	if (st->status & MAIL_STAT_HOPS)
		return ("too many hops");
	if (st->status & MAIL_STAT_CONT)
		return ("message content rejected");
	if (st->status & MAIL_STAT_RCPT)
		return ("no recipients specified");
	return ("queue file write error");
}

static int
answer(struct chan *ch, char why[WHY_MAX], char id[64])
{
	struct msg_submit_status st;
	enum verb verb;

	if (chan_next(ch, mono_in(ANSWER_WAIT), &verb) != CHAN_MESSAGE ||
	    verb != V_submit_status || !chan_get(ch, &st)) {
		(void)strlcpy(why, "the mail system has not answered: the "
		    "message may have been queued", WHY_MAX);
		return (EX_TEMPFAIL);
	}
	(void)strlcpy(id, st.queue_id, 64);
	if (st.status != 0)
		(void)strlcpy(why, text_of(&st), WHY_MAX);
	return (status_of(st.status));
}

/*
 * A process of pickup's answers as soon as it is free. Nothing but this has
 * been sent to it until then, so that the other way is still open.
 */
static int
may_go_on(struct chan *ch, const struct options *o, const struct message *m,
    char why[WHY_MAX])
{
	const struct msg_submit_open open = open_of(o, m);
	struct msg_submit_status st;

	if (chan_call(ch, V_submit_open, &open, V_submit_status, &st,
	    mono_in(READY_WAIT)) == -1)
		return (NO_ANSWER);
	if (st.status != 0)
		(void)strlcpy(why, text_of(&st), WHY_MAX);
	return (status_of(st.status));
}

static int
by_socket(const struct site *site, const struct options *o,
    const struct message *m, char why[WHY_MAX], char id[64])
{
	struct way w = { .fd = -1 };
	int status;

	w.ch = command_dial(site->queue_directory, site->service, ROLE_PICKUP);
	if (w.ch == NULL)
		return (NO_ANSWER);
	status = may_go_on(w.ch, o, m, why);
	if (status == 0 && put_message(&w, o, m) &&
	    chan_put(w.ch, V_submit_end, NULL) == 0 &&
	    chan_flush(w.ch, mono_in(SEND_WAIT)) == 0)
		status = answer(w.ch, why, id);
	else if (status == 0)
		status = NO_ANSWER;
	chan_free(&w.ch);
	return (status);
}

static _Noreturn void
run_postdrop(const struct site *site, int in)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/postdrop",
	    site->command_directory);
	if (dup2(in, STDIN_FILENO) == -1)
		_exit(EX_OSERR);
	(void)execl(path, "postdrop", "-c", site->config_dir, (char *)NULL);
	(void)dprintf(STDERR_FILENO, "sendmail: fatal: %s: %s\n", path,
	    strerror(errno));
	_exit(EX_UNAVAILABLE);
}

static int
ended(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return (EX_OSERR);
	return (WIFEXITED(status) ? WEXITSTATUS(status) : EX_SOFTWARE);
}

static int
by_postdrop(const struct site *site, const struct options *o,
    const struct message *m, char why[WHY_MAX])
{
	const struct msg_submit_open open = open_of(o, m);
	uint8_t head[DROP_HEAD];
	struct way w = { .ch = NULL };
	int fds[2], status;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) == -1 || (pid = fork()) == -1) {
		(void)snprintf(why, WHY_MAX, "fork: %s", strerror(errno));
		return (EX_OSERR);
	}
	if (pid == 0)
		run_postdrop(site, fds[0]);
	fd_close(&fds[0]);
	w.fd = fds[1];
	buf_init(&w.b, DROP_BODY_MAX + MSG_HEADER);
	drop_put_head(head);
	/* Without the end postdrop throws it away; it says why it does. */
	if (fd_write_all(w.fd, head, sizeof(head)) == 0 &&
	    put(&w, V_submit_open, DROP_submit_open, &open) &&
	    put_message(&w, o, m))
		(void)put(&w, V_submit_end, DROP_submit_end, NULL);
	buf_fini(&w.b);
	fd_close(&fds[1]);
	status = ended(pid);
	if (status != 0)
		(void)strlcpy(why, "postdrop did not take the message",
		    WHY_MAX);
	return (status);
}

int
submit(const struct site *site, const struct options *o,
    const struct message *m, char why[WHY_MAX], char id[64])
{
	int status;

	*why = *id = '\0';
	status = by_socket(site, o, m, why, id);
	if (status != NO_ANSWER)
		return (status);
	if (!site->setgid) {
		(void)strlcpy(why, "mail system is down", WHY_MAX);
		return (EX_TEMPFAIL);
	}
	return (by_postdrop(site, o, m, why));
}
