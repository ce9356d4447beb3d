/* SPDX-License-Identifier: ISC */
/*
 * store - which pairs a service has, by the parameters that name their files.
 *
 * master(8) gives the files by their paths, and the parameters of each line
 * of master.cf that may have TLS; without any, those of main.cf are for all.
 * A pair that two services name is read once.
 */
#include <sys/stat.h>

#include <openssl/crypto.h>

#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/xalloc.h"

#include "tlskey.h"

#define TEXT_MAX	(128 * 1024)	/* bytes of one file */
#define PARAMS_MAX	(4 * 1024 * 1024)
#define LINE		"params:"	/* COMMAND:NAME/TYPE */

struct names {			/* what the parameters say */
	const char	*chains;
	const char	*files[3][2];	/* certificate, key */
};

struct source {			/* files that were read */
	struct source	*next;
	const char	*cert, *key;	/* key NULL: chain files */
	struct pair	*pairs[TLSKEY_CHAINS_MAX];
	size_t		 n;
};

struct service {
	struct service	*next;
	const char	*name;		/* NULL: any */
	struct set	 sets[TLSKEY_PURPOSE_MAX + 1];
};

static struct arena	*arena;
static struct source	*sources;
static struct service	*services;
static size_t		 nbad;

#define NAMES(p, who)							\
	((struct names){ (p)->who##_tls_chain_files, {			\
	    { (p)->who##_tls_cert_file, (p)->who##_tls_key_file },	\
	    { (p)->who##_tls_dcert_file, (p)->who##_tls_dkey_file },	\
	    { (p)->who##_tls_eccert_file, (p)->who##_tls_eckey_file } } })

/* The content of a file of the bundle, in memory that is not swapped. */
static bool
text_read(const char *path, struct view *out)
{
	const int fd = role_file_fd(path);
	struct stat st;
	ssize_t n;
	char *p;

	if (fd < 0) {
		log_error("%s: cannot be read", path);
		return (false);
	}
	if (fstat(fd, &st) < 0 || st.st_size > TEXT_MAX ||
	    (p = OPENSSL_secure_malloc((size_t)st.st_size + 1)) == NULL) {
		log_error("%s: too long for a key or a certificate", path);
		return (false);
	}
	if ((n = fd_pread_all(fd, p, (size_t)st.st_size, 0)) < 0)
		log_error("read %s: %m", path);
	*out = (struct view){ p, n < 0 ? 0 : (size_t)n };
	return (true);
}

static void
text_free(struct view *v)
{
	/* Ours, from above. */
	OPENSSL_secure_clear_free((void *)(uintptr_t)v->p, v->n);
	*v = (struct view){ NULL, 0 };
}

static void
read_two(struct source *s)
{
	struct view key, certs;

	if (!text_read(s->key, &key))
		return;
	if (text_read(s->cert, &certs)) {
		s->pairs[0] = pair_read(key, s->key, certs, s->cert);
		s->n = s->pairs[0] != NULL;
		text_free(&certs);
	}
	text_free(&key);
}

/* Files of which the certificates of a key may be in the next one. */
static bool
join(struct view list, char *all, size_t *n)
{
	struct view w, text;
	bool ok = true;

	while (ok && (w = view_word(&list, ", \t\r\n")).n > 0) {
		if (!text_read(view_str(arena, w), &text))
			return (false);
		ok = *n + text.n < TEXT_MAX;
		if (ok) {
			memcpy(all + *n, text.p, text.n);
			*n += text.n;
			all[(*n)++] = '\n';
		}
		text_free(&text);
	}
	if (!ok)
		log_error("chain files are too long");
	return (ok);
}

static void
read_chains(struct source *s)
{
	char *all = OPENSSL_secure_zalloc(TEXT_MAX + 1);
	size_t n = 0;
	int got;

	if (all == NULL)
		fatal("memory for keys");
	if (join(view_of(s->cert), all, &n)) {
		got = pairs_read((struct view){ all, n }, s->cert, s->pairs,
		    TLSKEY_CHAINS_MAX);
		s->n = got < 0 ? 0 : (size_t)got;
	}
	OPENSSL_secure_clear_free(all, TEXT_MAX + 1);
}

static struct source *
source(const char *cert, const char *key)
{
	struct source *s;

	for (s = sources; s != NULL; s = s->next)
		if (strcmp(s->cert, cert) == 0 && (key == NULL ?
		    s->key == NULL : s->key != NULL &&
		    strcmp(s->key, key) == 0))
			return (s);
	s = arena_get(arena, sizeof(*s));
	s->cert = arena_str(arena, cert);
	s->key = key != NULL ? arena_str(arena, key) : NULL;
	if (key != NULL)
		read_two(s);
	else
		read_chains(s);
	if (s->n == 0)
		nbad++;
	s->next = sources;
	sources = s;
	return (s);
}

static void
add(struct set *set, const struct source *s)
{
	for (size_t i = 0; i < s->n; i++) {
		if (set->n == TLSKEY_CHAINS_MAX) {
			log_error("%s: too many keys", set->name);
			nbad++;
			return;
		}
		set->pairs[set->n++] = s->pairs[i];
	}
}

/* Another value for the same bytes is never seen, and that is all it is for. */
void
set_number(struct set *s)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx != NULL && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);

	for (size_t i = 0; ok && i < s->n; i++)
		ok = EVP_DigestUpdate(ctx, s->pairs[i]->certs.p,
		    s->pairs[i]->certs.n) == 1;
	if (!ok || EVP_DigestFinal_ex(ctx, s->serial, NULL) != 1)
		fatal("SHA-256 is not there");
	EVP_MD_CTX_free(ctx);
}

static bool
is_file(const char *name)
{
	return (*name != '\0' && strcmp(name, "none") != 0);
}

static void
fill(struct set *set, const char *name, const struct names *names)
{
	set->name = name;
	if (is_file(names->chains))
		add(set, source(names->chains, NULL));
	else
		for (size_t i = 0; i < 3; i++)
			if (is_file(names->files[i][0]))
				add(set, source(names->files[i][0],
				    names->files[i][1]));
	set_number(set);
}

/* What may be asked for a line of master.cf, by its command; NULL: all. */
static bool
is_for(const char *command, enum tlskey_purpose purpose)
{
	static const char *const commands[] = { [TLSKEY_SERVER] = "smtpd",
		[TLSKEY_SMTP_CLIENT] = "smtp", [TLSKEY_LMTP_CLIENT] = "lmtp" };

	return (command == NULL || strcmp(command, commands[purpose]) == 0);
}

static void
add_service(const char *name, const char *command, const struct params *p)
{
	const struct names names[] = { [TLSKEY_SERVER] = NAMES(p, smtpd),
		[TLSKEY_SMTP_CLIENT] = NAMES(p, smtp),
		[TLSKEY_LMTP_CLIENT] = NAMES(p, lmtp) };
	struct service *s = arena_get(arena, sizeof(*s));

	s->name = name;
	for (size_t i = 0; i <= TLSKEY_PURPOSE_MAX; i++)
		if (is_for(command, (enum tlskey_purpose)i))
			fill(&s->sets[i], name != NULL ? name : "main.cf",
			    &names[i]);
	s->next = services;
	services = s;
}

static void
add_line(const struct bundle_item *item)
{
	char *command = arena_str(arena, item->name + strlen(LINE));
	char *name = strchr(command, ':');
	struct params *params = arena_get(arena, sizeof(*params));
	char *text = arena_get(arena, PARAMS_MAX);
	struct conf_error e;
	ssize_t n;

	if (name == NULL || (n = fd_pread_all(item->fd, text, PARAMS_MAX, 0)) <
	    0 || conf_import(arena, (struct view){ text, (size_t)n }, params,
	    &e) < 0)
		fatal("parameters of %s cannot be read", item->name);
	*name++ = '\0';
	add_service(name, command, params);
}

size_t
store_load(void)
{
	const struct bundle *b = role_bundle();
	const struct params *mine = cf;

	arena = arena_new(0);
	for (size_t i = 0; i < b->nitems; i++)
		if (b->items[i].kind == BUNDLE_FILE &&
		    strncmp(b->items[i].name, LINE, strlen(LINE)) == 0)
			add_line(&b->items[i]);
	cf = mine;
	if (services == NULL)
		add_service(NULL, NULL, cf);
	return (nbad);
}

void
store_wipe(void)
{
	for (struct source *s = sources; s != NULL; s = s->next)
		for (size_t i = 0; i < s->n; i++)
			pair_free(&s->pairs[i]);
	services = NULL;
	sources = NULL;
	arena_free(&arena);
}

bool
store_has_rsa(void)
{
	for (const struct source *s = sources; s != NULL; s = s->next)
		for (size_t i = 0; i < s->n; i++)
			if (s->pairs[i]->type == KEY_RSA)
				return (true);
	return (false);
}

struct set *
store_find(const char *service, enum tlskey_purpose purpose)
{
	static struct set none;
	struct service *s;

	for (s = services; s != NULL; s = s->next)
		if (s->name == NULL || strcmp(s->name, service) == 0)
			return (&s->sets[purpose]);
	return (&none);
}
