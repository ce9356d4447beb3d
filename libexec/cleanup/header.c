/* SPDX-License-Identifier: ISC */
/*
 * header - the headers of a message: dropped, counted, rewritten, added.
 *
 * Headers of parts and attached messages go through checks alone.
 */
#include <string.h>

#include "address/address.h"
#include "base/log.h"
#include "conf/conf.h"
#include "message/date.h"
#include "proto/proto.h"

#include "cleanup.h"

#define BIT(id)	(UINT64_C(1) << (id))
#define MESSAGE_ID_MAX	1500

static int
put(struct message *m, struct view text)
{
	if (text.n > 0 && content_write(m, text) < 0)
		return (-1);
	return (content_write(m, VIEW("\n")));
}

static int
put_line(struct message *m, const char *name, const char *value)
{
	return (content_write(m, view_of(arena_printf(m->arena, "%s%s: %s\n",
	    m->resent ? "Resent-" : "", name, value))));
}

static bool
to_be_dropped(const struct message *m, const struct header *h)
{
	if (h->id != HDR_OTHER)
		return ((m->c->drop & BIT(h->id)) != 0);
	for (const struct name *n = m->c->drop_other; n != NULL; n = n->next)
		if (view_ieq(h->name, n->text))
			return (true);
	return (false);
}

/* The id as a record of the file wants it: one line. */
static void
note_message_id(struct message *m, const struct header *h)
{
	struct view v = view_trim(h->body);
	char *id;

	if (v.n > MESSAGE_ID_MAX)
		v.n = MESSAGE_ID_MAX;
	if ((id = view_str(m->arena, v)) == NULL)
		id = arena_strn(m->arena, v.p, strnlen(v.p, v.n));
	for (char *p = id; *p != '\0'; p++)
		if (*p == '\n' || *p == '\r' || *p == '\t')
			*p = ' ';
	log_info("%s: %smessage-id=%s", m->id,
	    h->id == HDR_RESENT_MESSAGE_ID ? "resent-" : "", id);
	if (h->id == HDR_MESSAGE_ID && m->ext.message_id == NULL)
		m->ext.message_id = id;
}

struct rewriting {
	struct message	*m;
	unsigned	 class;
};

static int
rewrite_one(void *arg, const struct addr_spec *spec, struct buf *out)
{
	struct rewriting *r = arg;
	struct message *m = r->m;
	const char *addr, *external;

	addr = address_standard(m, m->header_rules, view_of(spec->external));
	if (addr == NULL)
		return (0);
	addr = address_map(m, addr, r->class);
	if (addr == NULL)
		return (-1);
	external = address_quoted(m, addr);
	if (strcmp(external, spec->external) == 0)
		return (0);
	return (buf_puts(out, external) == 0 ? 1 : 0);
}

/* An address header: its addresses, in their place, then out. */
static int
put_addresses(struct message *m, const struct header *h)
{
	struct rewriting r = { m, h->flags & H_SENDER ? CLASS_HDR_SENDER :
		CLASS_HDR_RCPT };
	static struct arena *scratch;	/* of one header */
	struct arena *all = m->arena;
	size_t front = (size_t)(h->body.p - h->text.p);
	int rc;

	if (scratch == NULL)
		scratch = arena_new(0);
	arena_reset(scratch);
	m->arena = scratch;

	buf_reset(&m->text);
	buf_xput(&m->text, h->text.p, front);
	rc = addr_list_each(h->body, (size_t)cf->header_address_token_limit,
	    rewrite_one, &r, &m->text);
	m->arena = all;
	if (m->reason != NULL)
		m->reason = arena_str(all, m->reason);
	if (rc == ADDR_LIST_STOPPED)
		return (-1);
	if (rc == ADDR_LIST_FULL) {
		/* It would outgrow the limit: as it was. */
		log_warn("%s: header %.*s is too long to be rewritten",
		    m->id, (int)h->name.n, h->name.p);
		return (put(m, h->text));
	}
	return (put(m, buf_view(&m->text)));
}

