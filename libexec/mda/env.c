/* SPDX-License-Identifier: ISC */
/*
 * env - the environment of a command of local(8): nothing of ours but what
 * export_environment gives, and facts of the message.
 *
 * Facts that a stranger set are filtered (command_expansion_filter): a shell
 * may see them.
 */
#include <string.h>

#include "address/address.h"
#include "mda.h"

#define VARS_MAX	200

struct env {
	char	*v[VARS_MAX + 1];
	size_t	 n;
};

static void
put(struct env *e, const char *name, const char *value)
{
	if (e->n < VARS_MAX)
		e->v[e->n++] = arena_printf(mda.arena, "%s=%s", name, value);
}

static void
put_some(struct env *e, const char *name, const char *value)
{
	char *copy;

	if (*value == '\0')
		return;
	copy = arena_str(mda.arena, value);
	for (char *p = copy; *p != '\0'; p++)
		if (strchr(cf->command_expansion_filter, *p) == NULL)
			*p = '_';
	put(e, name, copy);
}

/* As export_environment says; warrant(8) knows what the names stand for. */
static void
put_exported(struct env *e)
{
	struct view rest = mda.t.environment, word;

	while (e->n < VARS_MAX && view_field(&rest, '\0', &word))
		if (word.n > 0)
			e->v[e->n++] = view_str(mda.arena, word);
}

static void
put_message(struct env *e)
{
	const struct msg_launch_mail *m = &mda.m;
	struct addr_parts to = addr_split(view_of(m->recipient));

	put_some(e, "LOCAL", view_str(mda.arena, to.local));
	put_some(e, "EXTENSION", mda.t.extension);
	put_some(e, "DOMAIN", *mda.t.domain != '\0' || to.domain.p == NULL ?
	    mda.t.domain : view_str(mda.arena, to.domain));
	put_some(e, "RECIPIENT", m->recipient);
	put_some(e, "ORIGINAL_RECIPIENT", m->orig_recipient);
	put_some(e, "SENDER", *m->sender != '\0' ? m->sender :
	    "MAILER-DAEMON");
	put_some(e, "ENVID", m->envid);
	put_some(e, "CLIENT_ADDRESS", m->client_address);
	put_some(e, "CLIENT_HELO", m->client_helo);
	put_some(e, "CLIENT_HOSTNAME", m->client_name);
	put_some(e, "CLIENT_PROTOCOL", m->client_protocol);
	put_some(e, "SASL_METHOD", m->sasl_method);
	put_some(e, "SASL_SENDER", m->sasl_sender);
	put_some(e, "SASL_USERNAME", m->sasl_username);
}

/* The recipient without extension. */
static const char *
bare_name(void)
{
	struct addr_parts p = addr_split(view_of(mda.m.recipient));
	size_t n = p.local.n, ext = strlen(mda.t.extension);

	if (ext > 0 && n > ext + 1)
		n -= ext + 1;
	return (view_str(mda.arena, view_sub(p.local, 0, n)));
}

char **
env_make(void)
{
	static struct env e;

	put_exported(&e);
	put(&e, "PATH", "/usr/bin:/bin");
	if (mda.t.op == MDA_OP_PIPE || mda.t.op == MDA_OP_SPAWN)
		return (e.v);
	/* Of an alias nobody is the user, but it has a name. */
	if (mda.t.op != MDA_OP_LIST) {
		put(&e, "SHELL", mda.t.shell);
		put(&e, "HOME", mda.t.home);
		put(&e, "USER", mda.t.login);
		put(&e, "LOGNAME", mda.t.login);
	} else {
		put_some(&e, "USER", bare_name());
		put_some(&e, "LOGNAME", bare_name());
	}
	put_message(&e);
	return (e.v);
}
