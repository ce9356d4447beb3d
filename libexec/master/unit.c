/* SPDX-License-Identifier: ISC */
/*
 * service - the services of master.cf, as they run.
 *
 * A reload keeps what goes on under the same name and type: its rendezvous
 * and, for the same address, its listening sockets. None is ever closed and
 * opened again, so no client is refused.
 */
#include <sys/stat.h>

#include <arpa/inet.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/xalloc.h"

#include "master.h"

#define ADDRESSES_MAX	64

bool
unit_waits(const struct unit *s)
{
	return (s->wanted && s->current == NULL &&
	    s->line->type == SERVICE_INET &&
	    policy_table[s->role].kind == POLICY_SESSION);
}

static void
make_rendezvous(struct unit *s)
{
	const int one = 1;
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0 ||
	    setsockopt(sv[0], SOL_SOCKET, SO_PASSCRED, &one, sizeof(one)) < 0)
		fatal("rendezvous of %s: %m", s->name);
	fd_nonblock(sv[0], true);
	s->serve = sv[0];
	s->dial = sv[1];
}

static bool
keep_listener(struct unit *s, const struct address *a)
{
	struct listener *l;

	SLIST_FOREACH(l, &s->listeners, next)
		if (l->address.len == a->len &&
		    memcmp(&l->address.sa, &a->sa, a->len) == 0)
			return (l->keep = true);
	return (false);
}

static void
add_listener(struct unit *s, const struct address *a, int fd)
{
	struct listener *l;

	if (fd < 0)
		return;
	l = xcalloc(1, sizeof(*l));
	l->fd = fd;
	l->address = *a;
	l->keep = true;
	SLIST_INSERT_HEAD(&s->listeners, l, next);
}

static bool
wants_family(const char *protocols, sa_family_t family)
{
	return (strstr(protocols, "all") != NULL || strstr(protocols,
	    family == AF_INET ? "ipv4" : "ipv6") != NULL);
}

/* inet_interfaces, for a line of master.cf that names no host. */
static size_t
interfaces(uint16_t port, struct address *out)
{
	const struct params *p = &m.config->params;
	struct conf_addr *addrs;
	struct conf_error e;
	size_t n = 0, have;
	char text[INET6_ADDRSTRLEN];

	if (strcmp(p->inet_interfaces, "all") == 0) {
		if (wants_family(p->inet_protocols, AF_INET))
			n += address_find("0.0.0.0", port, &out[n], 1);
		if (wants_family(p->inet_protocols, AF_INET6))
			n += address_find("::", port, &out[n], 1);
		return (n);
	}
	if (conf_own_addrs(m.config->conf, &addrs, &have, &e) < 0) {
		log_error("%s", e.text);
		return (0);
	}
	for (size_t i = 0; i < have && n < ADDRESSES_MAX; i++) {
		(void)inet_ntop(addrs[i].family, addrs[i].addr, text,
		    sizeof(text));
		n += address_find(text, port, &out[n], 1);
	}
	return (n);
}

static void
update_inet(struct unit *s)
{
	struct address a[ADDRESSES_MAX];
	struct conf_error e;
	size_t n;
	int fd;

	n = s->line->host != NULL && *s->line->host != '\0' ?
	    address_find(s->line->host, s->line->port, a, ADDRESSES_MAX) :
	    interfaces(s->line->port, a);
	if (n == 0)
		log_error("service %s: no address to listen on", s->key);
	for (size_t i = 0; i < n; i++) {
		if (keep_listener(s, &a[i]))
			continue;
		fd = listen_inet(&a[i], &e);
		/* At start nobody depends on the other services yet. */
		if (fd < 0 && m.config->generation == 1)
			fatal("service %s: %s", s->key, e.text);
		if (fd < 0)
			log_error("service %s: %s", s->key, e.text);
		add_listener(s, &a[i], fd);
	}
}

/* What spawn(8) serves is not ours: servers that the configuration names. */
static void
update_local(struct unit *s)
{
	const struct address none = { .len = 0 };
	struct conf_error e;
	int fd;

	if ((s->line->private && s->role != ROLE_SPAWN) ||
	    keep_listener(s, &none))
		return;
	if ((fd = listen_local(m.queuefd, s->line->private, s->name,
	    s->role == ROLE_SPAWN ? SOCK_STREAM : SOCK_SEQPACKET,
	    policy_may_reach(ROLE_USER, s->role), &e)) < 0)
		log_error("service %s: %s", s->key, e.text);
	add_listener(s, &none, fd);
}

