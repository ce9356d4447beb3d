/* SPDX-License-Identifier: ISC */
/*
 * model - the files that all roles share (roles, verbs, groups of system
 * calls), and what can be judged only when every file has been read.
 */
#include <string.h>

#include <seccomp.h>

#include "model.h"

void
model_init(struct model *m, struct arena *a)
{
	memset(m, 0, sizeof(*m));
	m->arena = a;
}

/* A name of ours: lower case, digits, '-' or '_', not too long. */
static bool
name_good(struct view v)
{
	size_t i;

	if (v.n == 0 || v.n > 40)
		return (false);
	for (i = 0; i < v.n; i++)
		if (!((v.p[i] >= 'a' && v.p[i] <= 'z') ||
		    (i > 0 && ((v.p[i] >= '0' && v.p[i] <= '9') ||
		    v.p[i] == '-' || v.p[i] == '_'))))
			return (false);
	return (true);
}

int
model_roles(struct model *m, const char *name, struct view text)
{
	struct token_file f;
	struct token_line l;
	size_t i;
	int rc;

	token_open(&f, name, text);
	while ((rc = token_next(&f, &l, &m->error)) == 1) {
		if (l.nwords != 1 || !name_good(l.word[0]))
			return (token_fail(&m->error, name, l.no,
			    "expected the name of one role"));
		for (i = 0; i < m->nnames; i++)
			if (view_same(m->names[i], l.word[0]))
				break;
		if (i < m->nnames)
			continue;
		if (m->nnames == MODEL_ROLES)
			return (token_fail(&m->error, name, l.no,
			    "more than %d roles", MODEL_ROLES));
		m->names[m->nnames++] = l.word[0];
	}
	return (rc);
}

/* VERB(service, name) or REPLY(service, name) at the start of a line. */
static int
verb_parse(struct model *m, const char *file, unsigned no, struct view line)
{
	struct verb *v;
	struct view service, name;
	bool reply;
	char *text;
	size_t i;

	reply = view_starts(line, "REPLY(");
	line = view_sub(line, reply ? 6 : 5, line.n);
	if (!view_field(&line, ',', &service) ||
	    !view_field(&line, ')', &name) || line.n != 0)
		goto out;
	service = view_trim(service);
	name = view_trim(name);
	if (!name_good(service) || !name_good(name))
		goto out;
	for (i = 0; i < m->nverbs; i++)
		if (view_same(m->verbs[i].name, name))
			return (token_fail(&m->error, file, no,
			    "second verb \"%.*s\"", VM(name)));
	if (m->nverbs == MODEL_VERBS)
		return (token_fail(&m->error, file, no,
		    "more than %d verbs", MODEL_VERBS));
	text = arena_strn(m->arena, service.p, service.n);
	for (i = 0; i < service.n; i++)
		if (text[i] == '_')
			text[i] = '-';
	v = &m->verbs[m->nverbs++];
	v->service = (struct view){ text, service.n };
	v->name = name;
	v->reply = reply;
	return (0);
out:
	return (token_fail(&m->error, file, no,
	    "expected VERB(role, name) or REPLY(role, name)"));
}

int
model_verbs(struct model *m, const char *name, struct view text)
{
	struct view line;
	unsigned no = 0;

	if (text.n > TOKEN_FILE_MAX)
		return (token_fail(&m->error, name, 0, "too large"));
	while (view_field(&text, '\n', &line)) {
		no++;
		line = view_trim(line);
		if (line.n == 0 || line.p[0] == '*' || view_starts(line, "/*"))
			continue;
		if (!view_starts(line, "VERB(") && !view_starts(line, "REPLY("))
			return (token_fail(&m->error, name, no,
			    "expected VERB(role, name) or REPLY(role, name)"));
		if (verb_parse(m, name, no, line) == -1)
			return (-1);
	}
	return (0);
}

struct group *
group_find(struct model *m, struct view name)
{
	size_t i;

	for (i = 0; i < m->ngroups; i++)
		if (view_same(m->groups[i].name, name))
			return (&m->groups[i]);
	return (NULL);
}

