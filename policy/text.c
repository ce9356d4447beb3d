/* SPDX-License-Identifier: ISC */
/*
 * text - each role's policy in words, made of its lines and their comments.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "emit.h"

#define TEXT_WIDTH	76

static void text_line(FILE *f, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* One line of the text as one string constant of the C source. */
static void
text_line(FILE *f, const char *fmt, ...)
{
	char line[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	fputs("\t    ", f);
	emit_string(view_of(line), f);
	fputs(" \"\\n\"\n", f);
}

/* Fill lines of "indent" blanks and text up to the width. */
static void
text_fill(FILE *f, size_t indent, const char *s)
{
	size_t n, fit;

	while (*s != '\0') {
		n = strlen(s);
		if (n > TEXT_WIDTH - indent) {
			for (fit = TEXT_WIDTH - indent; fit > 0; fit--)
				if (s[fit] == ' ')
					break;
			n = fit > 0 ? fit : TEXT_WIDTH - indent;
		}
		text_line(f, "%*s%.*s", (int)indent, "", (int)n, s);
		for (s += n; *s == ' '; s++)
			continue;
	}
}

static void
text_facts(const struct mrole *r, FILE *f)
{
	static const char *const kind[] = { "",
		"privileged: uid 0 with the capabilities named below",
		"shared: one process serves many clients",
		"session: a process of its own for each session",
		"message: a process of its own for each message",
		"command: has the id of a user of the host" };
	static const char *const root[] = { "", "an empty directory",
		"the queue directory", "its own below data_directory",
		"the host's (no chroot)" };

	text_line(f, "%.*s - %.*s", V(r->name), V(r->purpose));
	text_line(f, "%s", "");
	text_line(f, "  kind      %s", kind[r->kind]);
	text_line(f, "  user      %.*s, group %.*s", V(r->user), V(r->group));
	text_line(f, "  network   %s", r->network == TRI_YES ?
	    "the host's" : "none (an empty namespace)");
	text_line(f, "  root      %s", root[r->root]);
	text_line(f, "%s", "");
}

static const char *const headings[][2] = {
	{ "groups ", "It is also in these groups:" },
	{ "network ", "It has a network:" },
	{ "root ", "It has a directory:" },
	{ "caps ", "It keeps these capabilities:" },
	{ "starts ", "It starts roles, and what these need it must have:" },
	{ "syscalls ", "It may use these groups of system calls:" },
	{ "allow ", "and these system calls:" },
	{ "enosys ", "It is told that these do not exist:" },
	{ "landlock ", "Paths, ports (Landlock):" },
	{ "limit ", "Limits:" },
	{ "receive ", "It is given descriptors:" },
	{ "serve ", "It answers for:" },
	{ "reach ", "It may ask:" },
};

static void
text_section(const struct mrole *r, const char *word, const char *heading,
    FILE *f)
{
	const struct note *n;
	bool any = false;
	size_t i;

	for (i = 0; i < r->nnotes; i++) {
		n = &r->notes[i];
		if (strncmp(n->what, word, strlen(word)) != 0 ||
		    (n->why[0] == '\0' && strcmp(word, "limit ") != 0 &&
		    strcmp(word, "enosys ") != 0))
			continue;
		if (!any)
			text_line(f, "%s", heading);
		any = true;
		text_fill(f, 2, n->what + strlen(word));
		text_fill(f, 6, n->why);
	}
	if (any)
		text_line(f, "%s", "");
}

void
emit_text(const struct model *m, FILE *f)
{
	size_t i, j;

	fputs("/* SPDX-License-Identifier: ISC */\n"
	    "/* Made by policyc from policy/; do not edit. */\n"
	    "#include \"policy/policy.h\"\n\n"
	    "static const char *const texts[ROLE_COUNT] = {\n", f);
	for (i = 0; i < m->nnames; i++) {
		fputs("\t[ROLE_", f);
		emit_name(m->names[i], true, f);
		fputs("] =\n", f);
		text_facts(m->roles[i], f);
		for (j = 0; j < sizeof(headings) / sizeof(headings[0]); j++)
			text_section(m->roles[i], headings[j][0],
			    headings[j][1], f);
		fputs("\t    ,\n", f);
	}
	fputs("};\n\nconst char *\npolicy_text(enum role_id role)\n{\n"
	    "\treturn ((unsigned)role < ROLE_COUNT ? texts[role] : \"\");\n"
	    "}\n", f);
}
