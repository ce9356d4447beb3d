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
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "warrant.h"

struct warrant w;

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
	struct table *t = table_open(w.arena, spec, flags, &w.src, &err);

	if (t == NULL)
		fatal("%s", err);
	return (t);
}

/* A pattern that puts what a stranger wrote into a path or command: no. */
static struct maps *
open_maps(const char *title, const char *value)
{
	const char *err;
	struct maps *m = maps_open(w.arena, title, value,
	    cf->default_database_type, TABLE_NOSUB | (cf->smtputf8_enable ?
	    TABLE_UTF8 : 0), &w.src, &err);

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

	w.aliases = arena_array(w.arena, n, sizeof(*w.aliases));
	w.alias_spec = arena_array(w.arena, n, sizeof(*w.alias_spec));
	while ((word = view_group(&rest, ", \t\r\n")).n > 0) {
		const char *spec = view_str(w.arena, word);

		if (strchr(spec, ':') == NULL)
			spec = arena_printf(w.arena, "%s:%s",
			    cf->default_database_type, spec);
		w.alias_spec[w.naliases] = spec;
		w.aliases[w.naliases++] = open_table(spec, TABLE_NOSUB |
		    (cf->smtputf8_enable ? TABLE_UTF8 : 0));
	}
}

static void
init(void)
{
	struct stat st;
	int fd;

	w.arena = arena_new(0);
	w.src = (struct table_source){ .fd = table_fd, .lenient = true };
	w.passwd = open_table("unix:passwd.byname", TABLE_NOFOLD);
	w.groups = open_table("unix:group.byname", TABLE_NOFOLD);
	w.commands = open_maps("mailbox_command_maps",
	    cf->mailbox_command_maps);
	w.mailboxes = open_maps("virtual_mailbox_maps",
	    cf->virtual_mailbox_maps);
	w.uids = open_maps("virtual_uid_maps", cf->virtual_uid_maps);
	w.gids = open_maps("virtual_gid_maps", cf->virtual_gid_maps);
	open_aliases();
	if ((fd = role_file_fd("spool")) >= 0 && fstat(fd, &st) == 0 &&
	    (st.st_mode & (S_IWGRP | S_IWOTH)) == S_IWGRP)
		w.spool_group = st.st_gid;
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
	TAKE(c, spawn, d);
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
