/* SPDX-License-Identifier: ISC */
/*
 * proto - the messages of verbs.def as C structures, and their only encoder
 * and decoder.
 *
 * A message "name" is a struct msg_name and the verb V_name. On the wire it
 * is a 16 bit verb, a 32 bit length and the fields in order, numbers little
 * endian, a str as length and bytes with a NUL behind, a blob as length and
 * bytes. A decoded str or blob points into the encoded bytes.
 */
#ifndef POSTERN_PROTO_H
#define POSTERN_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"

#include "anvil.h"
#include "bounce.h"
#include "deliver.h"
#include "dial.h"
#include "flush.h"
#include "launch.h"
#include "loglines.h"
#include "mail.h"
#include "pickup.h"
#include "qmgr.h"
#include "resolver.h"
#include "rewrite.h"
#include "showq.h"
#include "tlskey.h"
#include "tlsproxy.h"
#include "verbs.h"
#include "verify.h"

#define MSG_MEMBER_u32(name)	uint32_t name;
#define MSG_MEMBER_u64(name)	uint64_t name;
#define MSG_MEMBER_str(name)	const char *name;
#define MSG_MEMBER_blob(name)	struct view name;
#define MSG_MEMBER(msg, type, name, limit)	MSG_MEMBER_##type(name)

#define VERB(role, name)						\
	struct msg_##name {						\
		MSG_##name(MSG_MEMBER, name)				\
	};
#define REPLY(role, name)	VERB(role, name)
#include "verbs.def"
#undef VERB
#undef REPLY

enum msg_type { MSG_U32, MSG_U64, MSG_STR, MSG_BLOB };

struct msg_field {
	const char	*name;
	enum msg_type	 type;
	uint32_t	 limit;		/* str, blob: bytes; u32: value, 0 any */
	size_t		 offset;
};

struct msg_def {
	const char		*name;
	const char		*role;	/* whose protocol it is */
	bool			 reply;
	size_t			 size;	/* of the struct */
	const struct msg_field	*fields;
	size_t			 nfields;
};

extern const struct msg_def msg_defs[V_COUNT];

/* NULL for a number that is no verb. */
const struct msg_def	*msg_def_of(unsigned verb);

/*
 * Append one message. A NULL str is sent as "". -1 if a field is over its
 * limit, a str holds CR or LF or the buffer is full; nothing is appended.
 */
int	msg_put(struct buf *out, enum verb verb, const void *msg)
	    __attribute__((warn_unused_result));

#define MSG_HEADER	6		/* bytes before the fields */

/*
 * Take the next message off "in": the verb and its encoded fields. False if
 * the verb is unknown or the length does not fit.
 */
bool	msg_next(struct view *in, enum verb *verb, struct view *fields)
	    __attribute__((warn_unused_result));

/*
 * Decode fields into the struct of that verb. False, and *why a static text,
 * for anything missing, extra, over its limit, with an embedded NUL, CR, LF.
 */
bool	msg_get(enum verb verb, struct view fields, void *msg,
	    const char **why) __attribute__((warn_unused_result));

#endif
