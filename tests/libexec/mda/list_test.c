/* SPDX-License-Identifier: ISC */
/* .forward files, aliases and :include: files: told, and acted upon. */
#include <sys/stat.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "play.h"

static void
check_entries(const struct play *p, const char *const *want, size_t n)
{
	ATF_CHECK_EQ_MSG(n, p->nentries, "%zu entries", p->nentries);
	for (size_t i = 0; i < n && i < p->nentries; i++)
		ATF_CHECK_STREQ(want[i], p->entry[i]);
}

ATF_TC(forward);
ATF_TC_HEAD(forward, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(forward, tc)
{
	static const char *const entries[] = { "address a@x", "address b",
		"command cat >out", "file /f", "include /i" };
	struct play p;

	play_init(&p, tc);
	p.t.op = MDA_OP_FORWARD;
	p.params = "recipient_delimiter = +\n";
	play_run(&p);
	ATF_CHECK(!p.found);
	ATF_CHECK_EQ(0, p.nentries);
	play_file(".forward", "# |x\na@x, \\b\n\"|cat >out\", /f\n"
	    ":include:/i\n", 0644);
	play_run(&p);
	ATF_CHECK(p.found);
	check_entries(&p, entries, 5);
	/* The one of the extension goes first. */
	play_file(".forward+ext", "c@x\n", 0600);
	play_run(&p);
	ATF_CHECK_EQ(1, p.nentries);
	ATF_CHECK_STREQ("address c@x", p.entry[0]);
	/* Without extension it is not looked for. */
	p.t.extension = "";
	play_run(&p);
	ATF_CHECK_EQ(5, p.nentries);
}

static const struct {
	const char	*label;
	mode_t		 mode;
	uid_t		 uid;
	gid_t		 gid;
	const char	*said;		/* "": trusted */
} owners[] = {
	{ "own", 0644, PLAY_UID, PLAY_UID, "" },
	{ "root's", 0644, 0, 0, "" },
	{ "own group", 0664, PLAY_UID, PLAY_UID, "" },
	{ "another's", 0644, 12345, PLAY_UID, "has bad owner" },
	{ "for all", 0646, PLAY_UID, PLAY_UID, "is world writable" },
	{ "for a group", 0664, PLAY_UID, 12345, "is group writable" },
};

ATF_TC(trust);
ATF_TC_HEAD(trust, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(trust, tc)
{
	struct play p;

	play_init(&p, tc);
	p.t.op = MDA_OP_FORWARD;
	for (size_t i = 0; i < sizeof(owners) / sizeof(owners[0]); i++) {
		const bool good = owners[i].said[0] == '\0';

		play_file(".forward", "a@x\n", 0600);
		ATF_REQUIRE(chown(".forward", owners[i].uid, owners[i].gid) ==
		    0);
		ATF_REQUIRE(chmod(".forward", owners[i].mode) == 0);
		play_run(&p);
		ATF_CHECK_MSG(p.found == good && p.nentries == good &&
		    strstr(p.said, owners[i].said) != NULL, "%s: %s",
		    owners[i].label, p.said);
	}
	ATF_REQUIRE(rename(".forward", "x") == 0);
	ATF_REQUIRE(symlink("x", ".forward") == 0);
	play_run(&p);
	ATF_CHECK_MSG(!p.found && strstr(p.said, "is a symbolic link") !=
	    NULL, "%s", p.said);
}

ATF_TC(items);
ATF_TC_HEAD(items, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(items, tc)
{
	static const struct {
		const char	*items, *said;
	} acts[] = {
		{ "0", "deferred 4.3.0 the list has just changed" },
		{ "1", "sent 2.0.0 delivered to command: cat >out" },
		{ "2", "sent 2.0.0 delivered to file: " },
		{ "3.1", "sent 2.0.0 delivered to file: " },
		{ "3.2", "deferred 4.3.0 the list has just changed" },
		{ "1.0", "deferred 4.3.0 the list has just changed" },
		{ "9", "deferred 4.3.0 the list has just changed" },
		{ "-1", "deferred 4.3.0 the list has just changed" },
		{ "1x", "deferred 4.3.0 the list has just changed" },
		{ "4", "deferred 4.3.5 cannot open include file /none: " },
		{ "5", "bounced 5.3.5 include file rel is no absolute path" },
	};
	static const char *const inside[] = { "address i@x",
		"file /tmp", "include" };
	struct play p;
	char text[4096];

	play_init(&p, tc);
	(void)snprintf(text, sizeof(text), "i@x\n%s\n",
	    play_path(&p, "file2"));
	play_file("inc", text, 0644);
	(void)snprintf(text, sizeof(text), "a@x, \"|cat >out\", %s, "
	    ":include:%s, :include:/none, :include:rel",
	    play_path(&p, "file1"), play_path(&p, "inc"));
	p.t.op = MDA_OP_LIST;
	p.t.list = view_of(text);
	p.params = arena_printf(p.arena, "command_execution_directory = %s\n",
	    play_path(&p, ""));
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		p.t.items = acts[i].items;
		play_run(&p);
		ATF_CHECK_MSG(strncmp(p.said, acts[i].said,
		    strlen(acts[i].said)) == 0, "%s: %s", acts[i].items,
		    p.said);
	}
	ATF_CHECK(strstr(play_read(&p, "out"), "body\n") != NULL);
	ATF_CHECK(strstr(play_read(&p, "file1"), "body\n") != NULL);
	ATF_CHECK(strstr(play_read(&p, "file2"), "body\n") != NULL);
	p.t.items = "3";
	play_run(&p);
	ATF_CHECK_EQ(2, p.nentries);
	ATF_CHECK_STREQ(inside[0], p.entry[0]);
	p.t.items = "";
	play_run(&p);
	ATF_CHECK_EQ(6, p.nentries);
}

ATF_TC(files);
ATF_TC_HEAD(files, tc)
{
	atf_tc_set_md_var(tc, "require.user", "root");
}
ATF_TC_BODY(files, tc)
{
	struct play p;

	play_init(&p, tc);
	p.t.op = MDA_OP_LIST;
	p.t.items = "0";
	p.t.list = view_of("/dev/null");
	play_run(&p);
	ATF_CHECK_STREQ("sent 2.0.0 delivered to file: /dev/null", p.said);
	play_file("prog", "#!/bin/sh\n", 0755);
	p.t.list = view_of(play_path(&p, "prog"));
	play_run(&p);
	ATF_CHECK_MSG(strncmp(p.said, "bounced 5.7.1 cannot append message "
	    "to file ", 44) == 0, "%s", p.said);
	/* It may be written, but nothing made beside it. */
	ATF_REQUIRE(mkdir("shut", 0755) == 0);
	play_file("shut/file", "", 0600);
	p.t.list = view_of(play_path(&p, "shut/file"));
	play_run(&p);
	ATF_CHECK_MSG(strncmp(p.said, "sent 2.0.0 delivered to file: ", 30) ==
	    0, "%s", p.said);
	p.t.list = view_of("/etc/passwd");
	play_run(&p);
	ATF_CHECK_MSG(strstr(p.said, "Permission denied") != NULL, "%s",
	    p.said);
	p.t.list = view_of(play_path(&p, "md/"));
	play_run(&p);
	ATF_CHECK_STREQ("sent 2.0.0 delivered to maildir", p.said);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, forward);
	ATF_TP_ADD_TC(tp, trust);
	ATF_TP_ADD_TC(tp, items);
	ATF_TP_ADD_TC(tp, files);
	return (atf_no_error());
}
