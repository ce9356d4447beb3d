/* SPDX-License-Identifier: ISC */
/*
 * What local(8) decides, with a warrant(8), users and files that are tables
 * of the test. Each thing that is done is a word of "did".
 */
#include <atf-c.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address/address.h"
#include "base/log.h"
#include "base/num.h"
#include "broker/role.h"
#include "local_in.h"

static char did[65536];

static void	note(const char *, ...) __attribute__((format(printf, 1, 2)));

static void
note(const char *fmt, ...)
{
	size_t n = strlen(did);
	va_list ap;

	va_start(ap, fmt);
	if (n > 0 && n < sizeof(did) - 1)
		did[n++] = '\n';
	(void)vsnprintf(did + n, sizeof(did) - n, fmt, ap);
	va_end(ap);
}

/* Failures, from the log; warnings are not compared. */
static void
sink(enum log_level level, const char *line, size_t n)
{
	const char *at = memmem(line, n, "to=<", 4), *open;

	(void)level;
	if (at == NULL || (open = strchr(at, '(')) == NULL ||
	    strstr(at, "status=sent") != NULL)
		return;
	note("%s %.*s %.5s", strstr(at, "status=bounced") != NULL ? "bounced" :
	    "deferred", (int)(strchr(at, '>') - at) - 4, at + 4,
	    strstr(at, "dsn=") + 4);
	note("  %.*s", (int)strlen(open) - 2, open + 1);
}

/* The roles around it -------------------------------------------------------- */

const char *
role_service(void)
{
	return ("local");
}

int
role_table_fd(const char *spec)
{
	(void)spec;
	return (-1);
}

static const char *const users[] = { "alice", "bob", "carol", "dave", "loop",
	"gone", NULL };

static const struct {
	const char	*user, *text;	/* NULL: not to be trusted */
} forwards[] = {
	{ "carol", "carol, x@remote.example\n# no\n\"|cmd a\"\n" },
	{ "dave", "" },
	{ "loop", "list" },
	{ "gone", NULL },
};

static const struct {
	const char	*path, *text;
} includes[] = {
	{ "/members", "bob\ni@remote.example, \"|evil\"\n/file\n" },
	{ "/nested", ":include:/members, alice\n" },
	{ "/self", ":include:/self\n" },
};

void
launch_mail(struct msg_launch_mail *m, const struct agent_request *r,
    const struct agent_rcpt *rcpt, const char *delivered_to)
{
	(void)r;
	*m = (struct msg_launch_mail){ .recipient = rcpt->addr,
		.orig_recipient = rcpt->orig, .delivered_to = delivered_to };
}

static void
ok(struct launch_answer *out, const char *reason)
{
	*out = (struct launch_answer){ .status = LAUNCH_STARTED,
		.found = true, .res = { .outcome = OUTCOME_SENT,
		    .dsn = "2.0.0", .action = "delivered",
		    .reason = reason } };
}

static struct view
text_of(const char *path)
{
	for (size_t i = 0; i < sizeof(includes) / sizeof(includes[0]); i++)
		if (strcmp(includes[i].path, path) == 0)
			return (view_of(includes[i].text));
	atf_tc_fail("no file %s", path);
}

/* Entries of a list, or what is done with one of them. */
static void
follow(struct agent_request *r, struct view text, bool lines,
    const char *items, const char *who, const struct msg_launch_mail *m,
    struct launch_answer *out)
{
	struct view rest = view_of(items), word;
	struct entry *e;
	const char *why;
	int64_t i;
	size_t n;

