/* SPDX-License-Identifier: ISC */
/* sasl - the connection to an authentication server (sasl.h). */
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "sasl.h"
#include "smtp/line.h"
#include "smtp/stream.h"

void
sasl_init(struct sasl *s, struct arena *a)
{
	memset(s, 0, sizeof(*s));
	s->arena = a;
	s->fd = -1;
}

void
sasl_close(struct sasl *s)
{
	smtp_stream_free(&s->stream);
	fd_close(&s->fd);
	s->nmech = 0;
}

/* A line that is as long as it may be, or longer, is none. */
static bool
next_line(struct sasl *s, struct view *line)
{
	struct smtp_line got;

	if (smtp_line_read(s->stream, SASL_LINE_MAX, &got) != SMTP_OK ||
	    got.cut)
		return (false);
	*line = got.text;
	return (true);
}

int
sasl_open(struct sasl *s, int fd, struct span timeout, const char **why)
{
	enum sasl_hello got = HELLO_MORE;
	struct view line;

	s->fd = fd;
	s->nmech = 0;
	s->id = 0;
	s->stream = smtp_stream_new(fd);
	smtp_stream_deadline(s->stream, timeout, 0);
	smtp_stream_printf(s->stream, "VERSION\t1\t1\nCPID\t%ld\n",
	    (long)getpid());
	*why = "connection lost, or no answer in time";
	for (size_t n = 0; got == HELLO_MORE; n++) {
		if (n == SASL_LINES_MAX || !next_line(s, &line))
			break;
		got = sasl_hello_line(s, line);
	}
	if (got == HELLO_DONE)
		return (0);
	if (got == HELLO_BAD)
		*why = "it does not speak protocol version 1";
	sasl_close(s);
	return (-1);
}

/* What comes for this request; other lines are of no interest. */
static enum sasl_got
answer(struct sasl *s, struct arena *a, struct sasl_answer *out)
{
	enum sasl_got got = SASL_GONE;
	struct view line;

	*out = (struct sasl_answer){ .data = "" };
	for (size_t n = 0; n < SASL_LINES_MAX; n++) {
		if (!next_line(s, &line))
			break;
		if (sasl_answer_line(a, line, s->id, &got, out))
			break;
	}
	if (got == SASL_GONE)
		sasl_close(s);
	return (got);
}

/* "TAB name=value"; a tab or a line end in it is none of the client's. */
static void
put_value(struct sasl *s, const char *name, const char *value)
{
	if (value[0] != '\0' && strpbrk(value, "\t\r\n\001") == NULL)
		smtp_stream_printf(s->stream, "\t%s=%s", name, value);
}

enum sasl_got
sasl_begin(struct sasl *s, struct arena *a, const struct sasl_begin *b,
    struct span timeout, struct sasl_answer *out)
{
	smtp_stream_deadline(s->stream, timeout, 0);
	smtp_stream_printf(s->stream, "AUTH\t%u\t%s", (unsigned)++s->id,
	    b->mech);
	put_value(s, "service", b->service);
	/* We do not ask for the user's home and uid. */
	smtp_stream_printf(s->stream, "\tnologin");
	put_value(s, "lip", b->local);
	put_value(s, "rip", b->remote);
	if (b->secured)
		smtp_stream_printf(s->stream, "\tsecured");
	if (b->client_cert)
		smtp_stream_printf(s->stream, "\tvalid-client-cert");
	/* The last one: it may have any character of base64 in it. */
	if (b->response != NULL)
		smtp_stream_printf(s->stream, "\tresp=%s", b->response);
	smtp_stream_printf(s->stream, "\n");
	return (answer(s, a, out));
}

enum sasl_got
sasl_continue(struct sasl *s, struct arena *a, const char *response,
    struct span timeout, struct sasl_answer *out)
{
	smtp_stream_deadline(s->stream, timeout, 0);
	smtp_stream_printf(s->stream, "CONT\t%u\t%s\n", (unsigned)s->id,
	    response);
	return (answer(s, a, out));
}
