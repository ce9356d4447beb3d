/* SPDX-License-Identifier: ISC */
/* smtp_generic_maps (generic(5)). */
#include <string.h>
#include <strings.h>

#include "address/address.h"
#include "base/log.h"
#include "conf/conf.h"
#include "generic.h"
#include "setup.h"
#include "table/maps.h"

static int
is_local(void *arg, const char *domain)
{
	struct view v = view_of(cf->mydestination), w;

	(void)arg;
	if (strcasecmp(domain, cf->myorigin) == 0)
		return (1);
	while ((w = view_word(&v, ", \t\r\n")).n > 0)
		if (view_ieq(w, domain))
			return (1);
	return (0);
}

static const struct maps_rules *
rules(void)
{
	static struct maps_rules r;

	r = (struct maps_rules){ .delimiters = cf->recipient_delimiter,
		.owner_special = cf->owner_request_special,
		.is_local = is_local };
	return (&r);
}

bool
generic_wanted(void)
{
	return (setup.generic != NULL);
}

struct result {
	struct buf	*out;		/* external form */
	int		 n;
};

/* A sender or recipient is one address: the first. */
static int
take_result(void *arg, const char *external)
{
	struct result *r = arg;

	if (r->n++ == 0 && buf_puts(r->out, external) < 0)
		return (-1);
	return (0);
}

/* 1: "out" has the new external form; 0: no entry; -1: failed. */
static int
find(const char *addr, struct buf *out)
{
	struct maps_found found;
	struct result res = { .out = out };
	bool propagate = strstr(cf->propagate_unmatched_extensions,
	    "generic") != NULL;
	int got;

	if (setup.generic == NULL || addr[0] == '\0')
		return (0);
	got = maps_find_address(setup.generic, rules(), addr, &found);
	if (got <= 0)
		return (got);
	if (maps_each_result(&found, addr, propagate, take_result, &res) < 0)
		return (-1);
	return (res.n > 0);
}

const char *
generic_address(struct arena *a, const char *addr)
{
	struct buf external, internal;
	const char *result = addr;

	buf_init(&external, 8192);
	buf_init(&internal, 8192);
	switch (find(addr, &external)) {
	case 1:
		result = addr_unquote(buf_view(&external), &internal) < 0 ?
		    NULL : arena_str(a, buf_str(&internal));
		break;
	case -1:
		result = NULL;
		break;
	}
	buf_fini(&external);
	buf_fini(&internal);
	return (result);
}

bool
generic_header_name(struct view name)
{
	static const char *const names[] = { "From", "To", "Cc", "Bcc",
		"Sender", "Reply-To", "Errors-To", "Return-Receipt-To",
		"Disposition-Notification-To", "Apparently-To",
		"Return-Path", "Resent-From", "Resent-To", "Resent-Cc",
		"Resent-Bcc", "Resent-Sender", "Resent-Reply-To",
		"Mail-Followup-To", "Mail-Reply-To" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (view_ieq(name, names[i]))
			return (true);
	return (false);
}

static int
edit_address(void *arg, const struct addr_spec *spec, struct buf *out)
{
	(void)arg;
	return (find(spec->internal, out));
}

int
generic_header(struct view body, struct buf *out)
{
	int got = addr_list_each(body, (size_t)cf->header_address_token_limit,
	    edit_address, NULL, out);

	return (got == ADDR_LIST_OK || got == ADDR_LIST_CUT ? 0 : -1);
}
