/* SPDX-License-Identifier: ISC */
/*
 * service - the commands of master.cf, for pipe(8) and spawn(8): who they run
 * as, and where.
 *
 * pipe names a service; user=, directory=, argv= are what master.cf says.
 */
#include <string.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/num.h"
#include "warrant.h"

#define COMMANDS_MAX	(1024 * 1024)

struct service_line {
	const char	*name, *type;
	struct view	 words;		/* NUL behind each */
	const char	*user;		/* of user=, or NULL */
	const char	*argv;		/* or NULL: there is no argv= */
};

static struct view
text(void)
{
	static char all[COMMANDS_MAX];
	static struct view v;
	ssize_t n;

	if (v.p != NULL)
		return (v);
	n = fd_pread_all(role_file_fd("commands"), all, sizeof(all), 0);
	if (n < 0)
		fatal("commands of master.cf: %m");
	v = (struct view){ all, (size_t)n };
	return (v);
}

/* Strings with a NUL behind them, so that a field is a C string. */
static const char *
next(struct view *v)
{
	struct view f;

	return (view_field(v, '\0', &f) ? f.p : "");
}

static void
look_at(struct service_line *s, const char *word)
{
	if (s->argv != NULL)
		return;
	if (strncmp(word, "user=", 5) == 0)
		s->user = word + 5;
	else if (strncmp(word, "argv=", 5) == 0)
		s->argv = word + 5;
}

static bool
find(const char *command, const char *name, const char *type,
    struct service_line *out)
{
	struct view rest = text();

	while (rest.n > 0) {
		struct service_line s = { .user = NULL };
		const char *what = next(&rest);
		int64_t n;

		s.name = next(&rest);
		s.type = next(&rest);
		if (!num_parse(view_of(next(&rest)), 0, 1000, &n))
			fatal("commands of master.cf are malformed");
		s.words.p = rest.p;
		while (n-- > 0)
			look_at(&s, next(&rest));
		s.words.n = (size_t)(rest.p - s.words.p);
		*out = s;
		if (strcmp(what, command) == 0 && strcmp(s.name, name) == 0 &&
		    strcmp(s.type, type) == 0)
			return (true);
	}
	return (false);
}

/* user=NAME or NAME:GROUP */
static bool
find_user(struct client *c, const struct service_line *s,
    struct account *as)
{
	const char *colon, *why;
	char *name;

	if (s->user == NULL || *s->user == '\0' || s->argv == NULL) {
		log_warn("service %s: missing user= or argv= attribute",
		    s->name);
		return (false);
	}
	name = arena_str(c->arena, s->user);
	if ((colon = strchr(s->user, ':')) != NULL)
		name[colon - s->user] = '\0';
	if (account_by_name(c->arena, name, as) != 1) {
		log_warn("service %s: unknown username: %s", s->name, name);
		return (false);
	}
	if (colon != NULL && group_by_name(colon + 1, &as->gid) != 1) {
		log_warn("service %s: unknown group: %s", s->name, colon + 1);
		return (false);
	}
	if ((why = account_refused(as->uid, as->gid)) == NULL)
		return (true);
	log_warn("service %s: user= attribute specifies %s", s->name, why);
	return (false);
}

static bool
decide(struct client *c, const char *command, const char *name,
    const char *type, struct decision *d)
{
	struct service_line s;
	struct account as;

	if (!find(command, name, type, &s)) {
		log_warn("%s: no such %s service in master.cf", name, command);
		return (later(d, "4.3.5", "mail system configuration error"));
	}
	if (!find_user(c, &s, &as))
		return (later(d, "4.3.5", "mail system configuration error"));
	task_for(d, &as);
	d->task.argv = s.words;
	d->task.service = s.name;
	d->room = role_file_fd(arena_printf(c->arena, "chroot:%s/%s", name,
	    type));
	for (struct view w_ = s.words; w_.n > 0;) {
		const char *word = next(&w_);

		if (strncmp(word, "argv=", 5) == 0)
			break;
		if (strncmp(word, "chroot=", 7) == 0 && d->room < 0)
			return (later(d, "4.3.5",
			    "mail system configuration error"));
	}
	return (true);
}

bool
decide_pipe(struct client *c, const struct msg_launch_pipe *r,
    struct decision *d)
{
	if (!decide(c, "pipe", r->service, "unix", d))
		return (false);
	d->task.op = MDA_OP_PIPE;
	d->task.nexthop = r->nexthop;
	d->task.rcpts = r->rcpts;
	d->task.time_limit = r->time_limit;
	return (true);
}

/* The word is there: find_user() has seen to it. */
static const char *
find_argv(struct view words)
{
	struct service_line s = { .argv = NULL };

	while (s.argv == NULL && words.n > 0)
		look_at(&s, next(&words));
	return (s.argv != NULL ? s.argv : "");
}

bool
decide_spawn(struct client *c, const struct msg_launch_spawn *r,
    struct decision *d)
{
	if (!decide(c, "spawn", r->service, r->type, d))
		return (false);
	d->command = arena_printf(c->arena, "%.200s", find_argv(d->task.argv));
	d->task.op = MDA_OP_SPAWN;
	d->task.time_limit = r->time_limit;
	return (true);
}
