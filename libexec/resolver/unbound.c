/* SPDX-License-Identifier: ISC */
/*
 * unbound - libunbound on our event loop: no thread, no file.
 *
 * It forwards to the servers of resolv.conf, validates when there is a trust
 * anchor, and caches. What is bogus comes with its verdict: who asked decides
 * (client.c), so that permissive and strict share one cache. Its data is what
 * a server gives to those who tell it not to check, and not to be used; who
 * wants an answer all the same asks plainly, in a context of its own.
 */
#include <event2/event.h>
#include <unbound-event.h>
#include <unbound.h>

#include "base/log.h"

#include "daemon.h"
#include "servers.h"

static struct ub_ctx *validating;	/* or not, without an anchor */
static struct ub_ctx *plain_ctx;	/* made when it is first needed */
static struct loop *loop;
static struct servers servers;
static dns_fn on_end;

static const struct {
	const char	*name, *value;
} options[] = {
	/* systemd-resolved and friends */
	{ "do-not-query-localhost:", "no" },
	/* private networks have names too, and DNSSEC does not know them */
	{ "unblock-lan-zones:", "yes" },
	{ "insecure-lan-zones:", "yes" },
	/* the bits of an answer that nobody here reads */
	{ "minimal-responses:", "yes" },
	{ "msg-cache-size:", "16m" },
	{ "rrset-cache-size:", "32m" },
	{ "key-cache-size:", "4m" },
	{ "neg-cache-size:", "4m" },
	/* many questions at a time; each has a socket and a port of its own */
	{ "outgoing-range:", "512" },
	{ "num-queries-per-thread:", "2048" },
	{ "outgoing-num-tcp:", "64" },
	/* a server that was down is tried again soon: there is no other */
	{ "infra-host-ttl:", "60" },
	{ "infra-keep-probing:", "yes" },
	/* a wrong answer does not become right by many more questions */
	{ "val-max-restart:", "2" },
};

/* libunbound would say that there is nothing: somebody may have them. */
static const char *const zones[] = { "test.", "home.arpa." };

static void
check(int rc, const char *what, const char *value)
{
	if (rc != 0)
		fatal("libunbound: %s %s: %s", what, value, ub_strerror(rc));
}

static bool
add_anchor(const char *record, void *arg)
{
	return (ub_ctx_add_ta(arg, record) == 0);
}

/* A context with all settings; NULL: libunbound does not like the anchor. */
static struct ub_ctx *
make(struct arena *a, bool validate)
{
	struct view anchor;
	struct ub_ctx *ctx;

	if ((ctx = ub_ctx_create_event(loop_base(loop))) == NULL)
		fatal("libunbound: cannot make a context: %m");
	/* Its messages would go to stderr: the callers say what failed. */
	check(ub_ctx_debugout(ctx, NULL), "debugout", "");
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		check(ub_ctx_set_option(ctx, options[i].name,
		    options[i].value), options[i].name, options[i].value);
	check(ub_ctx_set_option(ctx, "module-config:",
	    validate ? "validator iterator" : "iterator"), "module-config:",
	    "");
	for (size_t i = 0; i < servers.n; i++)
		check(ub_ctx_set_fwd(ctx, servers.addr[i]), "nameserver",
		    servers.addr[i]);
	anchor = validate ? local_read(a, "trust_anchor", SERVERS_FILE_MAX) :
	    (struct view){ "", 0 };
	if (validate && !anchors_each(a, anchor, add_anchor, ctx))
		goto out;
	/* This also puts all settings in force, and says whether they can. */
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (ub_ctx_zone_add(ctx, zones[i], "transparent") != 0)
			goto out;
	return (ctx);
out:
	ub_ctx_delete(ctx);
	return (NULL);
}

static struct ub_ctx *
make_plain(void)
{
	struct arena *a = arena_new(0);
	struct ub_ctx *ctx = make(a, false);

	if (ctx == NULL)
		fatal("libunbound refuses its settings");
	arena_free(&a);
	return (ctx);
}

void
dns_open(struct loop *l, dns_fn fn)
{
	struct arena *a = arena_new(0);
	const bool validate = role_file_fd("trust_anchor") >= 0;

	on_end = fn;
	loop = l;
	servers_parse(a, local_read(a, "resolv.conf", SERVERS_FILE_MAX),
	    &servers);
	if (servers.n == 0) {
		log_warn("%s names no name server that can be used: all "
		    "questions to DNS will fail", cf->resolver_conf_file);
		return;
	}
	if ((validating = make(a, validate)) != NULL)
		return;
	if (!validate || cf->resolver_dnssec_strict)
		fatal("libunbound refuses its settings or the trust anchor "
		    "%s", cf->resolver_trust_anchor_file);
	log_warn("%s is not a trust anchor: no answer of DNS is secure",
	    cf->resolver_trust_anchor_file);
	validating = make_plain();
}

static void
ended(void *arg, int rcode, void *packet, int n, int security, char *why,
    int limited)
{
	struct view v = { "", 0 };

	(void)limited;
	if (rcode == 0 && packet != NULL && n > 0)
		v = (struct view){ packet, (size_t)n };
	on_end(arg, rcode, v, security, why);
}

static struct ub_ctx *
context(bool plain)
{
	if (!plain || validating == NULL)
		return (validating);
	if (plain_ctx == NULL)
		plain_ctx = make_plain();
	return (plain_ctx);
}

bool
dns_begin(const char *name, uint32_t type, bool plain, void *arg, int *id,
    const char **why)
{
	struct ub_ctx *ctx = context(plain);
	int rc;

	if (ctx == NULL) {
		*why = "there is no name server";
		return (false);
	}
	rc = ub_resolve_event(ctx, name, (int)type, 1, arg, ended, id);
	*why = rc != 0 ? ub_strerror(rc) : "";
	return (rc == 0);
}

void
dns_cancel(int id, bool plain)
{
	(void)ub_cancel(context(plain), id);
}
