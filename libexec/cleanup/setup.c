/* SPDX-License-Identifier: ISC */
/* setup - tables, lists and directories, once for all workers. */
#include <fcntl.h>
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "conf/conf.h"

#include "cleanup.h"

struct cleanup *cleanup_self;

struct setup {
	struct arena		*arena;
	struct table_source	*src;
	const char		**err;
	bool			 failed;
};

static struct match *
list(struct setup *s, const char *title, const char *value)
{
	struct match *m;

	if (s->failed)
		return (NULL);
	m = match_open(s->arena, title, value, 0, 0, s->src, s->err);
	s->failed = m == NULL;
	return (m);
}

static struct maps *
maps(struct setup *s, const char *title, const char *value)
{
	struct maps *m;

	if (s->failed)
		return (NULL);
	m = maps_open(s->arena, title, value, cf->default_database_type,
	    cf->smtputf8_enable ? TABLE_UTF8 : 0, s->src, s->err);
	s->failed = m == NULL;
	return (m);
}

static unsigned
classes(struct setup *s, const char *title, const char *value)
{
	static const struct {
		const char	*name;
		unsigned	 bit;
	} names[] = {
		{ "envelope_sender", CLASS_ENV_SENDER },
		{ "envelope_recipient", CLASS_ENV_RCPT },
		{ "header_sender", CLASS_HDR_SENDER },
		{ "header_recipient", CLASS_HDR_RCPT },
	};
	struct view rest = view_of(value), word;
	unsigned set = 0;

	while ((word = view_word(&rest, ", \t\r\n")).n > 0) {
		unsigned bit = 0;

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			if (view_ieq(word, names[i].name))
				bit = names[i].bit;
		if (bit == 0 && !s->failed) {
			*s->err = arena_printf(s->arena, "%s: unknown class "
			    "\"%.*s\"", title, (int)word.n, word.p);
			s->failed = true;
		}
		set |= bit;
	}
	return (set);
}

static bool
lists(const char *value, const char *name)
{
	struct view rest = view_of(value), word;

	while ((word = view_word(&rest, ", \t\r\n")).n > 0)
		if (view_ieq(word, name))
			return (true);
	return (false);
}

static void
add_name(struct arena *a, struct name **at, struct view text)
{
	struct name *n = arena_get(a, sizeof(*n));

	while (*at != NULL)
		at = &(*at)->next;
	n->text = view_lower(a, text);
	*at = n;
}

struct drop {
	struct arena	*arena;
	struct name	**list;
};

static void
drop_other(void *arg, struct view name)
{
	struct drop *d = arg;

	add_name(d->arena, d->list, name);
}

static void
open_maps(struct setup *s, struct cleanup *c)
{
	c->canonical = maps(s, "canonical_maps", cf->canonical_maps);
	c->sender_canonical = maps(s, "sender_canonical_maps",
	    cf->sender_canonical_maps);
	c->rcpt_canonical = maps(s, "recipient_canonical_maps",
	    cf->recipient_canonical_maps);
	c->sender_bcc = maps(s, "sender_bcc_maps", cf->sender_bcc_maps);
	c->rcpt_bcc = maps(s, "recipient_bcc_maps", cf->recipient_bcc_maps);
	c->alias = maps(s, "virtual_alias_maps", cf->virtual_alias_maps);
	c->header_checks = maps(s, "header_checks", cf->header_checks);
	c->mime_checks = maps(s, "mime_header_checks",
	    cf->mime_header_checks);
	c->nested_checks = maps(s, "nested_header_checks",
	    cf->nested_header_checks);
	c->body_checks = maps(s, "body_checks", cf->body_checks);
	c->canonical_classes = classes(s, "canonical_classes",
	    cf->canonical_classes);
	c->sender_classes = classes(s, "sender_canonical_classes",
	    cf->sender_canonical_classes);
	c->rcpt_classes = classes(s, "recipient_canonical_classes",
	    cf->recipient_canonical_classes);
	c->masquerade_classes = classes(s, "masquerade_classes",
	    cf->masquerade_classes);
	c->extend_canonical = lists(cf->propagate_unmatched_extensions,
	    "canonical");
	c->extend_alias = lists(cf->propagate_unmatched_extensions,
	    "virtual");
}

static unsigned
defects(void)
{
	unsigned set = 1U << DEFECT_NESTING;

	if (cf->strict_7bit_headers || cf->strict_8bitmime)
		set |= 1U << DEFECT_8BIT_HEADER;
	if (cf->strict_8bitmime || cf->strict_8bitmime_body)
		set |= 1U << DEFECT_8BIT_BODY;
	if (cf->strict_mime_encoding_domain)
		set |= 1U << DEFECT_ENCODING;
	return (set);
}

static void
bytes(struct setup *s, const char *title, const char *value,
    struct byteset *set)
{
	const char *why = byteset_parse(value, set);

	if (why != NULL && !s->failed) {
		*s->err = arena_printf(s->arena, "%s: %s", title, why);
		s->failed = true;
	}
}

bool
cleanup_setup(struct cleanup *c, struct arena *a, struct table_source *src,
    const char **err)
{
	struct setup s = { a, src, err, false };
	struct drop drop = { a, &c->drop_other };
	struct view rest = view_of(cf->masquerade_domains), word;

	rewrite_rules_local(&c->local);
	rewrite_rules_remote(&c->remote);
	if ((c->here = local_domains_open(a, src, err)) == NULL)
		return (false);
	c->keys = (struct maps_rules){ .delimiters = cf->recipient_delimiter,
		.owner_special = cf->owner_request_special,
		.is_local = local_domain_or_origin, .arg = c->here };
	open_maps(&s, c);
	while ((word = view_word(&rest, ", \t\r\n")).n > 0)
		add_name(a, &c->masquerade, word);
	c->masquerade_exceptions = list(&s, "masquerade_exceptions",
	    cf->masquerade_exceptions);
	c->drop = header_set(view_of(cf->message_drop_headers), drop_other,
	    &drop);
	bytes(&s, "message_strip_characters", cf->message_strip_characters,
	    &c->strip);
	bytes(&s, "message_reject_characters", cf->message_reject_characters,
	    &c->reject);
	c->defects = defects();
	return (!s.failed);
}

static int
table_fd(void *arg, const char *spec)
{
	(void)arg;
	return (role_table_fd(spec));
}

static int
directory(const char *name)
{
	int fd = open(name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		fatal("open directory %s: %m", name);
	return (fd);
}

void
cleanup_init(void)
{
	static struct table_source src = { .fd = table_fd };
	struct arena *a = arena_new(0);
	const char *err = "";

	cleanup_self = arena_get(a, sizeof(*cleanup_self));
	cleanup_self->incoming = directory("incoming");
	cleanup_self->hold = directory("hold");
	if (seal_key_read(role_file_fd("seal.key"), &cleanup_self->key) < 0)
		fatal("seal.key: %m");
	if (!cleanup_setup(cleanup_self, a, &src, &err))
		fatal("%s", err);
}
