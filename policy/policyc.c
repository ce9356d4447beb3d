/* SPDX-License-Identifier: ISC */
/*
 * policyc - compile the policies: policyc -o DIR VERBS GROUPS ROLES POLICY...
 *
 * Runs at build time, on files of the source tree. Writes policy_ids.h,
 * policy_table.c, policy_text.c, policy_filters.c and a policy_ROLE.c for
 * each role into DIR. Any doubt ends the build with file:line: message.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "emit.h"
#include "file.h"

static struct model model;

static int
read_with(const char *path, int (*fn)(struct model *, const char *,
    struct view))
{
	struct view text;

	if (file_read(model.arena, path, &text, &model.error) == -1)
		return (-1);
	return (fn(&model, path, text));
}

static FILE *
out_open(const char *dir, const char *name, char *path, size_t size)
{
	FILE *f;

	snprintf(path, size, "%s/%s", dir, name);
	f = fopen(path, "w");
	if (f == NULL)
		(void)token_fail(&model.error, path, 0, "%s", strerror(errno));
	return (f);
}

static int
out_close(FILE *f, const char *path)
{
	int bad = ferror(f);

	if (fclose(f) != 0 || bad)
		return (token_fail(&model.error, path, 0, "%s",
		    strerror(errno)));
	return (0);
}

static int
write_with(const char *dir, const char *name, void (*fn)(const struct model *,
    FILE *))
{
	char path[1024];
	FILE *f;

	f = out_open(dir, name, path, sizeof(path));
	if (f == NULL)
		return (-1);
	fn(&model, f);
	return (out_close(f, path));
}

static int
write_filter(const char *dir, const struct mrole *r)
{
	static struct sock_filter code[FILTER_MAX];
	char path[1024], name[80];
	size_t n;
	FILE *f;

	if (filter_compile(&model, r, code, &n) == -1)
		return (-1);
	snprintf(name, sizeof(name), "policy_%.*s.c", V(r->name));
	f = out_open(dir, name, path, sizeof(path));
	if (f == NULL)
		return (-1);
	emit_filter(r, code, n, f);
	return (out_close(f, path));
}

static int
compile(const char *dir, char **files, int n)
{
	size_t i;
	int k;

	if (read_with(files[0], model_verbs) == -1 ||
	    read_with(files[1], model_groups) == -1 ||
	    read_with(files[2], model_roles) == -1)
		return (-1);
	for (k = 3; k < n; k++)
		if (read_with(files[k], model_policy) == -1)
			return (-1);
	if (model_finish(&model) == -1 ||
	    write_with(dir, "policy_ids.h", emit_ids) == -1 ||
	    write_with(dir, "policy_table.c", emit_table) == -1 ||
	    write_with(dir, "policy_text.c", emit_text) == -1 ||
	    write_with(dir, "policy_filters.c", emit_filters) == -1)
		return (-1);
	for (i = 0; i < model.nnames; i++)
		if (write_filter(dir, model.roles[i]) == -1)
			return (-1);
	return (0);
}

int
main(int argc, char **argv)
{
	const char *dir = NULL;
	struct arena *a;
	int c, rc;

	while ((c = getopt(argc, argv, "o:")) != -1)
		if (c == 'o')
			dir = optarg;
	if (dir == NULL || argc - optind < 3) {
		fprintf(stderr, "usage: policyc -o DIR VERBS GROUPS ROLES "
		    "POLICY...\n");
		return (2);
	}
	a = arena_new(0);
	model_init(&model, a);
	rc = compile(dir, argv + optind, argc - optind);
	if (rc == -1)
		rc = file_complain("policyc", &model.error);
	arena_free(&a);
	return (rc);
}
