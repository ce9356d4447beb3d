/* SPDX-License-Identifier: ISC */
/*
 * log - lines for the mail log, and the two ways in which a process ends.
 *
 * Text may come from a stranger; whatever reaches a sink is printable and at
 * most LOG_LINE_MAX bytes. Nothing here allocates, so that "out of memory"
 * can be said. errno is the caller's before and after.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fd.h"
#include "log.h"
#include "uninit.h"

#define EX_TEMPFAIL	75

void (*log_end_hook)(enum log_level, const char *);

static const char *log_name;
static log_sink_fn log_sink = log_stderr;
static int log_verbosity;
static int log_status = EX_TEMPFAIL;

static const char *const prefix[] = {
	[LOG_L_INFO] = "",
	[LOG_L_WARN] = "warning: ",
	[LOG_L_ERROR] = "error: ",
	[LOG_L_FATAL] = "fatal: ",
	[LOG_L_PANIC] = "panic: ",
};

void
log_open(const char *tag, log_sink_fn sink)
{
	log_name = tag;
	log_sink = sink == NULL ? log_stderr : sink;
}

const char *
log_tag(void)
{
	return (log_name == NULL ? program_invocation_short_name : log_name);
}

void
log_verbose(int level)
{
	log_verbosity = level;
}

void
log_exit_status(int status)
{
	log_status = status;
}

void
log_stderr(enum log_level level, const char *line, size_t n)
{
	UNINIT char text[LOG_LINE_MAX + 256];
	size_t used;
	int head;

	(void)level;			/* the line names it */
	head = snprintf(text, 250, "%s: ", log_tag());
	used = head < 0 ? 0 : head < 250 ? (size_t)head : 249;
	if (n > LOG_LINE_MAX)
		n = LOG_LINE_MAX;
	memcpy(text + used, line, n);
	text[used + n] = '\n';
	/* There is no place left to complain about stderr. */
	if (fd_write_all(STDERR_FILENO, text, used + n + 1) == -1)
		return;
}

/* Print into line[LOG_LINE_MAX + 1] and make it fit for a log. */
static size_t __attribute__((format(printf, 3, 0)))
log_line(char *line, enum log_level level, const char *fmt, va_list ap)
{
	size_t used = strlen(prefix[level]);
	int n;

	memcpy(line, prefix[level], used + 1);
	n = vsnprintf(line + used, LOG_LINE_MAX + 1 - used, fmt, ap);
	if (n < 0)
		n = snprintf(line + used, LOG_LINE_MAX + 1 - used,
		    "(cannot print this)");
	if ((size_t)n > LOG_LINE_MAX - used)
		n = (int)(LOG_LINE_MAX - used);
	used += (size_t)n;
	printable(line, used);
	return (used);
}

void
log_vput(enum log_level level, const char *fmt, va_list ap)
{
	UNINIT char line[LOG_LINE_MAX + 1];
	int saved = errno;
	size_t n;

	n = log_line(line, level, fmt, ap);
	log_sink(level, line, n);
	errno = saved;
}

void
log_info(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vput(LOG_L_INFO, fmt, ap);
	va_end(ap);
}

void
log_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vput(LOG_L_WARN, fmt, ap);
	va_end(ap);
}

void
log_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vput(LOG_L_ERROR, fmt, ap);
	va_end(ap);
}

void
log_debug(const char *fmt, ...)
{
	va_list ap;

	if (log_verbosity <= 0)
		return;
	va_start(ap, fmt);
	log_vput(LOG_L_INFO, fmt, ap);
	va_end(ap);
}

static noreturn void __attribute__((format(printf, 2, 0)))
log_end(enum log_level level, const char *fmt, va_list ap)
{
	static bool ending;
	UNINIT char line[LOG_LINE_MAX + 1];
	size_t n;

	n = log_line(line, level, fmt, ap);
	/* A sink that fails in its turn must not bring us here again. */
	if (!ending) {
		ending = true;
		log_sink(level, line, n);
		ending = false;
	}
	if (log_end_hook != NULL)
		log_end_hook(level, line + strlen(prefix[level]));
	if (level == LOG_L_PANIC || log_end_hook != NULL)
		abort();
	exit(log_status);
}

void
fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_end(LOG_L_FATAL, fmt, ap);
}

void
panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_end(LOG_L_PANIC, fmt, ap);
}

/*
 * Length of the UTF-8 sequence at p, 0 if it is none: RFC 3629's table, so
 * neither overlong forms nor surrogates. U+0080-U+009F are control characters.
 */
static size_t
utf8_len(const unsigned char *p, size_t n)
{
	size_t i, len = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;

	if (p[0] < 0xc2 || p[0] > 0xf4 || n < len)
		return (0);
	for (i = 1; i < len; i++)
		if ((p[i] & 0xc0) != 0x80)
			return (0);
	if ((p[0] == 0xc2 && p[1] < 0xa0) || (p[0] == 0xe0 && p[1] < 0xa0) ||
	    (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
	    (p[0] == 0xf4 && p[1] > 0x8f))
		return (0);
	return (len);
}

void
printable(char *p, size_t n)
{
	size_t len;

	for (; n > 0; p += len, n -= len) {
		len = 1;
		if ((*p >= 0x20 && *p < 0x7f) ||
		    (len = utf8_len((unsigned char *)p, n)) > 0)
			continue;
		*p = '?';
		len = 1;
	}
}
