/* SPDX-License-Identifier: ISC */
/*
 * model - the compiler's picture of the policy, and how it is read.
 *
 * Reading never ends the process; an error is in model.error, with the file
 * and the line. Everything lives in the arena; views point into the texts,
 * which must stay.
 */
#ifndef POSTERN_POLICY_MODEL_H
#define POSTERN_POLICY_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/view.h"
#include "token.h"

#define MODEL_ROLES	64
#define MODEL_GROUPS	64
#define MODEL_VERBS	256
#define MODEL_RULES	2000	/* of one role or group */
#define MODEL_LIST	64	/* members of the short lists */
#define MODEL_CONDS	4	/* conditions of one rule */
#define MODEL_NOTES	128	/* commented lines of one role */

struct cond {			/* (argument & mask) == value, 32 bits */
	unsigned	 arg;
	uint32_t	 mask;
	uint32_t	 value;
};

enum rule_action { RULE_ALLOW, RULE_ENOSYS };

struct rule {
	int		 nr;
	enum rule_action action;
	size_t		 nconds;	/* 0: whatever the arguments are */
	struct cond	 cond[MODEL_CONDS];
	unsigned	 line;
};

struct rules {
	struct rule	*v;
	size_t		 n, cap;
};

struct group {
	struct view	 name;
	struct view	 purpose;
	bool		 enosys;	/* a list of ENOSYS answers */
	struct rules	 rules;
};

struct verb {
	struct view	 service;	/* role, or class of roles; '-' */
	struct view	 name;
	bool		 reply;
};

struct note {			/* a line of a policy and why it is there */
	const char	*what;
	const char	*why;		/* "" where no comment is needed */
};

struct path {
	struct view	 path;
	uint64_t	 access;
};

struct port {
	uint16_t	 port;
	uint64_t	 access;
};

struct limit {
	struct view	 name;
	int		 resource;
	uint64_t	 value;
};

struct peer {
	struct view	 role;
	uint64_t	 verbs[MODEL_VERBS / 64];
	unsigned	 line;
};

enum model_kind { KIND_NONE, KIND_PRIVILEGED, KIND_SHARED, KIND_SESSION,
	KIND_MESSAGE, KIND_COMMAND };
enum model_tri { TRI_UNSET, TRI_NO, TRI_YES };
enum model_root { MROOT_UNSET, MROOT_EMPTY, MROOT_QUEUE, MROOT_DATA,
		  MROOT_HOST };

struct mrole {
	const char	*file;
	struct view	 name, purpose, user, group;
	enum model_kind	 kind;
	enum model_tri	 network;
	enum model_root	 root;
	bool		 landlock_optional;
	bool		 starts[2];	/* roles without, with network */
	uint64_t	 caps;
	uint64_t	 port_any;
	uint32_t	 receive;
	struct view	 groups[MODEL_LIST];
	size_t		 ngroups;
	struct view	 serves[MODEL_LIST];
	size_t		 nserves;
	struct path	 paths[MODEL_LIST];
	size_t		 npaths;
	struct port	 ports[MODEL_LIST];
	size_t		 nports;
	struct limit	 limits[MODEL_LIST];
	size_t		 nlimits;
	struct peer	 peers[MODEL_LIST];
	size_t		 npeers;
	struct rules	 rules;
	struct note	 notes[MODEL_NOTES];
	size_t		 nnotes;
};

struct model {
	struct arena	*arena;
	struct token_error error;
	struct view	 names[MODEL_ROLES];	/* policy/roles, in order */
	size_t		 nnames;
	struct group	 groups[MODEL_GROUPS];
	size_t		 ngroups;
	struct verb	 verbs[MODEL_VERBS];
	size_t		 nverbs;
	struct mrole	*roles[MODEL_ROLES];	/* as names[] */
};

/* An empty model that allocates from "a". */
void	model_init(struct model *m, struct arena *a);

/*
 * Each reads one file, "name" being used in messages; 0 or -1 with m->error.
 * Order: roles, verbs, groups, then each role's policy, then model_finish(),
 * which checks what spans files and makes each privileged role's rules hold
 * those of the roles it starts.
 */
int	model_roles(struct model *m, const char *name, struct view text);
int	model_verbs(struct model *m, const char *name, struct view text);
int	model_groups(struct model *m, const char *name, struct view text);
int	model_policy(struct model *m, const char *name, struct view text);
int	model_finish(struct model *m);

/* Shared by the readers (private to the compiler). */
bool	value_parse(struct view word, uint32_t *out);
int	rule_parse(struct model *m, const char *file,
	    const struct token_line *l, struct rules *out);
int	calls_parse(struct model *m, const char *file,
	    const struct token_line *l, size_t from, enum rule_action action,
	    struct rules *out);
int	rules_add(struct model *m, const char *file, struct rules *rs,
	    const struct rule *r);
int	rules_join(struct model *m, const char *file, unsigned line,
	    struct rules *to, const struct rules *from);
struct group *group_find(struct model *m, struct view name);
bool	view_same(struct view a, struct view b);
/* "%.*s" arguments of a view. */
#define V(v)	(int)(v).n, (v).p
/* A view as text for a message, cut to what is sensible there. */
#define VM(v)	(int)((v).n > 60 ? 60 : (v).n), (v).p

#endif
