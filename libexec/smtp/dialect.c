/* SPDX-License-Identifier: ISC */
/* Parameters of lmtp(8) under the names that the client reads. */
#include "dialect.h"

#include <string.h>

#include "base/log.h"
#include "conf/conf.h"

bool dialect_lmtp;

/* Names that differ in more than their first four letters. */
static const struct {
	const char	*lmtp, *smtp;
} others[] = {
	{ "lmtp_lhlo_name", "smtp_helo_name" },
	{ "lmtp_lhlo_timeout", "smtp_helo_timeout" },
	{ "lmtp_discard_lhlo_keywords", "smtp_discard_ehlo_keywords" },
	{ "lmtp_discard_lhlo_keyword_address_maps",
	    "smtp_discard_ehlo_keyword_address_maps" },
};

static const struct param *
smtp_row(const char *name)
{
	char smtp[128];
	size_t n = strlen(name);

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(others[i].lmtp, name) == 0)
			return (param_find(others[i].smtp));
	must(n < sizeof(smtp));
	memcpy(smtp, name, n + 1);
	memcpy(smtp, "smtp", 4);
	return (param_find(smtp));
}

static size_t
size_of(enum param_type type)
{
	switch (type) {
	case PARAM_str:
	case PARAM_raw:
	case PARAM_word:
		return (sizeof(PARAM_CTYPE_str));
	case PARAM_yesno:
		return (sizeof(PARAM_CTYPE_yesno));
	case PARAM_int:
	case PARAM_long:
		return (sizeof(PARAM_CTYPE_int));
	case PARAM_time:
		return (sizeof(PARAM_CTYPE_time));
	}
	panic("parameter of type %d", (int)type);
}

void
dialect_use_lmtp(void)
{
	static struct params mine;

	dialect_lmtp = true;
	if (cf == &mine)
		return;
	mine = *cf;
	for (size_t i = 0; i < param_count; i++) {
		const struct param *p = &param_table[i], *to;

		if (strncmp(p->name, "lmtp_", 5) != 0 ||
		    (to = smtp_row(p->name)) == NULL)
			continue;
		must(size_of(p->type) == size_of(to->type));
		memcpy((char *)&mine + to->off, (const char *)cf + p->off,
		    size_of(p->type));
	}
	cf = &mine;
}
