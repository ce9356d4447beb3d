/* SPDX-License-Identifier: ISC */
/*
 * sendmail - what the files of sendmail(1) share.
 *
 * The program runs as the user who calls it and has no privilege; nothing
 * that it checks is relied upon by pickup(8) or postdrop(1).
 */
#ifndef POSTERN_SENDMAIL_H
#define POSTERN_SENDMAIL_H

#include <sys/types.h>

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/view.h"

#define EX_USAGE	64		/* sysexits.h */
#define EX_DATAERR	65
#define EX_UNAVAILABLE	69
#define EX_SOFTWARE	70
#define EX_OSERR	71
#define EX_TEMPFAIL	75
#define EX_NOPERM	77

enum mode {
	MODE_SUBMIT, MODE_MAILQ, MODE_NEWALIASES, MODE_DAEMON, MODE_SMTP,
	MODE_VERIFY, MODE_FLUSH, MODE_FLUSH_ID, MODE_FLUSH_SITE, MODE_IGNORE
};

/* option.c */
struct options {
	enum mode	 mode;
	bool		 from_header;	/* -t */
	bool		 keep_dots;	/* -i */
	bool		 gateway;	/* -G */
	bool		 report;	/* -v */
	bool		 verp;		/* -XV */
	char		 verp_pair[3];	/* its delimiters, or "" */
	const char	*sender;	/* as given; NULL: the user */
	const char	*fullname;
	const char	*encoding;
	const char	*envid;
	uint32_t	 ret;
	uint32_t	 notify;
	uint32_t	 sendopts;
	const char	*what;		/* queue id, site; -oA path */
	const char	*config;	/* -C */
};

/*
 * The command line, argv[0] included; *why on failure (exit status 64). The
 * index of the first argument that is no option, or -1.
 */
int	options_parse(struct options *o, int argc, char **argv,
	    const char **why) __attribute__((warn_unused_result));

/* content.c */
enum line_ends { LINES_ALWAYS, LINES_STRICT, LINES_NEVER };

/*
 * In place: a message as it was read becomes content with LF line ends, cut
 * at a line of one dot (unless "keep_dots"), without From_ lines in front.
 */
void	content_fix(struct buf *b, bool keep_dots, enum line_ends ends);

/* rcpt.c: a list of addresses, in internal form. */
struct rcpt {
	struct rcpt	*next;
	const char	*addr;
};
struct rcpts {
	struct arena	*arena;
	struct rcpt	*first, **last;
	uint32_t	 n;
};
void	rcpts_init(struct rcpts *l, struct arena *a);
/* Those of an address list; false: it cannot be read, or has none. */
bool	rcpts_add(struct rcpts *l, const char *list)
	    __attribute__((warn_unused_result));
/* Those of the header of a content: To, Cc, Bcc, or Resent- ones. */
void	rcpts_from_header(struct rcpts *l, struct view content);

/* submit.c */
struct site {			/* what of main.cf is needed */
	const char	*config_dir, *queue_directory, *command_directory;
	const char	*service, *alias_database, *hostname, *mail_name;
	enum line_ends	 ends;
	uint64_t	 size_limit;
	bool		 setgid;
};

struct message {
	const char	*sender;	/* internal form */
	const char	*fullname;
	struct rcpts	 rcpts;
	struct buf	 content;
};

/*
 * Hand the message to the mail system, by its socket or else by postdrop(1).
 * An exit status; text for people in "why", the queue id (if known) in "id".
 */
#define WHY_MAX	1200
int	submit(const struct site *site, const struct options *o,
	    const struct message *m, char why[WHY_MAX], char id[64]);

/* smtp.c: SMTP on standard input and output; an exit status. */
int	smtp_serve(const struct site *site, const struct options *o,
	    const char *login, const char *fullname);

#endif
