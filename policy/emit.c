/* SPDX-License-Identifier: ISC */
/*
 * emit - the C sources that are made of the policies: role numbers, the table
 * of roles, a filter for each.
 */
#include <inttypes.h>
#include <string.h>

#include "emit.h"

#define HEAD	"/* SPDX-License-Identifier: ISC */\n"			\
		"/* Made by policyc from policy/; do not edit. */\n"

void
emit_name(struct view name, bool upper, FILE *f)
{
	size_t i;

	for (i = 0; i < name.n; i++) {
		char c = name.p[i];

		if (c == '-')
			c = '_';
		else if (upper && c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		putc(c, f);
	}
}

void
emit_string(struct view s, FILE *f)
{
	size_t i;

	putc('"', f);
	for (i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == '"' || c == '\\')
			fprintf(f, "\\%c", c);
		else if (c < ' ' || c > '~' || c == '?')
			fprintf(f, "\\%03o", c);
		else
			putc(c, f);
	}
	putc('"', f);
}

void
emit_ids(const struct model *m, FILE *f)
{
	size_t i;

	fputs(HEAD "#ifndef POSTERN_POLICY_IDS_H\n"
	    "#define POSTERN_POLICY_IDS_H\n\nenum role_id {\n", f);
	for (i = 0; i < m->nnames; i++) {
		fputs("\tROLE_", f);
		emit_name(m->names[i], true, f);
		fputs(",\n", f);
	}
	fputs("\tROLE_COUNT\n};\n\n#define POLICY_ROLES(X)", f);
	for (i = 0; i < m->nnames; i++) {
		fputs(" \\\n\tX(ROLE_", f);
		emit_name(m->names[i], true, f);
		fputs(", ", f);
		emit_name(m->names[i], false, f);
		putc(')', f);
	}
	fputs("\n\n#endif\n", f);
}

static void
emit_bits(const uint64_t *bits, FILE *f)
{
	size_t i;

	fputs("{ ", f);
	for (i = 0; i < MODEL_VERBS / 64; i++)
		fprintf(f, "UINT64_C(%#" PRIx64 "), ", bits[i]);
	putc('}', f);
}

/* static const struct policy_WHAT ROLE_WHATs[] = { */
static void
open_list(const struct mrole *r, const char *type, const char *what, FILE *f)
{
	fprintf(f, "static const %s ", type);
	emit_name(r->name, false, f);
	fprintf(f, "_%s[] = {\n", what);
}

static void
emit_lists(const struct mrole *r, FILE *f)
{
	size_t i;

	if (r->ngroups > 0) {
		open_list(r, "char *const", "groups", f);
		for (i = 0; i < r->ngroups; i++) {
			putc('\t', f);
			emit_string(r->groups[i], f);
			fputs(",\n", f);
		}
		fputs("};\n", f);
	}
	if (r->nlimits > 0) {
		open_list(r, "struct policy_limit", "limits", f);
		for (i = 0; i < r->nlimits; i++)
			fprintf(f, "\t{ %d, UINT64_C(%" PRIu64 ") },\n",
			    r->limits[i].resource, r->limits[i].value);
		fputs("};\n", f);
	}
	if (r->npaths > 0) {
		open_list(r, "struct policy_path", "paths", f);
		for (i = 0; i < r->npaths; i++) {
			fputs("\t{ ", f);
			emit_string(r->paths[i].path, f);
			fprintf(f, ", UINT64_C(%#" PRIx64 ") },\n",
			    r->paths[i].access);
		}
		fputs("};\n", f);
	}
	if (r->nports > 0) {
		open_list(r, "struct policy_port", "ports", f);
		for (i = 0; i < r->nports; i++)
			fprintf(f, "\t{ %u, UINT64_C(%" PRIu64 ") },\n",
			    r->ports[i].port, r->ports[i].access);
		fputs("};\n", f);
	}
	if (r->npeers > 0) {
		open_list(r, "struct policy_peer", "peers", f);
		for (i = 0; i < r->npeers; i++) {
			fputs("\t{ ROLE_", f);
			emit_name(r->peers[i].role, true, f);
			fputs(", ", f);
			emit_bits(r->peers[i].verbs, f);
			fputs(" },\n", f);
		}
		fputs("};\n", f);
	}
}

