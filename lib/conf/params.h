/* SPDX-License-Identifier: ISC */
/*
 * params - the parameters, typed; all from the rows of param.def.
 */
#ifndef POSTERN_PARAMS_H
#define POSTERN_PARAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mono.h"

/* Who reads a parameter: the daemons, by the names of their folders. */
#define CONF_ROLES(F)							\
	F(master) F(warden) F(launcher) F(smtpd) F(cleanup)		\
	F(trivial_rewrite) F(qmgr) F(smtp) F(dial) F(resolver)		\
	F(bounce) F(error) F(discard) F(showq) F(postlogd) F(anvil)	\
	F(local) F(virtual) F(pipe) F(spawn) F(mda) F(pickup)		\
	F(postscreen) F(dnsblog) F(tlsproxy) F(tlskey) F(tlsmgr)	\
	F(verify) F(flush) F(scache) F(proxymap) F(qmqpd) F(warrant)

enum conf_role {
#define CONF_ROLE_ID(name)	CONF_##name,
	CONF_ROLES(CONF_ROLE_ID)
#undef CONF_ROLE_ID
	CONF_ROLE_COUNT
};

#define CONF_EVERYTHING	UINT64_MAX	/* master and commands */

/* The bit of a daemon by its name ("trivial-rewrite"); 0: no such. */
uint64_t	conf_role_mask(const char *name);

enum param_type {
	PARAM_str, PARAM_raw, PARAM_word, PARAM_yesno, PARAM_int, PARAM_long,
	PARAM_time
};

struct param {
	const char	*name;
	const char	*dflt;		/* not expanded */
	const char	*choices;	/* word: blank-separated */
	const char	*doc;
	int64_t		 lo, hi;
	uint64_t	 roles;
	size_t		 off;		/* in struct params */
	enum param_type	 type;
};

#define PARAM_CTYPE_str		const char *
#define PARAM_CTYPE_raw		const char *
#define PARAM_CTYPE_word	const char *
#define PARAM_CTYPE_yesno	bool
#define PARAM_CTYPE_int		int64_t
#define PARAM_CTYPE_long	int64_t
#define PARAM_CTYPE_time	struct span

/* A member for each parameter; 2bounce_... is double_bounce_notice_... */
struct params {
#define PARAM_AS(type, member, name, dflt, lo, hi, choices, roles, doc)	\
	PARAM_CTYPE_##type member;
#include "param.def"
};

/* The parameters of one transport: NAME_delivery_slot_cost and so on. */
struct transport_params {
#define SERVICE(type, member, dflt, lo, hi, doc)			\
	PARAM_CTYPE_##type member;
#include "service.def"
#undef SERVICE
};

struct conf_error {
	char	text[512];
};

/* Write the text of an error; -1, so that callers can return it. */
int	conf_fail(struct conf_error *e, const char *fmt, ...)
	    __attribute__((format(printf, 2, 3)));

extern const struct param	param_table[];	/* as in param.def */
extern const size_t		param_count;

/* The rows of service.def; names are suffixes: "_recipient_limit". */
extern const struct param	param_service[];
extern const size_t		param_service_count;

struct param_legacy {
	const char	*name;
	const char	*instead;
};
extern const struct param_legacy param_legacy[];
extern const size_t		param_legacy_count;

/* The row of a parameter by name; NULL if there is none. */
const struct param *param_find(const char *name);

/* Row "n" in the order of names. */
const struct param *param_sorted(size_t n);

/*
 * The row of "NAME_suffix" and the length of NAME; NULL if "name" does not
 * end like that.
 */
const struct param *param_service_find(const char *name, size_t *prefix);

/* The default, not expanded, of that row for a transport. */
const char *param_service_default(const struct param *p, const char *transport,
	    size_t n);

/*
 * Check "text", the evaluated value, and store it at its member of "base"
 * (struct params, or struct transport_params for a service row). Text is kept
 * by pointer. 0, or -1 with what was expected in "e".
 */
int	param_parse(const struct param *p, const char *text, void *base,
	    struct conf_error *e) __attribute__((warn_unused_result));

#endif
