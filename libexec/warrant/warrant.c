/* SPDX-License-Identifier: ISC */
/*
 * warrant - decide who a delivery is made as, and with what.
 *
 * Hears from delivery agents, which may be taken over: the policy says which
 * kind of delivery each of them may ask for, and a request is a few names.
 * What they stand for it looks up in the administrator's tables, and orders
 * launcher(8) to start an mda(8) for it. It has no privilege of its own, but
 * launcher believes it the uid, so it is as valuable as all users together.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "warrant.h"

#define SETUPS_MAX	64

struct warrant *w;

static struct warrant	 setups[SETUPS_MAX];
static size_t		 nsetups;
static struct arena	*arena;
static struct table_source source;

static bool draining;
static unsigned nclients;

static int
table_fd(void *arg, const char *spec)
{
	int fd;

	(void)arg;
	if (strcmp(spec, "unix:passwd.byname") == 0)
		fd = role_file_fd("passwd");
	else if (strcmp(spec, "unix:group.byname") == 0)
		fd = role_file_fd("group");
	else
		fd = role_table_fd(spec);
	if (fd < 0)
		errno = ENOENT;
	return (fd);
}

static struct table *
open_table(const char *spec, unsigned flags)
{
	const char *err;
	struct table *t = table_open(arena, spec, flags, &source, &err);

	if (t == NULL)
		fatal("%s", err);
	return (t);
}

/* A pattern that puts what a stranger wrote into a path or command: no. */
static struct maps *
open_maps(const char *title, const char *value)
{
	const char *err;
	struct maps *m = maps_open(arena, title, value,
	    cf->default_database_type, TABLE_NOSUB | (cf->smtputf8_enable ?
	    TABLE_UTF8 : 0), &source, &err);

	if (m == NULL)
		fatal("%s", err);
	return (m);
}

/* One by one: requests name a table by its number. */
static void
open_aliases(void)
{
	struct view rest = view_of(cf->alias_maps), word;
	size_t n = strlen(cf->alias_maps) / 2 + 1;

	w->aliases = arena_array(arena, n, sizeof(*w->aliases));
	w->alias_spec = arena_array(arena, n, sizeof(*w->alias_spec));
	while ((word = view_group(&rest, ", \t\r\n")).n > 0) {
		const char *spec = view_str(arena, word);

		if (strchr(spec, ':') == NULL)
			spec = arena_printf(arena, "%s:%s",
			    cf->default_database_type, spec);
		w->alias_spec[w->naliases] = spec;
		w->aliases[w->naliases++] = open_table(spec, TABLE_NOSUB |
		    (cf->smtputf8_enable ? TABLE_UTF8 : 0));
	}
}

static void
open_setup(void)
{
	w->commands = open_maps("mailbox_command_maps",
	    cf->mailbox_command_maps);
	w->mailboxes = open_maps("virtual_mailbox_maps",
	    cf->virtual_mailbox_maps);
	w->uids = open_maps("virtual_uid_maps", cf->virtual_uid_maps);
	w->gids = open_maps("virtual_gid_maps", cf->virtual_gid_maps);
	open_aliases();
	w->environment = environment_of(arena, w->params->export_environment);
}

/* The parameters of an agent's line in master.cf. */
static void
add_setup(const struct bundle_item *item)
{
	struct params *params = arena_get(arena, sizeof(*params));
	struct conf_error e;
	struct stat st;
	char *text;

	if (nsetups == SETUPS_MAX)
		fatal("more than %d agents with -o in master.cf",
		    SETUPS_MAX - 1);
	if (fstat(item->fd, &st) < 0)
		fatal("%s: %m", item->name);
	text = arena_get(arena, (size_t)st.st_size + 1);
	if (fd_pread_all(item->fd, text, (size_t)st.st_size, 0) != st.st_size)
		fatal("%s: %m", item->name);
	w = &setups[nsetups++];
	w->key = item->name + strlen(WARRANT_PARAMS);
	w->text = (struct view){ text, (size_t)st.st_size };
	if (conf_import(arena, w->text, params, &e) < 0)
		fatal("%s: %s", item->name, e.text);
	w->params = params;
	open_setup();
}

static void
use_setup(const char *agent, const char *service, const char *type)
{
	char key[256];

	(void)snprintf(key, sizeof(key), "%s:%s/%s", agent, service, type);
	w = setups;
	for (size_t i = 1; i < nsetups; i++)
		if (strcmp(setups[i].key, key) == 0)
			w = &setups[i];
	cf = w->params;
}

static void
init(void)
{
	const struct bundle *b = role_bundle();
	struct stat st;
	int fd;

	arena = arena_new(0);
	source = (struct table_source){ .fd = table_fd, .lenient = true };
	accounts.users = open_table("unix:passwd.byname", TABLE_NOFOLD);
	accounts.groups = open_table("unix:group.byname", TABLE_NOFOLD);
	w = &setups[nsetups++];
	*w = (struct warrant){ .key = "", .params = cf, .text = b->params };
	open_setup();
	if ((fd = role_file_fd("spool")) >= 0 && fstat(fd, &st) == 0 &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == S_IWGRP)
		w->spool_group = st.st_gid;
	for (size_t i = 0; i < b->nitems; i++)
		if (b->items[i].kind == BUNDLE_FILE && strncmp(
		    b->items[i].name, WARRANT_PARAMS,
		    strlen(WARRANT_PARAMS)) == 0)
			add_setup(&b->items[i]);
	for (size_t i = 1; i < nsetups; i++)
		if (strcmp(setups[i].params->mail_spool_directory,
		    setups[0].params->mail_spool_directory) == 0)
			setups[i].spool_group = setups[0].spool_group;
}

