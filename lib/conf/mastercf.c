/* SPDX-License-Identifier: ISC */
/*
 * mastercf - the services that master.cf declares.
 *
 * Runs in the privileged master. The file is the administrator's; what it
 * says is checked column by column and refused with the line that is wrong.
 */
#include <string.h>

#include "base/log.h"
#include "base/num.h"
#include "conf_in.h"
#include "maincf.h"
#include "mastercf.h"

#define BLANKS		" \t\r\v\f"
#define WAKEUP_MAX	8640000		/* seconds */
#define MAXPROC_MAX	100000

/* The names of columns as postconf -F prints them. */
const char *const service_field_name[FIELD_COUNT] = {
	"service", "type", "private", "unprivileged", "chroot", "wakeup",
	"process_limit", "command"
};

static const char *const type_names[] = {
	[SERVICE_INET] = "inet",
	[SERVICE_UNIX] = "unix",
	[SERVICE_UNIX_DGRAM] = "unix-dgram",
	[SERVICE_FIFO] = "fifo",
	[SERVICE_PASS] = "pass",
};

const char *
service_type_name(enum service_type type)
{
	return (type_names[type]);
}

int
service_type_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(type_names) / sizeof(type_names[0]); i++)
		if (strcmp(type_names[i], name) == 0)
			return ((int)i);
	return (-1);
}

const char *
service_word(struct arena *a, const char *word)
{
	size_t n = strlen(word);

	if (n >= 2 && word[0] == '{' && word[n - 1] == '}')
		return (view_str(a, view_trim((struct view){ word + 1,
		    n - 2 })));
	return (word);
}

/* One logical line, all of it, into a service. */
static int
read_service(struct arena *a, const char *file, int line, struct view text,
    struct service *s, struct conf_error *e)
{
	const char *words[SERVICE_WORDS];
	struct view word;
	size_t n = 0, i;

	memset(s, 0, sizeof(*s));
	s->line = line;
	for (i = 0; i < FIELD_COUNT; i++) {
		word = view_group(&text, BLANKS);
		if (word.n == 0)
			return (conf_fail(e, "file %s: line %d: bad field "
			    "count: expected %d fields, found %zu", file, line,
			    FIELD_COUNT, i));
		s->field[i] = arena_strn(a, word.p, word.n);
	}
	while ((word = view_group(&text, BLANKS)).n > 0) {
		if (n == SERVICE_WORDS)
			return (conf_fail(e, "file %s: line %d: expected at "
			    "most %d arguments", file, line, SERVICE_WORDS));
		words[n++] = arena_strn(a, word.p, word.n);
	}
	s->words = arena_array(a, n + 1, sizeof(*s->words));
	memcpy(s->words, words, n * sizeof(*words));
	s->nwords = n;
	if (service_type_find(s->field[FIELD_TYPE]) == -1)
		return (conf_fail(e, "file %s: line %d: invalid type field "
		    "\"%s\": expected inet, unix, unix-dgram, fifo or pass",
		    file, line, s->field[FIELD_TYPE]));
	s->name = s->field[FIELD_NAME];
	s->command = s->field[FIELD_COMMAND];
	s->type = (enum service_type)service_type_find(s->field[FIELD_TYPE]);
	return (0);
}

int
mastercf_parse(struct arena *a, const char *file, struct view text,
    struct mastercf *out, struct conf_error *e)
{
	struct conf_lines l;
	struct view v;
	struct service *all, *more;
	size_t n = 0, room = 64;
	int line, rc;

	all = arena_array(a, room, sizeof(*all));
	conf_lines_init(&l, file, text);
	while ((rc = conf_lines_next(&l, a, &v, &line, e)) == 1) {
		if (n == SERVICES_MAX)
			return (conf_fail(e, "file %s: line %d: expected at "
			    "most %d services", file, line, SERVICES_MAX));
		if (n == room) {
			more = arena_array(a, room * 2, sizeof(*all));
			memcpy(more, all, n * sizeof(*all));
			all = more;
			room *= 2;
		}
		if (read_service(a, file, line, v, &all[n++], e) == -1)
			return (-1);
	}
	*out = (struct mastercf){ arena_str(a, file), all, n };
	return (rc);
}

