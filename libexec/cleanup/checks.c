/* SPDX-License-Identifier: ISC */
/* checks - a line, or a logical header, is looked up in header_checks etc. */
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"
#include "proto/proto.h"

#include "cleanup.h"

/* The key: a string, so NULs of the message become blanks. */
static const char *
key_of(struct message *m, struct view text)
{
	buf_reset(&m->key);
	buf_xput(&m->key, text.p, text.n);
	for (size_t i = 0; i < text.n; i++)
		if (m->key.p[i] == '\0')
			m->key.p[i] = ' ';
	return (buf_str(&m->key));
}

enum check_result
check_text(struct message *m, struct maps *maps, const char *param,
    const char *what, struct view text)
{
	const char *value, *key = key_of(m, text);
	int rc;

	rc = maps_find(maps, key, MAPS_WHOLE, &value);
	if (rc == 0)
		return (CHECK_KEEP);
	if (rc < 0) {
		log_warn("%s: %s map lookup problem -- message not accepted, "
		    "try again later", m->id, param);
		message_fail(m, MAIL_STAT_DEFER,
		    "4.3.0 Temporary lookup failure");
		return (CHECK_STOP);
	}
	return (action_take(m, param, what, key,
	    arena_str(m->arena, value)));
}