static int
take_primary(struct message *m, const struct header *h)
{
	m->had |= BIT(h->id);
	if (h->flags & H_RESENT)
		m->resent = true;
	if (to_be_dropped(m, h))
		return (0);
	if (h->id == HDR_RECEIVED && ++m->hops >= cf->hopcount_limit) {
		log_warn("%s: message rejected: hopcount exceeded", m->id);
		if (!message_refuse(m, MAIL_STAT_HOPS,
		    "5.4.0 Error: too many hops"))
			return (-1);
	}
	if (h->id == HDR_MESSAGE_ID || h->id == HDR_RESENT_MESSAGE_ID)
		note_message_id(m, h);
	if (m->header_rules != NULL && (h->flags & (H_SENDER | H_RCPT)))
		return (put_addresses(m, h));
	return (put(m, h->text));
}

static struct maps *
checks_for(const struct message *m, enum scan_class class,
    const struct header *h, const char **param)
{
	if (h->flags & H_MIME || class == SCAN_MIME) {
		*param = "mime_header_checks";
		return (m->c->mime_checks);
	}
	if (class == SCAN_NESTED) {
		*param = "nested_header_checks";
		return (m->c->nested_checks);
	}
	*param = "header_checks";
	return (m->c->header_checks);
}

/* What REPLACE has put into m->text is a header, too. */
static int
take_replaced(struct message *m, enum scan_class class)
{
	char *copy = arena_strn(m->arena, m->text.p, m->text.n);
	struct header h = { .text = { copy, m->text.n } };

	if (!header_parse(h.text, &h)) {
		log_warn("%s: replacement is no header, ignored: %.100s",
		    m->id, copy);
		return (1);
	}
	return (class == SCAN_PRIMARY ? take_primary(m, &h) :
	    put(m, h.text));
}

/*
 * "Subject : x" is a Subject to those who read it, and to be one to the
 * tables: the blanks before the colon go.
 */
static void
close_up(struct header *h)
{
	static struct arena *scratch;	/* of one header */
	char *text;
	size_t name = h->name.n, n = name + 1 + h->body.n;

	if (h->body.p == h->name.p + name + 1)
		return;
	if (scratch == NULL)
		scratch = arena_new(0);
	arena_reset(scratch);
	text = arena_array(scratch, n, 1);
	memcpy(text, h->name.p, name);
	text[name] = ':';
	if (h->body.n > 0)
		memcpy(text + name + 1, h->body.p, h->body.n);
	h->text = (struct view){ text, n };
	h->name = view_sub(h->text, 0, name);
	h->body = view_sub(h->text, name + 1, n);
}

int
header_take(void *arg, enum scan_class class, const struct header *found)
{
	struct header closed = *found, *h = &closed;
	struct message *m = arg;
	enum check_result rc = CHECK_KEEP;
	const char *param;
	struct maps *maps = checks_for(m, class, h, &param);
	int done;

	close_up(h);
	if ((m->flags & MAIL_FLAG_FILTER) && !maps_is_empty(maps))
		rc = check_text(m, maps, param, "header", h->text);
	if (rc == CHECK_STOP)
		return (-1);
	if (rc == CHECK_DROP)
		return (0);
	if (rc == CHECK_REPLACE && (done = take_replaced(m, class)) <= 0)
		return (done);
	if (class != SCAN_PRIMARY)
		return (put(m, h->text));
	return (take_primary(m, h));
}

static int
add_message_id(struct message *m)
{
	char stamp[DATE_SIZE];
	const char *id;

	id = arena_printf(m->arena, "<%s.%s@%s>",
	    date_stamp((time_t)(m->env.arrival_us / 1000000), stamp), m->id,
	    cf->myhostname);
	log_info("%s: %smessage-id=%s", m->id, m->resent ? "resent-" : "",
	    id);
	if (m->ext.message_id == NULL)
		m->ext.message_id = id;
	return (put_line(m, "Message-Id", id));
}

