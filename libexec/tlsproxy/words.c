/* SPDX-License-Identifier: ISC */
/*
 * words - what main.cf says of protocols, ciphers, groups and options, in
 * OpenSSL's terms. The administrator wrote it, but for the name that a client
 * asks for.
 */
#include <openssl/ssl.h>
#include <string.h>

#include "address/address.h"
#include "base/log.h"
#include "base/num.h"

#include "tlsproxy.h"

#define SEPS		", \t\r\n:"
#define HEX_MAX		16

static const struct version {
	const char	*name;
	int		 number;
	uint64_t	 off;
} versions[] = {
	{ "SSLv3", SSL3_VERSION, SSL_OP_NO_SSLv3 },
	{ "TLSv1", TLS1_VERSION, SSL_OP_NO_TLSv1 },
	{ "TLSv1.1", TLS1_1_VERSION, SSL_OP_NO_TLSv1_1 },
	{ "TLSv1.2", TLS1_2_VERSION, SSL_OP_NO_TLSv1_2 },
	{ "TLSv1.3", TLS1_3_VERSION, SSL_OP_NO_TLSv1_3 },
};
#define VERSIONS	(sizeof(versions) / sizeof(versions[0]))

/* Hexadecimal digits behind 0x; false if there is anything else. */
static bool
hex(struct view v, uint64_t *out)
{
	uint64_t n = 0;
	size_t i;

	if (!view_istarts(v, "0x") || v.n < 3 || v.n > 2 + HEX_MAX)
		return (false);
	for (i = 2; i < v.n; i++) {
		const char *digits = "0123456789abcdef", *at;
		const char c = v.p[i];

		at = strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c);
		if (c == '\0' || at == NULL)
			return (false);
		n = n << 4 | (uint64_t)(at - digits);
	}
	*out = n;
	return (true);
}

/* The bits of all versions "from" ... "to" that the word means. */
static bool
version_bits(struct view word, bool at_least, bool at_most, unsigned *bits)
{
	uint64_t number = 0;
	size_t i;

	if (!hex(word, &number)) {
		for (i = 0; i < VERSIONS; i++) {
			if (view_ieq(word, versions[i].name))
				break;
		}
		if (i == VERSIONS && !view_ieq(word, "SSLv2"))
			return (false);
		number = i == VERSIONS ? 0 : (uint64_t)versions[i].number;
	}
	*bits = 0;
	for (i = 0; i < VERSIONS; i++) {
		const uint64_t n = (uint64_t)versions[i].number;

		if (at_least ? n >= number : at_most ? n <= number :
		    n == number)
			*bits |= 1U << i;
	}
	return (true);
}

bool
words_protocols(const char *text, int *min, int *max, uint64_t *options)
{
	unsigned bound = (1U << VERSIONS) - 1, only = 0, not = 0, bits;
	struct view rest = view_of(text), word;
	bool lo, hi, no, any = false;
	size_t i;

	while ((word = view_word(&rest, SEPS)).n > 0) {
		const struct view whole = word;

		lo = view_starts(word, ">=");
		hi = view_starts(word, "<=");
		no = view_starts(word, "!");
		word = view_sub(word, lo || hi ? 2 : no ? 1 : 0, word.n);
		if (!version_bits(word, lo, hi, &bits)) {
			log_warn("invalid TLS protocol \"%.*s\" in \"%s\"",
			    (int)whole.n, whole.p, text);
			return (false);
		}
		if (lo || hi)
			bound &= bits;
		else if (no)
			not |= bits;
		else
			only |= bits;
		any = any || !(lo || hi || no);
	}
	bits = (any ? only : ~0U) & bound & ~not;
	*min = *max = 0;
	*options = 0;
	for (i = 0; i < VERSIONS; i++) {
		if ((bits & 1U << i) == 0) {
			*options |= versions[i].off;
			continue;
		}
		if (*min == 0)
			*min = versions[i].number;
		*max = versions[i].number;
	}
	if (*min == 0)
		log_warn("TLS protocols \"%s\": there are none", text);
	return (*min != 0);
}

static const char *
grade_list(const struct params *p, const char *grade)
{
	const struct view g = view_of(grade);

	if (view_ieq(g, "high"))
		return (p->tls_high_cipherlist);
	if (view_ieq(g, "null"))
		return (p->tls_null_cipherlist);
	/* The lower grades are what medium is, since Postfix 3.8. */
	if (view_ieq(g, "medium") || view_ieq(g, "low") ||
	    view_ieq(g, "export"))
		return (p->tls_medium_cipherlist);
	return (NULL);
}

bool
words_ciphers(const struct params *p, const char *grade,
    const char *const *exclude, struct buf *out)
{
	const char *list = grade_list(p, grade);
	struct view rest, word;
	size_t i;

	if (list == NULL) {
		log_warn("invalid TLS cipher grade: \"%s\"", grade);
		return (false);
	}
	if (buf_puts(out, list) < 0)
		return (false);
	for (i = 0; exclude[i] != NULL; i++) {
		rest = view_of(exclude[i]);
		while ((word = view_word(&rest, SEPS)).n > 0) {
			if (buf_printf(out, ":!%.*s", (int)word.n,
			    word.p) < 0)
				return (false);
		}
	}
	return (true);
}