static void
forget_request(struct client *c)
{
	fd_close(&c->message);
	buf_reset(&c->mail);
	arena_reset(c->arena);
}

static void
client_end(struct client *c)
{
	order_forget(c);
	fd_close(&c->message);
	chan_free(&c->chan);
	buf_fini(&c->mail);
	arena_free(&c->arena);
	xfree(&c);
	nclients--;
	if (draining && nclients == 0)
		role_done();
}

/* Kept as it came, for mda; the strings, for us. */
static bool
take_mail(struct client *c)
{
	struct msg_launch_mail m;
	enum verb verb;
	struct view in, fields;
	const char *why;

	forget_request(c);
	if (!chan_get(c->chan, &m))
		return (false);
	c->message = chan_take_fd(c->chan);
	buf_reset(&c->mail);
	if (c->message < 0 || msg_put(&c->mail, V_launch_mail, &m) < 0) {
		chan_refuse(c->chan, "without message");
		return (false);
	}
	in = buf_view(&c->mail);
	return (msg_next(&in, &verb, &fields) &&
	    msg_get(verb, fields, &c->m, &why));
}

#define TAKE(c, kind, d)						\
	struct msg_launch_##kind r;					\
	return (chan_get((c)->chan, &r) ? decide_##kind((c), &r, (d)) :	\
	    false)

static bool
do_user(struct client *c, struct decision *d)
{
	TAKE(c, user, d);
}

static bool
do_alias(struct client *c, struct decision *d)
{
	TAKE(c, alias, d);
}

static bool
do_virtual(struct client *c, struct decision *d)
{
	struct msg_launch_virtual r;

	return (chan_get(c->chan, &r) ? decide_virtual(c, d) : false);
}

static bool
do_pipe(struct client *c, struct decision *d)
{
	TAKE(c, pipe, d);
}

static bool
do_spawn(struct client *c, struct decision *d)
{
	struct msg_launch_spawn r;

	if (!chan_get(c->chan, &r))
		return (false);
	use_setup("spawn", r.service, r.type);
	return (decide_spawn(c, &r, d));
}

static bool
decide(struct client *c, enum verb verb, struct decision *d)
{
	static const struct {
		enum verb	 verb;
		bool		(*fn)(struct client *, struct decision *);
	} kinds[] = {
		{ V_launch_user, do_user }, { V_launch_alias, do_alias },
		{ V_launch_virtual, do_virtual }, { V_launch_pipe, do_pipe },
		{ V_launch_spawn, do_spawn },
	};

	*d = (struct decision){ .room = -1 };
	if (verb != V_launch_spawn)
		use_setup(policy_table[chan_peer(c->chan)].name, c->m.service,
		    "unix");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].verb == verb)
			return (kinds[i].fn(c, d));
	return (false);
}

static void
take_request(struct client *c, enum verb verb)
{
	int end = chan_take_fd(c->chan);
	struct decision d;
	bool order;

	if (end < 0 || (c->message < 0) != (verb == V_launch_spawn)) {
		fd_close(&end);
		chan_refuse(c->chan, "descriptors are missing");
		return;
	}
	order = decide(c, verb, &d);
	if (order && order_send(c, &d, end))
		d.answer = (struct msg_launched){ LAUNCH_STARTED, "", "" };
	fd_close(&end);
	/* A channel that chan_get() closed takes no answer. */
	if (chan_put(c->chan, V_launched, &d.answer) < 0 ||
	    chan_flush(c->chan, MONO_NEVER) < 0)
		log_debug("an answer is lost");
	forget_request(c);
}

static void
hear(struct chan *ch, void *arg)
{
	struct client *c = arg;
	enum verb verb;

	for (;;) {
		switch (chan_next(ch, MONO_NEVER, &verb)) {
		case CHAN_MESSAGE:
			break;
		case CHAN_AGAIN:
			return;
		case CHAN_GONE:
			client_end(c);
			return;
		}
		if (verb == V_launch_mail)
			(void)take_mail(c);
		else
			take_request(c, verb);
	}
}

static void
client(struct loop *l, struct chan *ch)
{
	struct client *c = xcalloc(1, sizeof(*c));

	c->loop = l;
	c->chan = ch;
	c->arena = arena_new(0);
	c->message = -1;
	buf_init(&c->mail, CHAN_FRAME_MAX);
	nclients++;
	chan_watch(ch, l, hear, c);
}

/* Agents keep their channel; when it ends they find our successor. */
static void
drain(struct loop *l)
{
	(void)l;
	draining = true;
	if (nclients == 0)
		role_done();
}

static const struct role warrant = {
	.id = ROLE_WARRANT,
	.filter = &policy_filter_warrant,
	.init = init,
	.client = client,
	.drain = drain,
};

int
main(int argc, char **argv)
{
	return (role_main(&warrant, argc, argv));
}
