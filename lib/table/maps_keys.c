/* SPDX-License-Identifier: ISC */
/*
 * maps_keys - which keys are made of an address, and in what order.
 *
 * The address is a stranger's, of any length the caller allows. Each order is
 * a row of steps; one function takes them.
 */
#include <string.h>

#include "address/address.h"
#include "base/log.h"
#include "maps_in.h"

enum step {
	STEP_END,
	STEP_WHOLE,		/* u+e@d, or u+e if there is no domain */
	STEP_USER,		/* u@d, if there is an extension */
	STEP_LOCAL,		/* u+e, u: if the domain is ours */
	STEP_AT_DOMAIN,		/* @d */
	STEP_DOMAIN,		/* d and its parents */
	STEP_USER_AT,		/* u+e@, u@ */
	STEP_ANY,		/* "*" */
};

struct ask {
	struct maps		*maps;
	const struct maps_rules	*rules;
	enum maps_parents	 parents;
	struct addr_parts	 parts;
	size_t			 ext;	/* where it begins in the local part */
	bool			 bare;	/* found without the extension */
	bool			 domain;	/* found by @d */
	struct buf		 key;
};

/* "local" quoted, and as it is if that differs, with "@domain" behind it. */
static int
find_user(struct ask *q, struct view local, const char *at,
    struct view domain, enum maps_key whole, const char **value)
{
	bool quoted;
	int rc;

	buf_reset(&q->key);
	if (addr_quote_local(local, &q->key) == -1)
		return (0);
	quoted = q->key.n != local.n;
	if (buf_puts(&q->key, at) == -1 ||
	    buf_put(&q->key, domain.p, domain.n) == -1)
		return (0);
	rc = maps_find(q->maps, buf_str(&q->key), whole, value);
	if (rc != 0 || !quoted)
		return (rc);
	buf_reset(&q->key);
	if (buf_put(&q->key, local.p, local.n) == -1 ||
	    buf_puts(&q->key, at) == -1 ||
	    buf_put(&q->key, domain.p, domain.n) == -1)
		return (0);
	return (maps_find(q->maps, buf_str(&q->key), whole, value));
}

static struct view
without_ext(const struct ask *q)
{
	return (view_sub(q->parts.local, 0, q->ext));
}

static bool
has_ext(const struct ask *q)
{
	return (q->ext < q->parts.local.n);
}

/* With the extension, and then without. */
static int
find_both(struct ask *q, const char *at, const char **value)
{
	int rc;

	rc = find_user(q, q->parts.local, at, VIEW(""), MAPS_PART, value);
	if (rc != 0 || !has_ext(q))
		return (rc);
	q->bare = true;
	return (find_user(q, without_ext(q), at, VIEW(""), MAPS_PART, value));
}

static int
find_local(struct ask *q, const char **value)
{
	int rc;

	buf_reset(&q->key);
	if (q->rules->is_local == NULL ||
	    buf_put(&q->key, q->parts.domain.p, q->parts.domain.n) == -1)
		return (0);
	rc = q->rules->is_local(q->rules->arg, buf_str(&q->key));
	return (rc == 1 ? find_both(q, "", value) : rc);
}

static int
find_at_domain(struct ask *q, const char **value)
{
	buf_reset(&q->key);
	if (buf_putc(&q->key, '@') == -1 ||
	    buf_put(&q->key, q->parts.domain.p, q->parts.domain.n) == -1)
		return (0);
	return (maps_find(q->maps, buf_str(&q->key), MAPS_PART, value));
}

static int
find_domain(struct ask *q, const char **value)
{
	buf_reset(&q->key);
	if (buf_put(&q->key, q->parts.domain.p, q->parts.domain.n) == -1)
		return (0);
	return (maps_find_domain(q->maps, buf_str(&q->key), q->parents,
	    value));
}

static int
take_step(struct ask *q, enum step step, const char **value)
{
	bool domain = q->parts.domain.n > 0;
	const char *at = domain ? "@" : "";

	q->bare = q->domain = false;
	switch (step) {
	case STEP_WHOLE:
		return (find_user(q, q->parts.local, at, q->parts.domain,
		    MAPS_WHOLE, value));
	case STEP_USER:
		q->bare = true;
		return (has_ext(q) ? find_user(q, without_ext(q), at,
		    q->parts.domain, MAPS_PART, value) : 0);
	case STEP_LOCAL:
		return (domain ? find_local(q, value) : 0);
	case STEP_AT_DOMAIN:
		q->domain = true;
		return (domain ? find_at_domain(q, value) : 0);
	case STEP_DOMAIN:
		return (domain ? find_domain(q, value) : 0);
	case STEP_USER_AT:
		return (find_both(q, "@", value));
	case STEP_ANY:
		return (maps_find(q->maps, "*", MAPS_PART, value));
	case STEP_END:
		break;
	}
	panic("maps: no such step");
}

