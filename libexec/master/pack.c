/* SPDX-License-Identifier: ISC */
/*
 * pack - put together the bundle of one process.
 *
 * What goes in is decided by the role's policy (which peers, which kinds of
 * files) and by the parameters that the role declares (which tables). A
 * file that cannot be opened is left out: the role then answers that look-ups
 * fail for now, which is what its user expects.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/log.h"
#include "table/spec.h"

#include "master.h"

#define PARAMS_MAX	(4 * 1024 * 1024)

/* Files that are no tables; the name is what the role asks for. */
static const struct {
	enum role_id		 role;
	const char		*name;
	const char		*param;
	bool			 watched;
} files[] = {
	{ ROLE_RESOLVER, "resolv.conf", "resolver_conf_file", false },
	{ ROLE_RESOLVER, "hosts", "resolver_hosts_file", false },
	{ ROLE_RESOLVER, "trust_anchor", "resolver_trust_anchor_file", false },
	{ ROLE_BOUNCE, "bounce_template", "bounce_template_file", false },
	{ ROLE_PICKUP, "passwd", "user_names_file", true },
	{ ROLE_SHOWQ, "passwd", "user_names_file", true },
};

static void
item(struct pack *p, enum bundle_kind kind, int fd, const char *name,
    enum role_id role, uint32_t limit)
{
	if (p->bundle.nitems == FD_PASS_MAX - 1)
		fatal("a bundle of role %s has too many descriptors",
		    policy_table[p->bundle.role].name);
	p->items[p->bundle.nitems++] = (struct bundle_item){ kind, fd, name,
		role, limit };
}

void
pack_item(struct pack *p, enum bundle_kind kind, int fd, const char *name)
{
	item(p, kind, fd, name, ROLE_MASTER, 0);
}

void
pack_own_item(struct pack *p, enum bundle_kind kind, int fd, const char *name)
{
	p->opened[p->nopened++] = fd;
	item(p, kind, fd, name, ROLE_MASTER, 0);
}

static bool
receives(const struct pack *p, enum policy_receive what)
{
	return (policy_table[p->bundle.role].receive & (1U << what));
}

/* Regular files only; a pipe that blocks master would be a bad joke. */
int
pack_open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd >= 0 && (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)))
		fd_close(&fd);
	return (fd);
}

struct scan {
	struct pack	*pack;
	struct unit	*service;
};

static bool
has_item(const struct pack *p, const char *name)
{
	for (size_t i = 0; i < p->bundle.nitems; i++)
		if (p->items[i].kind == BUNDLE_TABLE &&
		    strcmp(p->items[i].name, name) == 0)
			return (true);
	return (false);
}

static int
table_found(void *arg, const struct spec *spec)
{
	struct scan *scan = arg;
	int fd;

	if (spec->path == NULL || has_item(scan->pack, spec->id))
		return (0);
	if (spec_is_stale(spec))
		log_warn("database %s is older than source file %s",
		    spec->path, spec->source);
	fd = pack_open_file(spec->path);
	watch_file(scan->service, spec->path, fd);
	if (fd < 0) {
		if (spec->kind == SPEC_FILE)
			log_error("open database %s: %m", spec->path);
		return (0);
	}
	pack_own_item(scan->pack, BUNDLE_TABLE, fd, spec->id);
	return (0);
}

/* Match lists, in which /file/name is a file of patterns. */
static bool
is_list(const char *name)
{
	static const char *const ends[] = { "mydestination", "mynetworks",
		"_clients", "_domains", "_exceptions", "_exclusions",
		"_hosts", "_interfaces", "_list", "_networks", "_users" };
	const size_t n = strlen(name);

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		const size_t len = strlen(ends[i]);

		if (n >= len && strcmp(name + n - len, ends[i]) == 0)
			return (true);
	}
	return (false);
}

static void
scan_value(struct scan *scan, struct conf *conf, const char *name)
{
	struct conf_error e;
	const char *value = conf_eval(conf, name, &e);

	if (value != NULL && *value != '\0')
		(void)spec_scan(scan->pack->arena, value, is_list(name), NULL,
		    table_found, scan);
}

