/* SPDX-License-Identifier: ISC */
/* body - blocks of body, or lines that body_checks want to see. */
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"
#include "proto/proto.h"

#include "cleanup.h"

void
body_part(void *arg)
{
	struct message *m = arg;

	m->checked = 0;
}

/* One line, LF and all, through body_checks. */
static int
check_line(struct message *m, struct view v)
{
	struct view line = v;
	int64_t left = cf->body_checks_size_limit - m->checked;

	if (line.n > 0 && line.p[line.n - 1] == '\n')
		line.n--;
	if (cf->body_checks_size_limit > 0 && left <= 0)
		return (content_write(m, v));
	m->checked += (int64_t)v.n;
	switch (check_text(m, m->c->body_checks, "body_checks", "body",
	    line)) {
	case CHECK_STOP:
		return (-1);
	case CHECK_DROP:
		return (0);
	case CHECK_REPLACE:
		if (v.n > line.n && buf_putc(&m->text, '\n') < 0)
			return (content_write(m, v));
		return (content_write(m, buf_view(&m->text)));
	case CHECK_KEEP:
		break;
	}
	return (content_write(m, v));
}

int
body_take(void *arg, struct view v)
{
	struct message *m = arg;

	if (m->separate) {
		m->separate = false;
		if (content_write(m, VIEW("\n")) < 0)
			return (-1);
	}
	if ((m->flags & MAIL_FLAG_FILTER) && !maps_is_empty(m->c->body_checks))
		return (check_line(m, v));
	return (content_write(m, v));
}

int
body_defect(void *arg, enum scan_defect d, struct view where)
{
	static const char *const text[] = {
		[DEFECT_NESTING] = "MIME nesting exceeds safety limit",
		[DEFECT_8BIT_HEADER] =
		    "improper use of 8-bit data in message header",
		[DEFECT_8BIT_BODY] =
		    "improper use of 8-bit data in message body",
		[DEFECT_ENCODING] =
		    "invalid message/* or multipart/* encoding domain",
	};
	struct message *m = arg;

	action_log(m, "reject", arena_printf(m->arena, "mime-error %s:",
	    text[d]), where, "");
	return (message_refuse(m, MAIL_STAT_CONT,
	    arena_printf(m->arena, "5.6.0 %s", text[d])) ? 0 : -1);
}
