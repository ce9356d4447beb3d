/* SPDX-License-Identifier: ISC */
/* spawn - a command of master.cf that talks to a client by itself. */
#include <sys/prctl.h>

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "mda.h"

#define WORDS_MAX	1000

/* There is nobody to tell: the client sees its connection closed. */
noreturn void
spawn_run(int client)
{
	const struct sigaction dfl = { .sa_handler = SIG_DFL };
	struct view rest = mda.t.argv, f;
	char *argv[WORDS_MAX + 1];
	size_t n = 0;

	while (n < WORDS_MAX && view_field(&rest, '\0', &f)) {
		if (n > 0)
			argv[n++] = arena_strn(mda.arena, f.p, f.n);
		else if (view_starts(f, "argv="))
			argv[n++] = arena_strn(mda.arena, f.p + 5, f.n - 5);
	}
	argv[n] = NULL;
	if (n == 0)
		fatal("no argv=");
	for (int fd = 0; fd < 3; fd++)
		if (dup2(client, fd) < 0)
			fatal("dup2: %m");
	if (close_range(3, ~0U, 0) < 0)
		fatal("close_range: %m");
	(void)sigaction(SIGPIPE, &dfl, NULL);
	(void)sigaction(SIGXFSZ, &dfl, NULL);
	if (cf->command_no_new_privs &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		fatal("no_new_privs: %m");
	(void)execvpe(argv[0], argv, env_make());
	fatal("execvp %s: %m", argv[0]);
}
