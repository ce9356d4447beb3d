/* SPDX-License-Identifier: ISC */
/*
 * parse - one role's policy file, as the compiler reads it.
 *
 * A line that gives the role something must say why: the table of directives
 * knows which lines do.
 */
#include <sys/resource.h>
#include <linux/capability.h>

#include <string.h>

#include "base/num.h"
#include "bits.h"
#include "model.h"

struct word_bit {
	const char	*word;
	uint64_t	 bit;
};

static const struct word_bit fs_rights[] = {
	{ "execute", POLICY_FS_EXECUTE },
	{ "read", POLICY_FS_READ_FILE },
	{ "list", POLICY_FS_READ_DIR },
	{ "write", POLICY_FS_WRITE_FILE },
	{ "truncate", POLICY_FS_TRUNCATE },
	{ "create", POLICY_FS_MAKE_REG },
	{ "mkdir", POLICY_FS_MAKE_DIR },
	{ "remove", POLICY_FS_REMOVE_FILE },
	{ "rmdir", POLICY_FS_REMOVE_DIR },
	{ "move", POLICY_FS_REFER },
	{ NULL, 0 }
};
static const struct word_bit net_rights[] = {
	{ "bind", POLICY_NET_BIND },
	{ "connect", POLICY_NET_CONNECT },
	{ NULL, 0 }
};
static const struct word_bit kinds[] = {
	{ "privileged", KIND_PRIVILEGED },
	{ "shared", KIND_SHARED },
	{ "session", KIND_SESSION },
	{ "message", KIND_MESSAGE },
	{ "command", KIND_COMMAND },
	{ NULL, 0 }
};
static const struct word_bit networks[] = {
	{ "none", TRI_NO },
	{ "host", TRI_YES },
	{ NULL, 0 }
};
static const struct word_bit roots[] = {
	{ "empty", MROOT_EMPTY },
	{ "queue", MROOT_QUEUE },
	{ "data", MROOT_DATA },
	{ "host", MROOT_HOST },
	{ NULL, 0 }
};
static const struct word_bit receives[] = {
	{ "control", 1 << POLICY_RECV_CONTROL },
	{ "listener", 1 << POLICY_RECV_LISTENER },
	{ "client", 1 << POLICY_RECV_CLIENT },
	{ "connection", 1 << POLICY_RECV_CONNECTION },
	{ "message", 1 << POLICY_RECV_MESSAGE },
	{ "table", 1 << POLICY_RECV_TABLE },
	{ "file", 1 << POLICY_RECV_FILE },
	{ "secret", 1 << POLICY_RECV_SECRET },
	{ NULL, 0 }
};
static const struct word_bit resources[] = {
	{ "as", RLIMIT_AS },
	{ "core", RLIMIT_CORE },
	{ "cpu", RLIMIT_CPU },
	{ "data", RLIMIT_DATA },
	{ "fsize", RLIMIT_FSIZE },
	{ "nofile", RLIMIT_NOFILE },
	{ "nproc", RLIMIT_NPROC },
	{ NULL, 0 }
};
static const struct word_bit caps[] = {
	{ "chown", UINT64_C(1) << CAP_CHOWN },
	{ "kill", UINT64_C(1) << CAP_KILL },
	{ "net_bind_service", UINT64_C(1) << CAP_NET_BIND_SERVICE },
	{ "setgid", UINT64_C(1) << CAP_SETGID },
	{ "setpcap", UINT64_C(1) << CAP_SETPCAP },
	{ "setuid", UINT64_C(1) << CAP_SETUID },
	{ "sys_chroot", UINT64_C(1) << CAP_SYS_CHROOT },
	{ NULL, 0 }
};

/* The value of "word" in the table; false if it is not there. */
static bool
lookup(const struct word_bit *t, struct view word, uint64_t *out)
{
	for (; t->word != NULL; t++)
		if (view_eq(word, t->word)) {
			*out = t->bit;
			return (true);
		}
	return (false);
}

static int
unknown(struct model *m, struct mrole *r, const struct token_line *l,
    struct view word)
{
	return (token_fail(&m->error, r->file, l->no,
	    "unknown word \"%.*s\" after %.*s", VM(word), VM(l->word[0])));
}

static int
too_many(struct model *m, struct mrole *r, const struct token_line *l)
{
	return (token_fail(&m->error, r->file, l->no, "too many %.*s lines",
	    VM(l->word[0])));
}

static int
do_role(struct model *m, struct mrole *r, const struct token_line *l)
{
	size_t i;

	for (i = 0; i < m->nnames; i++)
		if (view_same(m->names[i], l->word[1]))
			break;
	if (i == m->nnames)
		return (token_fail(&m->error, r->file, l->no,
		    "\"%.*s\" is not in the list of roles", VM(l->word[1])));
	if (m->roles[i] != NULL)
		return (token_fail(&m->error, r->file, l->no,
		    "role \"%.*s\" has a policy already", VM(l->word[1])));
	r->name = l->word[1];
	r->purpose = l->word[2];
	m->roles[i] = r;
	return (0);
}