static void
scan_classes(struct scan *scan, struct conf *conf)
{
	struct conf_error e;
	const char *classes;
	struct view rest, word;

	classes = conf_eval(conf, "smtpd_restriction_classes", &e);
	rest = view_of(classes);
	while ((word = view_word(&rest, ", \t\r\n")).n != 0)
		scan_value(scan, conf, view_str(scan->pack->arena, word));
}

void
pack_tables(struct pack *p, struct unit *s, struct conf *conf)
{
	const uint64_t mask = conf_role_mask(policy_table[s->role].name);
	struct scan scan = { p, s };

	if (!receives(p, POLICY_RECV_TABLE))
		return;
	for (size_t i = 0; i < param_count; i++)
		if (param_table[i].roles & mask)
			scan_value(&scan, conf, param_table[i].name);
	if (s->role == ROLE_SMTPD)
		scan_classes(&scan, conf);
}

static void
add_files(struct pack *p, struct unit *s, struct conf *conf)
{
	struct conf_error e;
	const char *path;
	int fd;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (files[i].role != p->bundle.role)
			continue;
		path = conf_eval(conf, files[i].param, &e);
		if (path == NULL || *path == '\0')
			continue;
		fd = pack_open_file(path);
		if (files[i].watched)
			watch_file(s, path, fd);
		if (fd < 0)
			log_warn("open %s: %m", path);
		else
			pack_own_item(p, BUNDLE_FILE, fd, files[i].name);
	}
}

static void
add_secrets(struct pack *p)
{
	const char *dir = m.config->params.data_directory;
	int fd;

	if (!receives(p, POLICY_RECV_SECRET))
		return;
	fd = pack_open_file(arena_printf(p->arena, "%s/seal.key", dir));
	if (fd < 0)
		fatal("%s/seal.key: %m: is the queue set up?", dir);
	pack_own_item(p, BUNDLE_SECRET, fd, "seal.key");
}

/* A rendezvous of each service whose role this role may reach. */
static void
add_peers(struct pack *p)
{
	const struct unit *s;

	TAILQ_FOREACH(s, &m.units, next)
		if (s->role != ROLE_MASTER &&
		    policy_may_reach(p->bundle.role, s->role))
			item(p, BUNDLE_PEER, s->dial, s->name, s->role,
			    s->line->maxproc > 0 ? (uint32_t)s->line->maxproc :
			    0);
}

/* maillog_file_permissions: octal digits; config_load() has seen to it. */
static mode_t
log_mode(void)
{
	const char *p = m.config->params.maillog_file_permissions;
	mode_t mode = 0;

	for (; *p >= '0' && *p <= '7'; p++)
		mode = (mode << 3 | (mode_t)(*p - '0')) & 0777;
	return (mode != 0 ? mode : 0600);
}

/* What postlogd(8) writes to; main.cf and the command line decide. */
static void
add_log_target(struct pack *p)
{
	const char *path = m.config->params.maillog_file;
	int fd;

	item(p, BUNDLE_FILE, m.log_in, "log", ROLE_MASTER, 0);
	if (*path == '\0') {
		master_syslog();
		if (m.syslog >= 0)
			item(p, BUNDLE_FILE, m.syslog, "syslog", ROLE_MASTER,
			    0);
		return;
	}
	if (strcmp(path, "/dev/stdout") == 0) {
		item(p, BUNDLE_FILE, STDOUT_FILENO, "stdout", ROLE_MASTER, 0);
		return;
	}
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, log_mode());
	if (fd < 0)
		log_error("open logfile %s: %m", path);
	else
		pack_own_item(p, BUNDLE_FILE, fd, "maillog");
}

static void
add_doors(struct pack *p, const struct unit *s)
{
	const struct listener *l;

	SLIST_FOREACH(l, &s->listeners, next)
		item(p, BUNDLE_LISTEN, l->fd, s->name, ROLE_MASTER, 0);
	if (s->role != ROLE_POSTLOGD && s->line->type != SERVICE_INET)
		item(p, BUNDLE_SERVE, s->serve, s->name, ROLE_MASTER, 0);
}

