/* SPDX-License-Identifier: ISC */
/* envelope - sender and recipients, and the automatic copies. */
#include <string.h>
#include <strings.h>

#include "base/log.h"
#include "conf/conf.h"
#include "proto/proto.h"

#include "cleanup.h"

/* The name that notices come from: mail of it must not be answered either. */
static bool
is_mailer_daemon(const char *addr)
{
	static const char user[] = "MAILER-DAEMON@";
	const size_t n = sizeof(user) - 1;

	return (strncasecmp(addr, user, n) == 0 &&
	    strcasecmp(addr + n, cf->myorigin) == 0);
}

void
envelope_sender(struct message *m, const char *sender)
{
	const char *addr;

	addr = address_standard(m, &m->c->local,
	    view_of(address_quoted(m, sender)));
	if (addr == NULL)
		addr = arena_str(m->arena, sender);
	if (*addr != '\0')
		addr = address_map(m, addr, CLASS_ENV_SENDER);
	if (addr != NULL)
		m->env.sender = is_mailer_daemon(addr) ? "" : addr;
}

/* The copies that "maps" wants for this address. */
static void
copies(struct message *m, struct maps *maps, const char *param,
    const char *addr)
{
	struct maps_found found;
	const char *copy;
	int rc;

	if (!(m->flags & MAIL_FLAG_BCC_OK) || *addr == '\0')
		return;
	rc = maps_find_address(maps, &m->c->keys, addr, &found);
	if (rc < 0) {
		log_warn("%s: %s map lookup problem -- message not accepted, "
		    "try again later", m->id, param);
		message_fail(m, MAIL_STAT_DEFER,
		    "4.3.0 Temporary lookup failure");
	}
	if (rc == 1) {
		copy = arena_str(m->arena, found.value);
		rcpt_put_copy(m, copy);
	}
}

void
envelope_rcpt(struct message *m, const struct msg_mail_rcpt *r)
{
	struct qf_rcpt out = { .notify = r->notify };

	message_begin(m);
	if (m->errs != 0)
		return;
	out.dsn_orcpt = arena_str(m->arena, r->dsn_orcpt);
	out.orig = arena_str(m->arena, *r->orig != '\0' ? r->orig : r->addr);
	out.addr = address_standard(m, &m->c->local,
	    view_of(address_quoted(m, r->addr)));
	if (out.addr == NULL || *out.addr == '\0')
		out.addr = arena_str(m->arena, r->addr);
	m->last_rcpt = address_quoted(m, out.addr);
	out.addr = address_map(m, out.addr, CLASS_ENV_RCPT);
	if (out.addr == NULL)
		return;
	rcpt_put(m, &out);
	if (m->errs == 0)
		copies(m, m->c->rcpt_bcc, "recipient_bcc_maps", out.addr);
}

void
envelope_end(struct message *m)
{
	message_begin(m);
	if (m->errs != 0 || !(m->flags & MAIL_FLAG_BCC_OK) ||
	    qw_rcpts(m->w) == 0)
		return;
	copies(m, m->c->sender_bcc, "sender_bcc_maps", m->env.sender);
	if (m->errs == 0 && *cf->always_bcc != '\0')
		rcpt_put_copy(m, cf->always_bcc);
}
