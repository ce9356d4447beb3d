/* SPDX-License-Identifier: ISC */
/* Senders and recipients: standard form, maps, aliases, copies. */
#include <atf-c.h>
#include <string.h>

#include "proto/proto.h"

#include "play.h"

#define N(a)	(sizeof(a) / sizeof((a)[0]))

struct row {
	const char	*label;
	struct setting	 set[4];
	const char	*sender, *rcpts;
	const char	*want_sender, *want_rcpts;
	uint32_t	 notify;
};

static const struct row rows[] = {
	{ "as it is", { { NULL, NULL } }, "a@x.example", "b@y.example",
	    "a@x.example", "b@y.example[b@y.example]/0", 0 },
	{ "standard form", { { NULL, NULL } }, "a", "b c%y.example",
	    "a@acc.example", "b@acc.example[b]/0 "
	    "c@y.example[c%y.example]/0", 0 },
	{ "null sender", { { "canonical_maps", "static:x@y.example" } }, "",
	    "b@y.example", "", "x@y.example[b@y.example]/0", 0 },
	{ "mailer-daemon is the null sender", { { NULL, NULL } },
	    "mailer-daemon", "b@y.example", "", "b@y.example[b@y.example]/0",
	    0 },
	{ "another's mailer-daemon", { { NULL, NULL } },
	    "MAILER-DAEMON@x.example", "b@y.example",
	    "MAILER-DAEMON@x.example", "b@y.example[b@y.example]/0", 0 },
	{ "duplicates", { { NULL, NULL } }, "a@x.example",
	    "b@y.example c@y.example b@y.example B@Y.example", "a@x.example",
	    "b@y.example[b@y.example]/0 c@y.example[c@y.example]/0", 0 },
	{ "no original recipient",
	    { { "enable_original_recipient", "no" } }, "a@x.example",
	    "b c@y.example", "a@x.example",
	    "b@acc.example[]/0 c@y.example[]/0", 0 },
	{ "duplicates beyond the limit",
	    { { "duplicate_filter_limit", "1" } }, "a@x.example",
	    "b@y.example c@y.example c@y.example b@y.example", "a@x.example",
	    "b@y.example[b@y.example]/0 c@y.example[c@y.example]/0 "
	    "c@y.example[c@y.example]/0", 0 },
	{ "canonical", { { "canonical_maps", "inline:{{both@old.example = "
	    "both@new.example} {@oldall.example = @newall.example}}" } },
	    "x@oldall.example", "both+tag@old.example z@z.example",
	    "x@newall.example",
	    "both+tag@new.example[both+tag@old.example]/0 "
	    "z@z.example[z@z.example]/0", 0 },
	{ "canonical classes", { { "canonical_maps",
	    "static:new@n.example" }, { "canonical_classes",
	    "envelope_sender" } }, "a@x.example", "b@y.example",
	    "new@n.example", "b@y.example[b@y.example]/0", 0 },
	{ "sender canonical", { { "sender_canonical_maps",
	    "static:new@n.example" } }, "a@x.example", "b@y.example",
	    "new@n.example", "b@y.example[b@y.example]/0", 0 },
	{ "recipient canonical", { { "recipient_canonical_maps",
	    "inline:{b@y.example=c}" } }, "b@y.example", "b@y.example",
	    "b@y.example", "c@acc.example[b@y.example]/0", 0 },
	{ "canonical goes on", { { "canonical_maps", "inline:{{a@x.example "
	    "= b@x.example} {b@x.example = c@x.example}}" } },
	    "a@x.example", "b@y.example", "c@x.example",
	    "b@y.example[b@y.example]/0", 0 },
	{ "masquerade", { { "masquerade_domains",
	    "!keep.masq.example masq.example" },
	    { "masquerade_exceptions", "root" } },
	    "u@host.masq.example", "r@host.masq.example", "u@masq.example",
	    "r@host.masq.example[r@host.masq.example]/0", 0 },
	{ "masquerade, exception", { { "masquerade_domains",
	    "masq.example" }, { "masquerade_exceptions", "root" } },
	    "root@host.masq.example", "r@y.example",
	    "root@host.masq.example", "r@y.example[r@y.example]/0", 0 },
	{ "masquerade, kept", { { "masquerade_domains",
	    "!keep.masq.example masq.example" } }, "u@a.keep.masq.example",
	    "r@y.example", "u@a.keep.masq.example",
	    "r@y.example[r@y.example]/0", 0 },
	{ "alias", { { "virtual_alias_maps", "inline:{"
	    "{info@va.example = i1@r.example, i2@r.example}"
	    " {c1@va.example = c2@va.example}"
	    " {c2@va.example = end@r.example}"
	    " {ext@va.example = target@r.example} {l@va.example = alice}"
	    " {@catchall.example = all@r.example}}" } }, "a@x.example",
	    "c1@va.example ext+foo@va.example l@va.example "
	    "q@catchall.example", "a@x.example",
	    "end@r.example[c1@va.example]/0 "
	    "target+foo@r.example[ext+foo@va.example]/0 "
	    "alice@acc.example[l@va.example]/0 "
	    "all@r.example[q@catchall.example]/0", 0 },
	{ "alias of many", { { "virtual_alias_maps",
	    "inline:{{l@va.example = m@va.example, c@r.example} "
	    "{m@va.example = a@r.example, b@r.example}}" } }, "a@x.example",
	    "l@va.example", "a@x.example", "a@r.example[l@va.example]/0 "
	    "b@r.example[l@va.example]/0 c@r.example[l@va.example]/0", 0 },
	{ "alias with itself", { { "virtual_alias_maps",
	    "inline:{{s@r.example = s@r.example, c@r.example}}" } },
	    "a@x.example", "s@r.example", "a@x.example",
	    "s@r.example[s@r.example]/0 c@r.example[s@r.example]/0", 0 },
	{ "alias, no extension", { { "virtual_alias_maps",
	    "inline:{{e@va.example = t@r.example}}" },
	    { "propagate_unmatched_extensions", "canonical" } },
	    "a@x.example", "e+f@va.example", "a@x.example",
	    "t@r.example[e+f@va.example]/0", 0 },
	{ "notify one", { { "virtual_alias_maps",
	    "inline:{{e@va.example = t@r.example}}" } }, "a@x.example",
	    "e@va.example", "a@x.example", "t@r.example[e@va.example]/6",
	    6 },
	{ "notify many", { { "virtual_alias_maps",
	    "inline:{{e@va.example = t@r.example, u@r.example}}" } },
	    "a@x.example", "e@va.example", "a@x.example",
	    "t@r.example[e@va.example]/4 u@r.example[e@va.example]/4", 6 },
	{ "notify many, success alone", { { "virtual_alias_maps",
	    "inline:{{e@va.example = t@r.example, u@r.example}}" } },
	    "a@x.example", "e@va.example", "a@x.example",
	    "t@r.example[e@va.example]/1 u@r.example[e@va.example]/1", 2 },
	{ "always_bcc", { { "always_bcc", "arch" } }, "a@x.example",
	    "b@y.example c@y.example", "a@x.example",
	    "b@y.example[b@y.example]/0 c@y.example[c@y.example]/0 "
	    "arch@acc.example[arch]/1", 0 },
	{ "bcc maps", { { "sender_bcc_maps",
	    "inline:{a@x.example=s@r.example}" }, { "recipient_bcc_maps",
	    "inline:{b@y.example=r@r.example}" } }, "a@x.example",
	    "c@y.example b@y.example", "a@x.example",
	    "c@y.example[c@y.example]/0 b@y.example[b@y.example]/0 "
	    "r@r.example[r@r.example]/1 s@r.example[s@r.example]/1", 0 },
};