	ok(out, "");
	ATF_REQUIRE_EQ(0, entry_list(r->arena, text, lines, 100, &e, &n,
	    &why));
	while (view_field(&rest, '.', &word) && word.n > 0) {
		ATF_REQUIRE(num_parse(word, 0, (int64_t)n - 1, &i));
		if (e[i].type != MDA_INCLUDE) {
			note("%s %s as %s for %s delivered-to <%s>",
			    e[i].type == MDA_COMMAND ? "command" : "file",
			    e[i].text, who, m->recipient, m->delivered_to);
			return;
		}
		ATF_REQUIRE_EQ(0, entry_list(r->arena, text_of(e[i].text),
		    true, 100, &e, &n, &why));
	}
	out->entry = arena_array(r->arena, n + 1, sizeof(*out->entry));
	out->nentries = n;
	for (size_t k = 0; k < n; k++)
		out->entry[k] = (struct launch_entry){ e[k].type, (uint32_t)k,
			e[k].text };
}

static void
as_user(struct agent_request *r, const struct msg_launch_mail *m,
    const struct msg_launch_user *u, struct launch_answer *out)
{
	size_t i;

	for (i = 0; users[i] != NULL && strcmp(users[i], u->login) != 0; i++)
		;
	if (users[i] == NULL) {
		*out = (struct launch_answer){ .status = LAUNCH_UNKNOWN,
			.res = { .outcome = OUTCOME_BOUNCED, .dsn = "5.1.1",
			    .reason = "unknown user" } };
		return;
	}
	ok(out, "delivered to mailbox");
	if (u->op == LAUNCH_MAILBOX) {
		note("mailbox %s+%s for %s delivered-to <%s>", u->login,
		    u->extension, m->recipient, m->delivered_to);
		return;
	}
	for (i = 0; i < sizeof(forwards) / sizeof(forwards[0]); i++) {
		if (strcmp(forwards[i].user, u->login) != 0)
			continue;
		if (forwards[i].text != NULL) {
			follow(r, view_of(forwards[i].text), true, u->items,
			    u->login, m, out);
			return;
		}
		out->res.reason = "file /x is world writable";
	}
	out->found = false;
}

void
launch(struct agent_request *r, const struct msg_launch_mail *m,
    enum verb verb, const void *what, uint32_t limit,
    struct launch_answer *out)
{
	const struct msg_launch_alias *al = what;
	const char *value;

	ATF_CHECK_EQ(1000, limit);
	if (verb == V_launch_user) {
		as_user(r, m, what, out);
		return;
	}
	ATF_REQUIRE_EQ(V_launch_alias, verb);
	ATF_REQUIRE(al->map < setup.naliases);
	ATF_REQUIRE_EQ_MSG(1, table_lookup(setup.alias[al->map], al->key,
	    &value), "%s is not in table %u", al->key, al->map);
	follow(r, view_of(arena_str(r->arena, value)), false, al->items,
	    "owner", m, out);
}

const char *
resolve_complete(struct job *j, const char *addr)
{
	return (strchr(addr, '@') != NULL ? addr :
	    arena_printf(j->a, "%s@here.example", addr));
}

bool
resolve(struct job *j, const char *addr, struct resolved *out)
{
	bool here;

	addr = resolve_complete(j, addr);
	here = strstr(addr, "@here.example") != NULL;
	*out = (struct resolved){ here ? RESOLVE_FINAL | RESOLVE_CLASS_LOCAL :
	    RESOLVE_CLASS_DEFAULT, here ? "local" : "smtp", "x", addr };
	if (strcmp(addr, "bad@here.example") == 0)
		out->flags |= RESOLVE_ERROR;
	return (strcmp(addr, "later@here.example") != 0);
}

void
post_add(struct job *j, const struct who *w, const char *addr)
{
	(void)j;
	note("post <%s> %s", w->sender, addr);
}

bool
pass(struct job *j, const struct who *w, const char *transport)
{
	const struct agent_result res = { .outcome = OUTCOME_SENT,
		.dsn = "2.0.0" };

	if (strchr(transport, ':') == NULL)
		return (false);
	note("pass %s %s", transport, w->addr);
	job_merge(j, w, &res);
	return (true);
}

/* The cases -------------------------------------------------------------------- */