static int
do_kind(struct model *m, struct mrole *r, const struct token_line *l)
{
	uint64_t v;

	if (!lookup(kinds, l->word[1], &v))
		return (unknown(m, r, l, l->word[1]));
	r->kind = (enum model_kind)v;
	return (0);
}

static int
do_user(struct model *m, struct mrole *r, const struct token_line *l)
{
	(void)m;
	r->user = l->word[1];
	return (0);
}

static int
do_group(struct model *m, struct mrole *r, const struct token_line *l)
{
	(void)m;
	r->group = l->word[1];
	return (0);
}

static int
put_words(struct model *m, struct mrole *r, const struct token_line *l,
    struct view *list, size_t *n)
{
	size_t i;

	for (i = 1; i < l->nwords; i++) {
		if (*n == MODEL_LIST)
			return (too_many(m, r, l));
		list[(*n)++] = l->word[i];
	}
	return (0);
}

static int
do_groups(struct model *m, struct mrole *r, const struct token_line *l)
{
	return (put_words(m, r, l, r->groups, &r->ngroups));
}

static int
do_serve(struct model *m, struct mrole *r, const struct token_line *l)
{
	size_t i;

	for (i = 0; i < m->nverbs; i++)
		if (view_same(m->verbs[i].service, l->word[1]))
			return (put_words(m, r, l, r->serves, &r->nserves));
	return (unknown(m, r, l, l->word[1]));
}

static int
do_network(struct model *m, struct mrole *r, const struct token_line *l)
{
	uint64_t v;

	if (!lookup(networks, l->word[1], &v))
		return (unknown(m, r, l, l->word[1]));
	r->network = (enum model_tri)v;
	return (0);
}

static int
do_root(struct model *m, struct mrole *r, const struct token_line *l)
{
	uint64_t v;

	if (!lookup(roots, l->word[1], &v))
		return (unknown(m, r, l, l->word[1]));
	r->root = (enum model_root)v;
	return (0);
}

static int
do_starts(struct model *m, struct mrole *r, const struct token_line *l)
{
	uint64_t v;

	if (!lookup(networks, l->word[1], &v))
		return (unknown(m, r, l, l->word[1]));
	r->starts[v == TRI_YES] = true;
	return (0);
}

static int
join_groups(struct model *m, struct mrole *r, const struct token_line *l,
    bool enosys)
{
	struct group *g;
	size_t i;

	for (i = 1; i < l->nwords; i++) {
		g = group_find(m, l->word[i]);
		if (g == NULL || g->enosys != enosys)
			return (unknown(m, r, l, l->word[i]));
		if (rules_join(m, r->file, l->no, &r->rules, &g->rules) == -1)
			return (-1);
	}
	return (0);
}

static int
do_syscalls(struct model *m, struct mrole *r, const struct token_line *l)
{
	return (join_groups(m, r, l, false));
}

static int
do_enosys(struct model *m, struct mrole *r, const struct token_line *l)
{
	return (join_groups(m, r, l, true));
}

static int
do_allow(struct model *m, struct mrole *r, const struct token_line *l)
{
	return (rule_parse(m, r->file, l, &r->rules));
}

/* A path stays below the root: no "..", no leading or double slash. */
static bool
path_good(struct view p)
{
	struct view part;

	if (p.n == 0 || p.n > 200 || p.p[0] == '/')
		return (false);
	while (view_field(&p, '/', &part))
		if (part.n == 0 || view_eq(part, ".."))
			return (false);
	return (true);
}

static int
do_landlock_port(struct model *m, struct mrole *r, const struct token_line *l)
{
	uint64_t right;
	int64_t port;
	size_t i;

	if (!lookup(net_rights, l->word[1], &right))
		return (unknown(m, r, l, l->word[1]));
	for (i = 2; i < l->nwords; i++) {
		if (view_eq(l->word[i], "any")) {
			r->port_any |= right;
			continue;
		}
		if (!num_parse(l->word[i], 0, 65535, &port))
			return (unknown(m, r, l, l->word[i]));
		if (r->nports == MODEL_LIST)
			return (too_many(m, r, l));
		r->ports[r->nports++] = (struct port){ (uint16_t)port, right };
	}
	return (0);
}

