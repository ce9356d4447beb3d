/* SPDX-License-Identifier: ISC */
/*
 * unbound - libunbound on our event loop: no thread, no file.
 *
 * It forwards to the servers of resolv.conf, validates when there is a trust
 * anchor, and caches. What is bogus comes with its data and its verdict: who
 * asked decides (client.c), so that permissive and strict share one cache.
 */
#include <event2/event.h>
#include <unbound-event.h>
#include <unbound.h>

#include "base/log.h"

#include "daemon.h"
#include "servers.h"

static struct ub_ctx *ctx;
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
	(void)arg;
	return (ub_ctx_add_ta(ctx, record) == 0);
}

/* A context with all settings; -1: libunbound does not like the anchor. */
static int
make(struct loop *l, struct arena *a, bool validate)
{
	struct view anchor;

	if ((ctx = ub_ctx_create_event(loop_base(l))) == NULL)
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
	anchor = local_read(a, "trust_anchor", SERVERS_FILE_MAX);
	if (validate && !anchors_each(a, anchor, add_anchor, NULL))
		return (-1);
	/* This also puts all settings in force, and says whether they can. */
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++)
		if (ub_ctx_zone_add(ctx, zones[i], "transparent") != 0)
			return (-1);
	return (0);
}

void
dns_open(struct loop *l, dns_fn fn)
{
	struct arena *a = arena_new(0);
	const bool validate = role_file_fd("trust_anchor") >= 0;

	on_end = fn;
	servers_parse(a, local_read(a, "resolv.conf", SERVERS_FILE_MAX),
	    &servers);
	if (servers.n == 0) {
		log_warn("%s names no name server that can be used: all "
		    "questions to DNS will fail", cf->resolver_conf_file);
		return;
	}
	if (make(l, a, validate) == 0)
		return;
	if (!validate || cf->resolver_dnssec_strict)
		fatal("libunbound refuses its settings or the trust anchor "
		    "%s", cf->resolver_trust_anchor_file);
	log_warn("%s is not a trust anchor: no answer of DNS is secure",
	    cf->resolver_trust_anchor_file);
	ub_ctx_delete(ctx);
	if (make(l, a, false) < 0)
		fatal("libunbound refuses its settings");
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

bool
dns_begin(const char *name, uint32_t type, void *arg, int *id,
    const char **why)
{
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
dns_cancel(int id)
{
	(void)ub_cancel(ctx, id);
}
