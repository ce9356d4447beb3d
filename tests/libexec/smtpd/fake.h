/* SPDX-License-Identifier: ISC */
/*
 * fake - smtpd(8) in a test, without processes: its parameters, a client that
 * is bytes, and the services behind it, which answer in the same call.
 *
 * fake_chan.c stands in for lib/broker's channels: messages are encoded and
 * decoded as on the wire and handed to the service that was dialled.
 */
#ifndef POSTERN_TESTS_SMTPD_FAKE_H
#define POSTERN_TESTS_SMTPD_FAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "session.h"

/*
 * Parameters: NAME, VALUE, ..., NULL over the defaults of these tests (in
 * fake.c). Calls setup_open().
 */
void		fake_setup(const char *const *params);
void		fake_teardown(void);

struct fake_client {
	const char	*name;		/* NULL: localhost */
	const char	*addr;		/* NULL: 127.0.0.1 */
	const char	*reverse;	/* NULL: as name */
	size_t		 piece;		/* bytes a read; 0: all */
	size_t		 cut;		/* only so many bytes come; 0: all */
};

/* In the client's bytes: here it waits for an answer. */
#define FAKE_TURN	'\x1e'
#define TURN		"\x1e"

/* Play a session; all the server said. Valid until the next one. */
const char	*fake_play(const struct fake_client *c, const char *in,
		    size_t n);
#define FAKE_PLAY(c, lit) fake_play(c, lit, strlen(lit))

/* A session under a test's own control: begin, then talk, then end. */
void		fake_begin(struct smtpd *s, const struct fake_client *c);

extern struct buf fake_said;		/* by the server */
extern struct buf fake_log;		/* lines, each with an LF */
extern bool	  fake_quiet;		/* no log is kept */

/* What cleanup was told. */
struct fake_mail {
	unsigned	 opened, finished, aborted;
	bool		 in_message;
	struct buf	 envelope;	/* "from=<> rcpt=<> attr..." a line each */
	struct buf	 content;	/* of the last message */
	uint32_t	 flags;
	unsigned	 rcpts;
};
extern struct fake_mail fake_mail;

/* How services fail. */
extern struct fake_trouble {
	bool		 no_cleanup;	/* cannot be dialled */
	bool		 cleanup_gone;	/* closes at mail_end */
	uint32_t	 open_status;	/* mail_status instead of mail_opened */
	uint32_t	 end_status;	/* MAIL_STAT_* at the end */
	const char	*end_reason;
	bool		 no_rewrite;
	bool		 resolve_fail;	/* RESOLVE_FAIL */
	uint32_t	 anvil_count, anvil_rate;
} fake_trouble;

/*
 * dial(8): a connected descriptor for that endpoint; or -1 with errno. NULL:
 * there are no servers.
 */
extern int	(*fake_server)(const char *endpoint);

/* fake_services.c: answer a message that came on a channel to "service". */
struct chan;
void		fake_serve(struct chan *ch, const char *service,
		    enum verb verb, struct view fields);
/* fake_chan.c */
void		fake_answer(struct chan *ch, enum verb verb, const void *msg);
void		fake_answer_fd(struct chan *ch, enum verb verb, const void *msg,
		    int fd);
void		fake_hang_up(struct chan *ch);
struct chan	*fake_dial(const char *service);

#endif
