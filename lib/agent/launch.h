/* SPDX-License-Identifier: ISC */
/*
 * launch - how a delivery agent has something done as a user: it asks
 * warrant(8), and reads the answer of the mda(8) that was started.
 *
 * All calls block until the delivery has ended. The answers come from a
 * process that runs as a user, so they are a user's word: of what they say
 * nothing but the outcome of this delivery depends.
 */
#ifndef POSTERN_AGENT_LAUNCH_H
#define POSTERN_AGENT_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent.h"

struct launch_entry {
	enum mda_entry_type	 type;
	uint32_t		 index;	/* the number for "items" */
	const char		*text;	/* address; or for the log */
};

struct launch_answer {
	enum launch_status	 status; /* STARTED: mda has answered */
	bool			 found;	/* FORWARD: there is such a file */
	struct launch_entry	*entry;	/* of a list, in its order */
	size_t			 nentries;
	bool			 damaged; /* the content fails its digest */
	/*
	 * In any case: what to report if this is the end of the matter.
	 * UNKNOWN is OUTCOME_BOUNCED with 5.1.1, LATER and an mda that died
	 * OUTCOME_DEFERRED. Relay is not set.
	 */
	struct agent_result	 res;
};

#define LAUNCH_ENTRIES_MAX	10000	/* of one list; more: deferred */

/* Seconds: SERVICE_time_limit of this service, or command_time_limit. */
uint32_t launch_time_limit(void);

/*
 * The message of a request for this recipient. "delivered_to" is for the
 * header Delivered-To:, "" for none.
 */
void	launch_mail(struct msg_launch_mail *m, const struct agent_request *r,
	    const struct agent_rcpt *rcpt, const char *delivered_to);

/*
 * Ask: "verb" is one of V_launch_user, V_launch_alias, V_launch_virtual,
 * V_launch_pipe and "what" its struct; "limit" the seconds that its command
 * may take (0: it has none). The channel to warrant is kept for the process.
 * Text lives in the request's arena.
 */
void	launch(struct agent_request *r, const struct msg_launch_mail *m,
	    enum verb verb, const void *what, uint32_t limit,
	    struct launch_answer *out);

#endif