/* landlock optional | connect|bind PORT... | RIGHT... PATH */
static int
do_landlock(struct model *m, struct mrole *r, const struct token_line *l)
{
	uint64_t access = 0, right;
	size_t i;

	if (l->nwords == 2 && view_eq(l->word[1], "optional")) {
		r->landlock_optional = true;
		return (0);
	}
	if (l->nwords < 3)
		return (token_fail(&m->error, r->file, l->no,
		    "expected \"landlock RIGHT... PATH\", \"landlock connect "
		    "PORT...\" or \"landlock optional\""));
	if (lookup(net_rights, l->word[1], &right))
		return (do_landlock_port(m, r, l));
	for (i = 1; i + 1 < l->nwords; i++) {
		if (!lookup(fs_rights, l->word[i], &right))
			return (unknown(m, r, l, l->word[i]));
		access |= right;
	}
	if (!path_good(l->word[i]))
		return (token_fail(&m->error, r->file, l->no,
		    "\"%.*s\" is not a path below the root", VM(l->word[i])));
	if (r->npaths == MODEL_LIST)
		return (too_many(m, r, l));
	r->paths[r->npaths++] = (struct path){ l->word[i], access };
	return (0);
}

/* A number with k, M or G, or "unlimited". */
static bool
size_parse(struct view v, uint64_t *out)
{
	const char *units = "kMG", *u;
	unsigned shift = 0;

	if (view_eq(v, "unlimited")) {
		*out = UINT64_MAX;
		return (true);
	}
	if (v.n > 1 && (u = memchr(units, v.p[v.n - 1], 3)) != NULL) {
		shift = 10 * (unsigned)(u - units + 1);
		v.n--;
	}
	if (!num_unsigned(v, UINT64_C(1) << 32, out))
		return (false);
	*out <<= shift;
	return (true);
}

static int
do_limit(struct model *m, struct mrole *r, const struct token_line *l)
{
	uint64_t resource, value;
	size_t i;

	if (!lookup(resources, l->word[1], &resource))
		return (unknown(m, r, l, l->word[1]));
	if (!size_parse(l->word[2], &value))
		return (unknown(m, r, l, l->word[2]));
	for (i = 0; i < r->nlimits; i++)
		if (r->limits[i].resource == (int)resource)
			return (token_fail(&m->error, r->file, l->no,
			    "second limit on %.*s", VM(l->word[1])));
	r->limits[r->nlimits++] = (struct limit){ l->word[1], (int)resource,
	    value };
	return (0);
}

static int
put_bits(struct model *m, struct mrole *r, const struct token_line *l,
    const struct word_bit *t, uint64_t *out)
{
	uint64_t bit;
	size_t i;

	for (i = 1; i < l->nwords; i++) {
		if (!lookup(t, l->word[i], &bit))
			return (unknown(m, r, l, l->word[i]));
		*out |= bit;
	}
	return (0);
}

static int
do_caps(struct model *m, struct mrole *r, const struct token_line *l)
{
	return (put_bits(m, r, l, caps, &r->caps));
}

static int
do_receive(struct model *m, struct mrole *r, const struct token_line *l)
{
	uint64_t bits = r->receive;

	if (put_bits(m, r, l, receives, &bits) == -1)
		return (-1);
	r->receive = (uint32_t)bits;
	return (0);
}

static int
put_verb(struct model *m, struct mrole *r, const struct token_line *l,
    struct view name, struct peer *p)
{
	size_t i;

	for (i = 0; i < m->nverbs; i++)
		if (!m->verbs[i].reply && view_same(m->verbs[i].name, name)) {
			p->verbs[i / 64] |= UINT64_C(1) << (i % 64);
			return (0);
		}
	return (token_fail(&m->error, r->file, l->no, "unknown verb \"%.*s\"",
	    VM(name)));
}

/* reach ROLE: VERB... */
static int
do_reach(struct model *m, struct mrole *r, const struct token_line *l)
{
	struct view to = l->word[1];
	struct peer *p;
	size_t i;

	if (to.n < 2 || to.p[to.n - 1] != ':')
		return (token_fail(&m->error, r->file, l->no,
		    "expected \"reach ROLE: VERB...\""));
	to.n--;
	for (i = 0; i < m->nnames; i++)
		if (view_same(m->names[i], to))
			break;
	if (i == m->nnames)
		return (token_fail(&m->error, r->file, l->no,
		    "there is no role \"%.*s\"", VM(to)));
	for (i = 0; i < r->npeers; i++)
		if (view_same(r->peers[i].role, to))
			break;
	if (i == MODEL_LIST)
		return (too_many(m, r, l));
	p = &r->peers[i];
	if (i == r->npeers) {
		r->npeers++;
		p->role = to;
		p->line = l->no;
	}
	for (i = 2; i < l->nwords; i++)
		if (put_verb(m, r, l, l->word[i], p) == -1)
			return (-1);
	return (0);
}

#define F_WIDENS	1	/* needs its comment */
#define F_ONCE		2

