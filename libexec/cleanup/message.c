/* SPDX-License-Identifier: ISC */
/* message - the life of one message in cleanup(8). */
#include <sys/statvfs.h>

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "conf/conf.h"
#include "proto/proto.h"
#include "queue-layout/fault.h"

#include "cleanup.h"

void
message_fail(struct message *m, uint32_t stat, const char *reason)
{
	m->errs |= stat;
	if (m->reason == NULL && reason != NULL)
		m->reason = arena_str(m->arena, reason);
	/* It is not going to be a message: give the disk back at once. */
	qw_abort(&m->w);
}

void
message_write_failed(struct message *m)
{
	int error = errno;

	log_warn("%s: write queue file: %s", m->id, strerror(error));
	if (error == ENOSPC || error == EDQUOT || error == EFBIG)
		message_fail(m, MAIL_STAT_NOSPC,
		    "4.3.1 Insufficient system storage");
	else
		message_fail(m, MAIL_STAT_WRITE, NULL);
}

/* queue_minfree, and half as much again as a message may have. */
static bool
has_room(const struct message *m)
{
	uint64_t need = (uint64_t)cf->queue_minfree, room;
	struct statvfs st;

	if ((uint64_t)cf->message_size_limit / 2 * 3 > need)
		need = (uint64_t)cf->message_size_limit / 2 * 3;
	if (need == 0 || fstatvfs(m->c->incoming, &st) < 0)
		return (true);
	room = st.f_bavail * st.f_frsize;
	if (room >= need)
		return (true);
	log_warn("not enough free space in mail queue: %llu bytes < %llu",
	    (unsigned long long)room, (unsigned long long)need);
	return (false);
}

static const struct scan_ops scan_ops = {
	.header = header_take, .end = header_end, .body = body_take,
	.part = body_part, .defect = body_defect,
};

static void
start_scan(struct message *m)
{
	const struct scan_rules rules = {
		.header_size = (size_t)cf->header_size_limit,
		.line_size = (size_t)cf->line_length_limit,
		.boundary_size = (size_t)cf->mime_boundary_length_limit,
		.nesting = (size_t)cf->mime_nesting_limit,
		.mime = !cf->disable_mime_input_processing,
		.lines = (m->flags & MAIL_FLAG_FILTER) != 0 &&
		    !maps_is_empty(m->c->body_checks),
		.defects = m->c->defects,
	};
	bool local = strcmp(m->env.rewrite_context, "local") == 0;

	m->scan = scan_new(m->arena, &rules, &scan_ops, m);
	if (local)
		m->header_rules = &m->c->local;
	else if (*cf->remote_header_rewrite_domain != '\0')
		m->header_rules = &m->c->remote;
}

/* Kept copies: what was decoded is gone with the next message. */
static const char *
keep(struct message *m, const char *s)
{
	return (*s != '\0' ? arena_str(m->arena, s) : NULL);
}

void
message_open(struct message *m, const struct cleanup *c, struct arena *a,
    const struct msg_mail_open *open)
{
	m->c = c;
	m->arena = a;
	m->flags = open->flags;
	m->mapped = (open->flags & MAIL_FLAG_MAP_OK) != 0;
	(void)snprintf(m->id, sizeof(m->id), "NOQUEUE");
	RB_INIT(&m->seen);
	buf_init(&m->text, 2 * (size_t)(cf->header_size_limit +
	    cf->line_length_limit) + 8192);
	buf_init(&m->block, MAIL_CHUNK_MAX);
	buf_init(&m->key, m->text.max);
	m->env.arrival_us = open->arrival_us;
	m->env.flags = open->flags;
	m->env.sendopts = open->sendopts;
	m->env.ret = open->ret;
	m->env.trace_flags = open->trace;
	m->env.envid = keep(m, open->envid);
	m->env.rewrite_context = arena_str(a, open->rewrite_context);
	qmgr_open();
	if (!has_room(m)) {
		message_fail(m, MAIL_STAT_NOSPC,
		    "4.3.1 Insufficient system storage");
		return;
	}
	m->w = qw_open(a, c->incoming, &c->key, cf->enable_long_queue_ids);
	if (m->w == NULL) {
		message_write_failed(m);
		return;
	}
	(void)memcpy(m->id, qw_id(m->w), strlen(qw_id(m->w)) + 1);
	envelope_sender(m, open->sender);
}