static void
ask_init(struct ask *q, struct maps *m, const struct maps_rules *r,
    const char *addr)
{
	memset(q, 0, sizeof(*q));
	q->maps = m;
	q->rules = r;
	q->parts = addr_split(view_of(addr));
	if (q->parts.domain.p == NULL)
		q->parts.domain = VIEW("");
	q->ext = addr_extension(q->parts.local, r->delimiters,
	    r->owner_special);
	buf_init(&q->key, TABLE_KEY_MAX);
}

static int
walk(struct ask *q, const enum step *order, const char **value)
{
	int rc = 0;

	for (; rc == 0 && *order != STEP_END; order++)
		rc = take_step(q, *order, value);
	return (rc);
}

int
maps_find_address(struct maps *m, const struct maps_rules *r,
    const char *addr, struct maps_found *found)
{
	static const enum step order[] = { STEP_WHOLE, STEP_USER, STEP_LOCAL,
		STEP_AT_DOMAIN, STEP_END };
	struct view ext;
	struct ask q;
	int rc;

	if (maps_is_empty(m))
		return (0);
	ask_init(&q, m, r, addr);
	rc = walk(&q, order, &found->value);
	ext = view_sub(q.parts.local, q.ext, q.parts.local.n);
	found->ext[0] = '\0';
	found->domain = q.domain;
	if (rc == 1 && q.bare && ext.n < sizeof(found->ext)) {
		memcpy(found->ext, ext.p, ext.n);
		found->ext[ext.n] = '\0';
	}
	buf_fini(&q.key);
	return (rc);
}

int
maps_find_transport(struct maps *m, const struct maps_rules *r,
    const char *addr, enum maps_parents parents, const char **value)
{
	static const enum step order[] = { STEP_WHOLE, STEP_USER, STEP_DOMAIN,
		STEP_ANY, STEP_END };
	struct ask q;
	int rc;

	if (maps_is_empty(m))
		return (0);
	ask_init(&q, m, r, addr);
	q.parents = parents;
	rc = walk(&q, order, value);
	buf_fini(&q.key);
	return (rc);
}

int
maps_find_access(struct maps *m, const struct maps_rules *r,
    const char *addr, enum maps_parents parents, const char *null_key,
    const char **value)
{
	static const enum step order[] = { STEP_WHOLE, STEP_USER, STEP_DOMAIN,
		STEP_USER_AT, STEP_END };
	struct ask q;
	int rc;

	if (maps_is_empty(m))
		return (0);
	if (addr[0] == '\0')
		return (maps_find(m, null_key, MAPS_WHOLE, value));
	ask_init(&q, m, r, addr);
	q.parents = parents;
	rc = walk(&q, order, value);
	buf_fini(&q.key);
	return (rc);
}

int
maps_find_domain(struct maps *m, const char *name, enum maps_parents parents,
    const char **value)
{
	enum maps_key whole = MAPS_WHOLE;
	const char *dot = name;
	int rc;

	if (maps_is_empty(m))
		return (0);
	for (;;) {
		rc = maps_find(m, dot, whole, value);
		if (rc != 0 || dot[0] == '\0')
			return (rc);
		/* From ".parent" or "parent" on to the next dot. */
		if ((dot = strchr(dot + 1, '.')) == NULL)
			return (0);
		if (parents == PARENTS_PLAIN)
			dot++;
		whole = MAPS_PART;
	}
}

int
maps_find_client_addr(struct maps *m, const char *addr, const char **value)
{
	enum maps_key whole = MAPS_WHOLE;
	struct view v = view_of(addr);
	char cut = view_chr(v, ':') == -1 ? '.' : ':';
	struct buf key;
	int rc = 0;

	if (maps_is_empty(m))
		return (0);
	buf_init(&key, TABLE_KEY_MAX);
	while (rc == 0 && v.n > 0) {
		buf_reset(&key);
		if (buf_put(&key, v.p, v.n) == -1)
			break;
		rc = maps_find(m, buf_str(&key), whole, value);
		whole = MAPS_PART;
		while (v.n > 0 && v.p[v.n - 1] != cut)
			v.n--;
		v.n -= v.n > 0;
	}
	buf_fini(&key);
	return (rc);
}
