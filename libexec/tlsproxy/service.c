/* SPDX-License-Identifier: ISC */
/*
 * service - the TLS of each service of master.cf.
 *
 * master(8) gives the parameters of each; a service without TLS has no
 * context.
 */
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "broker/role.h"

#include "tlsproxy.h"

#define PARAMS_MAX	(4 * 1024 * 1024)

static struct service *services;

/* smtpd_tls_security_level, and what it was before there was one. */
static bool
wants_tls(const struct params *p, bool *mandatory)
{
	const char *level = p->smtpd_tls_security_level;

	*mandatory = p->smtpd_enforce_tls;
	if (level[0] != '\0')
		*mandatory = strcmp(level, "encrypt") == 0;
	if (p->smtpd_tls_wrappermode)
		*mandatory = true;
	if (*mandatory)
		return (true);
	return (level[0] != '\0' ? strcmp(level, "may") == 0 :
	    p->smtpd_use_tls);
}

static bool
names_certificate(const struct params *p)
{
	return (p->smtpd_tls_chain_files[0] != '\0' ||
	    p->smtpd_tls_cert_file[0] != '\0' ||
	    p->smtpd_tls_dcert_file[0] != '\0' ||
	    p->smtpd_tls_eccert_file[0] != '\0');
}

static void
add_server(struct service *s)
{
	const struct params *p = s->p;

	s->purpose = TLSKEY_SERVER;
	s->ca_file = p->smtpd_tls_CAfile;
	s->digest = p->smtpd_tls_fingerprint_digest;
	s->depth = (int)p->smtpd_tls_ccert_verifydepth;
	if (!wants_tls(p, &s->mandatory))
		return;
	s->asks = p->smtpd_tls_ask_ccert ||
	    (s->mandatory && p->smtpd_tls_req_ccert);
	s->anonymous = strcmp(p->smtpd_tls_cert_file, "none") == 0 &&
	    p->smtpd_tls_chain_files[0] == '\0';
	s->wanted = s->anonymous || names_certificate(p);
	if (s->wanted)
		s->ctx = context_server(s);
}

/* Each session of a client wants something else: it makes its own context. */
static void
add_client(struct service *s, bool lmtp)
{
	const struct params *p = s->p;

	s->wanted = true;
	s->purpose = lmtp ? TLSKEY_LMTP_CLIENT : TLSKEY_SMTP_CLIENT;
	s->ca_file = lmtp ? p->lmtp_tls_CAfile : p->smtp_tls_CAfile;
	s->digest = lmtp ? p->lmtp_tls_fingerprint_digest :
	    p->smtp_tls_fingerprint_digest;
	s->depth = (int)(lmtp ? p->lmtp_tls_scert_verifydepth :
	    p->smtp_tls_scert_verifydepth);
	s->anonymous = lmtp ? p->lmtp_tls_chain_files[0] == '\0' &&
	    p->lmtp_tls_cert_file[0] == '\0' &&
	    p->lmtp_tls_eccert_file[0] == '\0' :
	    p->smtp_tls_chain_files[0] == '\0' &&
	    p->smtp_tls_cert_file[0] == '\0' &&
	    p->smtp_tls_eccert_file[0] == '\0';
}

static void
add(struct arena *a, const char *key, const struct params *p)
{
	struct service *s = arena_get(a, sizeof(*s));

	s->key = key;
	s->p = p;
	s->next = services;
	services = s;
	if (strncmp(key, "smtpd:", 6) == 0)
		add_server(s);
	else
		add_client(s, strncmp(key, "lmtp:", 5) == 0);
}

/* The parameters that master has put into a file for a service. */
static const struct params *
import(struct arena *a, const struct bundle_item *item)
{
	struct params *p = arena_get(a, sizeof(*p));
	char *bytes = arena_get(a, PARAMS_MAX);
	const struct params *mine = cf;
	struct conf_error e;
	ssize_t n;

	n = fd_pread_all(item->fd, bytes, PARAMS_MAX, 0);
	if (n < 0)
		fatal("%s: %m", item->name);
	if (conf_import(a, (struct view){ bytes, (size_t)n }, p, &e) < 0)
		fatal("%s: %s", item->name, e.text);
	cf = mine;
	return (p);
}

void
services_open(void)
{
	const struct bundle *b = role_bundle();
	struct arena *a = arena_new(0);
	const char *name;

	for (size_t i = 0; i < b->nitems; i++) {
		name = b->items[i].name;
		if (b->items[i].kind == BUNDLE_FILE &&
		    strncmp(name, "params:", 7) == 0)
			add(a, name + 7, import(a, &b->items[i]));
	}
}

struct service *
service_find(const char *role, const char *name)
{
	struct service *s;
	size_t n = strlen(role);

	for (s = services; s != NULL; s = s->next) {
		if (strncmp(s->key, role, n) == 0 && s->key[n] == ':' &&
		    strcmp(s->key + n + 1, name) == 0)
			return (s);
	}
	return (NULL);
}
