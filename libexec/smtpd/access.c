/* SPDX-License-Identifier: ISC */
/*
 * access - what a value of an access table means: access(5).
 *
 * Verbs are rows. What is no verb is a list of restrictions.
 */
#include <string.h>

#include "address/address.h"
#include "base/log.h"
#include "conf/conf.h"
#include "smtp/reply.h"

#include "judge.h"
#include "log.h"
#include "setup.h"
#include "tx.h"

/* All about one result. */
struct found {
	struct judge	*j;
	const char	*table, *name, *class;
	struct view	 text;		/* behind the verb */
};

static const char *
text_or(const struct found *f, const char *dflt)
{
	if (f->text.n == 0)
		return (dflt);
	return (arena_strn(f->j->s->line, f->text.p, f->text.n));
}

/*
 * The detail of X.1.N depends on whose address it is (RFC 3463 3.2): what a
 * table says of a sender may have been written with recipients in mind.
 */
static const char *
fitting_dsn(struct found *f, struct view dsn)
{
	static const struct {
		const char *class, *from, *to;
	} rows[] = {
		{ CLASS_SENDER, "1.1", "1.7" }, { CLASS_SENDER, "1.2", "1.8" },
		{ CLASS_SENDER, "1.3", "1.7" }, { CLASS_SENDER, "1.4", "1.7" },
		{ CLASS_SENDER, "1.5", "1.0" }, { CLASS_SENDER, "1.6", "1.7" },
		{ CLASS_RCPT, "1.7", "1.3" }, { CLASS_RCPT, "1.8", "1.2" },
	};
	struct view tail = view_sub(dsn, 2, dsn.n);
	bool address = strcmp(f->class, CLASS_SENDER) == 0 ||
	    strcmp(f->class, CLASS_RCPT) == 0;
	size_t i;

	if (!address && view_starts(tail, "1."))
		return (arena_printf(f->j->s->line, "%c.0.0", dsn.p[0]));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strcmp(f->class, rows[i].class) == 0 &&
		    view_eq(tail, rows[i].from))
			return (arena_printf(f->j->s->line, "%c.%s",
			    dsn.p[0], rows[i].to));
	}
	return (arena_strn(f->j->s->line, dsn.p, dsn.n));
}

/* Take "X.Y.Z " off the text; the default if there is none. */
static const char *
take_dsn(struct found *f, const char *dflt)
{
	size_t n = 0;
	int class;

	for (class = '2'; class <= '5' && n == 0; class++)
		n = smtp_dsn_parse(f->text, class);
	if (n == 0)
		return (dflt);
	dflt = fitting_dsn(f, view_sub(f->text, 0, n));
	f->text = view_trim(view_sub(f->text, n, f->text.n));
	return (dflt);
}

static enum check
refused(struct found *f, int code, const char *dsn, const char *dflt)
{
	dsn = take_dsn(f, dsn);
	return (judge_reject(f->j, f->class, code, dsn,
	    "<%s>: %s rejected: %s", f->name, f->class, text_or(f, dflt)));
}

static enum check
do_reject(struct found *f)
{
	return (refused(f, (int)cf->access_map_reject_code, "5.7.1",
	    "Access denied"));
}

static enum check
do_defer(struct found *f)
{
	return (refused(f, (int)cf->access_map_defer_code, "4.7.1",
	    "Access denied"));
}

static enum check
do_defer_if_permit(struct found *f)
{
	const char *dsn = take_dsn(f, "4.7.1");

	return (judge_defer_if_permit(f->j, f->class,
	    (int)cf->access_map_defer_code, dsn, "<%s>: %s rejected: %s",
	    f->name, f->class, text_or(f, "Service unavailable")));
}

static enum check
do_defer_if_reject(struct found *f)
{
	struct deferral *was = f->j->if_permit;
	enum check result;

	/* The same, but it is remembered elsewhere. */
	f->j->if_permit = &f->j->if_reject;
	result = do_defer_if_permit(f);
	f->j->if_permit = was;
	return (result);
}

static enum check
do_ok(struct found *f)
{
	(void)f;
	return (CHECK_OK);
}

static enum check
do_dunno(struct found *f)
{
	(void)f;
	return (CHECK_DUNNO);
}

/* These concern a message; is there one? */
static bool
has_message(const struct found *f, const char *action)
{
	if (f->j->s->tx != NULL)
		return (true);
	log_warn("access table %s: with smtpd_delay_reject = no action %s is "
	    "always skipped in client and helo restrictions", f->table,
	    action);
	return (false);
}

static void
say(const struct found *f, const char *what, const char *text)
{
	log_action(f->j->s, what, f->j->rcpt != NULL ?
	    log_address(f->j->s, f->j->rcpt) : NULL,
	    arena_printf(f->j->s->line, "<%s>: %s %s", f->name, f->class,
	    text));
}

static enum check
do_hold(struct found *f)
{
	if (has_message(f, "HOLD")) {
		say(f, "hold", text_or(f, "triggers HOLD action"));
		f->j->s->tx->flags |= MAIL_FLAG_HOLD;
	}
	return (CHECK_DUNNO);
}

static enum check
do_discard(struct found *f)
{
	if (!has_message(f, "DISCARD"))
		return (CHECK_DUNNO);
	say(f, "discard", text_or(f, "triggers DISCARD action"));
	f->j->s->tx->flags |= MAIL_FLAG_DISCARD;
	return (CHECK_OK);
}

