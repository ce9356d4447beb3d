/* SPDX-License-Identifier: ISC */
/* maps_test - which keys are asked for, in what order, and what comes out. */
#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/buf.h"
#include "source.h"
#include "table/maps.h"

static int
is_local(void *arg, const char *domain)
{
	(void)arg;
	if (strcmp(domain, "broken") == 0)
		return (-1);
	return (strcmp(domain, "local") == 0);
}

static const struct maps_rules rules = { "+", true, is_local, NULL };

static struct maps *
open_maps(struct arena *a, const char *value)
{
	struct maps *m;
	const char *err = NULL;

	m = maps_open(a, "test_maps", value, NULL, TABLE_UTF8, &source, &err);
	ATF_REQUIRE_MSG(m != NULL, "%s: %s", value, err);
	return (m);
}

ATF_TC_WITHOUT_HEAD(addresses);
ATF_TC_BODY(addresses, tc)
{
	static const struct {
		const char *maps, *addr;
		int rc;
		const char *value, *ext;
	} cases[] = {
		{ "inline:{u+e@d=1,u@d=2,@d=3}", "u+e@d", 1, "1", "" },
		{ "inline:{u@d=2,@d=3}", "u+e@d", 1, "2", "+e" },
		{ "inline:{u@d=2,@d=3}", "U@D", 1, "2", "" },
		{ "inline:{@d=3}", "u+e@d", 1, "3", "" },
		{ "inline:{u+e=4,u=5}", "u+e@d", 0, NULL, NULL },
		{ "inline:{u+e=4,u=5}", "u+e@local", 1, "4", "" },
		{ "inline:{u=5,@local=6}", "u+e@local", 1, "5", "+e" },
		{ "inline:{@local=6}", "u+e@local", 1, "6", "" },
		{ "inline:{u=5}", "u+e", 1, "5", "+e" },
		{ "inline:{u+e=4}", "u+e", 1, "4", "" },
		{ "inline:{u=5}", "u@broken", -1, NULL, NULL },
		{ "inline:{u@broken=5}", "u@broken", 1, "5", "" },
		{ "inline:{{\"a b\"@d = q}}", "a b@d", 1, "q", "" },
		{ "inline:{{a b@d = p}}", "a b@d", 1, "p", "" },
		{ "inline:{{\"a b\"@d = q},{a b@d = p}}", "a b@d", 1, "q",
		    "" },
		{ "inline:{{\"a b\"@d = q}}", "a b+e@d", 1, "q", "+e" },
		/* patterns see the whole address only */
		{ "regexp:{{/^u@/ 7}}", "u+e@d", 0, NULL, NULL },
		{ "regexp:{{/^u\\+e@/ 7}}", "u+e@d", 1, "7", "" },
		{ "regexp:{{/^@d/ 7}}", "u@d", 0, NULL, NULL },
		/* errors end the search */
		{ "fail:x inline:{u@d=2}", "u@d", -1, NULL, NULL },
		{ "inline:{u@d=2} fail:x", "u@d", 1, "2", "" },
		{ "inline:{u@d=}", "u@d", -1, NULL, NULL },
		{ "", "u@d", 0, NULL, NULL },
	};
	struct arena *a = arena_new(0);
	struct maps_found found;
	size_t i;
	int rc;

	source_init();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		rc = maps_find_address(open_maps(a, cases[i].maps), &rules,
		    cases[i].addr, &found);
		ATF_CHECK_EQ_MSG(cases[i].rc, rc, "%s in %s: %d",
		    cases[i].addr, cases[i].maps, rc);
		if (rc != 1 || cases[i].rc != 1)
			continue;
		ATF_CHECK_STREQ_MSG(cases[i].value, found.value, "%s in %s",
		    cases[i].addr, cases[i].maps);
		ATF_CHECK_STREQ_MSG(cases[i].ext, found.ext, "%s in %s",
		    cases[i].addr, cases[i].maps);
	}
	tables_close(&source);
	arena_free(&a);
}

