/* SPDX-License-Identifier: ISC */
/*
 * model_test - all sequences of commands up to a length, against a small
 * model of RFC 5321 that knows nothing of the code.
 *
 * The model says which code each command gets and what cleanup(8) sees. After
 * each sequence a whole message must go through as if nothing had been.
 */
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "conf/conf.h"

#include "fake.h"
#include "tx.h"

#ifdef POSTERN_ASAN
#define LENGTH	4
#else
#define LENGTH	6
#endif

/* The alphabet. */
static const struct symbol {
	const char	*name;
	const char	*bytes;
} symbols[] = {
	{ "EHLO", "EHLO c.example\r\n" },
	{ "MAIL", "MAIL FROM:<a@c.example>\r\n" },
	{ "RCPT", "RCPT TO:<alice@acc.example>\r\n" },
	{ "RCPT bad", "RCPT TO:<nobody@acc.example>\r\n" },
	{ "DATA", "DATA\r\n" },
	{ "BDAT", "BDAT 3\r\nx\r\n" },
	{ "BDAT LAST", "BDAT 3 LAST\r\ny\r\n" },
	{ "RSET", "RSET\r\n" },
	{ "VRFY", "VRFY alice\r\n" },
	{ "NOOP", "NOOP\r\n" },
	{ "bad", "FOO\r\n" },
};
#define NSYMBOLS	(sizeof(symbols) / sizeof(symbols[0]))
enum { EHLO, MAIL, RCPT, RCPT_BAD, DATA, BDAT, BDAT_LAST, RSET, VRFY, NOOP,
    BAD };

struct model {
	bool	mail;			/* between MAIL and its end */
	int	rcpts;
	enum { NO_BDAT, IN_BDAT, BAD_BDAT } bdat;
	unsigned finished, aborted;	/* messages, by cleanup */
};

static void
model_reset(struct model *m)
{
	if (m->mail && m->rcpts > 0)
		m->aborted++;
	m->mail = false;
	m->rcpts = 0;
	m->bdat = NO_BDAT;
}

static void
model_done(struct model *m)
{
	m->finished++;
	m->rcpts = 0;
	model_reset(m);
}

static int
model_bdat(struct model *m, bool last)
{
	int code = 250;

	if (!m->mail)
		return (503);
	if (m->bdat == BAD_BDAT) {
		code = 551;
	} else if (m->rcpts == 0) {
		code = 554;
		m->bdat = BAD_BDAT;
	} else {
		m->bdat = IN_BDAT;
		if (last) {
			model_done(m);
			return (250);
		}
	}
	if (last)
		model_reset(m);
	return (code);
}

/* The code of the reply; DATA: of the reply to its content, if it is read. */
static int
model_step(struct model *m, int symbol)
{
	switch (symbol) {
	case EHLO:
	case RSET:
		model_reset(m);
		return (250);
	case MAIL:
		if (m->mail)
			return (503);
		m->mail = true;
		return (250);
	case RCPT:
	case RCPT_BAD:
		if (!m->mail || m->bdat != NO_BDAT)
			return (503);
		if (symbol == RCPT_BAD)
			return (550);
		m->rcpts++;
		return (250);
	case DATA:
		if (!m->mail || m->bdat != NO_BDAT)
			return (503);
		if (m->rcpts == 0)
			return (554);
		model_done(m);
		return (250);
	case BDAT:
	case BDAT_LAST:
		return (model_bdat(m, symbol == BDAT_LAST));
	case VRFY:
		return (252);
	case NOOP:
		return (250);
	default:
		return (500);
	}
}

/* One sequence after another is fed to one session. */
static struct smtpd s;
static int seq[LENGTH];
static int length, at;
static struct model model;
static bool in_data;
static unsigned long played;
static size_t seen;
static int want;

