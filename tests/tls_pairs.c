/* SPDX-License-Identifier: ISC */
/* tls_pairs - see tls_pairs.h. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <atf-c.h>
#include <stdio.h>
#include <string.h>

#include "tls_pairs.h"

static EVP_PKEY *
make_key(const char *type)
{
	static const char *const curves[][2] = { { "p256", "P-256" },
	    { "p384", "P-384" }, { "p521", "P-521" } };

	if (strcmp(type, "rsa") == 0)
		return (EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048));
	if (strcmp(type, "rsa4096") == 0)
		return (EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)4096));
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (strcmp(type, curves[i][0]) == 0)
			return (EVP_PKEY_Q_keygen(NULL, NULL, "EC",
			    curves[i][1]));
	return (EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
}

static X509 *
make_cert(EVP_PKEY *key, const char *name, const EVP_MD *md)
{
	X509 *cert = X509_new();
	X509_NAME *subject = X509_get_subject_name(cert);

	ATF_REQUIRE(X509_set_version(cert, 2) == 1);
	ATF_REQUIRE(ASN1_INTEGER_set(X509_get_serialNumber(cert), 1) == 1);
	ATF_REQUIRE(X509_gmtime_adj(X509_getm_notBefore(cert), -60) != NULL);
	ATF_REQUIRE(X509_gmtime_adj(X509_getm_notAfter(cert), 86400) != NULL);
	ATF_REQUIRE(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
	    (const unsigned char *)name, -1, -1, 0) == 1);
	ATF_REQUIRE(X509_set_issuer_name(cert, subject) == 1);
	ATF_REQUIRE(X509_set_pubkey(cert, key) == 1);
	ATF_REQUIRE(X509_sign(cert, key, md) > 0);
	return (cert);
}

static void
save(const char *name, const char *end, EVP_PKEY *key, X509 *cert)
{
	char path[256];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s.%s", name, end);
	ATF_REQUIRE((f = fopen(path, "w")) != NULL);
	if (key != NULL)
		ATF_REQUIRE(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL,
		    NULL) == 1);
	if (cert != NULL)
		ATF_REQUIRE(PEM_write_X509(f, cert) == 1);
	ATF_REQUIRE(fclose(f) == 0);
}

void
make_pair(const char *type, const char *name)
{
	EVP_PKEY *key = make_key(type);
	X509 *cert;

	ATF_REQUIRE(key != NULL);
	cert = make_cert(key, name, strcmp(type, "ed25519") == 0 ? NULL :
	    EVP_sha256());
	save(name, "key", key, NULL);
	save(name, "crt", NULL, cert);
	save(name, "pem", key, cert);
	X509_free(cert);
	EVP_PKEY_free(key);
}
