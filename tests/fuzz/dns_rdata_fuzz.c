/* SPDX-License-Identifier: ISC */
/* An answer of DNS: the first byte chooses the type that was asked for. */
#include <stdint.h>

#include "base/buf.h"
#include "base/log.h"
#include "libexec/resolver/name.h"
#include "libexec/resolver/dnswire.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const uint32_t types[] = { DNS_A, DNS_NS, DNS_CNAME, DNS_SOA, DNS_PTR,
	DNS_MX, DNS_TXT, DNS_AAAA, DNS_SRV, DNS_TLSA };

/* All that is handed on fits the message that carries it. */
static void
judge(const struct wire_answer *w, uint32_t type)
{
	struct buf b;

	must(w->status <= DNS_STATUS_MAX);
	must((w->status == DNS_OK) == (w->count > 0));
	must(w->count <= DNS_RECORD_MAX);
	must(*w->name == '\0' || name_is_valid(view_of(w->name)));
	buf_init(&b, 65536);
	for (uint32_t i = 0; i < w->count; i++) {
		const struct msg_dns_record *r = &w->records[i];

		must(r->type == type);
		must(*r->name == '\0' || name_is_valid(view_of(r->name)));
		must(msg_put(&b, V_dns_record, r) == 0);
		buf_reset(&b);
	}
	buf_fini(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct arena *a = arena_new(0);
	struct wire_answer w;
	uint32_t type;

	if (n > 0) {
		type = types[p[0] % (sizeof(types) / sizeof(types[0]))];
		wire_answer(a, (struct view){ (const char *)p + 1, n - 1 },
		    type, &w);
		judge(&w, type);
	}
	arena_free(&a);
	return (0);
}