/* Parameters as they are, and as they are when all processes are busy. */
static bool
add_params(struct pack *p, struct conf *conf, struct conf_error *e)
{
	const uint64_t mask =
	    conf_role_mask(policy_table[p->bundle.role].name);
	struct conf *stressed = conf_overlay(p->arena, conf, "stress");
	struct buf b;
	bool ok = false;

	buf_init(&b, PARAMS_MAX);
	if (conf_export(conf, mask, &b, e) < 0)
		goto out;
	p->bundle.params.p = arena_strn(p->arena, b.p, b.n);
	p->bundle.params.n = b.n;
	if (policy_table[p->bundle.role].kind == POLICY_SESSION) {
		buf_reset(&b);
		conf_set(stressed, "stress", "yes");
		if (conf_export(stressed, mask, &b, e) < 0)
			goto out;
		p->bundle.stress.p = arena_strn(p->arena, b.p, b.n);
		p->bundle.stress.n = b.n;
	}
	ok = true;
out:
	buf_fini(&b);
	return (ok);
}

/*
 * Processes of a service; 0 is no limit. The 1 that every master.cf has for
 * pickup(8) is of one that scans a directory: ours has a worker for each
 * user who submits.
 */
static uint32_t
process_limit(const struct unit *s)
{
	if (s->line->maxproc < 0 ||
	    (s->role == ROLE_PICKUP && s->line->maxproc == 1))
		return ((uint32_t)m.config->params.default_process_limit);
	return ((uint32_t)s->line->maxproc);
}

static bool
add_root(struct pack *p, enum policy_root root, struct conf_error *e)
{
	const char *path = arena_printf(p->arena, "%s/%s",
	    m.config->params.data_directory, policy_table[p->bundle.role].name);
	int fd = root == POLICY_ROOT_QUEUE ? m.queuefd : m.emptyfd;

	if (root == POLICY_ROOT_DATA) {
		fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
		if (fd < 0)
			return (conf_fail(e, "%s: %s", path, strerror(errno)) ==
			    0);
		p->opened[p->nopened++] = fd;
	}
	item(p, BUNDLE_ROOT, fd, "", ROLE_MASTER, 0);
	return (true);
}

bool
pack_make(struct pack *p, struct unit *s, int control,
    struct conf_error *e)
{
	const struct policy *policy = &policy_table[s->role];
	struct conf *conf;

	p->arena = arena_new(0);
	p->nopened = 0;
	p->memfd = -1;
	p->sockets = NULL;
	conf = service_conf(p->arena, m.config->conf, &m.config->mastercf,
	    s->line);
	p->bundle = (struct bundle){ .role = s->role, .service = s->name,
		.type = service_type_name(s->line->type),
		.config_dir = m.config_dir,
		.limit = process_limit(s),
		.generation = m.config->generation,
		.verbose = (uint32_t)s->line->verbose,
		.max_use = (uint32_t)m.config->params.supervisor_max_use,
		.replaces = s->current != NULL &&
		    s->current->state != PROC_STARTING,
		.uids = m.uids, .items = p->items };
	watch_forget(s);
	if (s->role == ROLE_DIAL) {
		p->sockets = sockets_find(p->arena, s);
		conf_set(conf, "dial_endpoints", p->sockets);
	}
	if (!add_params(p, conf, e))
		return (false);
	item(p, BUNDLE_CONTROL, control, "", ROLE_MASTER, 0);
	item(p, BUNDLE_LOG, m.log_out, "", ROLE_MASTER, 0);
	if (!add_root(p, policy->root, e))
		return (false);
	add_doors(p, s);
	add_peers(p);
	pack_tables(p, s, conf);
	add_files(p, s, conf);
	add_secrets(p);
	if (s->role == ROLE_POSTLOGD)
		add_log_target(p);
	if (s->role == ROLE_WARRANT)
		pack_grants(p, s);
	if (s->role == ROLE_TLSPROXY || s->role == ROLE_TLSKEY)
		pack_tls(p, s);
	if ((p->memfd = bundle_seal(&p->bundle)) < 0) {
		(void)conf_fail(e, "bundle: %s", strerror(errno));
		return (false);
	}
	return (true);
}

void
pack_free(struct pack *p)
{
	for (size_t i = 0; i < p->nopened; i++)
		fd_close(&p->opened[i]);
	fd_close(&p->memfd);
	arena_free(&p->arena);
}
