/* SPDX-License-Identifier: ISC */
/*
 * host - what the system says of itself: its name, addresses and networks.
 *
 * For the privileged: no resolver and no NSS. Names of hosts in
 * inet_interfaces are those of /etc/hosts, read here as text.
 */
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/log.h"
#include "conf_in.h"

#define HOST_MAX	255
#define ADDRS_MAX	1024
#define BLANKS		" \t\r\n"
#define SEPS		", \t\r\n"

static const char *
host_name(struct conf *c)
{
	char name[HOST_MAX + 1];

	if (gethostname(name, sizeof(name) - 1) == -1)
		fatal("gethostname: %m");
	name[sizeof(name) - 1] = '\0';
	/* One label is no name of a mail system: take mydomain, if it is set. */
	if (strchr(name, '.') == NULL && conf_is_set(c, "mydomain"))
		return (arena_printf(c->arena, "%s.%s", name,
		    conf_raw(c, "mydomain")));
	return (arena_str(c->arena, name));
}

static const char *
host_domain(struct conf *c)
{
	struct conf_error e;
	const char *name = conf_eval(c, "myhostname", &e), *dot;

	if (name == NULL || (dot = strchr(name, '.')) == NULL || dot[1] == '\0')
		return ("localdomain");
	return (dot + 1);
}

static const char *
host_networks(struct conf *c)
{
	struct conf_addr *addrs;
	struct conf_error e;
	const char *style = conf_eval(c, "mynetworks_style", &e);
	size_t n;

	if (style == NULL || conf_own_addrs(c, &addrs, &n, &e) == -1) {
		log_warn("mynetworks: %s", e.text);
		return ("");
	}
	return (conf_networks(c->arena, style, addrs, n));
}

const char *
conf_computed(struct conf *c, const char *name)
{
	if (strcmp(name, "myhostname") == 0)
		return (host_name(c));
	if (strcmp(name, "mydomain") == 0)
		return (host_domain(c));
	if (strcmp(name, "mynetworks") == 0)
		return (host_networks(c));
	if (strcmp(name, "process_id") == 0)
		return (arena_printf(c->arena, "%d", (int)getpid()));
	return (NULL);
}

/* An address, with or without brackets around it. */
static bool
addr_parse(struct view v, struct conf_addr *out)
{
	char text[INET6_ADDRSTRLEN];

	if (v.n > 2 && v.p[0] == '[' && v.p[v.n - 1] == ']')
		v = view_sub(v, 1, v.n - 2);
	if (v.n >= sizeof(text))
		return (false);
	memcpy(text, v.p, v.n);
	text[v.n] = '\0';
	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, text, out->addr) == 1) {
		out->family = AF_INET;
		out->bits = 32;
		out->loopback = out->addr[0] == 127;
		return (true);
	}
	out->family = AF_INET6;
	out->bits = 128;
	if (inet_pton(AF_INET6, text, out->addr) != 1)
		return (false);
	out->loopback = memcmp(out->addr, &in6addr_loopback, 16) == 0;
	return (true);
}

static bool
addr_same(const struct conf_addr *a, const struct conf_addr *b)
{
	return (a->family == b->family &&
	    memcmp(a->addr, b->addr, sizeof(a->addr)) == 0);
}

static unsigned
mask_bits(const uint8_t *mask, size_t n)
{
	unsigned bits = 0;
	size_t i;

	for (i = 0; i < n; i++)
		bits += (unsigned)__builtin_popcount(mask[i]);
	return (bits);
}

static bool
addr_of(const struct ifaddrs *ifa, struct conf_addr *out)
{
	const struct sockaddr_in *in, *inm;
	const struct sockaddr_in6 *in6, *in6m;

	memset(out, 0, sizeof(*out));
	if (ifa->ifa_addr == NULL || (ifa->ifa_flags & IFF_UP) == 0)
		return (false);
	out->family = ifa->ifa_addr->sa_family;
	out->loopback = (ifa->ifa_flags & IFF_LOOPBACK) != 0;
	if (out->family == AF_INET) {
		in = (const void *)ifa->ifa_addr;
		inm = (const void *)ifa->ifa_netmask;
		memcpy(out->addr, &in->sin_addr, 4);
		out->bits = inm == NULL ? 32 :
		    mask_bits((const void *)&inm->sin_addr, 4);
		return (true);
	}
	if (out->family != AF_INET6)
		return (false);
	in6 = (const void *)ifa->ifa_addr;
	in6m = (const void *)ifa->ifa_netmask;
	memcpy(out->addr, &in6->sin6_addr, 16);
	out->bits = in6m == NULL ? 128 : mask_bits(in6m->sin6_addr.s6_addr, 16);
	return (true);
}

static bool
lists(struct view rest, const char *word, const char *all)
{
	struct view w;

	while ((w = view_word(&rest, SEPS)).n > 0)
		if (view_ieq(w, word) || view_ieq(w, all))
			return (true);
	return (false);
}

