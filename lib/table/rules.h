/* SPDX-License-Identifier: ISC */
/*
 * rules - what cidr, regexp and pcre tables have in common: rules in order,
 * the first that matches decides; "!" in front; if ... endif.
 */
#ifndef POSTERN_TABLE_RULES_H
#define POSTERN_TABLE_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "table_in.h"

enum rule_kind { RULE_MATCH, RULE_IF, RULE_ENDIF };

struct rule {
	enum rule_kind	 kind;
	bool		 negate;
	void		*matcher;	/* NULL: an IF that can not match */
	const char	*value;
	size_t		 groups;	/* that "matcher" can capture */
	size_t		 endif;		/* of an IF: its ENDIF, or the end */
};

struct rules {
	size_t		 n, room;
	struct rule	*rule;
};

#define RULE_NEITHER	2

struct rule_ops {
	/*
	 * Fill in what follows the words IF and ENDIF, which are known.
	 * False, and logged by rule_warn(), if the rule is to be left out.
	 */
	bool	(*parse)(struct table *t, unsigned line, char *text,
		    struct rule *r);
	/*
	 * 1, 0, or -1 and logged; RULE_NEITHER if the key is of another kind
	 * than the rule, so that "!" does not match, either.
	 */
	int	(*match)(struct table *t, const struct rule *r,
		    const char *key);
	/* Append the value to t->value; 0 or -1. */
	int	(*value)(struct table *t, const struct rule *r,
		    const char *key);
	/* Give back what a matcher holds; NULL if that is nothing. */
	void	(*release)(void *matcher);
};

/* The rules of a file, or of {{rule} {rule}}, into t->state. */
int	rules_open(struct table *t, const struct rule_ops *ops,
	    const char **err);

int	rules_lookup(struct table *t, const struct rule_ops *ops,
	    const char *key);

/* Release all matchers. */
void	rules_close(struct table *t, const struct rule_ops *ops);

/* "regexp map NAME, line N: ..." */
void	rule_warn(const struct table *t, unsigned line, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));

#endif
