/* SPDX-License-Identifier: ISC */
/*
 * user - deliveries that local(8) asks for: a user's mailbox and .forward
 * file, the commands and files of an alias.
 *
 * The login and the key are what a stranger's address says; the rest is the
 * administrator's.
 */
#include <sys/stat.h>

#include <string.h>

#include "base/log.h"
#include "warrant.h"

bool
unknown(struct decision *d, const char *text)
{
	d->answer = (struct msg_launched){ LAUNCH_UNKNOWN, "5.1.1", text };
	return (false);
}

bool
later(struct decision *d, const char *dsn, const char *text)
{
	d->answer = (struct msg_launched){ LAUNCH_LATER, dsn, text };
	return (false);
}

void
task_for(struct decision *d, const struct account *as)
{
	d->task.uid = as->uid;
	d->task.gid = as->gid;
	d->task.login = as->name;
	d->task.home = as->home;
	d->task.shell = as->shell;
	d->task.environment = w->environment;
}

static bool
find_login(struct client *c, const char *login, struct account *as,
    struct decision *d)
{
	const char *why;

	switch (account_by_name(c->arena, login, as)) {
	case 0:
		return (unknown(d, arena_printf(c->arena,
		    "unknown user: \"%s\"", login)));
	case -1:
		return (later(d, "4.3.0", "user lookup error"));
	default:
		break;
	}
	if ((why = account_refused(as->uid, as->gid)) == NULL)
		return (true);
	log_warn("no delivery is made as user %s: %s", login, why);
	return (later(d, "4.7.0", arena_printf(c->arena,
	    "user %s is %s: give it an alias", login, why)));
}

static bool
decide_mailbox(struct client *c, const struct account *as,
    struct decision *d)
{
	struct msg_mda_task *t = &d->task;
	const char *command = cf->mailbox_command, *dir, *slash;

	if (maps_find(w->commands, as->name, MAPS_WHOLE, &command) < 0)
		return (later(d, "4.3.0", "mailbox command lookup error"));
	t->flags = MDA_CREATE;
	if (*command != '\0') {
		t->op = MDA_OP_COMMAND;
		t->command = arena_str(c->arena, command);
		return (true);
	}
	if (*cf->home_mailbox != '\0') {
		t->path = arena_printf(c->arena, "%s/%s", as->home,
		    cf->home_mailbox);
	} else {
		dir = cf->mail_spool_directory;
		slash = *dir != '\0' && dir[strlen(dir) - 1] == '/' ? "/" : "";
		t->path = arena_printf(c->arena, "%s/%s%s", dir, as->name,
		    slash);
		d->group = w->spool_group;
	}
	t->op = t->path[strlen(t->path) - 1] == '/' ? MDA_OP_MAILDIR :
	    MDA_OP_MBOX;
	return (true);
}

bool
decide_user(struct client *c, const struct msg_launch_user *r,
    struct decision *d)
{
	struct msg_mda_task *t = &d->task;
	struct account as;

	if (!find_login(c, r->login, &as, d))
		return (false);
	task_for(d, &as);
	t->extension = r->extension;
	t->domain = r->domain;
	t->items = r->items;
	t->time_limit = r->time_limit;
	if (r->op == LAUNCH_MAILBOX)
		return (decide_mailbox(c, &as, d));
	t->op = MDA_OP_FORWARD;
	return (true);
}

/*
 * With whose rights: the user's that local(8) found to be behind this, the
 * owner's of the table, default_privs if that is root.
 */
static bool
find_rights(struct client *c, const struct msg_launch_alias *r,
    struct account *as, struct decision *d)
{
	const char *why;
	struct stat st;
	int fd = role_table_fd(w->alias_spec[r->map]), rc;

	if (*r->login != '\0')
		return (find_login(c, r->login, as, d));
	if (fd < 0 || fstat(fd, &st) < 0 || st.st_uid == 0)
		rc = account_by_name(c->arena, cf->default_privs, as);
	else
		rc = account_by_uid(c->arena, st.st_uid, as);
	if (rc != 1) {
		log_warn("%s: no account of its owner or of default_privs",
		    w->alias_spec[r->map]);
		return (later(d, "4.3.5",
		    "cannot find alias database owner"));
	}
	if ((why = account_refused(as->uid, as->gid)) == NULL)
		return (true);
	log_warn("%s: no command is run as %s: it is %s",
	    w->alias_spec[r->map], as->name, why);
	return (later(d, "4.3.5", "mail system configuration error"));
}

bool
decide_alias(struct client *c, const struct msg_launch_alias *r,
    struct decision *d)
{
	struct msg_mda_task *t = &d->task;
	struct account as;
	const char *value;

	if (r->map >= w->naliases)
		return (later(d, "4.3.0", "no such table of aliases"));
	switch (table_lookup(w->aliases[r->map], r->key, &value)) {
	case -1:
		return (later(d, "4.3.0", "alias database unavailable"));
	case 0:			/* local(8) has an older one, or a newer */
		return (later(d, "4.3.0", "the alias has just changed"));
	default:
		break;
	}
	value = arena_str(c->arena, value);
	if (!find_rights(c, r, &as, d))
		return (false);
	task_for(d, &as);
	t->op = MDA_OP_LIST;
	t->list = view_of(value);
	t->extension = r->extension;
	t->domain = r->domain;
	t->items = r->items;
	t->time_limit = r->time_limit;
	return (true);
}
