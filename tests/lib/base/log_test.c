/* SPDX-License-Identifier: ISC */
/* log_test - what a line looks like, and how a process ends. */
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "die.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static char got[LOG_LINE_MAX + 1];
static size_t got_n;
static enum log_level got_level;
static int got_lines;

static void
keep(enum log_level level, const char *line, size_t n)
{
	ATF_REQUIRE(n <= LOG_LINE_MAX);
	memcpy(got, line, n);
	got[n] = '\0';
	got_n = n;
	got_level = level;
	got_lines++;
	errno = ENOTTY;			/* a sink may do anything to it */
}

static void
fail(void *arg)
{
	fatal("cannot %s", (const char *)arg);
}

static void
bug(void *arg)
{
	must(strcmp(arg, "good") == 0);
}

ATF_TC_WITHOUT_HEAD(lines);
ATF_TC_BODY(lines, tc)
{
	static const struct {
		void (*fn)(const char *, ...)
		    __attribute__((format(printf, 1, 2)));
		enum log_level level;
		const char *want;
	} cases[] = {
		{ log_info, LOG_L_INFO, "1 of one" },
		{ log_warn, LOG_L_WARN, "warning: 1 of one" },
		{ log_error, LOG_L_ERROR, "error: 1 of one" },
		{ log_debug, LOG_L_INFO, "1 of one" },
	};
	size_t i;

	log_open("postfix/test", keep);
	ATF_CHECK_STREQ("postfix/test", log_tag());
	log_verbose(1);
	for (i = 0; i < COUNT(cases); i++) {
		cases[i].fn("%d of %s", 1, "one");
		ATF_CHECK_STREQ(cases[i].want, got);
		ATF_CHECK_EQ(cases[i].level, got_level);
		ATF_CHECK_EQ(strlen(got), got_n);
		ATF_CHECK_EQ((int)i + 1, got_lines);
	}
	log_verbose(0);
	log_debug("%s", "unwanted");
	ATF_CHECK_EQ((int)COUNT(cases), got_lines);
}

ATF_TC_WITHOUT_HEAD(error_number);
ATF_TC_BODY(error_number, tc)
{
	log_open("test", keep);
	errno = ENOENT;
	log_info("file: %m");
	ATF_CHECK_EQ(ENOENT, errno);
	ATF_CHECK_STREQ("file: No such file or directory", got);
	log_warn("file: %m");
	ATF_CHECK_EQ(ENOENT, errno);
	ATF_CHECK_STREQ("warning: file: No such file or directory", got);
}

ATF_TC_WITHOUT_HEAD(long_lines);
ATF_TC_BODY(long_lines, tc)
{
	static char text[3 * LOG_LINE_MAX];

	log_open("test", keep);
	memset(text, 'x', sizeof(text) - 1);
	log_info("%s", text);
	ATF_CHECK_EQ(LOG_LINE_MAX, got_n);
	log_warn("%s", text);
	ATF_CHECK_EQ(LOG_LINE_MAX, got_n);
	text[LOG_LINE_MAX] = '\0';
	log_info("%s", text);
	ATF_CHECK_EQ(LOG_LINE_MAX, got_n);
	ATF_CHECK_STREQ(text, got);
	text[LOG_LINE_MAX - 1] = '\0';
	log_info("%s", text);
	ATF_CHECK_EQ(LOG_LINE_MAX - 1, got_n);
	/* The cut goes through an e with an accent. */
	log_info("%s\xc3\xa9", text);
	ATF_CHECK_EQ(LOG_LINE_MAX, got_n);
	ATF_CHECK_EQ('?', got[LOG_LINE_MAX - 1]);
}

ATF_TC_WITHOUT_HEAD(foreign_text);
ATF_TC_BODY(foreign_text, tc)
{
	log_open("test", keep);
	log_info("client <%s>", "a\r\nfatal: b\x1b[2J");
	ATF_CHECK_STREQ("client <a??fatal: b?[2J>", got);
	(void)dies(LOG_L_FATAL, "", fail, (void *)(uintptr_t)"a\nb");
	ATF_CHECK_STREQ("fatal: cannot a?b", got);
}

ATF_TC_WITHOUT_HEAD(printable_text);
ATF_TC_BODY(printable_text, tc)
{
	static const struct {
		const char *label, *text, *want;
	} cases[] = {
		{ "ASCII", " azAZ09~", " azAZ09~" },
		{ "controls", "\x01\t\n\r\x1f\x7f", "??????" },
		{ "2 bytes", "\xc3\xa9", "\xc3\xa9" },
		{ "first of 2 bytes", "\xc2\xa0", "\xc2\xa0" },
		{ "last of 2 bytes", "\xdf\xbf", "\xdf\xbf" },
		{ "C1 controls", "\xc2\x80\xc2\x9f", "????" },
		{ "overlong 2", "\xc0\xaf\xc1\xbf", "????" },
		{ "first of 3 bytes", "\xe0\xa0\x80", "\xe0\xa0\x80" },
		{ "last of 3 bytes", "\xef\xbf\xbf", "\xef\xbf\xbf" },
		{ "overlong 3", "\xe0\x9f\xbf", "???" },
		{ "before surrogates", "\xed\x9f\xbf", "\xed\x9f\xbf" },
		{ "surrogate", "\xed\xa0\x80", "???" },
		{ "after surrogates", "\xee\x80\x80", "\xee\x80\x80" },
		{ "first of 4 bytes", "\xf0\x90\x80\x80",
		    "\xf0\x90\x80\x80" },
		{ "last of all", "\xf4\x8f\xbf\xbf", "\xf4\x8f\xbf\xbf" },
		{ "overlong 4", "\xf0\x8f\xbf\xbf", "????" },
		{ "above all", "\xf4\x90\x80\x80", "????" },
		{ "5 bytes", "\xf8\x88\x80\x80\x80", "?????" },
		{ "never a byte", "\xfe\xff", "??" },
		{ "continuation alone", "a\x80z", "a?z" },
		{ "cut 2", "a\xc3", "a?" },
		{ "cut 3", "a\xe2\x82", "a??" },
		{ "cut 4", "a\xf0\x9f\x98", "a???" },
		{ "broken by ASCII", "\xe2\x82z", "??z" },
		{ "broken by a start", "\xe2\xc3\xa9", "?\xc3\xa9" },
		{ "nothing", "", "" },
	};
	size_t i;
	char text[20];

	for (i = 0; i < COUNT(cases); i++) {
		size_t n = strlen(cases[i].text);

		memcpy(text, cases[i].text, n + 1);
		printable(text, n);
		ATF_CHECK_STREQ_MSG(cases[i].want, text, "%s: \"%s\"",
		    cases[i].label, text);
		/* What is printable stays as it is. */
		printable(text, n);
		ATF_CHECK_STREQ_MSG(cases[i].want, text, "%s: again",
		    cases[i].label);
	}
	memcpy(text, "a\0b", 4);
	printable(text, 3);
	ATF_CHECK_STREQ("a?b", text);
	/* Bytes behind the end do not complete a sequence, nor change. */
	memcpy(text, "\xc3\xa9\n", 4);
	printable(text, 1);
	ATF_CHECK_STREQ("?\xa9\n", text);
}

