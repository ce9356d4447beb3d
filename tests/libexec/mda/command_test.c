/* SPDX-License-Identifier: ISC */
/* Commands of users: how they are run, what their end means. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "play.h"

static const struct {
	const char	*command, *said;
} ends[] = {
	{ "cat", "sent 2.0.0 delivered to command: cat" },
	{ "true", "sent 2.0.0 delivered to command: true" },
	{ "/bin/true with words", "sent 2.0.0 delivered to command: /bin/tr" },
	{ "exit 0", "sent 2.0.0 delivered to command: exit 0" },
	{ "exit 1", "bounced 5.3.0 Command died with status 1: \"exit 1\"" },
	{ "echo why; exit 1", "bounced 5.3.0 Command died with status 1: "
	    "\"echo why; exit 1\". Command output: why" },
	{ "exit 64", "bounced 5.3.0 command line usage error" },
	{ "exit 67", "bounced 5.1.1 user unknown" },
	{ "exit 71", "deferred 4.3.0 system resource problem" },
	{ "exit 73", "bounced 5.2.0 can't create user output file" },
	{ "exit 75", "deferred 4.3.0 temporary failure" },
	{ "echo wait; exit 75",
	    "deferred 4.3.0 temporary failure. Command output: wait" },
	{ "exit 77", "bounced 5.7.0 permission denied" },
	{ "echo 4.9.1 not now; exit 1", "deferred 4.9.1 not now" },
	{ "echo 5.9.1 never; exit 75", "bounced 5.9.1 never" },
	{ "echo 2.0.0 good; exit 1", "bounced 5.3.0 Command died with" },
	{ "echo 5.1 short; exit 1", "bounced 5.3.0 Command died with" },
	{ "echo 5.9.1 fine", "sent 2.0.0 delivered to command" },
	{ "kill -9 $$", "deferred 4.3.0 Command died with signal 9: " },
	{ "/no/such", "deferred 4.3.0 temporary failure. Command output: "
	    "mda: fatal: execvp /no/such: No such file or directory" },
	{ "printf 'a\\001\\n\\nb\\n'; exit 1", "bounced 5.3.0 Command died "
	    "with status 1: \"printf 'a\\001\\n\\nb\\n'; exit 1\". "
	    "Command output: a?  b" },
};

ATF_TC(outcomes);
ATF_TC_HEAD(outcomes, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(outcomes, tc)
{
	struct play p;

	play_init(&p, tc);
	p.t.op = MDA_OP_COMMAND;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		p.t.command = ends[i].command;
		play_run(&p);
		ATF_CHECK_MSG(strncmp(p.said, ends[i].said,
		    strlen(ends[i].said)) == 0, "%s: %s", ends[i].command,
		    p.said);
	}
}

ATF_TC(environment);
ATF_TC_HEAD(environment, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(environment, tc)
{
	static const char *const want[] = { "HOME=", "\nUSER=user\n",
		"\nLOGNAME=user\n", "\nSHELL=/bin/sh\n", "\nLOCAL=user+ext\n",
		"\nEXTENSION=ext\n", "\nDOMAIN=d.example\n",
		"\nRECIPIENT=user+ext@d.example\n",
		"\nORIGINAL_RECIPIENT=o@x\n", "\nSENDER=__id_@x_y\n",
		"\nCLIENT_HELO=a_b\n", "\nX=y z\n", "PATH=/usr/bin:/bin\n" };
	struct play p;
	const char *out, *env;

	play_init(&p, tc);
	p.t.op = MDA_OP_COMMAND;
	p.t.command = "{ env; pwd; id -u; ls /proc/self/fd; } >$HOME/out";
	p.m.sender = "`$id`@x y";
	p.m.client_helo = "a'b";
	p.t.environment = (struct view){ "PATH=/nowhere\0X=y z", 20 };
	p.params = "command_execution_directory = $home\n";
	play_run(&p);
	ATF_CHECK_MSG(strncmp(p.said, "sent", 4) == 0, "%s", p.said);
	out = arena_printf(p.arena, "\n%s", play_read(&p, "out"));
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		ATF_CHECK_MSG(strstr(out, want[i]) != NULL, "%s not in:\n%s",
		    want[i], out);
	ATF_CHECK_MSG(strstr(out, "TZ=") == NULL, "%s", out);
	/* Of an alias: its name, and no account. */
	p.t.op = MDA_OP_LIST;
	p.t.items = "0";
	p.t.list = view_of(arena_printf(p.arena, "\"|env >%s\"",
	    play_path(&p, "alias")));
	p.params = "";
	play_run(&p);
	ATF_CHECK_MSG(strncmp(p.said, "sent", 4) == 0, "%s", p.said);
	env = arena_printf(p.arena, "\n%s", play_read(&p, "alias"));
	ATF_CHECK_MSG(strstr(env, "\nUSER=user\n") != NULL &&
	    strstr(env, "\nLOGNAME=user\n") != NULL &&
	    strstr(env, "\nHOME=") == NULL &&
	    strstr(env, "\nSHELL=") == NULL, "%s", env);
	ATF_CHECK_MSG(strstr(out, "\n61234\n0\n1\n2\n3\n") != NULL, "%s",
	    out);
	ATF_CHECK(strstr(out, "\n4\n") == NULL);
}

