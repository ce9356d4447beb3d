/* SPDX-License-Identifier: ISC */
/* notices - what notices of bounce(8) say: -b and -t. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/fd.h"
#include "base/log.h"
#include "dsn/template.h"
#include "postconf.h"

static void
read_file(struct postconf *pc, const char *path,
    struct template all[TEMPLATE_KINDS])
{
	static char text[TEMPLATE_FILE_MAX + 1];
	char why[160];
	ssize_t n;
	int fd;

	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) == -1 ||
	    (n = fd_pread_all(fd, text, sizeof(text), 0)) == -1)
		fatal("open %s: %m", path);
	fd_close(&fd);
	if (template_parse((struct view){ text, (size_t)n }, pc->arena, all,
	    why) == -1)
		fatal("%s: %s", path, why);
}

static void
print_expanded(struct postconf *pc, enum template_kind kind,
    const struct template *t, struct buf *out)
{
	const char *name = template_name(kind);

	buf_xprintf(out, "expanded_%.*s_text = <<EOF\n",
	    (int)(strchr(name, '_') - name), name);
	if (template_expand(t->body, pc->arena, template_param, pc->arena,
	    out) == -1 || buf_puts(out, "EOF\n") == -1)
		fatal("%s: the text is too long", name);
}

void
notices_print(struct postconf *pc, const char *file, bool expand)
{
	static struct params params;
	struct template all[TEMPLATE_KINDS];
	struct conf_error e;
	struct buf out;

	if (conf_params(pc->conf, conf_role_mask("bounce"), &params, &e) ==
	    -1)
		fatal("%s", e.text);
	cf = &params;
	memcpy(all, template_builtin, sizeof(all));
	if (strcmp(cf->header_from_format, "obsolete") == 0)
		for (int i = 0; i < TEMPLATE_KINDS; i++)
			all[i].from = TEMPLATE_FROM_OBSOLETE;
	if (file == NULL)
		file = cf->bounce_template_file;
	if (*file != '\0')
		read_file(pc, file, all);
	buf_init(&out, 16 * TEMPLATE_FILE_MAX);
	for (int i = 0; i < TEMPLATE_KINDS; i++) {
		enum template_kind kind = (enum template_kind)i;

		if (i > 0)
			buf_xputs(&out, "\n");
		if (expand)
			print_expanded(pc, kind, &all[i], &out);
		else if (template_print(kind, &all[i], all[i].body, &out) ==
		    -1)
			fatal("%s is too long", template_name(kind));
	}
	(void)fwrite(out.p, 1, out.n, stdout);
	buf_fini(&out);
}
