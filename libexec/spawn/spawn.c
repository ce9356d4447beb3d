/* SPDX-License-Identifier: ISC */
/*
 * spawn - run a command of master.cf for each client that connects.
 *
 * Trusts nobody's bytes, and reads none: it takes the connection and hands it
 * on, by the name of its service. user= and argv= are warrant(8)'s, and an
 * mda(8) becomes the command. A worker waits for the end of its command, so
 * that the process limit of the service is one of commands.
 */
#include <sys/wait.h>

#include <signal.h>
#include <string.h>

#include "agent/launch.h"
#include "base/fd.h"
#include "base/log.h"
#include "broker/role.h"

#define WARRANT_WAIT	span_s(60)

static bool
expect(struct chan *ch, enum verb want, struct mono deadline, void *msg)
{
	enum verb verb;

	if (chan_next(ch, deadline, &verb) != CHAN_MESSAGE)
		return (false);
	if (verb == want)
		return (chan_get(ch, msg));
	chan_refuse(ch, "unexpected reply");
	return (false);
}

static void
report(const struct msg_launch_ended *m, bool late)
{
	const int status = (int)m->status;

	if (m->error != 0)
		log_warn("command %s: %s", m->command,
		    strerror((int)m->error));
	else if (late && WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		log_warn("command %s: time limit exceeded", m->command);
	else if (WIFSIGNALED(status))
		log_warn("command %s killed by signal %d", m->command,
		    WTERMSIG(status));
	else if (WEXITSTATUS(status) != 0)
		log_warn("command %s exit status %d", m->command,
		    WEXITSTATUS(status));
}

/* The client is the command's alone from here on. */
static bool
hand_over(struct chan *ch, const struct msg_launch_spawn *what, int client)
{
	bool sent = chan_put_fd(ch, V_launch_spawn, what, client) == 0 &&
	    chan_flush(ch, mono_in(WARRANT_WAIT)) == 0;

	fd_close(&client);
	return (sent);
}

static void
session(struct session *s)
{
	const struct msg_launch_spawn what = { .service = role_service(),
		.type = role_bundle()->type,
		.time_limit = launch_time_limit() };
	struct mono deadline = mono_in(span_s(what.time_limit));
	struct msg_launched started;
	struct msg_launch_ended ended;
	struct chan *ch = role_dial("warrant");

	if (ch == NULL || !hand_over(ch, &what, s->fd) ||
	    !expect(ch, V_launched, mono_in(WARRANT_WAIT), &started))
		log_warn("warrant(8) is not available");
	else if (started.status != LAUNCH_STARTED)
		log_warn("no command is run: %s", started.text);
	else if (expect(ch, V_launch_ended, MONO_NEVER, &ended))
		report(&ended, mono_past(deadline));
	chan_free(&ch);
}

static const struct role spawn_role = {
	.id = ROLE_SPAWN,
	.filter = &policy_filter_spawn,
	.plain = true,
	.session = session,
};

int
main(int argc, char **argv)
{
	return (role_main(&spawn_role, argc, argv));
}
