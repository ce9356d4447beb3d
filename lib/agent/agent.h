/* SPDX-License-Identifier: ISC */
/*
 * agent - what all delivery agents do alike: take a request from qmgr(8),
 * report each recipient to it and to the log, and finish.
 *
 * qmgr(8) is trusted for what it says; the addresses in it are a stranger's.
 */
#ifndef POSTERN_AGENT_H
#define POSTERN_AGENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/mono.h"
#include "proto/proto.h"

struct chan;

struct agent_rcpt {
	uint32_t	 index;
	const char	*addr;
	const char	*orig;
	const char	*dsn_orcpt;
	uint32_t	 notify;
	bool		 done;		/* reported */
};

struct agent_request {
	struct msg_deliver m;		/* its text lives in the arena */
	struct arena	*arena;
	int		 fd;		/* the message, read only */
	struct agent_rcpt *rcpt;
	size_t		 nrcpt;
	size_t		 left;		/* not yet reported */
	int64_t		 start_us;	/* wall clock: request received */
	int64_t		 setup_us;	/* connection is set up; 0: there is no
					   such thing, or not yet */
	bool		 hop_failed;	/* for deliver_done; set by the agent */
	bool		 damaged;	/* likewise: the content's digest fails */
	const char	*hop_dsn;
	const char	*hop_reason;
};

enum agent_got {
	AGENT_REQUEST,
	AGENT_AGAIN,			/* nothing came before the deadline */
	AGENT_GONE			/* the channel is closed: end */
};

/*
 * The next request of the channel, with all of its recipients. agent_release()
 * frees what it holds.
 */
enum agent_got	agent_receive(struct chan *ch, struct mono deadline,
		    struct agent_request *r);
void		agent_release(struct agent_request *r);

/* The fate of a recipient; NULL text is "". */
struct agent_result {
	enum outcome	 outcome;
	const char	*dsn;
	const char	*action;	/* NULL: what the outcome says. "": sent,
					   and the next hop tells the sender */
	const char	*mta_type;
	const char	*mta_name;
	const char	*diag_type;
	const char	*diag_text;
	const char	*reason;
	const char	*relay;		/* for the log; NULL: "none" */
	unsigned	 conn_use;	/* messages on the connection; < 2: no */
	const char	*addr;		/* what the recipient has become; NULL:
					   it is what it was */
};

/*
 * Log "to=<...>, ..." and tell qmgr(8). OUTCOME_NEXT is not logged.
 * soft_bounce turns OUTCOME_BOUNCED into OUTCOME_DEFERRED here. The report
 * is in the channel's frame, which agent_finish() sends. A recipient is
 * reported once: the second time is our bug.
 */
void		agent_report(struct chan *ch, struct agent_request *r,
		    struct agent_rcpt *rcpt, const struct agent_result *res);
/* The parts of it: the status filter, the line in the log, and the word to
   qmgr(8). */
struct agent_result agent_filtered(struct agent_request *r,
		    const struct agent_result *res);
void		agent_log(const struct agent_request *r,
		    const struct agent_rcpt *rcpt,
		    const struct agent_result *res);
void		agent_tell(struct chan *ch, struct agent_request *r,
		    struct agent_rcpt *rcpt, const struct agent_result *res);
/*
 * A recipient that has become several has failed for several reasons: all but
 * the last of them, which is told by agent_tell().
 */
void		agent_tell_part(struct chan *ch, struct agent_request *r,
		    struct agent_rcpt *rcpt, const struct agent_result *res);
/*
 * All requests of the channel, one after the other: "deliver" reports each
 * recipient; address probes get "probe" (to be here is to be deliverable).
 */
void		agent_serve(struct chan *ch, const struct agent_result *probe,
		    void (*deliver)(struct chan *ch, struct agent_request *r));
/* agent_report() for each recipient that was not yet reported. */
void		agent_report_rest(struct chan *ch, struct agent_request *r,
		    const struct agent_result *res);
/* Send what is there at once: a recipient's fate must not wait. -1: gone. */
int		agent_flush(struct chan *ch);
/* deliver_done; all recipients must have been reported. -1: gone. */
int		agent_finish(struct chan *ch, struct agent_request *r,
		    bool kept, uint32_t cursor);

/* filter.h; here so that agents without tables need none. */
typedef void	(*agent_filter_fn)(struct arena *a, struct agent_result *res);
void		agent_filter_set(agent_filter_fn fn);

/*
 * A delay as Postfix logs it: two significant digits or whole seconds, at
 * most "max_digits" behind the point, no zeros at the end. Returns "out".
 */
#define AGENT_DELAY_TEXT 32
const char	*agent_delay_text(int64_t us, int64_t max_digits, char *out);

/*
 * The log line of a recipient behind its "ID: ", into "out" (set anew).
 */
void		agent_log_text(struct buf *out, const struct agent_request *r,
		    const struct agent_rcpt *rcpt,
		    const struct agent_result *res, const char *status,
		    int64_t now_us);

#endif