static void
emit_list(const struct mrole *r, const char *what, size_t n, FILE *f)
{
	if (n == 0)
		return;
	fprintf(f, "\t\t.%s = ", what);
	emit_name(r->name, false, f);
	fprintf(f, "_%s,\n\t\t.n%s = %zu,\n", what, what, n);
}

bool
emit_replies(const struct mrole *r, const struct verb *v)
{
	size_t i;

	if (!v->reply)
		return (false);
	for (i = 0; i < r->nserves; i++)
		if (view_same(r->serves[i], v->service))
			return (true);
	return (view_same(r->name, v->service));
}

static void
emit_role(const struct model *m, const struct mrole *r, FILE *f)
{
	static const char *const kind[] = { "", "POLICY_PRIVILEGED",
		"POLICY_SHARED", "POLICY_SESSION", "POLICY_MESSAGE",
		"POLICY_COMMAND" };
	static const char *const root[] = { "", "POLICY_ROOT_EMPTY",
		"POLICY_ROOT_QUEUE", "POLICY_ROOT_DATA", "POLICY_ROOT_HOST" };
	uint64_t replies[MODEL_VERBS / 64] = { 0 };
	size_t i;

	for (i = 0; i < m->nverbs; i++)
		if (emit_replies(r, &m->verbs[i]))
			replies[i / 64] |= UINT64_C(1) << (i % 64);
	fputs("\t[ROLE_", f);
	emit_name(r->name, true, f);
	fputs("] = {\n\t\t.name = ", f);
	emit_string(r->name, f);
	fputs(",\n\t\t.purpose = ", f);
	emit_string(r->purpose, f);
	fprintf(f, ",\n\t\t.kind = %s,\n\t\t.user = ", kind[r->kind]);
	emit_string(r->user, f);
	fputs(",\n\t\t.group = ", f);
	emit_string(r->group, f);
	fprintf(f, ",\n\t\t.network = %d,\n\t\t.root = %s,\n"
	    "\t\t.caps = UINT64_C(%#" PRIx64 "),\n"
	    "\t\t.port_any = UINT64_C(%" PRIu64 "),\n"
	    "\t\t.landlock_optional = %d,\n\t\t.receive = %#x,\n",
	    r->network == TRI_YES, root[r->root], r->caps, r->port_any,
	    r->landlock_optional, r->receive);
	emit_list(r, "groups", r->ngroups, f);
	emit_list(r, "limits", r->nlimits, f);
	emit_list(r, "paths", r->npaths, f);
	emit_list(r, "ports", r->nports, f);
	emit_list(r, "peers", r->npeers, f);
	fputs("\t\t.replies = ", f);
	emit_bits(replies, f);
	fputs(",\n\t},\n", f);
}

void
emit_table(const struct model *m, FILE *f)
{
	size_t i;

	fputs(HEAD "#include \"policy/policy.h\"\n\n", f);
	for (i = 0; i < m->nnames; i++)
		emit_lists(m->roles[i], f);
	fputs("\nconst struct policy policy_table[ROLE_COUNT] = {\n", f);
	for (i = 0; i < m->nnames; i++)
		emit_role(m, m->roles[i], f);
	fputs("};\n", f);
}

void
emit_filter(const struct mrole *r, const struct sock_filter *code, size_t n,
    FILE *f)
{
	size_t i;

	fputs(HEAD "#include \"policy/policy.h\"\n\n"
	    "static const struct sock_filter code[] = {\n", f);
	for (i = 0; i < n; i++)
		fprintf(f, "\t{ %#04x, %u, %u, %#010x },\n", code[i].code,
		    code[i].jt, code[i].jf, code[i].k);
	fputs("};\n\nconst struct policy_filter policy_filter_", f);
	emit_name(r->name, false, f);
	fprintf(f, " = { code, %zu };\n", n);
}

void
emit_filters(const struct model *m, FILE *f)
{
	size_t i;

	fputs(HEAD "#include \"policy/policy.h\"\n\n"
	    "const struct policy_filter *const policy_filters[ROLE_COUNT] = "
	    "{\n", f);
	for (i = 0; i < m->nnames; i++) {
		fputs("\t[ROLE_", f);
		emit_name(m->names[i], true, f);
		fputs("] = &policy_filter_", f);
		emit_name(m->names[i], false, f);
		fputs(",\n", f);
	}
	fputs("};\n", f);
}
