/* SPDX-License-Identifier: ISC */
/*
 * bytes - what bytes of a message must not be, or not stay.
 *
 * Nothing is looked at one by one unless a parameter, or a carriage return,
 * makes it necessary.
 */
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"
#include "proto/proto.h"

#include "cleanup.h"

static int
octal(const char **p)
{
	int c = 0;

	for (int i = 0; i < 3 && **p >= '0' && **p <= '7'; i++)
		c = c * 8 + *(*p)++ - '0';
	return (c > 255 ? -1 : c);
}

const char *
byteset_parse(const char *text, struct byteset *set)
{
	static const char letters[] = "abfnrtv\\";
	static const char values[] = "\a\b\f\n\r\t\v\\";
	const char *p = text, *l;
	int c;

	while (*p != '\0') {
		if (*p != '\\') {
			c = (unsigned char)*p++;
		} else if (p[1] >= '0' && p[1] <= '7') {
			p++;
			if ((c = octal(&p)) < 0)
				return ("octal number above \\377");
		} else if (p[1] != '\0' &&
		    (l = strchr(letters, p[1])) != NULL) {
			c = (unsigned char)values[l - letters];
			p += 2;
		} else
			return ("unknown character behind \\");
		set->any = set->has[c] = true;
	}
	return (NULL);
}

static bool
has_rejected(const struct byteset *set, struct view v)
{
	for (size_t i = 0; i < v.n; i++)
		if (set->has[(unsigned char)v.p[i]])
			return (true);
	return (false);
}

/*
 * A changed copy in m->block: without what is to be stripped, and a blank for
 * a carriage return, which here is never part of a line end. LF stays.
 */
static struct view
tidy(struct message *m, struct view v, bool cr)
{
	const struct byteset *strip = &m->c->strip;
	char *p;
	size_t n = 0;

	buf_reset(&m->block);
	p = buf_room(&m->block, v.n);
	must(p != NULL);
	for (size_t i = 0; i < v.n; i++) {
		char c = v.p[i];

		if (strip->any && c != '\n' && strip->has[(unsigned char)c])
			continue;
		p[n++] = cr && c == '\r' ? ' ' : c;
	}
	return ((struct view){ p, n });
}

bool
bytes_clean(struct message *m, struct view *v)
{
	bool cr = cf->cleanup_replace_stray_cr_lf &&
	    memchr(v->p, '\r', v->n) != NULL;

	if (m->c->reject.any && has_rejected(&m->c->reject, *v)) {
		action_log(m, "reject", "content", VIEW("message"),
		    "5.7.1 disallowed character");
		if (!message_refuse(m, MAIL_STAT_CONT,
		    "5.7.1 disallowed character"))
			return (false);
	}
	if (cr || m->c->strip.any)
		*v = tidy(m, *v, cr);
	return (true);
}
