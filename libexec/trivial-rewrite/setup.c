/* SPDX-License-Identifier: ISC */
/* setup - the lists and maps that decide where mail goes. */
#include <string.h>

#include "conf/conf.h"

#include "trivial.h"

struct setup {
	struct arena		*arena;
	struct table_source	*src;
	const char		**err;
	bool			 failed;
};

static struct match *
list(struct setup *s, const char *title, const char *value, unsigned flags)
{
	struct match *m;

	if (s->failed)
		return (NULL);
	m = match_open(s->arena, title, value, flags, 0, s->src, s->err);
	s->failed = m == NULL;
	return (m);
}

static struct maps *
maps(struct setup *s, const char *title, const char *value)
{
	struct maps *m;

	if (s->failed)
		return (NULL);
	m = maps_open(s->arena, title, value, cf->default_database_type,
	    cf->smtputf8_enable ? TABLE_UTF8 : 0, s->src, s->err);
	s->failed = m == NULL;
	return (m);
}

static void
routing_mail(struct setup *s, struct routing *r)
{
	r->local = cf->local_transport;
	r->virtual = cf->virtual_transport;
	r->relay = cf->relay_transport;
	r->dflt = cf->default_transport;
	r->relayhost = cf->relayhost;
	r->transports = maps(s, "transport_maps", cf->transport_maps);
	r->sender_relayhosts = maps(s, "sender_dependent_relayhost_maps",
	    cf->sender_dependent_relayhost_maps);
	r->sender_transports = maps(s,
	    "sender_dependent_default_transport_maps",
	    cf->sender_dependent_default_transport_maps);
}

static void
routing_probe(struct setup *s, struct routing *r)
{
	r->local = cf->address_verify_local_transport;
	r->virtual = cf->address_verify_virtual_transport;
	r->relay = cf->address_verify_relay_transport;
	r->dflt = cf->address_verify_default_transport;
	r->relayhost = cf->address_verify_relayhost;
	r->transports = maps(s, "address_verify_transport_maps",
	    cf->address_verify_transport_maps);
	r->sender_relayhosts = maps(s,
	    "address_verify_sender_dependent_relayhost_maps",
	    cf->address_verify_sender_dependent_relayhost_maps);
	r->sender_transports = maps(s,
	    "address_verify_sender_dependent_default_transport_maps",
	    cf->address_verify_sender_dependent_default_transport_maps);
}

bool
trivial_setup(struct trivial *t, struct arena *a, struct table_source *src,
    const char **err)
{
	const char *parents = cf->parent_domain_matches_subdomains;
	struct setup s = { a, src, err, false };

	memset(t, 0, sizeof(*t));
	rewrite_rules_local(&t->rules_local);
	rewrite_rules_remote(&t->rules_remote);
	if ((t->here = local_domains_open(a, src, err)) == NULL)
		return (false);
	t->keys = (struct maps_rules){ .delimiters = cf->recipient_delimiter,
		.owner_special = cf->owner_request_special,
		.is_local = local_domain_or_origin, .arg = t->here };
	t->parents = match_parent_flag(parents, "transport_maps") != 0 ?
	    PARENTS_PLAIN : PARENTS_DOT;
	t->alias_domains = list(&s, "virtual_alias_domains",
	    cf->virtual_alias_domains, 0);
	t->mailbox_domains = list(&s, "virtual_mailbox_domains",
	    cf->virtual_mailbox_domains, 0);
	t->relay_domains = list(&s, "relay_domains", cf->relay_domains,
	    match_parent_flag(parents, "relay_domains"));
	t->relocated = maps(&s, "relocated_maps", cf->relocated_maps);
	routing_mail(&s, &t->mail);
	routing_probe(&s, &t->probe);
	return (!s.failed);
}
