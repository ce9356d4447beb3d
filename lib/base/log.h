/* SPDX-License-Identifier: ISC */
/*
 * log - where lines for the mail log leave a process, and how it ends.
 *
 * A line is made printable here (control characters and invalid UTF-8 become
 * '?') and handed to a sink: stderr until a program sets another one. The role
 * skeleton sets a sink that sends to postlogd(8). The line names its level as
 * Postfix does ("warning: ...", "fatal: ..."; nothing for info); a sink has
 * nothing to add. errno survives all calls, and %m is understood.
 */
#ifndef POSTERN_LOG_H
#define POSTERN_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdnoreturn.h>

enum log_level { LOG_L_INFO, LOG_L_WARN, LOG_L_ERROR, LOG_L_FATAL, LOG_L_PANIC };

#define LOG_LINE_MAX	4000	/* bytes of one line; what is over is cut */

typedef void (*log_sink_fn)(enum log_level, const char *line, size_t n);

/* "text" must outlive the process: the name before the pid, postfix/smtpd. */
void	 log_open(const char *tag, log_sink_fn sink);
const char *log_tag(void);
void	 log_verbose(int level);		/* log_debug() is on if > 0 */

/*
 * The sink that programs of an operator use: "program: warning: text", the
 * program being log_tag().
 */
void	 log_stderr(enum log_level level, const char *line, size_t n);

void	 log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	 log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	 log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	 log_debug(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	 log_vput(enum log_level level, const char *fmt, va_list ap)
	    __attribute__((format(printf, 2, 0)));

/*
 * The machine does not let us go on: log "fatal: ..." and exit 75 for a
 * daemon (master restarts it with a delay), 1 for a command (log_exit_status).
 */
noreturn void fatal(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void	 log_exit_status(int status);
/* Our bug: log "panic: ..." and abort. */
noreturn void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#define must(cond)							\
	((cond) ? (void)0 :						\
	    panic("%s:%d: %s", __FILE__, __LINE__, #cond))

/*
 * For tests: after the line went to the sink, fatal() and panic() call this
 * instead of ending the process. "text" is the line without its level. The
 * hook does not return (siglongjmp).
 */
extern void (*log_end_hook)(enum log_level level, const char *text);

/*
 * Make text printable in place: bytes below 0x20, 0x7f, bytes that are not
 * valid UTF-8 and those of U+0080 to U+009F become '?'.
 */
void	 printable(char *p, size_t n);

#endif
