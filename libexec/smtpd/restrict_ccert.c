/* SPDX-License-Identifier: ISC */
/*
 * restrict_ccert - restrictions by the client's certificate. tlsproxy(8) has
 * judged it; here is what that means to this service.
 */
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"

#include "judge.h"
#include "setup.h"

#define CLASS_CCERT	"Client certificate"

/* What tables are asked for, in which order: two bits each, the first low. */
#define BY_CERT		1
#define BY_KEY		2
#define BY_BITS		2
#define BY_DEFAULT	(BY_CERT | BY_KEY << BY_BITS)

static bool
has_certificate(const struct judge *j)
{
	return (j->s->tls != NULL && (j->s->tls->flags & TLS_F_CERT) != 0);
}

enum check
check_ccert_trusted(struct judge *j, const struct ritem *it)
{
	(void)it;
	if (!has_certificate(j) || (j->s->tls->flags & TLS_F_TRUSTED) == 0)
		return (CHECK_DUNNO);
	return (CHECK_OK);
}

enum check
check_ccert_listed(struct judge *j, const struct ritem *it)
{
	const char *value;
	int found;

	(void)it;
	if (!has_certificate(j) || setup.relay_ccerts == NULL)
		return (CHECK_DUNNO);
	found = maps_find(setup.relay_ccerts, j->s->tls->cert_fp, MAPS_WHOLE,
	    &value);
	if (found == 0)
		found = maps_find(setup.relay_ccerts, j->s->tls->pkey_fp,
		    MAPS_WHOLE, &value);
	if (found == -1)
		return (judge_retry(j, "relay_clientcerts"));
	return (found == 1 ? CHECK_OK : CHECK_DUNNO);
}

enum check
check_ccert_access(struct judge *j, const struct ritem *it)
{
	const char *label = j->s->peer.label, *key, *value;
	int64_t order;
	int found;

	if (!has_certificate(j))
		return (CHECK_DUNNO);
	if (it->maps == NULL)
		return (judge_misconfigured(j, label, CLASS_CCERT));
	for (order = it->number; order != 0; order >>= BY_BITS) {
		key = (order & ((1 << BY_BITS) - 1)) == BY_CERT ?
		    j->s->tls->cert_fp : j->s->tls->pkey_fp;
		found = maps_find(it->maps, key, MAPS_WHOLE, &value);
		if (found == -1) {
			log_warn("table %s lookup error for \"%s\"", it->word,
			    key);
			return (judge_misconfigured(j, label, CLASS_CCERT));
		}
		if (found == 1)
			return (access_result(j, it->word, value, label,
			    CLASS_CCERT));
	}
	return (CHECK_DUNNO);
}

static int64_t
search_order(const char *title, struct view text)
{
	int64_t order = 0, by;
	unsigned at = 0;
	struct view word;

	while ((word = view_word(&text, ", \t\r\n")).n > 0) {
		by = view_ieq(word, "cert_fingerprint") ? BY_CERT :
		    view_ieq(word, "pubkey_fingerprint") ||
		    view_ieq(word, "pkey_fingerprint") ? BY_KEY : 0;
		if (by == 0)
			fatal("%s: check_ccert_access: search_order: "
			    "\"%.*s\": expected cert_fingerprint or "
			    "pubkey_fingerprint", title, (int)word.n, word.p);
		if (at < 4)
			order |= by << (BY_BITS * at++);
	}
	return (order);
}

/* Without the braces around it. */
static struct view
inside(struct view group)
{
	return (view_trim(view_sub(group, 1, group.n - 2)));
}

static bool
is_group(struct view v)
{
	return (v.n >= 2 && v.p[0] == '{' && v.p[v.n - 1] == '}');
}

struct view
ccert_table(struct ritem *it, const char *title, struct view arg)
{
	struct view rest, table, option;
	ptrdiff_t eq;

	it->number = BY_DEFAULT;
	if (!is_group(arg))
		return (arg);
	rest = inside(arg);
	table = view_group(&rest, ", \t\r\n");
	while ((option = view_group(&rest, ", \t\r\n")).n > 0) {
		if (is_group(option))
			option = inside(option);
		eq = view_chr(option, '=');
		if (eq < 0 || !view_ieq(view_trim(view_sub(option, 0,
		    (size_t)eq)), "search_order"))
			fatal("%s: check_ccert_access: \"%.*s\": expected "
			    "{ search_order = ... }", title, (int)option.n,
			    option.p);
		it->number = search_order(title, view_sub(option,
		    (size_t)eq + 1, option.n));
	}
	return (table);
}