/* group NAME "what for" | enosys NAME "what for" */
static int
group_start(struct model *m, const char *file, const struct token_line *l,
    struct group **g)
{
	if (l->nwords != 3 || !name_good(l->word[1]))
		return (token_fail(&m->error, file, l->no,
		    "expected %.*s NAME \"what it is for\"", VM(l->word[0])));
	if (group_find(m, l->word[1]) != NULL)
		return (token_fail(&m->error, file, l->no,
		    "second group \"%.*s\"", VM(l->word[1])));
	if (m->ngroups == MODEL_GROUPS)
		return (token_fail(&m->error, file, l->no,
		    "more than %d groups", MODEL_GROUPS));
	*g = &m->groups[m->ngroups++];
	(*g)->name = l->word[1];
	(*g)->purpose = l->word[2];
	(*g)->enosys = view_eq(l->word[0], "enosys");
	return (0);
}

static int
group_line(struct model *m, const char *file, const struct token_line *l,
    struct group **g)
{
	if (view_eq(l->word[0], "group") || view_eq(l->word[0], "enosys"))
		return (group_start(m, file, l, g));
	if (*g == NULL)
		return (token_fail(&m->error, file, l->no,
		    "expected a group line first"));
	if (!(*g)->enosys && !token_commented(l))
		return (token_fail(&m->error, file, l->no,
		    "%.*s has no comment that says why", VM(l->word[0])));
	if (view_eq(l->word[0], "calls"))
		return (calls_parse(m, file, l, 1,
		    (*g)->enosys ? RULE_ENOSYS : RULE_ALLOW, &(*g)->rules));
	if (view_eq(l->word[0], "allow") && !(*g)->enosys)
		return (rule_parse(m, file, l, &(*g)->rules));
	return (token_fail(&m->error, file, l->no,
	    "unknown word \"%.*s\"", VM(l->word[0])));
}

int
model_groups(struct model *m, const char *name, struct view text)
{
	struct token_file f;
	struct token_line l;
	struct group *g = NULL;
	int rc;

	token_open(&f, name, text);
	while ((rc = token_next(&f, &l, &m->error)) == 1)
		if (group_line(m, name, &l, &g) == -1)
			return (-1);
	return (rc);
}

/* Calls that only some roles may have at all, whatever a policy says. */
static const struct {
	const char	*call;
	unsigned	 unless;	/* F_*: who may */
} bounded[] = {
#define F_NEVER		0
#define F_PRIV		1
#define F_NET		2
#define F_DIR		4
	{ "socket", F_PRIV | F_NET }, { "connect", F_NET },
	{ "bind", F_PRIV | F_NET }, { "listen", F_PRIV },
	{ "execve", F_PRIV }, { "kill", F_PRIV }, { "chroot", F_PRIV },
	{ "setresuid", F_PRIV }, { "setresgid", F_PRIV },
	{ "setgroups", F_PRIV }, { "capset", F_PRIV },
	{ "open", F_NEVER }, { "openat", F_PRIV | F_DIR },
	{ "openat2", F_NEVER }, { "execveat", F_NEVER },
	{ "ptrace", F_NEVER }, { "process_vm_readv", F_NEVER },
	{ "process_vm_writev", F_NEVER }, { "bpf", F_NEVER },
	{ "perf_event_open", F_NEVER }, { "userfaultfd", F_NEVER },
	{ "io_uring_setup", F_NEVER }, { "io_uring_enter", F_NEVER },
	{ "io_uring_register", F_NEVER }, { "keyctl", F_NEVER },
	{ "add_key", F_NEVER }, { "request_key", F_NEVER },
	{ "mount", F_NEVER }, { "umount2", F_NEVER },
	{ "move_mount", F_NEVER }, { "pivot_root", F_NEVER },
	{ "setns", F_NEVER }, { "unshare", F_NEVER },
	{ "personality", F_NEVER }, { "kexec_load", F_NEVER },
	{ "kexec_file_load", F_NEVER }, { "init_module", F_NEVER },
	{ "finit_module", F_NEVER }, { "delete_module", F_NEVER },
	{ "name_to_handle_at", F_NEVER }, { "open_by_handle_at", F_NEVER },
	{ "pidfd_getfd", F_NEVER }, { "memfd_secret", F_NEVER },
	{ "quotactl", F_NEVER }, { "clone3", F_NEVER },
};