static const struct {
	const char	*name;
	size_t		 offset;
} attrs[] = {
#define A(name)	{ #name, offsetof(struct qf_envelope, name) }
	A(client_name), A(client_address), A(client_port),
	A(reverse_client_name), A(helo_name), A(protocol_name),
	A(server_address), A(server_port), A(sasl_method), A(sasl_username),
	A(sasl_sender), A(log_ident), A(log_client_name),
	A(log_client_address), A(log_client_port), A(log_helo_name),
	A(log_protocol_name), A(message_origin), A(encoding), A(fullname),
	A(verp_delimiters),
#undef A
};

/* What an access table of smtpd(8) may still want of a message that began. */
static bool
late_attr(struct message *m, const char *name, const char *value)
{
	if (strcmp(name, "hold") == 0) {
		m->flags |= MAIL_FLAG_HOLD;
	} else if (strcmp(name, "discard") == 0) {
		m->flags |= MAIL_FLAG_DISCARD;
		m->flags &= ~(uint32_t)MAIL_FLAG_FILTER;
	} else if (strcmp(name, "filter") == 0) {
		m->ext.filter = keep(m, value);
	} else if (strcmp(name, "redirect") == 0) {
		m->ext.redirect = address_standard(m, &m->c->local,
		    view_of(value));
	} else
		return (false);
	return (true);
}

void
message_attr(struct message *m, const struct msg_mail_attr *attr)
{
	const char *value;

	if (late_attr(m, attr->name, attr->value))
		return;
	if (m->began) {
		log_warn("%s: attribute %s behind the envelope", m->id,
		    attr->name);
		message_fail(m, MAIL_STAT_BAD, NULL);
		return;
	}
	for (size_t i = 0; i < sizeof(attrs) / sizeof(attrs[0]); i++) {
		if (strcmp(attrs[i].name, attr->name) != 0)
			continue;
		value = keep(m, attr->value);
		memcpy((char *)&m->env + attrs[i].offset, &value,
		    sizeof(value));
		return;
	}
	log_warn("%s: unknown attribute %s", m->id, attr->name);
	message_fail(m, MAIL_STAT_BAD, NULL);
}

/* Behind the content: facts, and recipients that it brought up. */
static void
put_extracted(struct message *m)
{
	if (qw_extracted(m->w) < 0 || qw_facts(m->w, &m->ext) < 0) {
		message_write_failed(m);
		return;
	}
	for (struct late *l = m->bcc; l != NULL && m->errs == 0; l = l->next)
		rcpt_put_copy(m, l->addr);
	if (m->errs == 0 && qw_rcpts(m->w) == 0)
		message_fail(m, MAIL_STAT_RCPT,
		    "5.1.0 no recipients specified");
}

static void
commit(struct message *m)
{
	bool hold = (m->flags & MAIL_FLAG_HOLD) != 0;

	if ((hold && qw_move(m->w, m->c->hold) < 0) || qw_finish(m->w) < 0) {
		message_write_failed(m);
		return;
	}
	m->size = qw_content_length(m->w);
	if (!hold) {
		qmgr_tell(m->id, qw_size(m->w), qw_fd(m->w));
		qfault(QFAULT_queue_told);
	}
	qw_close(&m->w);
}

void
message_finish(struct message *m)
{
	if (m->errs == 0)
		content_end(m);
	if (m->errs == 0 && m->refused != 0) {
		bounce_message(m);
		return;
	}
	if (m->errs == 0 && (m->flags & MAIL_FLAG_DISCARD)) {
		log_info("%s: removed (discarded)", m->id);
		m->size = qw_content_length(m->w);
		qw_abort(&m->w);
		return;
	}
	if (m->errs == 0)
		put_extracted(m);
	if (m->errs == 0)
		commit(m);
}

void
message_drop(struct message *m)
{
	qw_close(&m->w);
	scan_free(&m->scan);
	buf_fini(&m->text);
	buf_fini(&m->block);
	buf_fini(&m->key);
}

void
message_begin(struct message *m)
{
	if (m->began || m->errs != 0)
		return;
	m->began = true;
	start_scan(m);
	if (qw_facts(m->w, &m->env) < 0)
		message_write_failed(m);
}