static const char *const conf[] = { "recipient_delimiter", "+",
	"alias_maps", "inline:{ { dup = fromtwo } { extra+x = alice } } "
	"inline:{ { list = alice, bob, x@remote.example } "
	"{ dup = nobody } { nested = list, alice, dup } { fromtwo = bob } "
	"{ self = self, bob } { alice = alice, y@remote.example } "
	"{ cmd = \"|run it\" } { file = /var/log/x } { extra = x@remote.example } "
	"{ incl = :include:/members } { deep = :include:/nested } "
	"{ recl = :include:/self } { loopa = loopb } { loopb = loopa } "
	"{ owned = bob, x@remote.example } { owner-owned = carol } "
	"{ parent = child, bob } { owner-parent = carol } "
	"{ child = dave, x@remote.example } "
	"{ empty = , } { bad = bad } { later = bob, later } { un = nobody } "
	"{ twice = \"|run it\", \"|run it\" } { to-gone = gone } }", NULL };

static void
configure(struct arena *a, const char *const *first,
    const char *const *second)
{
	static struct params params;
	struct conf *c = conf_new(a, "/nonexistent");
	struct conf_error e;

	for (; first != NULL && *first != NULL; first += 2)
		conf_set(c, first[0], first[1]);
	for (; second != NULL && *second != NULL; second += 2)
		conf_set(c, second[0], second[1]);
	if (conf_params(c, CONF_EVERYTHING, &params, &e) < 0)
		atf_tc_fail("%s", e.text);
	cf = &params;
	setup_init();
}

static enum outcome
one(const char *addr, const char *sender, const char *header)
{
	struct arena *a = arena_new(0);
	struct agent_rcpt rcpt = { .addr = addr, .orig = "", .dsn_orcpt = "" };
	struct agent_request r = { .arena = a, .rcpt = &rcpt, .nrcpt = 1,
		.m = { .sender = sender, .queue_id = "4ABC",
		    .content_length = strlen(header) } };
	struct job j = { .r = &r, .rcpt = &rcpt, .a = a };
	enum outcome outcome;
	struct who w;

	r.fd = open("content", O_RDWR | O_CREAT | O_TRUNC, 0600);
	ATF_REQUIRE_EQ((ssize_t)strlen(header), write(r.fd, header,
	    strlen(header)));
	did[0] = '\0';
	who_init(&w, &j, NULL, addr);
	j.seen = seen_new(a, (size_t)cf->duplicate_filter_limit);
	deliver(&j, &w);
	outcome = j.any ? j.fate.outcome : OUTCOME_SENT;
	close(r.fd);
	arena_free(&a);
	return (outcome);
}

struct row {
	const char		*addr, *did;
	enum outcome		 outcome;
	const char		*set[7];
};

static void
play(const struct row *rows, size_t n)
{
	log_open("local", sink);
	for (size_t i = 0; i < n; i++) {
		struct arena *a = arena_new(0);
		enum outcome got;

		configure(a, conf, rows[i].set);
		got = one(rows[i].addr, "s@sender.example", "Subject: x\n\n");
		ATF_CHECK_EQ_MSG(rows[i].outcome, got, "%s: %d", rows[i].addr,
		    (int)got);
		ATF_CHECK_MSG(strcmp(rows[i].did, did) == 0,
		    "%s:\n%s\n--- want\n%s", rows[i].addr, did, rows[i].did);
		setup_fini();
		arena_free(&a);
	}
}

#define PLAY(rows)	play(rows, sizeof(rows) / sizeof((rows)[0]))
#define BOX(u, to, rcpt) "mailbox " u "+ for " to \
	"@here.example delivered-to <" rcpt "@here.example>"

