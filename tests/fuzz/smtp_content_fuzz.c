/* SPDX-License-Identifier: ISC */
/*
 * smtp_content_fuzz - a message on its way to the wire: whatever it is, and
 * wherever it is cut into pieces, the server sees no end of data in it, no
 * line over the limit, no line end but CR LF. The first byte says what is
 * wanted, the second where it is cut.
 */
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"
#include "content.h"
#include "generic.h"

#define LIMIT	40

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* What edit.c wants of generic.c: a header body that changes its length. */
bool
generic_header_name(struct view name)
{
	return (view_ieq(name, "From"));
}

int
generic_header(struct view body, struct buf *out)
{
	if (buf_puts(out, " changed") < 0 || buf_put(out, body.p, body.n) < 0)
		return (-1);
	return (0);
}

static struct {
	size_t	col;
	size_t	line;			/* bytes of it */
	char	last;
	bool	dot;			/* the line is "." so far */
} seen;

static void
look(void *arg, const char *p, size_t n)
{
	(void)arg;
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n') {
			must(seen.last == '\r');
			must(!seen.dot);
			/* CR and a doubled dot are not counted */
			must(seen.line <= LIMIT + 2);
			seen.line = 0;
			seen.dot = false;
		} else {
			if (p[i] != '\r')
				seen.dot = seen.line == 0 && p[i] == '.';
			else if (seen.line != 1)
				seen.dot = false;
			seen.line++;
		}
		seen.last = p[i];
	}
}

static void
to_wire(void *arg, const char *p, size_t n)
{
	wire_put(arg, p, n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct params params;
	static struct wire wire;
	static struct edit edit;
	const char *p = (const char *)data + 2;
	size_t cut;

	if (size < 2)
		return (0);
	params.header_size_limit = 1000;
	cf = &params;
	memset(&seen, 0, sizeof(seen));
	size -= 2;
	cut = data[1] * size / 255;
	wire_init(&wire, LIMIT, look, NULL);
	edit_init(&edit, data[0] & 1, (data[0] & 2) != 0, to_wire, &wire);
	edit_put(&edit, p, cut);
	edit_put(&edit, p + cut, size - cut);
	edit_end(&edit);
	wire_end(&wire);
	must(seen.line == 0);
	edit_fini(&edit);
	return (0);
}