static int
collect(void *arg, const char *external)
{
	buf_xprintf(arg, "%s|", external);
	return (strcmp(external, "stop") == 0 ? 7 : 0);
}

ATF_TC_WITHOUT_HEAD(results);
ATF_TC_BODY(results, tc)
{
	static const struct {
		const char *value, *ext, *addr;
		bool propagate;
		int rc;
		const char *want;
	} cases[] = {
		{ "a@b", "", "u@d", true, 0, "a@b|" },
		{ "a@b, c", "+e", "u+e@d", true, 0, "a+e@b|c+e|" },
		{ "a@b, c", "+e", "u+e@d", false, 0, "a@b|c|" },
		{ "@other", "", "u+e@d", true, 0, "u+e@other|" },
		{ "@o, @p", "", "a b@d", true, 0,
		    "\"a b\"@o|\"a b\"@p|" },
		{ "@o, x@y", "", "u@d", true, 0, "u@o|x@y|" },
		{ "\"q r\"@b", "+e", "u+e@d", true, 0, "\"q r+e\"@b|" },
		{ "x, stop, y", "", "u@d", true, 7, "x|stop|" },
		{ "Joe <j@x>", "", "u@d", true, 0, "j@x|" },
	};
	struct maps_found found;
	struct buf got;
	size_t i;

	source_init();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&found, 0, sizeof(found));
		found.value = cases[i].value;
		snprintf(found.ext, sizeof(found.ext), "%s", cases[i].ext);
		buf_init(&got, 1000);
		ATF_CHECK_EQ_MSG(cases[i].rc, maps_each_result(&found,
		    cases[i].addr, cases[i].propagate, collect, &got), "%s",
		    cases[i].value);
		ATF_CHECK_STREQ(cases[i].want, buf_str(&got));
		buf_fini(&got);
	}
}

enum order { DOMAIN, TRANSPORT, ACCESS, CLIENT };