ATF_TC_WITHOUT_HEAD(addresses);
ATF_TC_BODY(addresses, tc)
{
	for (size_t i = 0; i < N(rows); i++) {
		const struct row *r = &rows[i];
		const struct mail mail = { .sender = r->sender,
			.rcpts = r->rcpts, .content = "A: b\n\nc\n",
			.notify = r->notify };
		const struct fate *f;

		play_setup(r->set);
		f = play(&mail);
		ATF_CHECK_EQ_MSG(0, f->status, "%s: %x %s", r->label,
		    f->status, f->log);
		ATF_CHECK_MSG(f->told, "%s", r->label);
		ATF_CHECK_EQ_MSG(1, f->files, "%s: %d", r->label, f->files);
		ATF_CHECK_STREQ_MSG(r->want_rcpts, f->rcpts, "%s: %s",
		    r->label, f->rcpts);
		if (f->told)
			ATF_CHECK_STREQ_MSG(r->want_sender, f->env.sender,
			    "%s: %s", r->label, f->env.sender);
	}
}

static const struct {
	const char	*label;
	struct setting	 set[4];
	const char	*rcpts;
	uint32_t	 status;
	const char	*reason, *log;
} failures[] = {
	{ "alias loop", { { "virtual_alias_maps",
	    "inline:{{a@v.example = b@v.example} {b@v.example = "
	    "a@v.example}}" } }, "a@v.example", MAIL_STAT_DEFER, "4.6.0 ",
	    "unreasonable virtual_alias_maps map nesting for " },
	{ "alias bomb", { { "virtual_alias_maps",
	    "inline:{{a@v.example = b@v.example, b@v.example} {b@v.example = "
	    "a@v.example, a@v.example}}" } }, "a@v.example", MAIL_STAT_DEFER,
	    "4.6.0 ", "unreasonable virtual_alias_maps map expansion size" },
	{ "long result", { { "virtual_alias_maps",
	    "static:abcdefghijk@l.example" },
	    { "virtual_alias_address_length_limit", "10" } }, "a@v.example",
	    MAIL_STAT_DEFER, "4.6.0 ", "result length" },
	{ "alias without address", { { "virtual_alias_maps",
	    "inline:{{a@v.example = two words}}" } }, "a@v.example",
	    MAIL_STAT_DEFER, "4.6.0 ", "no address in it" },
	{ "alias table fails", { { "virtual_alias_maps", "fail:now" } },
	    "a@v.example", MAIL_STAT_DEFER, "4.3.0 ",
	    "virtual_alias_maps map lookup problem for a@v.example" },
	{ "canonical table fails", { { "canonical_maps", "fail:now" } },
	    "a@v.example", MAIL_STAT_DEFER, "4.3.0 ",
	    "canonical_maps map lookup problem for s@x.example" },
	{ "canonical loop", { { "canonical_maps",
	    "inline:{{a@v.example = b@v.example} {b@v.example = "
	    "a@v.example}}" } }, "a@v.example", MAIL_STAT_DEFER, "4.6.0 ",
	    "unreasonable canonical_maps map nesting" },
	{ "bcc table fails", { { "recipient_bcc_maps", "fail:now" } },
	    "a@v.example", MAIL_STAT_DEFER, "4.3.0 ", "recipient_bcc_maps" },
	{ "no recipients", { { NULL, NULL } }, "", MAIL_STAT_RCPT, "5.1.0 ",
	    "" },
	{ "no room", { { "queue_minfree", "9000000000000000" } },
	    "a@v.example", MAIL_STAT_NOSPC, "4.3.1 ",
	    "not enough free space in mail queue: " },
};