/* All addresses that /etc/hosts has for a name: how many. */
static size_t
hosts_find(struct view name, struct conf_addr *out, size_t max)
{
	FILE *f = fopen("/etc/hosts", "re");
	struct view rest, word, addr;
	char line[1024], want[HOST_MAX + 1];
	ptrdiff_t hash;
	size_t n = 0;
	bool hit;

	if (f == NULL || name.n > HOST_MAX) {
		if (f != NULL)
			(void)fclose(f);
		return (0);
	}
	memcpy(want, name.p, name.n);
	want[name.n] = '\0';
	while (n < max && fgets(line, sizeof(line), f) != NULL) {
		rest = view_of(line);
		if ((hash = view_chr(rest, '#')) != -1)
			rest = view_sub(rest, 0, (size_t)hash);
		addr = view_word(&rest, BLANKS);
		for (hit = false; !hit &&
		    (word = view_word(&rest, BLANKS)).n > 0;)
			hit = view_ieq(word, want);
		if (hit && addr_parse(addr, &out[n]))
			n++;
	}
	(void)fclose(f);
	return (n);
}

struct own {
	struct conf_addr	*all, *out;	/* of the system; the result */
	size_t			 nall, n;
	bool			 v4, v6;
};

static void
own_add(struct own *o, const struct conf_addr *a)
{
	size_t i;

	if (!(a->family == AF_INET ? o->v4 : o->v6))
		return;
	for (i = 0; i < o->n; i++)
		if (addr_same(&o->out[i], a))
			return;
	if (o->n < ADDRS_MAX)
		o->out[o->n++] = *a;
}

/* One word of inet_interfaces: an address or a name of /etc/hosts. */
static bool
own_word(struct own *o, struct view word)
{
	struct conf_addr found[16];
	size_t n = 1, i, k;

	if (!addr_parse(word, &found[0]))
		n = hosts_find(word, found, 16);
	for (i = 0; i < n; i++) {
		for (k = 0; k < o->nall; k++)
			if (addr_same(&o->all[k], &found[i]))
				found[i].bits = o->all[k].bits;
		own_add(o, &found[i]);
	}
	return (n > 0);
}

static void
own_system(struct own *o)
{
	struct ifaddrs *list, *ifa;

	if (getifaddrs(&list) == -1)
		fatal("getifaddrs: %m");
	for (ifa = list; ifa != NULL && o->nall < ADDRS_MAX;
	    ifa = ifa->ifa_next)
		if (addr_of(ifa, &o->all[o->nall]))
			o->nall++;
	freeifaddrs(list);
}

int
conf_own_addrs(struct conf *c, struct conf_addr **out, size_t *n,
    struct conf_error *e)
{
	const char *ifs = conf_eval(c, "inet_interfaces", e), *protos;
	struct view rest, word;
	struct own o = { 0 };
	bool all, loop;
	size_t i;

	if (ifs == NULL || (protos = conf_eval(c, "inet_protocols", e)) == NULL)
		return (-1);
	o.v4 = lists(view_of(protos), "ipv4", "all");
	o.v6 = lists(view_of(protos), "ipv6", "all");
	o.all = arena_array(c->arena, ADDRS_MAX, sizeof(*o.all));
	o.out = arena_array(c->arena, ADDRS_MAX, sizeof(*o.out));
	own_system(&o);
	rest = view_of(ifs);
	while ((word = view_word(&rest, SEPS)).n > 0) {
		all = view_ieq(word, "all");
		loop = view_ieq(word, "loopback-only");
		for (i = 0; i < o.nall; i++)
			if (all || (loop && o.all[i].loopback))
				own_add(&o, &o.all[i]);
		if (!all && !loop && !own_word(&o, word))
			return (conf_fail(e, "%s: inet_interfaces: expected "
			    "all, loopback-only, an address or a name in "
			    "/etc/hosts, found \"%.*s\"", c->file,
			    (int)word.n, word.p));
	}
	*out = o.out;
	*n = o.n;
	return (0);
}

/* The bits of the network of an address under a style. */
static unsigned
network_bits(const struct conf_addr *a, const char *style)
{
	if (strcasecmp(style, "host") == 0)
		return (a->family == AF_INET ? 32 : 128);
	if (strcasecmp(style, "subnet") == 0 || a->family == AF_INET6)
		return (a->bits);
	return (a->addr[0] < 128 ? 8 : a->addr[0] < 192 ? 16 :
	    a->addr[0] < 224 ? 24 : 32);
}

const char *
conf_networks(struct arena *a, const char *style,
    const struct conf_addr *addrs, size_t n)
{
	char text[INET6_ADDRSTRLEN];
	const char *list = "", *next;
	struct conf_addr net;
	unsigned bits, b;
	size_t i, k;

	for (i = 0; i < n; i++) {
		net = addrs[i];
		bits = network_bits(&net, style);
		for (k = 0; k < sizeof(net.addr); k++) {
			b = bits > k * 8 ? bits - (unsigned)k * 8 : 0;
			if (b < 8)
				net.addr[k] &= (uint8_t)(0xff00 >> b);
		}
		(void)inet_ntop(net.family, net.addr, text, sizeof(text));
		next = arena_printf(a, net.family == AF_INET ? "%s/%u" :
		    "[%s]/%u", text, bits);
		/* Two addresses may be of one network. */
		if (!lists(view_of(list), next, next))
			list = arena_printf(a, "%s%s%s", list,
			    *list == '\0' ? "" : " ", next);
	}
	return (list);
}
