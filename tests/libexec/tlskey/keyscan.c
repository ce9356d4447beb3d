/* SPDX-License-Identifier: ISC */
/*
 * keyscan - which processes have a private key in their memory.
 *
 *	keyscan KEY.pem PID...
 *
 * Must be root. Prints the pid of each process in whose memory, as /proc has
 * it, a secret number of the key is found, in either order of bytes: the
 * primes and the exponent of RSA, the scalar of ECDSA, the seed of Ed25519.
 */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECRETS_MAX	16
#define SECRET_MAX	1024
#define CHUNK		(1024 * 1024)

static struct {
	unsigned char	bytes[SECRET_MAX];
	size_t		n;
} secrets[SECRETS_MAX];
static size_t nsecrets;
static int nscanned;		/* processes that have memory */

static void
add(const unsigned char *p, size_t n)
{
	unsigned char *other;

	if (n > SECRET_MAX || nsecrets + 2 > SECRETS_MAX)
		errx(2, "key is too large");
	memcpy(secrets[nsecrets].bytes, p, n);
	secrets[nsecrets++].n = n;
	other = secrets[nsecrets].bytes;
	for (size_t i = 0; i < n; i++)
		other[i] = p[n - 1 - i];
	secrets[nsecrets++].n = n;
}

static void
read_key(const char *path)
{
	static const char *const numbers[] = { OSSL_PKEY_PARAM_RSA_D,
		OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
		OSSL_PKEY_PARAM_PRIV_KEY };
	FILE *f = fopen(path, "r");
	unsigned char raw[SECRET_MAX];
	EVP_PKEY *key;
	size_t n;

	if (f == NULL || (key = PEM_read_PrivateKey(f, NULL, NULL, NULL)) ==
	    NULL)
		errx(2, "%s: no key", path);
	(void)fclose(f);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		BIGNUM *number = NULL;

		if (EVP_PKEY_get_bn_param(key, numbers[i], &number) == 1)
			add(raw, (size_t)BN_bn2bin(number, raw));
		BN_free(number);
	}
	n = sizeof(raw);
	if (EVP_PKEY_get_raw_private_key(key, raw, &n) == 1)
		add(raw, n);
	EVP_PKEY_free(key);
	if (nsecrets == 0)
		errx(2, "%s: nothing to look for", path);
}

static bool
has_secret(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < nsecrets; i++)
		if (memmem(p, n, secrets[i].bytes, secrets[i].n) != NULL)
			return (true);
	return (false);
}

/* Chunks overlap by the longest secret. */
static bool
scan_range(int mem, uint64_t from, uint64_t to)
{
	static unsigned char chunk[CHUNK + SECRET_MAX];
	ssize_t n;

	for (uint64_t at = from; at < to; at += CHUNK) {
		size_t want = to - at < sizeof(chunk) ? (size_t)(to - at) :
		    sizeof(chunk);

		n = pread(mem, chunk, want, (off_t)at);
		if (n > 0 && has_secret(chunk, (size_t)n))
			return (true);
	}
	return (false);
}

/* A hexadecimal number and what ends it. */
static bool
take_hex(const char **p, char end, uint64_t *out)
{
	static const char digits[] = "0123456789abcdef";
	const char *d;

	for (*out = 0; **p != '\0' && (d = strchr(digits, **p)) != NULL; (*p)++)
		*out = *out << 4 | (uint64_t)(d - digits);
	return (*(*p)++ == end);
}

/* A line of /proc/PID/maps that can be read. */
static bool
is_range(const char *line, uint64_t *from, uint64_t *to)
{
	return (take_hex(&line, '-', from) && take_hex(&line, ' ', to) &&
	    *line == 'r' && strstr(line, "[vvar") == NULL &&
	    strstr(line, "[vsyscall") == NULL);
}

static bool
scan(const char *pid)
{
	char path[64], line[1024];
	uint64_t from, to;
	bool found = false;
	size_t ranges = 0;
	FILE *maps;
	int mem;

	(void)snprintf(path, sizeof(path), "/proc/%s/maps", pid);
	maps = fopen(path, "r");
	(void)snprintf(path, sizeof(path), "/proc/%s/mem", pid);
	mem = open(path, O_RDONLY | O_CLOEXEC);
	if (maps == NULL || mem < 0) {
		warn("process %s", pid);	/* it has ended */
		if (maps != NULL)
			(void)fclose(maps);
		if (mem >= 0)
			(void)close(mem);
		return (false);
	}
	while (!found && fgets(line, sizeof(line), maps) != NULL)
		if (is_range(line, &from, &to)) {
			ranges++;
			found = scan_range(mem, from, to);
		}
	nscanned += ranges > 0;
	(void)fclose(maps);
	(void)close(mem);
	return (found);
}

int
main(int argc, char **argv)
{
	if (argc < 3)
		errx(2, "usage: keyscan key pid ...");
	read_key(argv[1]);
	for (int i = 2; i < argc; i++)
		if (scan(argv[i]))
			(void)printf("%s\n", argv[i]);
	if (nscanned == 0)
		errx(2, "none of the processes is there");
	return (0);
}
