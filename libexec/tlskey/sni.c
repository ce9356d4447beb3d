/* SPDX-License-Identifier: ISC */
/*
 * sni - pairs by the name that a client asks for: tls_server_sni_maps.
 *
 * A value is made by "postmap -F": the content of PEM files, in base64. The
 * name is a stranger's. What was found is kept, up to a number of names.
 */
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "base/xalloc.h"
#include "table/maps.h"

#include "tlskey.h"

#define KEPT_MAX	1000
#define VALUE_MAX	(256 * 1024)

struct kept {
	struct kept	*next;
	struct set	 set;
	char		 name[256];
};

static struct maps	*maps;
static struct kept	*kept;
static size_t		 nkept;

static int
table_fd(void *arg, const char *spec)
{
	const int fd = role_table_fd(spec);

	(void)arg;
	if (fd < 0)
		errno = ENOENT;
	return (fd);
}

void
sni_open(void)
{
	static struct table_source source = { .fd = table_fd, .lenient = true };
	const char *err = NULL;

	maps = maps_open(arena_new(0), "tls_server_sni_maps",
	    cf->tls_server_sni_maps, cf->default_database_type, 0, &source,
	    &err);
	if (maps == NULL)
		fatal("tls_server_sni_maps: %s", err != NULL ? err : "");
}

static void
forget(struct kept **at)
{
	struct kept *k = *at;

	*at = k->next;
	for (size_t i = 0; i < k->set.n; i++)
		pair_free(&k->set.pairs[i]);
	xfree(&k);
	nkept--;
}

void
sni_wipe(void)
{
	while (kept != NULL)
		forget(&kept);
}

static bool
parse(struct set *set, const char *value)
{
	const size_t n = strlen(value);
	unsigned char *text;
	int got;

	if (n > VALUE_MAX ||
	    (text = OPENSSL_secure_zalloc(n + 1)) == NULL) {
		log_error("tls_server_sni_maps: %s: the value is too long",
		    set->name);
		return (false);
	}
	got = EVP_DecodeBlock(text, (const unsigned char *)value, (int)n);
	if (got < 0)
		log_error("tls_server_sni_maps: %s: malformed BASE64 value",
		    set->name);
	else
		got = pairs_read((struct view){ (const char *)text,
		    strnlen((const char *)text, (size_t)got) }, set->name,
		    set->pairs, TLSKEY_CHAINS_MAX);
	OPENSSL_secure_clear_free(text, n + 1);
	set->n = got < 0 ? 0 : (size_t)got;
	return (got >= 0);
}

static bool
is_name(const char *name)
{
	for (const char *p = name; *p != '\0'; p++)
		if (!isalnum((unsigned char)*p) && strchr("-._", *p) == NULL)
			return (false);
	return (*name != '\0' && strlen(name) < sizeof(kept->name));
}

/* The oldest one goes. */
static void
make_room(void)
{
	struct kept **at = &kept;

	if (nkept < KEPT_MAX)
		return;
	while ((*at)->next != NULL)
		at = &(*at)->next;
	forget(at);
}

struct set *
sni_find(const char *name)
{
	const char *value;
	struct kept *k;

	if (maps_is_empty(maps) || !is_name(name))
		return (NULL);
	for (k = kept; k != NULL; k = k->next)
		if (strcasecmp(k->name, name) == 0)
			return (&k->set);
	if (maps_find_domain(maps, name, PARENTS_DOT, &value) != 1)
		return (NULL);
	make_room();
	k = xcalloc(1, sizeof(*k));
	memcpy(k->name, name, strlen(name) + 1);
	k->set.name = k->name;
	if (!parse(&k->set, value)) {
		xfree(&k);
		return (NULL);
	}
	set_number(&k->set);
	k->next = kept;
	kept = k;
	nkept++;
	return (&k->set);
}
