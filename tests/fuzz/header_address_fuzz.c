/* SPDX-License-Identifier: ISC */
/*
 * header_address_fuzz - address lists from arbitrary bytes: with nothing
 * replaced the text is as before; with all replaced, the addresses that are
 * found then are the new ones, as many.
 */
#include <stdint.h>
#include <string.h>

#include "address/address.h"
#include "base/buf.h"
#include "base/log.h"

#define NEW	"new@new.example"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static int
keep(void *arg, const struct addr_spec *spec, struct buf *out)
{
	size_t *n = arg;

	must(spec->internal[0] != '\0' && spec->external[0] != '\0');
	must(out->n == 0);
	++*n;
	return (0);
}

static int
replace(void *arg, const struct addr_spec *spec, struct buf *out)
{
	(void)arg;
	(void)spec;
	buf_xputs(out, NEW);
	return (1);
}

static int
check_new(void *arg, const struct addr_spec *spec, struct buf *out)
{
	size_t *n = arg;

	(void)out;
	must(strcmp(spec->internal, NEW) == 0);
	++*n;
	return (0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct view v = { (const char *)p, n };
	struct buf same, new;
	size_t found = 0, again = 0;
	int rc;

	buf_init(&same, n);
	buf_init(&new, (n + 1) * sizeof(NEW));
	rc = addr_list_each(v, 1000, keep, &found, &same);
	must(rc == ADDR_LIST_OK || rc == ADDR_LIST_CUT);
	must(same.n <= n && (same.n == 0 ||
	    memcmp(same.p, p, same.n) == 0));
	must(rc == ADDR_LIST_CUT || same.n == n);
	must(addr_list_each(v, 1000, replace, NULL, &new) == rc);
	if (rc == ADDR_LIST_OK) {
		must(addr_list_each(buf_view(&new), SIZE_MAX, check_new,
		    &again, NULL) == ADDR_LIST_OK);
		must(again == found);
	}
	buf_fini(&same);
	buf_fini(&new);
	return (0);
}