ATF_TC_WITHOUT_HEAD(aliases);
ATF_TC_BODY(aliases, tc)
{
	static const struct row rows[] = {
		{ "bob@here.example", BOX("bob", "bob", "bob"), OUTCOME_SENT,
		    { NULL } },
		{ "Bob@HERE.example", "mailbox bob+ for Bob@HERE.example "
		    "delivered-to <Bob@HERE.example>", OUTCOME_SENT,
		    { NULL } },
		{ "list@here.example", BOX("alice", "alice", "list") "\n"
		    "post <s@sender.example> y@remote.example\n"
		    BOX("bob", "bob", "list") "\n"
		    "post <s@sender.example> x@remote.example", OUTCOME_SENT,
		    { NULL } },
		/* The first table wins; a user once. */
		{ "nested@here.example", BOX("alice", "alice", "nested") "\n"
		    "post <s@sender.example> y@remote.example\n"
		    BOX("bob", "bob", "nested") "\n"
		    "post <s@sender.example> x@remote.example", OUTCOME_SENT,
		    { NULL } },
		/* Its own name: the user, which is not there. */
		{ "self@here.example", "bounced self@here.example 5.1.1\n"
		    "  unknown user: \"self\"\n" BOX("bob", "bob", "self"),
		    OUTCOME_BOUNCED, { NULL } },
		{ "alice@here.example", BOX("alice", "alice", "alice") "\n"
		    "post <s@sender.example> y@remote.example", OUTCOME_SENT,
		    { NULL } },
		{ "nobody@here.example", "bounced nobody@here.example 5.1.1\n"
		    "  unknown user: \"nobody\"", OUTCOME_BOUNCED, { NULL } },
		{ "un@here.example", "bounced nobody@here.example 5.1.1\n"
		    "  unknown user: \"nobody\"", OUTCOME_BOUNCED, { NULL } },
		{ "loopa@here.example", "bounced loopb@here.example 5.4.6\n"
		    "  possible alias database loop for loopb@here.example",
		    OUTCOME_BOUNCED, { NULL } },
		{ "empty@here.example", "deferred empty@here.example 4.3.0\n"
		    "  alias database unavailable", OUTCOME_DEFERRED,
		    { NULL } },
		{ "bad@here.example", "bounced bad@here.example 5.1.3\n"
		    "  bad recipient address syntax: bad", OUTCOME_BOUNCED,
		    { NULL } },
		/* A part that has to wait: all of it comes again. */
		{ "later@here.example", BOX("bob", "bob", "later") "\n"
		    "deferred later@here.example 4.3.0\n"
		    "  address resolver failure", OUTCOME_DEFERRED,
		    { NULL } },
		{ "mailer-daemon@here.example", "", OUTCOME_SENT, { NULL } },
	};

	PLAY(rows);
}

ATF_TC_WITHOUT_HEAD(extensions);
ATF_TC_BODY(extensions, tc)
{
	static const struct row rows[] = {
		{ "bob+x@here.example", "mailbox bob+x for bob+x@here.example "
		    "delivered-to <bob+x@here.example>", OUTCOME_SENT,
		    { NULL } },
		/* The longer key first; what no key had is not passed on. */
		{ "extra+x@here.example", BOX("alice", "alice", "extra+x") "\n"
		    "post <s@sender.example> y@remote.example", OUTCOME_SENT,
		    { NULL } },
		{ "extra+y@here.example",
		    "post <s@sender.example> x@remote.example", OUTCOME_SENT,
		    { NULL } },
		{ "extra+y@here.example",
		    "post <s@sender.example> x+y@remote.example",
		    OUTCOME_SENT, { "propagate_unmatched_extensions",
		    "alias" } },
		/* owner-NAME is no extension of "owner". */
		{ "owner-owned@here.example",
		    BOX("carol", "carol", "owner-owned") "\n"
		    "post <s@sender.example> x@remote.example\n"
		    "command cmd a as carol for carol@here.example "
		    "delivered-to <owner-owned@here.example>", OUTCOME_SENT,
		    { "recipient_delimiter", "-" } },
	};

	PLAY(rows);
}

