/* SPDX-License-Identifier: ISC */
/* The command line of sendmail(1). */
#include <atf-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/proto.h"

#include "sendmail.h"

/* Words are separated by blanks, the program's name is the first. */
static int
parse(const char *line, struct options *o, const char **why)
{
	static char copy[200], *argv[20];
	char *at = copy;
	int argc = 0;

	(void)snprintf(copy, sizeof(copy), "%s", line);
	while ((argv[argc] = strsep(&at, " ")) != NULL)
		argc++;
	return (options_parse(o, argc, argv, why));
}

static const struct {
	const char	*line;
	int		 first;		/* index of the first word behind */
	enum mode	 mode;
} modes[] = {
	{ "sendmail a", 1, MODE_SUBMIT },
	{ "/usr/sbin/sendmail -bm a", 2, MODE_SUBMIT },
	{ "mailq", 1, MODE_MAILQ },
	{ "/usr/bin/mailq -v", 2, MODE_MAILQ },
	{ "newaliases", 1, MODE_NEWALIASES },
	{ "sendmail -bp", 2, MODE_MAILQ },
	{ "sendmail -bi", 2, MODE_NEWALIASES },
	{ "sendmail -I", 2, MODE_NEWALIASES },
	{ "sendmail -bd -q1h", 3, MODE_DAEMON },
	{ "sendmail -q30m", 2, MODE_IGNORE },
	{ "sendmail -bl", 2, MODE_DAEMON },
	{ "sendmail -bs", 2, MODE_SMTP },
	{ "sendmail -bv a", 2, MODE_VERIFY },
	{ "sendmail -bh", 2, MODE_IGNORE },
	{ "sendmail -bH", 2, MODE_IGNORE },
	{ "sendmail -q", 2, MODE_FLUSH },
	{ "sendmail -qIABC", 2, MODE_FLUSH_ID },
	{ "sendmail -qRsite", 2, MODE_FLUSH_SITE },
	{ "sendmail -t -oi -oem -om -i", 6, MODE_SUBMIT },
	{ "sendmail -ti", 2, MODE_SUBMIT },
	{ "sendmail -f a@b c", 3, MODE_SUBMIT },
	{ "sendmail -fa@b c", 2, MODE_SUBMIT },
	{ "sendmail -Am -Ac -B 8BITMIME -BODY", -1, MODE_SUBMIT },
	{ "sendmail -h 5 -L tag -m -n -U -X log x", 10, MODE_SUBMIT },
	{ "sendmail -d0.1 -e m -p prot x", 6, MODE_SUBMIT },
	{ "sendmail -O foo=bar -o7 -o8 -oA /a x", 7, MODE_SUBMIT },
	{ "sendmail -- -a", 2, MODE_SUBMIT },
	{ "sendmail -", 1, MODE_SUBMIT },
	{ "sendmail -bz", -1, MODE_SUBMIT },
	{ "sendmail -bdx", -1, MODE_SUBMIT },
	{ "sendmail -qSx", -1, MODE_SUBMIT },
	{ "sendmail -qI", -1, MODE_SUBMIT },
	{ "sendmail -Z", -1, MODE_SUBMIT },
	{ "sendmail -f", -1, MODE_SUBMIT },
	{ "sendmail -N often", -1, MODE_SUBMIT },
	{ "sendmail -N never,delay", -1, MODE_SUBMIT },
	{ "sendmail -R some", -1, MODE_SUBMIT },
	{ "sendmail -XV+= a", 2, MODE_SUBMIT },
	{ "sendmail -O requiretls=maybe", -1, MODE_SUBMIT },
};

ATF_TC_WITHOUT_HEAD(mode);
ATF_TC_BODY(mode, tc)
{
	struct options o;
	const char *why;

	(void)tc;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		why = NULL;
		ATF_CHECK_EQ_MSG(modes[i].first, parse(modes[i].line, &o,
		    &why), "%s: %d", modes[i].line,
		    parse(modes[i].line, &o, &why));
		if (modes[i].first == -1)
			ATF_CHECK_MSG(why != NULL, "%s", modes[i].line);
		else
			ATF_CHECK_EQ_MSG(modes[i].mode, o.mode, "%s",
			    modes[i].line);
	}
}

static const struct {
	const char	*line;
	struct options	 want;
} values[] = {
	{ "sendmail", { .encoding = "", .envid = "" } },
	{ "sendmail -t -i -G -v", { .from_header = true, .keep_dots = true,
	    .gateway = true, .report = true } },
	{ "sendmail -oi", { .keep_dots = true } },
	{ "sendmail -f x -F y", { .sender = "x", .fullname = "y" } },
	{ "sendmail -r x", { .sender = "x" } },
	{ "sendmail -f <>", { .sender = "<>" } },
	{ "sendmail -B8BITMIME", { .encoding = "8bit" } },
	{ "sendmail -o7", { .encoding = "7bit" } },
	{ "sendmail -N success,DELAY", { .notify = DSN_NOTIFY_SUCCESS |
	    DSN_NOTIFY_DELAY } },
	{ "sendmail -Nnever -Rhdrs -Vid", { .notify = DSN_NOTIFY_NEVER,
	    .ret = 2, .envid = "id" } },
	{ "sendmail -R FULL", { .ret = 1 } },
	{ "sendmail -O smtputf8=yes", { .sendopts = SENDOPT_SMTPUTF8 } },
	{ "sendmail -O requiretls=yes", { .sendopts = SENDOPT_REQUIRETLS } },
	{ "sendmail -C /etc/x -qIABC", { .config = "/etc/x", .what = "ABC" } },
	{ "sendmail -oA/a", { .what = "/a" } },
	{ "sendmail -oA /a", { .what = "/a" } },
};

static void
same(const char *line, const char *want, const char *got)
{
	ATF_CHECK_STREQ_MSG(want != NULL ? want : "",
	    got != NULL ? got : "", "%s: %s", line, got != NULL ? got : "");
}

ATF_TC_WITHOUT_HEAD(value);
ATF_TC_BODY(value, tc)
{
	struct options o;
	const char *why;

	(void)tc;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		const struct options *w = &values[i].want;
		const char *line = values[i].line;

		ATF_CHECK_MSG(parse(line, &o, &why) > 0, "%s", line);
		ATF_CHECK_MSG(w->from_header == o.from_header &&
		    w->keep_dots == o.keep_dots && w->gateway == o.gateway &&
		    w->report == o.report && w->ret == o.ret &&
		    w->notify == o.notify && w->sendopts == o.sendopts, "%s",
		    line);
		same(line, w->sender, o.sender);
		same(line, w->fullname, o.fullname);
		same(line, w->encoding, o.encoding);
		same(line, w->envid, o.envid);
		same(line, w->what, o.what);
		same(line, w->config, o.config);
	}
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, mode);
	ATF_TP_ADD_TC(tp, value);
	return (atf_no_error());
}
