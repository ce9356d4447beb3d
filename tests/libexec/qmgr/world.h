/* SPDX-License-Identifier: ISC */
/*
 * world - for tests of the queue manager: a queue of its own, and peers that
 * answer as they are told, in the same process and loop.
 *
 * The clock is the test's. What happens is a list of short texts:
 *
 *	deliver SERVICE NEXTHOP ADDR,ADDR cursor=N conn=N [keep]
 *	append LOG ADDR DSN
 *	send LOG failure|delay|success
 *	remove LOG
 *	resolve ADDR
 *	log TEXT	(of the queue manager)
 */
#ifndef POSTERN_TESTS_QMGR_WORLD_H
#define POSTERN_TESTS_QMGR_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "conf/params.h"
#include "qmgr.h"

struct world {
	struct params	 params;	/* cf; change it before world_start() */
	int64_t		 now_us;	/* the clock */
	int		 rootfd;
	enum role_id	 as;		/* the role of our client channel */

	/* What peers do, by service, until told otherwise. */
	bool		 log_fails;	/* bounce services answer "later" */
	bool		 agents_wait;	/* no answer before world_release() */
	bool		 rewrite_dies;	/* at the next question */
	uint32_t	 rewrite_frames; /* frames with questions */
	uint32_t	 conns;		/* channels to agents so far */
	uint32_t	 open_conns;
	uint32_t	 most_conns;
	bool		 slow;		/* we were told to slow down */
	bool		 drained;
	int		 done;		/* last queue_done, or -1 */
};
extern struct world world;

/* Parameters ("name=value", NULL at the end) over the defaults. */
void	world_make(const char *const *set);
void	world_start(void);

/*
 * A finished message in incoming/; not handed over. Its id lives until the
 * next call.
 */
const char *world_write(const char *sender, const char *const *rcpts,
	    const struct qf_envelope *more);
/* The same, and handed over. */
const char *world_send(const char *sender, const char *const *rcpts,
	    const struct qf_envelope *more);
void	world_flush(uint32_t what);

/* Run the loop until cond() or for ever: fails after ten seconds. */
void	world_until(bool (*cond)(void));
/* Until no message is active. */
void	world_settle(void);
/* Until nothing has happened for a moment. */
void	world_rest(void);
/* Let agents that wait answer; each with its nature's answer. */
void	world_release(void);

/* How many of the events begin with the text; where a # is, is anything. */
unsigned world_count(const char *begin);
/* The n-th of them (from 0), or NULL. */
const char *world_event(const char *begin, unsigned n);
void	world_forget(void);		/* the events so far */
bool	world_has(enum q_dir dir, const char *id);
void	world_print(void);
/* The descriptor of ours that qmgr's client channel is; for raw messages. */
void	world_tell(enum verb verb, const void *msg, int fd);
/* Take what qmgr has said to us: queue_flow, queue_done (its status). */
void	world_listen(void);

#define RCPTS(...)	((const char *const[]){ __VA_ARGS__, NULL })
#define SET(...)	((const char *const[]){ __VA_ARGS__, NULL })

#define CHECK_COUNT(n, text)	do {					\
	if (world_count(text) != (n))					\
		world_print();						\
	ATF_CHECK_EQ_MSG((unsigned)(n), world_count(text),		\
	    "%u times: %s", world_count(text), text);			\
} while (0)

#endif
