/* SPDX-License-Identifier: ISC */
/* tbs - see tbs.h. Every byte is looked at that a format leaves no choice. */
#include <string.h>

#include "proto/tlskey.h"

#include "tbs.h"

#define EC	(KEY_P256 | KEY_P384 | KEY_P521)
#define BLANKS	64		/* in front of all that TLS 1.3 signs */
#define RANDOM	32

/* In TLS 1.2 the curve of a key is not tied to the hash. */
static const struct scheme schemes[] = {
	{ 0x0401, 0, KEY_RSA, "SHA256", false },
	{ 0x0501, 0, KEY_RSA, "SHA384", false },
	{ 0x0601, 0, KEY_RSA, "SHA512", false },
	{ 0x0403, KEY_P256, EC, "SHA256", false },
	{ 0x0503, KEY_P384, EC, "SHA384", false },
	{ 0x0603, KEY_P521, EC, "SHA512", false },
	{ 0x0804, KEY_RSA, KEY_RSA, "SHA256", true },
	{ 0x0805, KEY_RSA, KEY_RSA, "SHA384", true },
	{ 0x0806, KEY_RSA, KEY_RSA, "SHA512", true },
	{ 0x0807, KEY_ED25519, KEY_ED25519, NULL, false },
};

/* RFC 8422, 5.1.1; a point of a curve of NIST begins with a 4. */
static const struct {
	uint16_t	group;
	uint8_t		length;
	bool		nist;
} groups[] = {
	{ 23, 65, true },		/* secp256r1 */
	{ 24, 97, true },		/* secp384r1 */
	{ 25, 133, true },		/* secp521r1 */
	{ 29, 32, false },		/* x25519 */
	{ 30, 56, false },		/* x448 */
};

/* Handshake messages of RFC 5246, 7.4, RFC 6066, 8. */
enum message {
	CLIENT_HELLO = 1,
	SERVER_HELLO = 2,
	CERTIFICATE = 11,
	SERVER_KEY_EXCHANGE = 12,
	CERTIFICATE_REQUEST = 13,
	SERVER_HELLO_DONE = 14,
	CLIENT_KEY_EXCHANGE = 16,
	CERTIFICATE_STATUS = 22
};

static const struct {
	enum message	type;
	bool		optional;
	size_t		least;		/* bytes of its body */
} order[] = {
	/* version, random, session id, suites, compression */
	{ CLIENT_HELLO, false, 2 + RANDOM + 1 + 4 + 2 },
	{ SERVER_HELLO, false, 2 + RANDOM + 1 + 2 + 1 },
	{ CERTIFICATE, false, 3 },
	{ CERTIFICATE_STATUS, true, 4 },
	/* curve, group, point, scheme, signature; finite fields have more */
	{ SERVER_KEY_EXCHANGE, true, 1 + 2 + 1 + 32 + 2 + 2 },
	/* types, schemes, authorities */
	{ CERTIFICATE_REQUEST, false, 2 + 4 + 2 },
	{ SERVER_HELLO_DONE, false, 0 },
	/* a client that signs has a certificate */
	{ CERTIFICATE, false, 6 },
	{ CLIENT_KEY_EXCHANGE, false, 1 },
};
#define NORDER	(sizeof(order) / sizeof(order[0]))

const struct scheme *
scheme_find(uint32_t number)
{
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (schemes[i].number == number)
			return (&schemes[i]);
	return (NULL);
}

/* Numbers of TLS have their high byte first. */
static bool
take_number(struct view *v, size_t bytes, size_t *out)
{
	struct view b;

	if (!view_take(v, bytes, &b))
		return (false);
	*out = 0;
	for (size_t i = 0; i < bytes; i++)
		*out = *out << 8 | (unsigned char)b.p[i];
	return (true);
}

static bool
is_tls13(struct view v)
{
	if (v.n < BLANKS)
		return (false);
	for (size_t i = 0; i < BLANKS; i++)
		if (v.p[i] != ' ')
			return (false);
	return (true);
}

static const char *
check_tls13(struct view v, bool client)
{
	static const char server_text[] = "TLS 1.3, server CertificateVerify";
	static const char client_text[] = "TLS 1.3, client CertificateVerify";
	const char *want = client ? client_text : server_text;
	struct view blanks, text;

	if (!view_take(&v, BLANKS, &blanks) ||
	    !view_take(&v, sizeof(server_text), &text) ||
	    memcmp(text.p, want, sizeof(server_text)) != 0)
		return ("not the context string of TLS 1.3");
	if (v.n != 32 && v.n != 48)
		return ("the hash of the transcript has another length");
	return (NULL);
}

static const char *
check_server_tls12(struct view v)
{
	struct view randoms, point;
	size_t type, group, n, i;

	if (!view_take(&v, 2 * (size_t)RANDOM, &randoms) ||
	    !take_number(&v, 1, &type) || !take_number(&v, 2, &group) ||
	    !take_number(&v, 1, &n))
		return ("too short for a ServerKeyExchange");
	if (type != 3)
		return ("not a named group");
	for (i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (groups[i].group == group)
			break;
	if (i == sizeof(groups) / sizeof(groups[0]))
		return ("a group that is not in use");
	if (n != groups[i].length || !view_take(&v, n, &point) || v.n != 0)
		return ("the point has another length");
	if (groups[i].nist && point.p[0] != 4)
		return ("not an uncompressed point");
	return (NULL);
}

/* The two messages that say the version; it is that of TLS 1.2 in both. */
static bool
says_version(enum message type)
{
	return (type == CLIENT_HELLO || type == SERVER_HELLO);
}

static const char *
check_message(size_t at, struct view body)
{
	if (body.n < order[at].least)
		return ("a message of the transcript is too short");
	if (says_version(order[at].type) &&
	    memcmp(body.p, "\003\003", 2) != 0)
		return ("a transcript of another version");
	if (order[at].type == SERVER_HELLO_DONE && body.n != 0)
		return ("a ServerHelloDone with content");
	return (NULL);
}

static const char *
check_client_tls12(struct view v)
{
	size_t at = 0, type, n;
	const char *why;
	struct view body;

	while (v.n > 0) {
		if (!take_number(&v, 1, &type) || !take_number(&v, 3, &n) ||
		    !view_take(&v, n, &body))
			return ("a message of the transcript is cut");
		while (at < NORDER && order[at].type != type &&
		    order[at].optional)
			at++;
		if (at == NORDER || order[at].type != type)
			return ("a transcript in another order");
		if ((why = check_message(at++, body)) != NULL)
			return (why);
	}
	return (at == NORDER ? NULL : "a transcript that is not complete");
}

const char *
tbs_check(struct view tbs, enum key_type type, bool client,
    const struct scheme *scheme)
{
	const bool tls13 = is_tls13(tbs);

	if (scheme == NULL ||
	    ((tls13 ? scheme->tls13 : scheme->tls12) & type) == 0)
		return ("a signature scheme that is not for this key");
	if (tbs.n > (client && !tls13 ? (size_t)TLSKEY_TRANSCRIPT_MAX :
	    (size_t)TLSKEY_TBS_MAX))
		return ("too long");
	if (tls13)
		return (check_tls13(tbs, client));
	return (client ? check_client_tls12(tbs) : check_server_tls12(tbs));
}
