/* SPDX-License-Identifier: ISC */
/*
 * mastercf_fuzz - a master.cf of arbitrary bytes: it is refused with a reason,
 * or each service is what the columns can say.
 */
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"
#include "conf/mastercf.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
quiet(enum log_level level, const char *line, size_t n)
{
	(void)level;
	(void)line;
	(void)n;
}

static void
check(struct arena *a, struct conf *c, const struct mastercf *m,
    const struct service *s)
{
	struct conf_error e;
	size_t i;

	must(s->name[0] != '\0' && s->command[0] != '\0');
	must(strchr(s->command, '/') == NULL);
	must(s->type == SERVICE_INET ? s->port != 0 && !s->private :
	    strchr(s->name, '/') == NULL);
	must(s->wakeup >= 0 && s->maxproc >= -1 && s->line > 0);
	must(s->noverrides + s->argc <= s->nwords);
	for (i = 0; i < s->noverrides; i++)
		must(s->overrides[i].name[0] != '\0');
	(void)conf_eval(service_conf(a, c, m, s), "smtpd_banner", &e);
	(void)service_disabled(s, s->command);
	must(service_disabled(s, "*"));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct conf *c = conf_new(a, "/fuzz");
	struct conf_error e = { "" };
	struct mastercf m;
	size_t i;

	log_open("fuzz", quiet);
	conf_set(c, "myhostname", "fuzz.example");
	if (mastercf_parse(a, "master.cf", (struct view){ (const char *)data,
	    size }, &m, &e) == -1 || mastercf_check(a, c, &m, &e) == -1)
		must(e.text[0] != '\0');
	else
		for (i = 0; i < m.n; i++)
			check(a, c, &m, &m.services[i]);
	arena_free(&a);
	return (0);
}