static enum check
malformed(const struct found *f, const char *need)
{
	log_warn("access table %s entry \"%s\" requires %s", f->table,
	    f->name, need);
	return (CHECK_DUNNO);
}

static enum check
do_filter(struct found *f)
{
	struct tx *t = f->j->s->tx;

	if (view_chr(f->text, ':') <= 0)
		return (malformed(f, "transport:destination"));
	if (!has_message(f, "FILTER"))
		return (CHECK_DUNNO);
	t->filter = arena_strn(t->arena, f->text.p, f->text.n);
	say(f, "filter", arena_printf(f->j->s->line, "triggers FILTER %s",
	    t->filter));
	return (CHECK_DUNNO);
}

static enum check
do_redirect(struct found *f)
{
	struct tx *t = f->j->s->tx;

	if (view_chr(f->text, '@') < 0)
		return (malformed(f, "user@domain target"));
	if (!has_message(f, "REDIRECT"))
		return (CHECK_DUNNO);
	t->redirect = arena_strn(t->arena, f->text.p, f->text.n);
	say(f, "redirect", arena_printf(f->j->s->line,
	    "triggers REDIRECT %s", t->redirect));
	return (CHECK_DUNNO);
}

static enum check
do_bcc(struct found *f)
{
	struct tx *t = f->j->s->tx;
	const char *addr = text_or(f, "");

	if (view_chr(f->text, '@') < 0)
		return (malformed(f, "user@domain target"));
	if (f->j->stage == STAGE_EOD) {
		log_warn("access table %s: action BCC must be used before %s",
		    f->table, "END-OF-MESSAGE");
		return (CHECK_DUNNO);
	}
	if (!has_message(f, "BCC"))
		return (CHECK_DUNNO);
	say(f, "bcc", arena_printf(f->j->s->line, "triggers BCC %s", addr));
	tx_list_add(t, &t->bcc, addr);
	return (CHECK_DUNNO);
}

/* "name: value", the name without white space. */
static bool
is_header(struct view v)
{
	ptrdiff_t colon = view_chr(v, ':'), i;

	for (i = 0; i < colon; i++) {
		if (v.p[i] <= ' ' || v.p[i] == 0x7f)
			return (false);
	}
	return (colon > 0);
}

static enum check
do_prepend(struct found *f)
{
	struct tx *t = f->j->s->tx;

	if (f->j->stage == STAGE_EOD) {
		log_warn("access table %s: action PREPEND must be used before "
		    "%s", f->table, "END-OF-MESSAGE");
		return (CHECK_DUNNO);
	}
	if (!is_header(f->text))
		return (malformed(f, "header: text"));
	if (has_message(f, "PREPEND"))
		tx_list_add(t, &t->prepend, text_or(f, ""));
	return (CHECK_DUNNO);
}

static enum check
do_log(struct found *f, const char *what)
{
	log_action(f->j->s, what, f->j->rcpt != NULL ?
	    log_address(f->j->s, f->j->rcpt) : NULL, text_or(f, ""));
	return (CHECK_DUNNO);
}

static enum check
do_warn(struct found *f)
{
	return (do_log(f, "warn"));
}

static enum check
do_info(struct found *f)
{
	return (do_log(f, "info"));
}

static const struct {
	const char	*verb;
	enum check	(*run)(struct found *f);
} verbs[] = {
	{ "OK", do_ok }, { "RELAY", do_ok }, { "DUNNO", do_dunno },
	{ "REJECT", do_reject }, { "DEFER", do_defer },
	{ "DEFER_IF_PERMIT", do_defer_if_permit },
	{ "DEFER_IF_REJECT", do_defer_if_reject }, { "HOLD", do_hold },
	{ "DISCARD", do_discard }, { "FILTER", do_filter },
	{ "REDIRECT", do_redirect }, { "BCC", do_bcc },
	{ "PREPEND", do_prepend }, { "WARN", do_warn }, { "INFO", do_info },
};

static bool
all_digits(struct view v)
{
	size_t i;

	for (i = 0; i < v.n; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return (false);
	}
	return (v.n > 0);
}

/* "4NN" or "5NN". */
static int
reply_code(struct view v)
{
	bool last;

	if (v.n != 3 || (v.p[0] != '4' && v.p[0] != '5'))
		return (0);
	return (smtp_reply_code(v, &last));
}

enum check
access_result(struct judge *j, const char *table, const char *value,
    const char *name, const char *class)
{
	struct found f = { .j = j, .table = table, .class = class };
	struct view all, verb;
	const struct rlist *list;
	const char *was;
	enum check result;
	size_t i;
	int code;

	/* The next lookup will overwrite the value. */
	all = view_trim(view_of(arena_str(j->s->line, value)));
	f.name = arena_str(j->s->line, name);
	if (all_digits(all))
		return (CHECK_OK);
	f.text = all;
	verb = view_word(&f.text, " \t");
	f.text = view_trim(f.text);
	if ((code = reply_code(verb)) != 0)
		return (refused(&f, code, code < 500 ? "4.7.1" : "5.7.1",
		    "Access denied"));
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (view_ieq(verb, verbs[i].verb))
			return (verbs[i].run(&f));
	}
	list = judge_words(j, arena_strn(j->s->line, all.p, all.n), table);
	if (list == NULL)
		return (judge_misconfigured(j, NULL, NULL));
	was = j->class;
	j->class = class;
	result = judge_list(j, list);
	j->class = was;
	return (result);
}
