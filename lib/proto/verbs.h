/* SPDX-License-Identifier: ISC */
/* verbs - the numbers of verbs.def. */
#ifndef POSTERN_PROTO_VERBS_H
#define POSTERN_PROTO_VERBS_H

enum verb {
#define VERB(role, name)	V_##name,
#define REPLY(role, name)	V_##name,
#include "verbs.def"
#undef VERB
#undef REPLY
	V_COUNT
};

#endif