static int
check_bounds(struct model *m, const struct mrole *r)
{
	unsigned is = 0;
	size_t i, j;
	int nr;

	is |= r->kind == KIND_PRIVILEGED ? F_PRIV : 0;
	is |= r->network == TRI_YES || r->starts[1] ? F_NET : 0;
	is |= r->root != MROOT_EMPTY ? F_DIR : 0;
	for (i = 0; i < sizeof(bounded) / sizeof(bounded[0]); i++) {
		nr = seccomp_syscall_resolve_name(bounded[i].call);
		if (nr < 0 || (bounded[i].unless & is) != 0)
			continue;
		for (j = 0; j < r->rules.n; j++)
			if (r->rules.v[j].nr == nr &&
			    r->rules.v[j].action == RULE_ALLOW)
				return (token_fail(&m->error, r->file,
				    r->rules.v[j].line,
				    "%s is not for a role of this kind",
				    bounded[i].call));
	}
	return (0);
}

static int
check_kind(struct model *m, const struct mrole *r)
{
	bool priv = r->kind == KIND_PRIVILEGED;

	if ((r->kind == KIND_COMMAND) != view_eq(r->user, "caller"))
		return (token_fail(&m->error, r->file, 0,
		    "a command, and nothing else, has user caller"));
	if (!priv && (r->caps != 0 || r->starts[0] || r->starts[1] ||
	    (r->root == MROOT_HOST && r->kind != KIND_COMMAND) ||
	    view_eq(r->user, "root")))
		return (token_fail(&m->error, r->file, 0, "caps, starts, user "
		    "root and root host are for privileged roles only"));
	if (r->network == TRI_NO && (r->nports > 0 || r->port_any != 0))
		return (token_fail(&m->error, r->file, 0,
		    "ports without a network"));
	if (r->root == MROOT_EMPTY && r->npaths > 0)
		return (token_fail(&m->error, r->file, 0,
		    "paths below an empty root"));
	return (check_bounds(m, r));
}

static const struct mrole *
role_find(const struct model *m, struct view name)
{
	size_t i;

	for (i = 0; i < m->nnames; i++)
		if (view_same(m->names[i], name))
			return (m->roles[i]);
	return (NULL);
}

/* The role runs the service that the verb is for. */
static bool
serves(const struct mrole *r, struct view service)
{
	size_t i;

	for (i = 0; i < r->nserves; i++)
		if (view_same(r->serves[i], service))
			return (true);
	return (view_same(r->name, service));
}

static int
check_peers(struct model *m, const struct mrole *r)
{
	const struct mrole *to;
	size_t i, j;

	for (i = 0; i < r->npeers; i++) {
		to = role_find(m, r->peers[i].role);
		for (j = 0; j < m->nverbs; j++)
			if ((r->peers[i].verbs[j / 64] >> (j % 64) & 1) != 0 &&
			    !serves(to, m->verbs[j].service))
				return (token_fail(&m->error, r->file,
				    r->peers[i].line,
				    "%.*s does not take the verb %.*s",
				    VM(to->name), VM(m->verbs[j].name)));
	}
	return (0);
}

/* What a spawner's children will need, its own filter must leave to them. */
static int
join_started(struct model *m, struct mrole *r)
{
	const struct mrole *s;
	size_t i;

	for (i = 0; i < m->nnames; i++) {
		s = m->roles[i];
		if (s->kind == KIND_PRIVILEGED || s->kind == KIND_COMMAND ||
		    !r->starts[s->network == TRI_YES])
			continue;
		if (rules_join(m, r->file, 0, &r->rules, &s->rules) == -1)
			return (-1);
	}
	return (0);
}

int
model_finish(struct model *m)
{
	size_t i, j;

	for (i = 0; i < m->nnames; i++)
		if (m->roles[i] == NULL)
			return (token_fail(&m->error, "roles", 0,
			    "role \"%.*s\" has no policy", VM(m->names[i])));
	for (i = 0; i < m->nnames; i++) {
		for (j = 0; j < i; j++)
			if (view_same(m->roles[i]->user, m->roles[j]->user) &&
			    m->roles[i]->kind != KIND_COMMAND &&
			    !view_eq(m->roles[i]->user, "root"))
				return (token_fail(&m->error,
				    m->roles[i]->file, 0,
				    "user %.*s is another role's",
				    VM(m->roles[i]->user)));
		if (check_peers(m, m->roles[i]) == -1 ||
		    join_started(m, m->roles[i]) == -1 ||
		    check_kind(m, m->roles[i]) == -1)
			return (-1);
	}
	return (0);
}
