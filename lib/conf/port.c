/* SPDX-License-Identifier: ISC */
/*
 * port - from the name of a service to the number of a TCP port.
 *
 * For the privileged: reads /etc/services itself, as text; no NSS.
 */
#include <stdio.h>
#include <string.h>

#include "base/num.h"
#include "conf.h"

#define BLANKS	" \t\r\n"

/* Ports of mail that are known whatever the system's files say. */
static const struct {
	const char	*name;
	uint16_t	 port;
} ports[] = {
	{ "smtp", 25 },
	{ "smtps", 465 },
	{ "submissions", 465 },
	{ "submission", 587 },
	{ "lmtp", 24 },
};

/* known_tcp_ports: name=name=number, ... */
static bool
in_known(const char *list, const char *name, int64_t *port)
{
	struct view rest = view_of(list), word, part;

	while ((word = view_word(&rest, "," BLANKS)).n > 0) {
		bool hit = false;

		while (view_field(&word, '=', &part) && word.n > 0)
			hit = hit || view_eq(view_trim(part), name);
		if (hit && num_parse(view_trim(part), 1, 65535, port))
			return (true);
	}
	return (false);
}

/* name number/tcp alias ... # comment */
static bool
in_line(struct view line, const char *name, int64_t *port)
{
	ptrdiff_t hash = view_chr(line, '#');
	struct view first, number, proto, word;
	bool hit;

	if (hash != -1)
		line = view_sub(line, 0, (size_t)hash);
	first = view_word(&line, BLANKS);
	proto = view_word(&line, BLANKS);
	if (!view_field(&proto, '/', &number) || !view_eq(proto, "tcp") ||
	    !num_parse(number, 1, 65535, port))
		return (false);
	hit = view_eq(first, name);
	while (!hit && (word = view_word(&line, BLANKS)).n > 0)
		hit = view_eq(word, name);
	return (hit);
}

static bool
in_services(const char *name, int64_t *port)
{
	FILE *f = fopen("/etc/services", "re");
	char line[512];
	bool hit = false;

	if (f == NULL)
		return (false);
	while (!hit && fgets(line, sizeof(line), f) != NULL)
		hit = in_line(view_of(line), name, port);
	(void)fclose(f);
	return (hit);
}

int
conf_port(struct conf *c, const char *name, uint16_t *port,
    struct conf_error *e)
{
	const char *known;
	int64_t n = 0;
	size_t i;

	if ((known = conf_eval(c, "known_tcp_ports", e)) == NULL)
		return (-1);
	for (i = 0; i < sizeof(ports) / sizeof(ports[0]); i++)
		if (strcmp(ports[i].name, name) == 0)
			n = ports[i].port;
	if (!num_parse(view_of(name), 1, 65535, &n) &&
	    !in_known(known, name, &n) && n == 0 && !in_services(name, &n))
		return (conf_fail(e, "expected a port from 1 to 65535 or the "
		    "name of a TCP service, found \"%s\"", name));
	*port = (uint16_t)n;
	return (0);
}
