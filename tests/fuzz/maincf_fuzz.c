/* SPDX-License-Identifier: ISC */
/*
 * maincf_fuzz - a main.cf of arbitrary bytes: it is refused with a reason, or
 * every parameter can be evaluated or is refused with one; what is exported
 * can be imported.
 */
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"
#include "conf/maincf.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
quiet(enum log_level level, const char *line, size_t n)
{
	(void)level;
	(void)line;
	(void)n;
}

static void
evaluate(void *arg, const char *name, const char *value, int line)
{
	struct conf_error e = { "" };

	(void)value;
	(void)line;
	must(conf_eval(arg, name, &e) != NULL || e.text[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct params p;
	const uint64_t roles = conf_role_mask("smtpd") | conf_role_mask("qmgr");
	struct arena *a = arena_new(0);
	struct conf *c = conf_new(a, "/fuzz");
	struct conf_error e = { "" };
	struct buf b;

	log_open("fuzz", quiet);
	/* What asks the system must not make a run depend on it. */
	conf_set(c, "myhostname", "fuzz.example");
	conf_set(c, "mynetworks", "127.0.0.1/32");
	buf_init(&b, 1024 * 1024);
	if (maincf_parse(c, (struct view){ (const char *)data, size }, &e) ==
	    -1)
		must(e.text[0] != '\0');
	else {
		conf_each(c, evaluate, c);
		if (conf_export(c, roles, &b, &e) == -1)
			must(e.text[0] != '\0');
		else
			must(conf_import(a, buf_view(&b), &p, &e) == 0);
	}
	buf_fini(&b);
	arena_free(&a);
	return (0);
}