ATF_TC_WITHOUT_HEAD(items);
ATF_TC_BODY(items, tc)
{
	static const struct row rows[] = {
		{ "cmd@here.example", "command run it as owner for "
		    "cmd@here.example delivered-to <cmd@here.example>",
		    OUTCOME_SENT, { NULL } },
		{ "twice@here.example", "command run it as owner for "
		    "twice@here.example delivered-to <twice@here.example>",
		    OUTCOME_SENT, { NULL } },
		{ "file@here.example", "file /var/log/x as owner for "
		    "file@here.example delivered-to <>", OUTCOME_SENT,
		    { "prepend_delivered_header", "command" } },
		{ "cmd@here.example", "bounced cmd@here.example 5.7.2\n"
		    "  mail to command is restricted", OUTCOME_BOUNCED,
		    { "allow_mail_to_commands", "forward, include" } },
		/* Not out of an :include: file, unless that is said. */
		{ "incl@here.example", BOX("bob", "bob", "incl") "\n"
		    "post <s@sender.example> i@remote.example\n"
		    "bounced incl@here.example 5.7.2\n"
		    "  mail to command is restricted\n"
		    "bounced incl@here.example 5.7.2\n"
		    "  mail to file is restricted", OUTCOME_BOUNCED,
		    { NULL } },
		{ "deep@here.example", BOX("bob", "bob", "deep") "\n"
		    "post <s@sender.example> i@remote.example\n"
		    "command evil as owner for deep@here.example "
		    "delivered-to <deep@here.example>\n"
		    "file /file as owner for deep@here.example "
		    "delivered-to <deep@here.example>\n"
		    BOX("alice", "alice", "deep") "\n"
		    "post <s@sender.example> y@remote.example", OUTCOME_SENT,
		    { "allow_mail_to_commands", "include",
		    "allow_mail_to_files", "include" } },
		/* A file that includes itself is read once. */
		{ "recl@here.example", "", OUTCOME_SENT, { NULL } },
	};

	PLAY(rows);
}