static void
add_groups(SSL_CTX *ctx, const char *text, struct buf *out)
{
	struct view rest = view_of(text), word;
	char name[64];

	while ((word = view_word(&rest, SEPS)).n > 0) {
		if (word.n >= sizeof(name))
			continue;
		memcpy(name, word.p, word.n);
		name[word.n] = '\0';
		/* One that this OpenSSL does not have is none. */
		if (SSL_CTX_set1_groups_list(ctx, name) != 1)
			continue;
		if (buf_printf(out, "%s%s", out->n > 0 ? ":" : "", name) < 0)
			return;
	}
}

void
words_groups(const char *curves, const char *ffdhe, struct buf *out)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());

	if (ctx == NULL)
		return;
	add_groups(ctx, curves, out);
	add_groups(ctx, ffdhe, out);
	SSL_CTX_free(ctx);
	(void)problem_text(NULL);
}

struct option {
	const char	*name;
	uint64_t	 bit;
};

static const struct option options[] = {
	{ "ENABLE_KTLS", 0 },		/* a descriptor is all we have */
	{ "LEGACY_SERVER_CONNECT", SSL_OP_LEGACY_SERVER_CONNECT },
	{ "NO_TICKET", SSL_OP_NO_TICKET },
	{ "NO_COMPRESSION", SSL_OP_NO_COMPRESSION },
	{ "NO_RENEGOTIATION", SSL_OP_NO_RENEGOTIATION },
	{ "NO_SESSION_RESUMPTION_ON_RENEGOTIATION",
	    SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION },
	{ "PRIORITIZE_CHACHA", SSL_OP_PRIORITIZE_CHACHA },
	{ "NO_ENCRYPT_THEN_MAC", SSL_OP_NO_ENCRYPT_THEN_MAC },
	{ "NO_EXTENDED_MASTER_SECRET", SSL_OP_NO_EXTENDED_MASTER_SECRET },
	{ NULL, 0 },
};

/* Those of SSL_OP_ALL; names that no longer mean anything have no bit. */
static const struct option workarounds[] = {
	{ "CRYPTOPRO_TLSEXT_BUG", SSL_OP_CRYPTOPRO_TLSEXT_BUG },
	{ "DONT_INSERT_EMPTY_FRAGMENTS", SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS },
	{ "TLSEXT_PADDING", SSL_OP_TLSEXT_PADDING },
	{ "SAFARI_ECDHE_ECDSA_BUG", SSL_OP_SAFARI_ECDHE_ECDSA_BUG },
	{ "LEGACY_SERVER_CONNECT", SSL_OP_LEGACY_SERVER_CONNECT },
	{ "MICROSOFT_BIG_SSLV3_BUFFER", 0 },
	{ "MICROSOFT_SESS_ID_BUG", 0 },
	{ "MSIE_SSLV2_RSA_PADDING", 0 },
	{ "NETSCAPE_CHALLENGE_BUG", 0 },
	{ "NETSCAPE_REUSE_CIPHER_CHANGE_BUG", 0 },
	{ "SSLEAY_080_CLIENT_DH_BUG", 0 },
	{ "SSLREF2_REUSE_CERT_TYPE_BUG", 0 },
	{ "TLS_BLOCK_PADDING_BUG", 0 },
	{ "TLS_D5_BUG", 0 },
	{ "TLS_ROLLBACK_BUG", 0 },
	{ NULL, 0 },
};

static uint64_t
bits_of(const char *title, const struct option *table, const char *text)
{
	struct view rest = view_of(text), word;
	const struct option *o;
	uint64_t bits = 0, number;

	while ((word = view_word(&rest, ", \t\r\n")).n > 0) {
		for (o = table; o->name != NULL; o++) {
			if (view_ieq(word, o->name))
				break;
		}
		if (o->name != NULL)
			bits |= o->bit;
		else if (hex(word, &number))
			bits |= number;
		else
			log_warn("unknown %s value \"%.*s\" in \"%s\"", title,
			    (int)word.n, word.p, text);
	}
	return (bits);
}

uint64_t
words_options(const char *text)
{
	return (bits_of("tls_ssl_options", options, text));
}

uint64_t
words_workarounds(const char *text)
{
	return (bits_of("tls_disable_workarounds", workarounds, text));
}

bool
words_server_name(struct view name, struct buf *out)
{
	size_t i;
	char c;

	if (name.n > 0 && name.p[name.n - 1] == '.')
		name.n--;
	if (name.n == 0 || name.n > TLS_NAME_MAX || !host_valid(name) ||
	    host_is_addr(name))
		return (false);
	for (i = 0; i < name.n; i++) {
		c = name.p[i];
		if (c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		if ((unsigned char)c >= 0x80 || buf_putc(out, c) < 0)
			return (false);
	}
	return (true);
}
