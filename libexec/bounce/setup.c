/* SPDX-License-Identifier: ISC */
/* setup - which log, which texts, and the parameters in texts. */
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "bounce.h"
#include "conf/conf.h"

struct setup setup;

static enum q_dir
log_of(const char *service)
{
	if (strcmp(service, cf->defer_service_name) == 0)
		return (Q_defer);
	if (strcmp(service, cf->trace_service_name) == 0)
		return (Q_trace);
	if (strcmp(service, cf->bounce_service_name) == 0)
		return (Q_bounce);
	fatal("service %s is neither of bounce_service_name, "
	    "defer_service_name, trace_service_name", service);
}

static void
read_templates(int fd)
{
	static char text[TEMPLATE_FILE_MAX + 1];
	static struct arena *a;	/* what setup.templates points to */
	char why[160];
	ssize_t n;

	arena_free(&a);
	a = arena_new(0);
	if ((n = fd_pread_all(fd, text, sizeof(text), 0)) == -1) {
		log_warn("bounce_template_file %s: %m",
		    cf->bounce_template_file);
		return;
	}
	if (template_parse((struct view){ text, (size_t)n }, a,
	    setup.templates, why) == -1)
		log_warn("bounce_template_file %s: %s: "
		    "using the built-in templates", cf->bounce_template_file,
		    why);
}

void
setup_make(int fd)
{
	setup.log = log_of(setup.service);
	q_hash_set(&setup.hash, view_of(cf->hash_queue_names),
	    (int)cf->hash_queue_depth, NULL);
	memcpy(setup.templates, template_builtin, sizeof(setup.templates));
	if (strcmp(cf->header_from_format, "obsolete") == 0)
		for (int i = 0; i < TEMPLATE_KINDS; i++)
			setup.templates[i].from = TEMPLATE_FROM_OBSOLETE;
	if (fd != -1)
		read_templates(fd);
}

const char *
setup_double_bounce(struct arena *a)
{
	const char *name = cf->double_bounce_sender;

	return (strchr(name, '@') != NULL ? name :
	    arena_printf(a, "%s@%s", name, cf->myhostname));
}

bool
setup_notifies(const char *name)
{
	struct view rest = view_of(cf->notify_classes), word;

	while ((word = view_word(&rest, ", \t\r\n")).n > 0)
		if (view_ieq(word, name))
			return (true);
	return (false);
}
