/* SPDX-License-Identifier: ISC */
/* record, cache in memory: what is remembered, and for how long. */
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "cache_in.h"

ATF_TC_WITHOUT_HEAD(form);
ATF_TC_BODY(form, tc)
{
	static const struct {
		const char	*text;
		bool		 want;
	} cases[] = {
		{ "0:0:1700000000:250 2.1.5 Ok", true },
		{ "2:5:1700000000:host x said: 550: no", true },
		{ "3:1700000000:0:in progress", true },
		{ "1:0:7:", true },
		{ "3:1:1:a result without a result", false },
		{ "0:0:0:a result without a time", false },
		{ "4:0:1:x", false }, { "-1:0:1:x", false },
		{ "0:-1:1:x", false }, { "0:0:99999999999999:x", false },
		{ "0:0:1", false }, { "0:0:", false }, { ":::x", false },
		{ "", false }, { "0:0:1:two\nlines", false },
		{ "+0:0:1:x", false }, { "0 :0:1:x", false },
	};
	struct record r;
	struct buf out;

	(void)tc;
	buf_init(&out, RECORD_MAX);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ATF_CHECK_EQ_MSG(cases[i].want, record_parse(view_of(
		    cases[i].text), &r), "%s", cases[i].text);
		if (!cases[i].want)
			continue;
		buf_reset(&out);
		record_print(&r, &out);
		ATF_CHECK_STREQ(cases[i].text, buf_str(&out));
	}
	buf_fini(&out);
}

ATF_TC_WITHOUT_HEAD(age);
ATF_TC_BODY(age, tc)
{
	static const struct record_times times = { 1000, 100, 50, 10 };
	static const struct {
		const char	*label;
		enum verify_status status;
		int64_t		 updated, now;
		enum record_age	 want;
	} cases[] = {
		{ "good", VERIFY_OK, 5000, 5099, RECORD_FRESH },
		{ "good, older", VERIFY_OK, 5000, 5100, RECORD_STALE },
		{ "good, old", VERIFY_OK, 5000, 6000, RECORD_OVER },
		{ "bad", VERIFY_BOUNCE, 5000, 5009, RECORD_FRESH },
		{ "bad, older", VERIFY_DEFER, 5000, 5010, RECORD_STALE },
		{ "bad, old", VERIFY_BOUNCE, 5000, 5050, RECORD_OVER },
		{ "none", VERIFY_PENDING, 0, 5000, RECORD_OVER },
		{ "from the future", VERIFY_OK, 5001, 5000, RECORD_OVER },
	};

	(void)tc;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct record r = { .status = cases[i].status,
			.updated = cases[i].updated };

		ATF_CHECK_EQ_MSG(cases[i].want, record_age(&r, &times,
		    cases[i].now), "%s", cases[i].label);
	}
	ATF_CHECK(record_probing(&(struct record){ .probed = 5000 }, 5001));
	ATF_CHECK(!record_probing(&(struct record){ .probed = 5000 },
	    5000 + PROBE_TTL));
	ATF_CHECK(!record_probing(&(struct record){ .probed = 5000 }, 4999));
	ATF_CHECK(!record_probing(&(struct record){ 0 }, 4999));
}

static bool
is_x(struct view v)
{
	return (view_eq(v, "x"));
}

/* The same for both kinds of cache; the file is in the work directory. */
static void
use_cache(void)
{
	uint64_t kept = 0, dropped = 0;
	struct buf out;
	char key[32];

	buf_init(&out, RECORD_MAX);
	ATF_CHECK(!cache_get("a@b", &out));
	cache_put("a@b", view_of("x"));
	cache_put("a@b", view_of("y"));
	cache_put("c@d", view_of("x"));
	ATF_CHECK(cache_get("a@b", &out));
	ATF_CHECK_STREQ("y", buf_str(&out));
	cache_drop("a@b");
	cache_drop("nobody");
	ATF_CHECK(!cache_get("a@b", &out));
	for (int i = 0; i < 100; i++) {
		(void)snprintf(key, sizeof(key), "u%d@x", i);
		cache_put(key, view_of(i % 2 == 0 ? "x" : "y"));
	}
	while (!cache_sweep(7, is_x, &kept, &dropped))
		continue;
	ATF_CHECK_EQ_MSG(50, kept, "%d", (int)kept);
	ATF_CHECK_EQ_MSG(51, dropped, "%d", (int)dropped);
	ATF_CHECK(cache_get("u1@x", &out));
	ATF_CHECK(!cache_get("u2@x", &out));
	buf_fini(&out);
}

/* However much is put in, it does not grow above its limit, and goes on. */
static void
fill_cache(void)
{
	char key[64], text[900];
	struct buf out;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	buf_init(&out, RECORD_MAX);
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(key, sizeof(key), "%d-%d@x", i * 7919 % 5000,
		    i);
		cache_put(key, view_of(text));
		ATF_REQUIRE_MSG(cache_get(key, &out) && out.n == 899,
		    "%d is not there", i);
	}
	buf_fini(&out);
}

ATF_TC_WITHOUT_HEAD(memory);
ATF_TC_BODY(memory, tc)
{
	(void)tc;
	ATF_REQUIRE(cache_open("", 1 << 20));
	use_cache();
	fill_cache();
	cache_close();
}

ATF_TC_WITHOUT_HEAD(file);
ATF_TC_BODY(file, tc)
{
	struct buf out;

	(void)tc;
	ATF_REQUIRE(cache_open("cache", 1 << 20));
	use_cache();
	cache_put("stays@x", view_of("z"));
	cache_close();
	ATF_REQUIRE(cache_open("cache", 1 << 20));
	buf_init(&out, RECORD_MAX);
	ATF_CHECK(cache_get("stays@x", &out));
	buf_fini(&out);
	fill_cache();
	cache_close();
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, form);
	ATF_TP_ADD_TC(tp, age);
	ATF_TP_ADD_TC(tp, memory);
	ATF_TP_ADD_TC(tp, file);
	return (atf_no_error());
}