ATF_TC_WITHOUT_HEAD(orders);
ATF_TC_BODY(orders, tc)
{
	static const struct {
		enum order order;
		enum maps_parents parents;
		const char *maps, *key;
		int rc;
		const char *value;
	} cases[] = {
		{ DOMAIN, PARENTS_DOT, "inline:{a.b=1,.b=2}", "a.b", 1, "1" },
		{ DOMAIN, PARENTS_DOT, "inline:{.b=2,b=3}", "a.b", 1, "2" },
		{ DOMAIN, PARENTS_DOT, "inline:{b=3}", "a.b", 0, NULL },
		{ DOMAIN, PARENTS_PLAIN, "inline:{.b=2,b=3}", "a.b", 1, "3" },
		{ DOMAIN, PARENTS_PLAIN, "inline:{c=3}", "x.a.b.c", 1, "3" },
		{ DOMAIN, PARENTS_PLAIN, "regexp:{{/^b$/ 3}}", "a.b", 0,
		    NULL },
		{ DOMAIN, PARENTS_PLAIN, "inline:{b=1}", "", 0, NULL },
		{ TRANSPORT, PARENTS_DOT, "inline:{u+e@d=1,u@d=2,d=3}",
		    "u+e@d", 1, "1" },
		{ TRANSPORT, PARENTS_DOT, "inline:{u@d=2,d=3}", "u+e@d", 1,
		    "2" },
		{ TRANSPORT, PARENTS_DOT, "inline:{d=3,*=5}", "u+e@d", 1,
		    "3" },
		{ TRANSPORT, PARENTS_DOT, "inline:{.d=4,*=5}", "u@c.d", 1,
		    "4" },
		{ TRANSPORT, PARENTS_DOT, "inline:{d=4,*=5}", "u@c.d", 1,
		    "5" },
		{ TRANSPORT, PARENTS_DOT, "regexp:{{/^d$/ 4}}", "u@d", 1,
		    "4" },
		{ ACCESS, PARENTS_PLAIN, "inline:{u+e@d=1,u@d=2}", "u+e@d", 1,
		    "1" },
		{ ACCESS, PARENTS_PLAIN, "inline:{u@d=2,d=3}", "u+e@d", 1,
		    "2" },
		{ ACCESS, PARENTS_PLAIN, "inline:{d=3,u@=4}", "u@c.d", 1,
		    "3" },
		{ ACCESS, PARENTS_DOT, "inline:{d=3,u@=4}", "u@c.d", 1, "4" },
		{ ACCESS, PARENTS_DOT, "inline:{u+e@=5,u@=4}", "u+e@d", 1,
		    "5" },
		{ ACCESS, PARENTS_DOT, "inline:{u@=4}", "u+e@d", 1, "4" },
		{ ACCESS, PARENTS_DOT, "inline:{<>=6}", "", 1, "6" },
		{ CLIENT, PARENTS_DOT, "inline:{1.2.3.4=1,1.2=2}", "1.2.3.4",
		    1, "1" },
		{ CLIENT, PARENTS_DOT, "inline:{1.2=2,1=3}", "1.2.3.4", 1,
		    "2" },
		{ CLIENT, PARENTS_DOT, "inline:{1=3}", "1.2.3.4", 1, "3" },
		{ CLIENT, PARENTS_DOT, "inline:{2=3}", "1.2.3.4", 0, NULL },
		{ CLIENT, PARENTS_DOT, "inline:{2001:db8=3}", "2001:db8::1",
		    1, "3" },
		{ CLIENT, PARENTS_DOT, "cidr:{{1.2.0.0/16 3}}", "1.2.3.4", 1,
		    "3" },
	};
	struct arena *a = arena_new(0);
	size_t i;

	source_init();
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct maps *m = open_maps(a, cases[i].maps);
		const char *value = NULL, *key = cases[i].key;
		int rc = -9;

		switch (cases[i].order) {
		case DOMAIN:
			rc = maps_find_domain(m, key, cases[i].parents,
			    &value);
			break;
		case TRANSPORT:
			rc = maps_find_transport(m, &rules, key,
			    cases[i].parents, &value);
			break;
		case ACCESS:
			rc = maps_find_access(m, &rules, key,
			    cases[i].parents, "<>", &value);
			break;
		case CLIENT:
			rc = maps_find_client_addr(m, key, &value);
			break;
		}
		ATF_CHECK_EQ_MSG(cases[i].rc, rc, "case %zu, %s in %s: %d",
		    i, key, cases[i].maps, rc);
		if (rc == 1 && cases[i].rc == 1)
			ATF_CHECK_STREQ_MSG(cases[i].value, value, "%s in %s",
			    key, cases[i].maps);
	}
	tables_close(&source);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(opening);
ATF_TC_BODY(opening, tc)
{
	struct arena *a = arena_new(0);
	struct maps *m;
	const char *err = NULL, *value;

	source_init();
	source_index("z", "k v\n");
	ATF_CHECK(maps_open(a, "t", "z", NULL, 0, &source, &err) == NULL);
	ATF_CHECK(strstr(err, "expecting \"type:name\"") != NULL);
	m = maps_open(a, "t", "z", "cdb", 0, &source, &err);
	ATF_REQUIRE(m != NULL);
	ATF_CHECK_EQ(1, maps_find(m, "k", MAPS_WHOLE, &value));
	ATF_CHECK(maps_open(a, "t", "cdb:nofile", NULL, 0, &source,
	    &err) == NULL);
	tables_close(&source);
	arena_free(&a);
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, addresses);
	ATF_TP_ADD_TC(tp, results);
	ATF_TP_ADD_TC(tp, orders);
	ATF_TP_ADD_TC(tp, opening);
	return (atf_no_error());
}
