/* SPDX-License-Identifier: ISC */
/* setup - which log, which texts, and the parameters in texts. */
#include <inttypes.h>
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

/* NAME_seconds ... NAME_weeks: the time in that unit, rounded up. */
static const char *
time_value(struct arena *a, const char *name)
{
	static const struct {
		const char	*suffix;
		int64_t		 seconds;
	} units[] = { { "_seconds", 1 }, { "_minutes", 60 },
		{ "_hours", 3600 }, { "_days", 86400 }, { "_weeks", 604800 } };
	const struct param *p;
	struct span span;
	size_t n, u, end = strlen(name);

	for (u = 0; u < sizeof(units) / sizeof(units[0]); u++) {
		n = strlen(units[u].suffix);
		if (end <= n || strcmp(name + end - n, units[u].suffix) != 0)
			continue;
		p = param_find(arena_strn(a, name, end - n));
		if (p == NULL || p->type != PARAM_time)
			return (NULL);
		memcpy(&span, (const char *)cf + p->off, sizeof(span));
		return (arena_printf(a, "%" PRId64, (span.ns / 1000000000 +
		    units[u].seconds - 1) / units[u].seconds));
	}
	return (NULL);
}

const char *
setup_value(void *arena, const char *name)
{
	const struct param *p = param_find(name);
	const char *at, *text;
	struct span span;
	int64_t num;
	bool flag;

	if (p == NULL)
		return (time_value(arena, name));
	/* The others were not given to us. */
	if ((p->roles & conf_role_mask("bounce")) == 0)
		return (NULL);
	at = (const char *)cf + p->off;
	switch (p->type) {
	case PARAM_str:
	case PARAM_raw:
	case PARAM_word:
		memcpy(&text, at, sizeof(text));
		return (text);
	case PARAM_yesno:
		memcpy(&flag, at, sizeof(flag));
		return (flag ? "yes" : "no");
	case PARAM_int:
	case PARAM_long:
		memcpy(&num, at, sizeof(num));
		return (arena_printf(arena, "%" PRId64, num));
	case PARAM_time:
		break;
	}
	memcpy(&span, at, sizeof(span));
	return (arena_printf(arena, "%" PRId64 "s", span.ns / 1000000000));
}
