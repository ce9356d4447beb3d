/* SPDX-License-Identifier: ISC */
/*
 * tlskey - the private keys of TLS, and signatures of handshakes with them.
 *
 * Trusts master(8), which opens the files of keys, and what their owner wrote
 * in them. Distrusts tlsproxy(8). A key never leaves this process: there is
 * no message that could carry it, and no other role gets the file.
 */
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <sys/mman.h>

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/log.h"
#include "base/xalloc.h"

#include "tlskey.h"

#define SECURE_HEAP	(2 * 1024 * 1024)
#define SECURE_LEAST	64
#define HEAP		(960 * 1024)	/* less than malloc(3) maps apart */
#define PROCESSES_MAX	64
#define PAGE		4096

static unsigned	 ncpus = 1;
static char	*heap;			/* where keys may be, and their parts */

static void
tlskey_prepare(void)
{
	cpu_set_t set;
	char *p;

	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG |
	    OPENSSL_INIT_LOAD_CRYPTO_STRINGS, NULL) != 1)
		fatal("cannot start libcrypto");
	if (CRYPTO_secure_malloc_init(SECURE_HEAP, SECURE_LEAST) == 0)
		fatal("no memory for keys");
	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		ncpus = (unsigned)CPU_COUNT(&set);
	/* What libcrypto works with lies behind all that there is now. */
	heap_fill_holes();
	p = xcalloc(1, HEAP);
	heap = p - (uintptr_t)p % PAGE;
	xfree(&p);
}

/* Not to swap space, nor into a dump. */
static void
lock(void)
{
	static bool told;

	if ((mlock(heap, HEAP) < 0 ||
	    madvise(heap, HEAP, MADV_DONTDUMP) < 0) && !told) {
		log_warn("keys may be written to swap space: mlock: %m");
		told = true;
	}
}

static void
tlskey_init(void)
{
	const size_t bad = store_load();

	sni_open();
	/* The one before us has good ones, and goes on. */
	if (bad > 0 && role_bundle()->replaces) {
		log_error("new keys refused, the old ones stay");
		store_wipe();
		_exit(0);
	}
	if (bad > 0)
		log_error("%zu of the configured certificates cannot be used: "
		    "TLS is not available there", bad);
}

/* An RSA signature keeps a processor busy; other keys do not. */
static unsigned
tlskey_processes(void)
{
	const uint32_t limit = role_bundle()->limit;
	unsigned n = store_has_rsa() ? ncpus : 1;

	if (limit != 0 && n > limit)
		n = limit;
	if (n > PROCESSES_MAX)
		n = PROCESSES_MAX;
	client_share(n);
	return (n);
}

static void
tlskey_start(struct loop *l)
{
	(void)l;
	lock();
}

static void
wipe_and_go(void)
{
	store_wipe();
	sni_wipe();
	role_done();
}

static void
tlskey_drain(struct loop *l)
{
	(void)l;
	client_drain(wipe_and_go);
}

static const struct role tlskey = {
	.id = ROLE_TLSKEY,
	.filter = &policy_filter_tlskey,
	.prepare = tlskey_prepare,
	.init = tlskey_init,
	.processes = tlskey_processes,
	.start = tlskey_start,
	.client = client_new,
	.drain = tlskey_drain,
};

int
main(int argc, char **argv)
{
	return (role_main(&tlskey, argc, argv));
}
