/* SPDX-License-Identifier: ISC */
/*
 * certificates - when those that the configuration names end.
 *
 * Read as their owner may read them; that a key may be in the same file is
 * not looked at.
 */
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "postern.h"

#define FILES_MAX	1000

struct seen {
	struct instance	*i;
	const char	*paths[FILES_MAX];
	size_t		 n;
};

/* The time as everybody reads it, and what is to be done about it. */
static void
tell_end(const char *path, const X509 *cert)
{
	const ASN1_TIME *end = X509_get0_notAfter(cert);
	int days = 0, seconds = 0;
	struct tm tm;
	char text[64];

	if (ASN1_TIME_to_tm(end, &tm) != 1 ||
	    strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm) == 0 ||
	    ASN1_TIME_diff(&days, &seconds, NULL, end) != 1) {
		log_warn("certificate %s: notAfter is malformed", path);
		return;
	}
	if (days < 0 || seconds < 0)
		log_warn("certificate %s: has ended at notAfter=%s", path,
		    text);
	else
		log_info("certificate %s: notAfter=%s (%d days)", path, text,
		    days);
}

/* A chain begins with the file, or behind a key. */
static void
read_file(const char *path)
{
	BIO *bio = BIO_new_file(path, "r");
	char *name, *header;
	unsigned char *data;
	bool leaf = true;
	long n;

	if (bio == NULL)
		log_warn("certificate %s: %m", path);
	while (bio != NULL &&
	    PEM_read_bio(bio, &name, &header, &data, &n) == 1) {
		const unsigned char *at = data;
		X509 *cert = NULL;

		if (strstr(name, "PRIVATE KEY") != NULL)
			leaf = true;
		else if (strcmp(name, PEM_STRING_X509) == 0 && leaf &&
		    (cert = d2i_X509(NULL, &at, n)) != NULL) {
			tell_end(path, cert);
			leaf = false;
		}
		X509_free(cert);
		OPENSSL_free(name);
		OPENSSL_free(header);
		OPENSSL_clear_free(data, (size_t)n);
	}
	BIO_free(bio);
	ERR_clear_error();
}

static void
look_at(struct seen *seen, const char *path)
{
	for (size_t i = 0; i < seen->n; i++)
		if (strcmp(seen->paths[i], path) == 0)
			return;
	if (seen->n == FILES_MAX)
		return;
	seen->paths[seen->n++] = path;
	read_file(path);
}

static void
look_at_service(struct seen *seen, const struct service *line)
{
	static const char *const names[] = { "tls_chain_files",
		"tls_cert_file", "tls_eccert_file", "tls_dcert_file" };
	struct arena *a = seen->i->arena;
	struct conf *conf = service_conf(a, seen->i->conf,
	    &seen->i->mastercf, line);
	struct conf_error e;
	struct view rest, word;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		rest = view_of(conf_eval(conf, arena_printf(a, "%s_%s",
		    line->command, names[i]), &e));
		while ((word = view_word(&rest, ", \t\r\n")).n != 0)
			if (word.p[0] == '/')
				look_at(seen, view_str(a, word));
	}
}

void
certificates(struct instance *i)
{
	struct seen seen = { .i = i };
	struct conf_error e;

	if (mastercf_load(i->arena, i->conf, &i->mastercf, &e) < 0) {
		log_warn("%s", e.text);
		return;
	}
	for (size_t n = 0; n < i->mastercf.n; n++) {
		const struct service *line = &i->mastercf.services[n];

		if (strcmp(line->command, "smtpd") == 0 ||
		    strcmp(line->command, "smtp") == 0 ||
		    strcmp(line->command, "lmtp") == 0)
			look_at_service(&seen, line);
	}
}