ATF_TC_WITHOUT_HEAD(refusals);
ATF_TC_BODY(refusals, tc)
{
	for (size_t i = 0; i < N(failures); i++) {
		const struct mail mail = { .sender = "s@x.example",
			.rcpts = failures[i].rcpts,
			.content = "A: b\n\nc\n" };
		const struct fate *f;

		play_setup(failures[i].set);
		f = play(&mail);
		ATF_CHECK_EQ_MSG(failures[i].status, f->status, "%s: %x",
		    failures[i].label, f->status);
		ATF_CHECK_MSG(strncmp(f->reason, failures[i].reason,
		    strlen(failures[i].reason)) == 0, "%s: %s",
		    failures[i].label, f->reason);
		ATF_CHECK_MSG(strstr(f->log, failures[i].log) != NULL,
		    "%s: %s", failures[i].label, f->log);
		ATF_CHECK(!f->told);
		ATF_CHECK_EQ_MSG(0, f->files, "%s", failures[i].label);
	}
}

/* Flags of the client switch mapping and copies off. */
ATF_TC_WITHOUT_HEAD(switched_off);
ATF_TC_BODY(switched_off, tc)
{
	static const struct setting set[] = {
		{ "virtual_alias_maps", "static:x@y.example" },
		{ "canonical_maps", "static:x@y.example" },
		{ "always_bcc", "arch" },
		{ NULL, NULL }
	};
	const struct mail mail = { .sender = "s@x.example",
		.rcpts = "r", .content = "\n", .flags = MAIL_FLAG_INTERNAL };
	const struct fate *f;

	play_setup(set);
	f = play(&mail);
	ATF_CHECK_STREQ("r@acc.example[r]/0", f->rcpts);
	ATF_CHECK_STREQ("s@x.example", f->env.sender);
	ATF_CHECK_STREQ("client.example", f->env.helo_name);
	ATF_CHECK_STREQ("env+id", f->env.envid);
	ATF_CHECK_STREQ("local", f->env.rewrite_context);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, addresses);
	ATF_TP_ADD_TC(tp, refusals);
	ATF_TP_ADD_TC(tp, switched_off);
	return (atf_no_error());
}
