/* SPDX-License-Identifier: ISC */
/* outcome - exit statuses, by the conventions of sysexits(3). */
#include <sys/wait.h>

#include <ctype.h>
#include <string.h>
#include <sysexits.h>

#include "mda.h"
#include "outcome.h"

static const struct {
	int		 status;
	const char	*dsn, *text;
} exits[] = {
	{ EX_USAGE, "5.3.0", "command line usage error" },
	{ EX_DATAERR, "5.6.0", "data format error" },
	{ EX_NOINPUT, "5.3.0", "cannot open input" },
	{ EX_NOUSER, "5.1.1", "user unknown" },
	{ EX_NOHOST, "5.1.2", "host name unknown" },
	{ EX_UNAVAILABLE, "5.3.0", "service unavailable" },
	{ EX_SOFTWARE, "5.3.0", "internal software error" },
	{ EX_OSERR, "4.3.0", "system resource problem" },
	{ EX_OSFILE, "5.3.0", "critical OS file missing" },
	{ EX_CANTCREAT, "5.2.0", "can't create user output file" },
	{ EX_IOERR, "5.3.0", "input/output error" },
	{ EX_TEMPFAIL, "4.3.0", "temporary failure" },
	{ EX_PROTOCOL, "5.5.0", "remote error in protocol" },
	{ EX_NOPERM, "5.7.0", "permission denied" },
	{ EX_CONFIG, "5.3.5", "local configuration error" },
};

static noreturn void
end(const char *dsn, const char *reason, const char *diag)
{
	finish_with(&(const struct msg_mda_done){ .outcome = *dsn == '5' ?
		OUTCOME_BOUNCED : OUTCOME_DEFERRED, .dsn = dsn,
		.reason = reason, .diag = diag });
}

/* The length of a code 4.X.X or 5.X.X with a blank or nothing behind; or 0. */
static size_t
code_length(const char *p)
{
	size_t i = 1, digits;

	if (*p != '4' && *p != '5')
		return (0);
	for (int part = 0; part < 2; part++) {
		if (p[i++] != '.')
			return (0);
		for (digits = 0; isdigit((unsigned char)p[i]); i++)
			digits++;
		if (digits == 0 || digits > 3)
			return (0);
	}
	return (p[i] == ' ' || p[i] == '\0' ? i : 0);
}

static const char *
with_output(const char *text, const char *said)
{
	return (*said == '\0' ? text : arena_printf(mda.arena,
	    "%s. Command output: %s", text, said));
}

void
outcome_of_status(int status, const char *command, const char *said)
{
	const char *text;
	size_t n;

	if (WIFEXITED(status) && WEXITSTATUS(status) == EX_OK)
		return;
	if (WIFSIGNALED(status)) {
		text = arena_printf(mda.arena, "Command died with signal %d: "
		    "\"%s\"", WTERMSIG(status), command);
		end("4.3.0", with_output(text, said), said);
	}
	if ((n = code_length(said)) > 0)
		end(arena_strn(mda.arena, said, n), said + n +
		    strspn(said + n, " "), said);
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
		if (exits[i].status == WEXITSTATUS(status))
			end(exits[i].dsn, with_output(exits[i].text, said),
			    *said != '\0' ? said : exits[i].text);
	text = arena_printf(mda.arena, "Command died with status %d: \"%s\"",
	    WEXITSTATUS(status), command);
	end("5.3.0", with_output(text, said), said);
}

noreturn void
outcome_of_timeout(const char *command, const char *said)
{
	const char *text = arena_printf(mda.arena,
	    "Command time limit exceeded: \"%s\"", command);

	end("5.3.0", with_output(text, said), said);
}