int
mastercf_read(struct arena *a, const char *file, struct mastercf *out,
    struct conf_error *e)
{
	struct view text;

	if (conf_read(a, file, &text, e) == -1)
		return (-1);
	return (mastercf_parse(a, file, text, out, e));
}

/* The argument behind -o: name=value or { name = value }. */
static const char *
override_args(struct arena *a, struct service *s, size_t *i, const char *text)
{
	struct override *o = &s->overrides[s->noverrides];
	const char *wrong;

	if (*text == '\0') {
		if (*i + 1 == s->nwords)
			return ("expected name=value behind -o");
		text = s->words[++*i];
	}
	wrong = conf_pair(a, view_of(service_word(a, text)), &o->name,
	    &o->value);
	if (wrong != NULL)
		return (arena_printf(a, "-o %s: %s", text, wrong));
	s->noverrides++;
	return (NULL);
}

const char *
service_args(struct arena *a, struct service *s)
{
	const char *w, *wrong;
	size_t i;

	s->overrides = arena_array(a, s->nwords + 1, sizeof(*s->overrides));
	s->argv = arena_array(a, s->nwords + 1, sizeof(*s->argv));
	s->noverrides = s->argc = 0;
	for (i = 0; i < s->nwords; i++) {
		w = s->words[i];
		/* Behind the first argument that is no flag all are plain. */
		if (s->argc > 0 || w[0] != '-' || w[1] == '\0') {
			s->argv[s->argc++] = service_word(a, w);
			continue;
		}
		if (w[1] == 'o') {
			if ((wrong = override_args(a, s, &i, w + 2)) != NULL)
				return (wrong);
			continue;
		}
		for (w++; *w == 'v' || *w == 'D'; w++) {
			s->verbose += *w == 'v';
			s->debug = s->debug || *w == 'D';
		}
		if (*w != '\0')
			return (arena_printf(a, "unknown flag %s: expected "
			    "-o, -v or -D", s->words[i]));
	}
	return (NULL);
}

static bool
yes_no(const char *text, bool dflt, bool *out)
{
	if (strcmp(text, "-") == 0)
		*out = dflt;
	else if (strcmp(text, "y") == 0)
		*out = true;
	else if (strcmp(text, "n") == 0)
		*out = false;
	else
		return (false);
	return (true);
}

/* N, N? or - */
static bool
wakeup(const char *text, struct service *s)
{
	struct view v = view_of(text);
	int64_t n;

	s->wakeup = 0;
	s->wakeup_if_used = false;
	if (view_eq(v, "-"))
		return (true);
	if (v.n > 1 && v.p[v.n - 1] == '?') {
		s->wakeup_if_used = true;
		v.n--;
	}
	if (!num_parse(v, 0, WAKEUP_MAX, &n))
		return (false);
	s->wakeup = (int)n;
	return (true);
}

static bool
maxproc(const char *text, struct service *s)
{
	int64_t n;

	if (strcmp(text, "-") == 0)
		n = -1;
	else if (!num_parse(view_of(text), 0, MAXPROC_MAX, &n))
		return (false);
	s->maxproc = (int)n;
	return (true);
}

/* port, host:port or [address]:port */
static int
endpoint(struct arena *a, struct conf *c, struct service *s,
    struct conf_error *e)
{
	const char *colon = strrchr(s->name, ':');
	struct view host = { 0 };