/* It must not see the end of a message that is not what it should be. */
ATF_TC(damaged);
ATF_TC_HEAD(damaged, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(damaged, tc)
{
	struct play p;

	play_init(&p, tc);
	p.t.op = MDA_OP_COMMAND;
	p.t.command = "cat >/dev/null; echo end >$HOME/end";
	p.damaged = true;
	play_run(&p);
	ATF_CHECK_STREQ("deferred 4.3.0 message file is damaged", p.said);
	ATF_CHECK(p.was_damaged);
	ATF_CHECK(access("end", F_OK) < 0);
}

ATF_TC(time_limit);
ATF_TC_HEAD(time_limit, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
	atf_tc_set_md_var(tc, "timeout", "60");
}
ATF_TC_BODY(time_limit, tc)
{
	struct play p;

	play_init(&p, tc);
	p.t.op = MDA_OP_COMMAND;
	p.t.time_limit = 1;
	p.t.command = "sleep 50";
	play_run(&p);
	ATF_CHECK_STREQ("bounced 5.3.0 Command time limit exceeded: "
	    "\"sleep 50\"", p.said);
	/* Its children too, which have its output open. */
	p.t.command = "sleep 50 & sleep 50";
	play_run(&p);
	ATF_CHECK_MSG(strncmp(p.said, "bounced 5.3.0 Command time", 26) == 0,
	    "%s", p.said);
}

/* A message that a pipe does not hold, to who does not read; much output. */
ATF_TC(flood);
ATF_TC_HEAD(flood, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(flood, tc)
{
	static char text[1024 * 1024 + 1];
	struct play p;

	play_init(&p, tc);
	memset(text, 'x', sizeof(text) - 1);
	p.content = text;
	p.t.op = MDA_OP_COMMAND;
	p.t.command = "true";
	play_run(&p);
	ATF_CHECK_STREQ("sent 2.0.0 delivered to command: true", p.said);
	p.t.command = "cat; cat /dev/zero | head -c 1000000; exit 1";
	play_run(&p);
	ATF_CHECK_MSG(strncmp(p.said, "bounced 5.3.0 Command died with", 31)
	    == 0, "%s", p.said);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, outcomes);
	ATF_TP_ADD_TC(tp, environment);
	ATF_TP_ADD_TC(tp, damaged);
	ATF_TP_ADD_TC(tp, time_limit);
	ATF_TP_ADD_TC(tp, flood);
	return (atf_no_error());
}