ATF_TC_WITHOUT_HEAD(hook);
ATF_TC_BODY(hook, tc)
{
	log_open("test", keep);
	ATF_CHECK(dies(LOG_L_FATAL, "cannot go on", fail,
	    (void *)(uintptr_t)"go on"));
	ATF_CHECK_STREQ("fatal: cannot go on", got);
	ATF_CHECK_EQ(LOG_L_FATAL, got_level);
	ATF_CHECK_STREQ("cannot go on", die_text);
	ATF_CHECK(dies(LOG_L_PANIC, "strcmp(arg, \"good\") == 0", bug,
	    (void *)(uintptr_t)"bad"));
	ATF_CHECK_EQ(LOG_L_PANIC, got_level);
	ATF_CHECK(strncmp(got, "panic: ", 7) == 0);
	ATF_CHECK(!dies(LOG_L_PANIC, "", bug, (void *)(uintptr_t)"good"));
}

/* Call fn(arg) in a child; its wait status, and its stderr in text[]. */
static int
run(void (*fn)(void *), const char *arg, char *text, size_t room)
{
	int status, p[2];
	size_t n = 0;
	ssize_t more;
	pid_t pid;

	fflush(NULL);
	ATF_REQUIRE(pipe(p) == 0);
	ATF_REQUIRE((pid = fork()) != -1);
	if (pid == 0) {
		(void)dup2(p[1], STDERR_FILENO);
		fn((void *)(uintptr_t)arg);
		_exit(0);
	}
	(void)close(p[1]);
	while ((more = read(p[0], text + n, room - 1 - n)) > 0)
		n += (size_t)more;
	text[n] = '\0';
	(void)close(p[0]);
	ATF_REQUIRE(waitpid(pid, &status, 0) == pid);
	return (status);
}

static void
fail_in_sink(enum log_level level, const char *line, size_t n)
{
	log_stderr(level, line, n);
	fatal("no way to log");
}

static void
fail_twice(void *arg)
{
	log_open("test", fail_in_sink);
	fail(arg);
}

static void
fail_as_command(void *arg)
{
	log_open("postthing", NULL);
	log_exit_status(1);
	fail(arg);
}

static void
warn_once(void *arg)
{
	log_open(NULL, NULL);
	log_warn("%s", (char *)arg);
}

ATF_TC_WITHOUT_HEAD(ends);
ATF_TC_BODY(ends, tc)
{
	char text[LOG_LINE_MAX * 2];
	int status;

	status = run(fail, "go on", text, sizeof(text));
	ATF_CHECK(WIFEXITED(status));
	ATF_CHECK_EQ(75, WEXITSTATUS(status));
	ATF_CHECK_STREQ("log_test: fatal: cannot go on\n", text);

	status = run(fail_as_command, "open", text, sizeof(text));
	ATF_CHECK(WIFEXITED(status));
	ATF_CHECK_EQ(1, WEXITSTATUS(status));
	ATF_CHECK_STREQ("postthing: fatal: cannot open\n", text);

	status = run(bug, "bad", text, sizeof(text));
	ATF_CHECK(WIFSIGNALED(status));
	ATF_CHECK_EQ(SIGABRT, WTERMSIG(status));
	ATF_CHECK(strncmp(text, "log_test: panic: ", 17) == 0);

	status = run(warn_once, "x", text, sizeof(text));
	ATF_CHECK(WIFEXITED(status));
	ATF_CHECK_EQ(0, WEXITSTATUS(status));
	ATF_CHECK_STREQ("log_test: warning: x\n", text);

	/* A sink that cannot log either does not bring us into a loop. */
	status = run(fail_twice, "go on", text, sizeof(text));
	ATF_CHECK(WIFEXITED(status));
	ATF_CHECK_EQ(75, WEXITSTATUS(status));
	ATF_CHECK_STREQ("test: fatal: cannot go on\n", text);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, lines);
	ATF_TP_ADD_TC(tp, error_number);
	ATF_TP_ADD_TC(tp, long_lines);
	ATF_TP_ADD_TC(tp, foreign_text);
	ATF_TP_ADD_TC(tp, printable_text);
	ATF_TP_ADD_TC(tp, hook);
	ATF_TP_ADD_TC(tp, ends);
	return (atf_no_error());
}
