/* SPDX-License-Identifier: ISC */
/*
 * grants - what warrant(8) decides by: the accounts of the host, the commands
 * of master.cf; what tlsproxy(8) makes of the services, and the keys of these,
 * for tlskey(8). The administrator wrote all of it.
 */
#include <sys/mman.h>

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/log.h"

#include "master.h"

#define COMMANDS_MAX	(1024 * 1024)
#define PARAMS_MAX	(4 * 1024 * 1024)

/* The directory of chroot=, which only we can open. */
static void
add_room(struct pack *p, const struct service *s)
{
	size_t i = 0;
	int fd;

	while (i < s->argc && strncmp(s->argv[i], "chroot=", 7) != 0)
		if (strncmp(s->argv[i++], "argv=", 5) == 0)
			return;
	if (i == s->argc)
		return;
	if ((fd = open(s->argv[i] + 7, O_PATH | O_DIRECTORY | O_CLOEXEC)) < 0)
		log_warn("service %s: %s: %m", s->name, s->argv[i]);
	else
		pack_own_item(p, BUNDLE_FILE, fd, arena_printf(p->arena,
		    "chroot:%s/%s", s->name, service_type_name(s->type)));
}

static void
put(struct buf *b, const char *text)
{
	if (buf_put(b, text, strlen(text) + 1) < 0)
		fatal("the commands of master.cf are too long");
}

static void
add_text(struct pack *p, struct buf *b, const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0 || fd_write_all(fd, b->p, b->n) < 0)
		fatal("%s: %m", name);
	buf_fini(b);
	pack_own_item(p, BUNDLE_FILE, fd, name);
}

/* For each: command, name, type, the number of words, the words. */
static void
add_commands(struct pack *p)
{
	const struct mastercf *list = &m.config->mastercf;
	struct buf b;

	buf_init(&b, COMMANDS_MAX);
	for (size_t i = 0; i < list->n; i++) {
		const struct service *s = &list->services[i];

		if (strcmp(s->command, "pipe") != 0 &&
		    strcmp(s->command, "spawn") != 0)
			continue;
		put(&b, s->command);
		put(&b, s->name);
		put(&b, service_type_name(s->type));
		put(&b, arena_printf(p->arena, "%zu", s->argc));
		for (size_t j = 0; j < s->argc; j++)
			put(&b, s->argv[j]);
		add_room(p, s);
	}
	add_text(p, &b, "commands");
}

/* What our starter gave us: import_environment. */
static void
add_environment(struct pack *p)
{
	struct buf b;

	buf_init(&b, COMMANDS_MAX);
	for (char **e = environ; *e != NULL; e++)
		put(&b, *e);
	add_text(p, &b, "environment");
}

static void
add_accounts(struct pack *p, struct unit *s, const char *path,
    const char *name)
{
	int fd = pack_open_file(path);

	if (fd < 0)
		fatal("%s: %m", path);
	watch_file(s, path, fd);
	pack_own_item(p, BUNDLE_FILE, fd, name);
}

/* The parameters of a service, as far as the role "p" is for reads them. */
static struct conf *
add_params(struct pack *p, const struct service *line)
{
	const uint64_t mask =
	    conf_role_mask(policy_table[p->bundle.role].name);
	struct conf_error e;
	struct conf *conf;
	struct buf b;

	conf = service_conf(p->arena, m.config->conf, &m.config->mastercf,
	    line);
	buf_init(&b, PARAMS_MAX);
	if (conf_export(conf, mask, &b, &e) < 0)
		fatal("%s", e.text);
	add_text(p, &b, arena_printf(p->arena, "params:%s:%s/%s",
	    line->command, line->name, service_type_name(line->type)));
	return (conf);
}

/* An agent with parameters of its own: these are what its mail goes by. */
static bool
has_own_params(struct pack *p, const struct service *s)
{
	return (s->noverrides > 0 && strstr(" local virtual pipe spawn ",
	    arena_printf(p->arena, " %s ", s->command)) != NULL);
}

/* Whether a group may write there: that group then makes lock files. */
static void
add_spool(struct pack *p)
{
	int fd = open(m.config->params.mail_spool_directory, O_PATH |
	    O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		pack_own_item(p, BUNDLE_FILE, fd, "spool");
}

void
pack_grants(struct pack *p, struct unit *s)
{
	const struct mastercf *list = &m.config->mastercf;

	add_accounts(p, s, "/etc/passwd", "passwd");
	add_accounts(p, s, "/etc/group", "group");
	add_commands(p);
	add_environment(p);
	for (size_t i = 0; i < list->n; i++)
		if (has_own_params(p, &list->services[i]))
			pack_tables(p, s, add_params(p, &list->services[i]));
	add_spool(p);
	pack_item(p, BUNDLE_FILE, m.launcher, "launcher");
}

/* The certificates of authorities that a service trusts; by their path. */
static void
add_authorities(struct pack *p, struct unit *s, const char *role,
    struct conf *conf)
{
	struct conf_error e;
	const char *path = conf_eval(conf, arena_printf(p->arena,
	    "%s_tls_CAfile", role), &e);
	int fd;

	if (path == NULL || *path == '\0' ||
	    bundle_find(&p->bundle, BUNDLE_FILE, path) != NULL)
		return;
	if ((fd = pack_open_file(path)) < 0)
		log_warn("open %s: %m", path);
	else
		pack_own_item(p, BUNDLE_FILE, fd, path);
	watch_file(s, path, fd);
}

static void
add_key_file(struct pack *p, struct unit *s, const char *path)
{
	int fd;

	if (bundle_find(&p->bundle, BUNDLE_SECRET, path) != NULL)
		return;
	if ((fd = pack_open_file(path)) < 0)
		log_warn("open %s: %m", path);
	else
		pack_own_item(p, BUNDLE_SECRET, fd, path);
	watch_file(s, path, fd);
}

/* What tlskey(8) reads and what is called a file holds keys. */
static void
add_keys(struct pack *p, struct unit *s, struct conf *conf)
{
	struct conf_error e;
	struct view rest, word;

	for (size_t i = 0; i < param_count; i++) {
		if (!(param_table[i].roles & conf_role_mask("tlskey")) ||
		    strstr(param_table[i].name, "_file") == NULL)
			continue;
		rest = view_of(conf_eval(conf, param_table[i].name, &e));
		while ((word = view_word(&rest, ", \t\r\n")).n != 0)
			if (word.p[0] == '/')
				add_key_file(p, s, view_str(p->arena, word));
	}
	pack_tables(p, s, conf);
}

void
pack_tls(struct pack *p, struct unit *s)
{
	const struct mastercf *list = &m.config->mastercf;
	struct conf *conf;

	for (size_t i = 0; i < list->n; i++) {
		const struct service *line = &list->services[i];

		if (strcmp(line->command, "smtpd") != 0 &&
		    strcmp(line->command, "smtp") != 0 &&
		    strcmp(line->command, "lmtp") != 0)
			continue;
		conf = add_params(p, line);
		if (s->role == ROLE_TLSKEY)
			add_keys(p, s, conf);
		else
			add_authorities(p, s, line->command, conf);
	}
}