ATF_TC_WITHOUT_HEAD(owner);
ATF_TC_BODY(owner, tc)
{
	static const struct row rows[] = {
		{ "owned@here.example",
		    "post <owner-owned@here.example> bob@here.example\n"
		    "post <owner-owned@here.example> x@remote.example",
		    OUTCOME_SENT, { NULL } },
		{ "owned@here.example",
		    "post <carol@here.example> bob@here.example\n"
		    "post <carol@here.example> x@remote.example",
		    OUTCOME_SENT, { "expand_owner_alias", "yes" } },
		/* A list below a list with an owner. */
		{ "parent@here.example",
		    "post <owner-parent@here.example> dave@here.example\n"
		    "post <owner-parent@here.example> x@remote.example\n"
		    "post <owner-parent@here.example> bob@here.example",
		    OUTCOME_SENT, { NULL } },
		{ "parent@here.example", BOX("dave", "dave", "parent") "\n"
		    "post <owner-parent@here.example> x@remote.example\n"
		    "post <owner-parent@here.example> bob@here.example",
		    OUTCOME_SENT, { "reset_owner_alias", "yes" } },
	};
	struct arena *a = arena_new(0);

	PLAY(rows);
	/* A notice stays one. */
	configure(a, conf, NULL);
	ATF_CHECK_EQ(OUTCOME_SENT, one("owned@here.example", "", "X: y\n\n"));
	ATF_CHECK_STREQ(BOX("bob", "bob", "owned") "\n"
	    "post <> x@remote.example", did);
	setup_fini();
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(forward);
ATF_TC_BODY(forward, tc)
{
	static const struct row rows[] = {
		{ "carol@here.example", BOX("carol", "carol", "carol") "\n"
		    "post <s@sender.example> x@remote.example\n"
		    "command cmd a as carol for carol@here.example "
		    "delivered-to <carol@here.example>", OUTCOME_SENT,
		    { NULL } },
		{ "carol@here.example", BOX("carol", "carol", "carol"),
		    OUTCOME_SENT, { "forward_path", "" } },
		/* An empty file, and one that is not trusted: the mailbox. */
		{ "dave@here.example", BOX("dave", "dave", "dave"),
		    OUTCOME_SENT, { NULL } },
		{ "to-gone@here.example", BOX("gone", "gone", "to-gone"),
		    OUTCOME_SENT, { NULL } },
		{ "carol@here.example", BOX("carol", "carol", "carol") "\n"
		    "post <s@sender.example> x@remote.example\n"
		    "bounced carol@here.example 5.7.2\n"
		    "  mail to command is restricted", OUTCOME_BOUNCED,
		    { "allow_mail_to_commands", "alias" } },
	};

	PLAY(rows);
}

ATF_TC_WITHOUT_HEAD(transports);
ATF_TC_BODY(transports, tc)
{
	static const struct row rows[] = {
		{ "bob@here.example", "pass lmtp:unix:/s bob@here.example",
		    OUTCOME_SENT, { "mailbox_transport", "lmtp:unix:/s" } },
		/* Those that do not exist too. */
		{ "nobody@here.example", "pass lmtp:unix:/s nobody@here.example",
		    OUTCOME_SENT, { "mailbox_transport", "lmtp:unix:/s" } },
		{ "bob@here.example", "pass two: bob@here.example",
		    OUTCOME_SENT, { "mailbox_transport", "one:",
		    "mailbox_transport_maps", "inline:{ { bob = two: } }" } },
		{ "alice@here.example", "pass one: alice@here.example\n"
		    "post <s@sender.example> y@remote.example",
		    OUTCOME_SENT, { "mailbox_transport", "one:",
		    "mailbox_transport_maps", "inline:{ { bob = two: } }" } },
		{ "nobody@here.example", "pass f:b nobody@here.example",
		    OUTCOME_SENT, { "fallback_transport", "f:b" } },
		{ "bob@here.example", BOX("bob", "bob", "bob"),
		    OUTCOME_SENT, { "fallback_transport", "f:b" } },
		{ "nobody@here.example", "pass f:c nobody@here.example",
		    OUTCOME_SENT, { "fallback_transport_maps",
		    "inline:{ { nobody = f:c } }" } },
		{ "nobody+x@here.example",
		    "post <s@sender.example> nobody-x@r.example",
		    OUTCOME_SENT, { "luser_relay",
		    "$user${extension?-$extension}@r.example" } },
		{ "nobody@here.example", BOX("bob", "bob", "nobody"),
		    OUTCOME_SENT, { "luser_relay", "bob" } },
		/* It names one that is not there either. */
		{ "nobody@here.example", "bounced nobody2@here.example 5.1.1\n"
		    "  unknown user: \"nobody2\"", OUTCOME_BOUNCED,
		    { "luser_relay", "nobody2" } },
	};

	PLAY(rows);
}

ATF_TC_WITHOUT_HEAD(loops);
ATF_TC_BODY(loops, tc)
{
	struct arena *a = arena_new(0);

	log_open("local", sink);
	configure(a, conf, NULL);
	ATF_CHECK_EQ(OUTCOME_BOUNCED, one("list@here.example", "s@s.example",
	    "Received: x\nDelivered-To: bob@here.example\n\nbody\n"));
	ATF_CHECK_STREQ(BOX("alice", "alice", "list") "\n"
	    "post <s@s.example> y@remote.example\n"
	    "bounced bob@here.example 5.4.6\n"
	    "  mail forwarding loop for bob@here.example\n"
	    "post <s@s.example> x@remote.example", did);
	setup_fini();
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, aliases);
	ATF_TP_ADD_TC(tp, extensions);
	ATF_TP_ADD_TC(tp, items);
	ATF_TP_ADD_TC(tp, owner);
	ATF_TP_ADD_TC(tp, forward);
	ATF_TP_ADD_TC(tp, transports);
	ATF_TP_ADD_TC(tp, loops);
	return (atf_no_error());
}