	s->host = "";
	if (colon == NULL)
		return (conf_port(c, s->name, &s->port, e));
	host = (struct view){ s->name, (size_t)(colon - s->name) };
	if (host.n > 2 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = view_sub(host, 1, host.n - 2);
	else if (view_chr(host, ':') != -1)
		return (conf_fail(e, "expected [address]:port, found \"%s\"",
		    s->name));
	s->host = view_str(a, host);
	return (conf_port(c, colon + 1, &s->port, e));
}

/* What is wrong with the columns, as words for a message; or NULL. */
static const char *
check_fields(struct service *s)
{
	if (!yes_no(s->field[FIELD_PRIVATE], true, &s->private))
		return ("field private: expected y, n or -");
	if (!yes_no(s->field[FIELD_UNPRIV], true, &s->unpriv))
		return ("field unprivileged: expected y, n or -");
	if (!yes_no(s->field[FIELD_CHROOT], false, &s->chroot))
		return ("field chroot: expected y, n or -");
	if (!wakeup(s->field[FIELD_WAKEUP], s))
		return ("field wakeup: expected seconds, seconds? or -");
	if (!maxproc(s->field[FIELD_MAXPROC], s))
		return ("field process_limit: expected a number or -");
	if (s->type == SERVICE_INET && s->private)
		return ("field private: inet service cannot be private: "
		    "expected n");
	/* The name becomes the name of a socket, the command of a program. */
	if (s->type != SERVICE_INET && (strchr(s->name, '/') != NULL ||
	    s->name[0] == '.'))
		return ("field service: expected a name without \"/\"");
	if (strchr(s->command, '/') != NULL || s->command[0] == '.')
		return ("field command: expected the name of a daemon without "
		    "\"/\"");
	return (NULL);
}

/* Drop services that a later line declares again. */
static void
drop_duplicates(struct mastercf *m)
{
	struct service *s, *t;
	size_t i, k, n = 0;

	for (i = 0; i < m->n; i++) {
		s = &m->services[i];
		for (k = i + 1; k < m->n; k++) {
			t = &m->services[k];
			if (t->type == s->type && strcmp(t->name, s->name) == 0)
				break;
		}
		if (k < m->n)
			log_warn("%s: line %d: overriding earlier entry: "
			    "%s/%s in line %d", m->file, t->line, s->name,
			    type_names[s->type], s->line);
		else
			m->services[n++] = *s;
	}
	m->n = n;
}

int
mastercf_check(struct arena *a, struct conf *c, struct mastercf *m,
    struct conf_error *e)
{
	struct conf_error why;
	struct service *s;
	const char *wrong;

	for (s = m->services; s < m->services + m->n; s++) {
		wrong = check_fields(s);
		if (wrong == NULL)
			wrong = service_args(a, s);
		if (wrong == NULL && s->type == SERVICE_INET &&
		    endpoint(a, c, s, &why) == -1)
			wrong = why.text;
		if (wrong != NULL)
			return (conf_fail(e, "%s: line %d: service %s/%s: %s",
			    m->file, s->line, s->name, type_names[s->type],
			    wrong));
	}
	drop_duplicates(m);
	return (0);
}

int
mastercf_load(struct arena *a, struct conf *c, struct mastercf *out,
    struct conf_error *e)
{
	const char *file = arena_printf(a, "%s/master.cf", conf_dir(c));

	if (mastercf_read(a, file, out, e) == -1)
		return (-1);
	return (mastercf_check(a, c, out, e));
}

struct conf *
service_conf(struct arena *a, const struct conf *c, const struct mastercf *m,
    const struct service *s)
{
	struct conf *o = conf_overlay(a, c, arena_printf(a, "%s: line %d",
	    m->file, s->line));
	size_t i;

	conf_set(o, "service_name", s->name);
	conf_set(o, "process_name", s->command);
	for (i = 0; i < s->noverrides; i++)
		conf_set(o, s->overrides[i].name, s->overrides[i].value);
	return (o);
}

bool
service_disabled(const struct service *s, const char *list)
{
	const char *type = type_names[s->type];
	struct view rest = view_of(list), word, name;
	bool neg;

	while ((word = view_word(&rest, ", \t\r\n")).n > 0) {
		if ((neg = word.p[0] == '!'))
			word = view_sub(word, 1, word.n);
		/* A service name may hold a slash only as the last thing. */
		if (view_field(&word, '/', &name) &&
		    (view_eq(name, "*") || view_eq(name, s->name)) &&
		    (word.n == 0 || view_eq(word, "*") || view_eq(word, type)))
			return (!neg);
	}
	return (false);
}