/* RFC 5322: atoms with one blank between them. */
static bool
is_phrase(const char *s)
{
	bool blank = true;

	for (; *s != '\0'; s++) {
		if (*s == ' ' && blank)
			return (false);
		blank = *s == ' ';
		if (!blank && ((unsigned char)*s <= ' ' ||
		    strchr("()<>[]:;@\\,.\"\177", *s) != NULL))
			return (false);
	}
	return (!blank);
}

static int
add_from(struct message *m)
{
	const char *addr = address_quoted(m, *m->env.sender != '\0' ?
	    m->env.sender : arena_printf(m->arena, "MAILER-DAEMON@%s",
	    cf->myorigin));
	struct buf name;
	int rc;

	if (m->env.fullname == NULL)
		return (put_line(m, "From", addr));
	if (strcmp(cf->header_from_format, "obsolete") == 0)
		return (put_line(m, "From", arena_printf(m->arena, "%s (%s)",
		    addr, m->env.fullname)));
	buf_init(&name, 4096);
	/* Words of atoms are a phrase as they are. */
	rc = (is_phrase(m->env.fullname) ?
	    buf_puts(&name, m->env.fullname) :
	    addr_quote_local(view_of(m->env.fullname), &name)) == 0 ?
	    put_line(m, "From", arena_printf(m->arena, "%s <%s>",
	    buf_str(&name), addr)) : put_line(m, "From", addr);
	buf_fini(&name);
	return (rc);
}

static int
add_missing(struct message *m)
{
	const uint64_t rcpts = BIT(HDR_TO) | BIT(HDR_CC) | BIT(HDR_BCC) |
	    BIT(HDR_RESENT_TO) | BIT(HDR_RESENT_CC) | BIT(HDR_RESENT_BCC) |
	    BIT(HDR_APPARENTLY_TO);
	const char *undisclosed = cf->undisclosed_recipients_header;
	char date[DATE_SIZE];

	if (!(m->had & BIT(m->resent ? HDR_RESENT_MESSAGE_ID :
	    HDR_MESSAGE_ID)) && add_message_id(m) < 0)
		return (-1);
	if (!(m->had & BIT(m->resent ? HDR_RESENT_DATE : HDR_DATE)) &&
	    put_line(m, "Date", date_text((time_t)(m->env.arrival_us /
	    1000000), date)) < 0)
		return (-1);
	if (!(m->had & BIT(m->resent ? HDR_RESENT_FROM : HDR_FROM)) &&
	    add_from(m) < 0)
		return (-1);
	if (!(m->had & rcpts) && *undisclosed != '\0')
		return (put(m, view_of(undisclosed)));
	return (0);
}

/* The headers ended with a line of the body. */
static int
end_without_blank(struct message *m)
{
	const char *action = cf->non_empty_end_of_header_action;

	m->separate = true;
	if (strcmp(action, "reject") == 0) {
		action_log(m, "reject", "content", VIEW("message header"),
		    "5.6.0 not terminated by empty line");
		if (!message_refuse(m, MAIL_STAT_CONT, "5.6.0 message header "
		    "was not terminated by empty line"))
			return (-1);
	}
	if (strcmp(action, "add_header") == 0)
		return (content_write(m, VIEW("MIME-Error: message header "
		    "was not terminated by empty line\n")));
	return (0);
}

int
header_end(void *arg, enum scan_class class, bool blank)
{
	struct message *m = arg;
	bool local = strcmp(m->env.rewrite_context, "local") == 0;

	if (class != SCAN_PRIMARY)
		return (blank ? content_write(m, VIEW("\n")) : 0);
	if ((local || cf->always_add_missing_headers) && add_missing(m) < 0)
		return (-1);
	if (m->ext.message_id == NULL)
		log_info("%s: message-id=<>", m->id);
	return (blank ? content_write(m, VIEW("\n")) : end_without_blank(m));
}
