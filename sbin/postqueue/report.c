/* SPDX-License-Identifier: ISC */
/*
 * report - a listing for people, or a line of JSON for each message.
 *
 * Both are read by other programs: columns, order of members and blanks are
 * those of Postfix. Nothing is collected, so a queue of any size can be shown.
 */
#include <bsd/string.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "postqueue.h"

#define REASON_COLUMN	76	/* "(reason)" ends behind it */

/* "Sun Nov 22 07:01:52" */
static void
print_time(char *out, size_t size, uint64_t when)
{
	time_t t = when > INT64_MAX ? 0 : (time_t)when;
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL ||
	    strftime(out, size, "%a %b %e %H:%M:%S", &tm) == 0)
		(void)strlcpy(out, "-", size);
}

static const char *
marks(const struct msg_showq_message *m)
{
	const bool expire = m->forced_expire != 0;

	if (strcmp(m->queue_name, "active") == 0)
		return (expire ? "*#" : "*");
	if (strcmp(m->queue_name, "hold") == 0)
		return (expire ? "!#" : "!");
	return (expire ? "#" : "");
}

static const char *
clean(char *out, size_t size, const char *text)
{
	(void)strlcpy(out, text, size);
	printable(out, strlen(out));
	return (out);
}

static void
text_message(struct report *r, const struct msg_showq_message *m)
{
	char id[80], when[64], sender[2048];

	if (r->messages == 0)
		(void)fputs(r->wide ?
		    "----Queue ID----- --Size-- ---Arrival Time---- "
		    "--Sender/Recipient------\n" :
		    "-Queue ID-  --Size-- ----Arrival Time---- "
		    "-Sender/Recipient-------\n", r->out);
	else
		(void)putc('\n', r->out);
	(void)snprintf(id, sizeof(id), "%s%s", m->queue_id, marks(m));
	print_time(when, sizeof(when), m->arrival);
	(void)clean(sender, sizeof(sender), m->sender);
	if (r->wide)
		(void)fprintf(r->out, "%-17s %8" PRIu64 " %-19.19s %s\n", id,
		    m->size, when, sender);
	else
		(void)fprintf(r->out, "%-11s %7" PRIu64 " %-20.20s %s\n", id,
		    m->size, when, sender);
}

static void
text_rcpt(struct report *r, const struct msg_showq_rcpt *m)
{
	char text[2048];
	int pad;

	if (strcmp(m->reason, r->reason) != 0) {
		(void)clean(text, sizeof(text), *m->reason != '\0' ?
		    m->reason : "reason unavailable");
		pad = REASON_COLUMN - (int)strlen(text);
		(void)fprintf(r->out, "%*s(%s)\n", pad > 0 ? pad : 0, "",
		    text);
		(void)strlcpy(r->reason, m->reason, sizeof(r->reason));
	}
	(void)fprintf(r->out, r->wide ? "%-17s %8s %-19s %s\n" :
	    "%-11s %7s %-20s %s\n", "", "", "",
	    clean(text, sizeof(text), m->addr));
}

/* A string with its quotes. */
static void
json_text(struct report *r, const char *text)
{
	char copy[4096];
	json_t *s = json_string(clean(copy, sizeof(copy), text));

	if (s == NULL || json_dumpf(s, r->out, JSON_ENCODE_ANY) == -1)
		fatal("write: %m");
	json_decref(s);
}

static void
json_member(struct report *r, const char *name, const char *text)
{
	(void)fprintf(r->out, "\"%s\": ", name);
	json_text(r, text);
}

static void
json_close(struct report *r)
{
	if (r->messages > 0)
		(void)fputs("]}\n", r->out);
}

static void
json_message(struct report *r, const struct msg_showq_message *m)
{
	json_close(r);
	(void)putc('{', r->out);
	json_member(r, "queue_name", m->queue_name);
	(void)fputs(", ", r->out);
	json_member(r, "queue_id", m->queue_id);
	(void)fprintf(r->out, ", \"arrival_time\": %" PRIu64
	    ", \"message_size\": %" PRIu64 ", \"forced_expire\": %s, ",
	    m->arrival, m->size, m->forced_expire ? "true" : "false");
	json_member(r, "sender", m->sender);
	(void)fputs(", \"recipients\": [", r->out);
}

static void
json_rcpt(struct report *r, const struct msg_showq_rcpt *m)
{
	if (r->rcpts > 0)
		(void)fputs(", ", r->out);
	(void)putc('{', r->out);
	json_member(r, "orig_address", m->orig);
	(void)fputs(", ", r->out);
	json_member(r, "address", m->addr);
	if (*m->reason != '\0') {
		(void)fputs(", ", r->out);
		json_member(r, strcmp(m->log_class, "bounce") == 0 ?
		    "bounce_reason" : "delay_reason", m->reason);
	}
	(void)putc('}', r->out);
}

void
report_message(struct report *r, const struct msg_showq_message *m)
{
	if (r->json)
		json_message(r, m);
	else
		text_message(r, m);
	r->messages++;
	r->bytes += m->size;
	r->rcpts = 0;
	r->reason[0] = '\0';
}

void
report_rcpt(struct report *r, const struct msg_showq_rcpt *m)
{
	if (r->messages == 0)
		fatal("Queue report unavailable - malformed listing");
	if (r->json)
		json_rcpt(r, m);
	else
		text_rcpt(r, m);
	r->rcpts++;
}

void
report_end(struct report *r)
{
	if (r->json)
		json_close(r);
	else if (r->messages == 0)
		(void)fputs("Mail queue is empty\n", r->out);
	else
		(void)fprintf(r->out, "\n-- %" PRIu64 " Kbytes in %" PRIu64
		    " Request%s.\n", r->bytes / 1024, r->messages,
		    r->messages == 1 ? "" : "s");
}