static void
update_listeners(struct unit *s)
{
	struct listener *l, *tmp;

	SLIST_FOREACH(l, &s->listeners, next)
		l->keep = false;
	if (s->line->type == SERVICE_INET)
		update_inet(s);
	else
		update_local(s);
	SLIST_FOREACH_SAFE(l, &s->listeners, next, tmp) {
		if (l->keep)
			continue;
		SLIST_REMOVE(&s->listeners, l, listener, next);
		fd_close(&l->fd);
		xfree(&l);
	}
}

static struct unit *
find(const char *key)
{
	struct unit *s;

	TAILQ_FOREACH(s, &m.units, next)
		if (strcmp(s->key, key) == 0)
			return (s);
	return (NULL);
}

static struct unit *
add(const struct service *line, const char *key, enum role_id role)
{
	struct unit *s = xcalloc(1, sizeof(*s));

	s->key = xstrdup(key);
	s->name = xstrdup(line->name);
	s->role = role;
	s->line = line;
	s->serve = s->dial = -1;
	SLIST_INIT(&s->listeners);
	make_rendezvous(s);
	TAILQ_INSERT_TAIL(&m.units, s, next);
	return (s);
}

static bool
is_built(const char *command)
{
	char path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s",
	    m.config->params.daemon_directory, command);
	return (policy_find(command) != NULL && access(path, X_OK) == 0);
}

/*
 * A daemon that is not there yet: say so once, do not stop the others. Its
 * public socket exists all the same, since commands look for it.
 */
static void
missing(const struct service *line, const char *key)
{
	struct unit *s = find(key);

	if (s != NULL) {
		s->wanted = true;
		s->line = line;
		return;
	}
	log_warn("service %s: daemon \"%s\" is not part of this version of "
	    "Postern; the service does not run", key, line->command);
	s = add(line, key, ROLE_MASTER);
	s->wanted = true;
	if (line->type != SERVICE_INET)
		update_local(s);
}

static void
update(const struct service *line)
{
	const struct policy *p = policy_find(line->command);
	struct unit *s;
	char key[300];

	(void)snprintf(key, sizeof(key), "%s/%s", line->name,
	    service_type_name(line->type));
	if (p == NULL || !policy_is_role(p) ||
	    !is_built(line->command)) {
		missing(line, key);
		return;
	}
	if ((s = find(key)) == NULL)
		s = add(line, key, policy_id(p));
	s->role = policy_id(p);
	s->line = line;
	s->wanted = true;
	s->throttled = (struct mono){ 0 };
	s->wakeup = line->wakeup > 0 ? mono_in(span_s(line->wakeup)) :
	    MONO_NEVER;
	update_listeners(s);
}

/* Services that the configuration no longer has. */
static void
drop_unwanted(void)
{
	struct unit *s, *tmp;
	struct listener *l;

	TAILQ_FOREACH_SAFE(s, &m.units, next, tmp) {
		if (s->wanted)
			continue;
		while ((l = SLIST_FIRST(&s->listeners)) != NULL) {
			SLIST_REMOVE_HEAD(&s->listeners, next);
			fd_close(&l->fd);
			xfree(&l);
		}
		proc_drain_all(s);
		s->current = NULL;
		watch_forget(s);
		fd_close(&s->serve);
		fd_close(&s->dial);
		TAILQ_REMOVE(&m.units, s, next);
		/* Its processes may still point to it: kept, once a reload. */
		s->line = NULL;
	}
}

/* What the other roles cannot do without, if master.cf does not name it. */
static struct service builtin[] = {
	{ .name = "postlog", .command = "postlogd", .maxproc = 1,
	    .type = SERVICE_UNIX_DGRAM },
	{ .name = "dial", .command = "dial", .maxproc = 1, .private = true,
	    .type = SERVICE_UNIX },
	{ .name = "resolver", .command = "resolver", .maxproc = 1,
	    .private = true, .type = SERVICE_UNIX },
	{ .name = "tlsproxy", .command = "tlsproxy", .maxproc = 0,
	    .private = true, .type = SERVICE_UNIX },
	{ .name = "warrant", .command = "warrant", .maxproc = 1,
	    .private = true, .type = SERVICE_UNIX },
	{ .name = "tlskey", .command = "tlskey", .maxproc = 0,
	    .private = true, .type = SERVICE_UNIX },
};

static bool
has_command(const char *command)
{
	for (size_t i = 0; i < m.config->mastercf.n; i++)
		if (strcmp(m.config->mastercf.services[i].command,
		    command) == 0)
			return (true);
	return (false);
}

void
units_update(void)
{
	struct unit *s;

	TAILQ_FOREACH(s, &m.units, next)
		s->wanted = false;
	for (size_t i = 0; i < m.config->mastercf.n; i++)
		update(&m.config->mastercf.services[i]);
	for (size_t i = 0; i < sizeof(builtin) / sizeof(builtin[0]); i++)
		if (!has_command(builtin[i].command))
			update(&builtin[i]);
	drop_unwanted();
}