static const char *
name(void)
{
	static char text[200];
	int i;

	text[0] = '\0';
	for (i = 0; i < length; i++)
		(void)snprintf(text + strlen(text),
		    sizeof(text) - strlen(text), " %s,", symbols[seq[i]].name);
	return (text);
}

/* The last line of the last reply. */
static int
last_code(void)
{
	const char *p = fake_said.p + seen, *nl;
	int64_t code = 0;

	while ((nl = strchr(p, '\n')) != NULL) {
		ATF_REQUIRE(nl - p >= 3 && num_parse((struct view){ p, 3 },
		    100, 999, &code));
		p = nl + 1;
	}
	seen = fake_said.n;
	return ((int)code);
}

static void
forget(void)
{
	tx_drop(&s);
	s.helo = NULL;
	s.esmtp = false;
	s.errors = s.junk = 0;
	memset(&model, 0, sizeof(model));
	fake_mail.finished = fake_mail.aborted = 0;
	buf_reset(&fake_said);
	seen = 0;
	at = 0;
}

static void
check_end(void)
{
	bool open = model.mail && model.rcpts > 0;

	ATF_REQUIRE_EQ_MSG(model.finished, fake_mail.finished, "%s: %u "
	    "messages, want %u", name(), fake_mail.finished, model.finished);
	ATF_REQUIRE_EQ_MSG(model.aborted, fake_mail.aborted, "%s: %u given "
	    "up, want %u", name(), fake_mail.aborted, model.aborted);
	ATF_REQUIRE_EQ_MSG(open, fake_mail.in_message, "%s: message open",
	    name());
	ATF_REQUIRE_EQ_MSG(model.mail, s.tx != NULL, "%s: transaction",
	    name());
	played++;
}

static bool
next_sequence(void)
{
	int i = length - 1;

	while (i >= 0 && ++seq[i] == (int)NSYMBOLS)
		seq[i--] = 0;
	return (i >= 0);
}

/* The client: check the reply, send the next command. */
static ssize_t
client(void *arg, void *p, size_t n)
{
	const char *bytes;
	int code;

	(void)arg;
	(void)n;
	if (want != 0) {
		code = last_code();
		if (code == 354 && !in_data) {
			in_data = true;
			memcpy(p, "z\r\n.\r\n", 6);
			return (6);
		}
		in_data = false;
		ATF_REQUIRE_EQ_MSG(want, code, "%s at %d: %d, want %d",
		    name(), at - 1, code, want);
	}
	if (at == length) {
		check_end();
		forget();
		if (!next_sequence())
			return (0);
	}
	s.errors = s.junk = 0;
	bytes = symbols[seq[at]].bytes;
	want = model_step(&model, seq[at++]);
	memcpy(p, bytes, strlen(bytes));
	return ((ssize_t)strlen(bytes));
}

static ssize_t
hears(void *arg, const void *p, size_t n)
{
	(void)arg;
	buf_xput(&fake_said, p, n);
	return ((ssize_t)n);
}

ATF_TC(all_sequences);
ATF_TC_HEAD(all_sequences, tc)
{
	atf_tc_set_md_var(tc, "timeout", "300");
}
ATF_TC_BODY(all_sequences, tc)
{
	static const char *const params[] = {
		"smtpd_forbid_unauth_pipelining", "no", NULL };
	unsigned long expect = 0, power = 1;

	fake_setup(params);
	fake_quiet = true;
	for (length = 1; length <= LENGTH; length++) {
		memset(seq, 0, sizeof(seq));
		fake_begin(&s, NULL);
		smtp_stream_hook(s.st, client, hears, NULL);
		want = 0;
		at = 0;
		forget();
		smtpd_talk(&s);
		smtpd_end(&s);
		power *= NSYMBOLS;
		expect += power;
	}
	ATF_CHECK_EQ_MSG(expect, played, "%lu sequences, want %lu", played,
	    expect);
	fake_teardown();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, all_sequences);
	return (atf_no_error());
}
