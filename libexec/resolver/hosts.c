/* SPDX-License-Identifier: ISC */
/*
 * hosts - two trees over the hosts file: by name and by address.
 *
 * The file is the administrator's; it is bounded all the same.
 */
#include <bsd/sys/tree.h>

#include <string.h>
#include <strings.h>

#include "base/log.h"

#include "hosts.h"

#define WARNINGS_MAX	5
#define BLANKS		" \t\r\f\v"

struct by_name {
	RB_ENTRY(by_name)	 entry;
	const char		*name;
	struct hosts_addr	*first;
};
RB_HEAD(names, by_name);

struct by_addr {
	RB_ENTRY(by_addr)	 entry;
	struct hosts_addr	 key;
	const char		*name;
};
RB_HEAD(addrs, by_addr);

struct hosts {
	struct arena	*arena;
	struct names	 names;
	struct addrs	 addrs;
	size_t		 count;
	int		 line, bad;
};

static int
name_cmp(const struct by_name *a, const struct by_name *b)
{
	return (strcasecmp(a->name, b->name));
}

static int
addr_cmp(const struct by_addr *a, const struct by_addr *b)
{
	if (a->key.n != b->key.n)
		return (a->key.n < b->key.n ? -1 : 1);
	return (memcmp(a->key.addr, b->key.addr, a->key.n));
}

/* RB_GENERATE_STATIC() of libbsd needs a __unused that nobody defines. */
#define UNUSED_STATIC	__attribute__((unused)) static
RB_GENERATE_INTERNAL(names, by_name, entry, name_cmp, UNUSED_STATIC)
RB_GENERATE_INTERNAL(addrs, by_addr, entry, addr_cmp, UNUSED_STATIC)

static void
complain(struct hosts *h, const char *what, struct view word)
{
	if (h->bad++ < WARNINGS_MAX)
		log_warn("hosts file, line %d: %s: %.*s", h->line, what,
		    (int)(word.n < 100 ? word.n : 100), word.p);
}

static void
add_name(struct hosts *h, const char *name, const struct hosts_addr *addr)
{
	struct by_name *e, key = { .name = name };
	struct hosts_addr **end;
	int n = 0;

	if ((e = RB_FIND(names, &h->names, &key)) == NULL) {
		e = arena_get(h->arena, sizeof(*e));
		e->name = name;
		(void)RB_INSERT(names, &h->names, e);
	}
	for (end = &e->first; *end != NULL; end = &(*end)->next)
		if (++n == DNS_RECORD_MAX || ((*end)->n == addr->n &&
		    memcmp((*end)->addr, addr->addr, addr->n) == 0))
			return;
	*end = arena_get(h->arena, sizeof(**end));
	**end = *addr;
}

static void
add_addr(struct hosts *h, const struct hosts_addr *addr, const char *name)
{
	struct by_addr *e = arena_get(h->arena, sizeof(*e));

	e->key = *addr;
	e->name = name;
	/* An earlier line with this address wins. */
	(void)RB_INSERT(addrs, &h->addrs, e);
}

static void
take_line(struct hosts *h, struct view line)
{
	struct hosts_addr addr = { .n = 0 };
	struct view word;
	const char *text, *name;
	bool first = true;
	ptrdiff_t hash = view_chr(line, '#');

	if (hash >= 0)
		line.n = (size_t)hash;
	if ((word = view_word(&line, BLANKS)).n == 0)
		return;
	text = view_str(h->arena, word);
	if (text == NULL || (addr.n = name_address(text, addr.addr)) == 0) {
		/* An address with a zone is of no use to mail. */
		if (view_chr(word, '%') < 0)
			complain(h, "not an address", word);
		return;
	}
	while ((word = view_word(&line, BLANKS)).n != 0) {
		if (!name_is_valid(word)) {
			complain(h, "not a host name", word);
			continue;
		}
		if (h->count++ == HOSTS_MAX)
			complain(h, "too many names, this is ignored", word);
		if (h->count > HOSTS_MAX)
			return;
		if (word.n > 1 && word.p[word.n - 1] == '.')
			word.n--;
		name = arena_strn(h->arena, word.p, word.n);
		add_name(h, name, &addr);
		if (first)
			add_addr(h, &addr, name);
		first = false;
	}
}

struct hosts *
hosts_parse(struct arena *a, struct view text)
{
	struct hosts *h = arena_get(a, sizeof(*h));
	struct view line;

	h->arena = a;
	RB_INIT(&h->names);
	RB_INIT(&h->addrs);
	while (view_field(&text, '\n', &line)) {
		h->line++;
		take_line(h, line);
	}
	return (h);
}

const struct hosts_addr *
hosts_by_name(struct hosts *h, const char *name)
{
	struct by_name *e, key = { .name = name };

	e = RB_FIND(names, &h->names, &key);
	return (e != NULL ? e->first : NULL);
}

const char *
hosts_by_addr(struct hosts *h, const uint8_t *addr, size_t n)
{
	struct by_addr *e, key = { .key = { .n = n } };

	must(n <= NAME_ADDR_MAX);
	memcpy(key.key.addr, addr, n);
	e = RB_FIND(addrs, &h->addrs, &key);
	return (e != NULL ? e->name : NULL);
}