static const struct directive {
	const char	*name;
	size_t		 min, max;	/* words */
	unsigned	 flags;
	const char	*harmless;	/* value that needs no comment */
	int		(*fn)(struct model *, struct mrole *,
			    const struct token_line *);
} directives[] = {
	{ "role", 3, 3, F_ONCE, NULL, do_role },
	{ "kind", 2, 2, F_ONCE, NULL, do_kind },
	{ "user", 2, 2, F_ONCE, NULL, do_user },
	{ "group", 2, 2, F_ONCE, NULL, do_group },
	{ "groups", 2, 10, F_WIDENS, NULL, do_groups },
	{ "network", 2, 2, F_WIDENS | F_ONCE, "none", do_network },
	{ "root", 2, 2, F_WIDENS | F_ONCE, "empty", do_root },
	{ "starts", 2, 2, F_WIDENS, NULL, do_starts },
	{ "syscalls", 2, TOKEN_WORDS_MAX, F_WIDENS, NULL, do_syscalls },
	{ "allow", 2, TOKEN_WORDS_MAX, F_WIDENS, NULL, do_allow },
	{ "enosys", 2, 10, 0, NULL, do_enosys },
	{ "landlock", 2, TOKEN_WORDS_MAX, F_WIDENS, NULL, do_landlock },
	{ "limit", 3, 3, 0, NULL, do_limit },
	{ "caps", 2, 20, F_WIDENS, NULL, do_caps },
	{ "serve", 2, 2, F_WIDENS, NULL, do_serve },
	{ "reach", 3, TOKEN_WORDS_MAX, F_WIDENS, NULL, do_reach },
	{ "receive", 2, 10, F_WIDENS, NULL, do_receive },
};
#define NDIRECTIVES	(sizeof(directives) / sizeof(directives[0]))

static int
put_note(struct model *m, struct mrole *r, const struct token_line *l)
{
	char what[TOKEN_LINE_MAX + 1], why[1200];
	size_t i, n = 0;

	if (r->nnotes == MODEL_NOTES)
		return (token_fail(&m->error, r->file, l->no,
		    "more than %d lines", MODEL_NOTES));
	for (i = 0; i < l->nwords && n + l->word[i].n + 2 < sizeof(what); i++) {
		if (n > 0 && !view_eq(l->word[i], ","))
			what[n++] = ' ';
		memcpy(what + n, l->word[i].p, l->word[i].n);
		n += l->word[i].n;
	}
	token_comment(l, why, sizeof(why));
	r->notes[r->nnotes++] = (struct note){
	    arena_strn(m->arena, what, n), arena_str(m->arena, why) };
	return (0);
}

static int
directive(struct model *m, struct mrole *r, const struct token_line *l,
    bool *seen)
{
	const struct directive *d;
	size_t i;

	for (i = 0; i < NDIRECTIVES; i++)
		if (view_eq(l->word[0], directives[i].name))
			break;
	if (i == NDIRECTIVES)
		return (token_fail(&m->error, r->file, l->no,
		    "unknown word \"%.*s\"", VM(l->word[0])));
	d = &directives[i];
	if (i > 0 && !seen[0])
		return (token_fail(&m->error, r->file, l->no,
		    "expected \"role NAME \"what it is for\"\" first"));
	if (l->nwords < d->min || l->nwords > d->max)
		return (token_fail(&m->error, r->file, l->no,
		    "%s takes %zu to %zu words", d->name, d->min - 1,
		    d->max - 1));
	if ((d->flags & F_ONCE) != 0 && seen[i])
		return (token_fail(&m->error, r->file, l->no,
		    "second %s line", d->name));
	if ((d->flags & F_WIDENS) != 0 && !token_commented(l) &&
	    (d->harmless == NULL || !view_eq(l->word[1], d->harmless)))
		return (token_fail(&m->error, r->file, l->no,
		    "%s gives the role something and has no comment that says "
		    "why", d->name));
	seen[i] = true;
	if (d->fn(m, r, l) == -1)
		return (-1);
	return (put_note(m, r, l));
}

int
model_policy(struct model *m, const char *name, struct view text)
{
	bool seen[NDIRECTIVES] = { false };
	struct token_file f;
	struct token_line l;
	struct mrole *r;
	int rc;

	r = arena_get(m->arena, sizeof(*r));
	r->file = arena_str(m->arena, name);
	token_open(&f, r->file, text);
	while ((rc = token_next(&f, &l, &m->error)) == 1)
		if (directive(m, r, &l, seen) == -1)
			return (-1);
	if (rc == -1)
		return (-1);
	if (r->name.n == 0 || r->kind == KIND_NONE || r->user.n == 0 ||
	    r->group.n == 0 || r->network == TRI_UNSET ||
	    r->root == MROOT_UNSET)
		return (token_fail(&m->error, r->file, f.line,
		    "expected one line each of role, kind, user, group, "
		    "network and root"));
	return (0);
}
