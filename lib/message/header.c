/* SPDX-License-Identifier: ISC */
/* header - the table of header names. */
#include <strings.h>

#include "header.h"

struct row {
	const char	*name;
	size_t		 n;
	unsigned	 flags;
};

static const struct row rows[HDR_COUNT] = {
	[HDR_OTHER] = { "", 0, 0 },
#define HEADER(id, name, flags)	[HDR_##id] = { name, sizeof(name) - 1, flags },
#include "header.def"
#undef HEADER
};

_Static_assert(HDR_COUNT <= 64, "header_set() has no bit for each header");

static enum header_id
find(struct view name)
{
	for (int i = HDR_OTHER + 1; i < HDR_COUNT; i++)
		if (rows[i].n == name.n &&
		    strncasecmp(rows[i].name, name.p, name.n) == 0)
			return ((enum header_id)i);
	return (HDR_OTHER);
}

const char *
header_name(enum header_id id)
{
	return (id != HDR_OTHER ? rows[id].name : NULL);
}

bool
header_parse(struct view text, struct header *h)
{
	size_t n = 0, colon;

	while (n < text.n && text.p[n] > ' ' && text.p[n] < 0x7f &&
	    text.p[n] != ':')
		n++;
	colon = n;
	while (colon < text.n && (text.p[colon] == ' ' ||
	    text.p[colon] == '\t'))
		colon++;
	if (n == 0 || colon >= text.n || text.p[colon] != ':')
		return (false);
	h->name = view_sub(text, 0, n);
	h->body = view_sub(text, colon + 1, text.n);
	h->id = find(h->name);
	h->flags = rows[h->id].flags;
	return (true);
}

uint64_t
header_set(struct view list, void (*other)(void *arg, struct view name),
    void *arg)
{
	struct view word;
	enum header_id id;
	uint64_t set = 0;

	while ((word = view_word(&list, ", \t\r\n")).n > 0) {
		if (word.p[word.n - 1] == ':')
			word.n--;
		if ((id = find(word)) != HDR_OTHER)
			set |= UINT64_C(1) << id;
		else if (other != NULL)
			other(arg, word);
	}
	return (set);
}
