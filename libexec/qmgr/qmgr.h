/* SPDX-License-Identifier: ISC */
/*
 * qmgr - what the files of the queue manager share.
 *
 * A message is in core while its file is in active/. Its recipients are read
 * in batches; each batch is resolved and cut into entries: recipients of one
 * message for one destination. A destination is a (transport, nexthop) with
 * a concurrency window; a worker is a channel to one delivery agent process.
 *
 * Everything runs in one loop; no function here waits.
 */
#ifndef POSTERN_QMGR_H
#define POSTERN_QMGR_H

#include <bsd/sys/queue.h>
#include <bsd/sys/tree.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "broker/bundle.h"
#include "broker/chan.h"
#include "event/event.h"
#include "feedback.h"
#include "proto/proto.h"
#include "queue-layout/queue.h"
#include "sched.h"

#define US_PER_S	INT64_C(1000000)
/* A time of warning: the sender has been warned, and is not warned again. */
#define WARNED		((int64_t)1 << 40)
#define RCPTS_MAX	10000		/* in one deliver: proto/deliver.h */

struct message;
struct worker;

/* What a message's files under bounce/, defer/ and trace/ are. */
enum note_kind { NOTE_BOUNCE, NOTE_DEFER, NOTE_TRACE, NOTE_KINDS };

/* A recipient in core; lives in its message's batch. */
struct rcpt {
	const char	*addr;		/* where it goes, after resolving */
	const char	*orig;
	const char	*dsn_orcpt;
	uint32_t	 notify;
	uint32_t	 index;		/* in the file */
	bool		 answered;	/* in this delivery attempt */
	bool		 next;		/* and the answer is: the next host */
	struct destination *dest;	/* until the batch is in entries */
};

struct entry {				/* lives in the batch, too */
	TAILQ_ENTRY(entry) link;	/* in the destination's todo list */
	struct message	*m;
	struct destination *d;
	struct rcpt	**rcpts;
	uint32_t	 n;
	uint32_t	 cursor;	/* hosts to skip */
	uint32_t	 hops;		/* how often it was handed on */
};
TAILQ_HEAD(entry_list, entry);
TAILQ_HEAD(worker_list, worker);

enum gate { GATE_OPEN, GATE_PAUSE, GATE_DEAD };

struct destination {
	RB_ENTRY(destination) name;
	TAILQ_ENTRY(destination) ready;	/* the scheduler's */
	bool		 queued;	/* the scheduler's: is in its list */
	struct transport *t;
	char		*key;
	char		*nexthop;
	uint64_t	 serial;	/* order in which they came */
	struct entry_list todo;
	uint32_t	 todo_n;
	uint32_t	 busy;
	uint32_t	 refs;		/* recipients that will be put here */
	struct worker_list parked;	/* open sessions that wait for mail */
	struct feedback	 fb;
	enum gate	 gate;		/* DEAD: minimal_backoff_time; PAUSE */
	struct timer	*timer;		/* opens the gate */
	char		*reason;	/* DEAD: "4.4.1 text" */
	int64_t		 last_done_us;
	bool		 keep;		/* deliveries follow each other */
	int64_t		 clog_warned_us;
};
RB_HEAD(destination_tree, destination);
TAILQ_HEAD(destination_list, destination);

struct transport {
	RB_ENTRY(transport) byname;
	char		*name;
	bool		 missing;	/* no such service */
	uint32_t	 limit;		/* processes; 0: no limit */
	struct fb_conf	 fb;
	int64_t		 rcpt_limit;
	struct span	 dest_delay;
	struct span	 own_delay;	/* between any two deliveries */
	struct destination_tree dests;
	struct destination_list ready;	/* the scheduler's */
	struct worker_list workers;
	uint32_t	 nworkers;
	enum gate	 gate;		/* DEAD: transport_retry_time */
	struct timer	*timer;
	char		*reason;
	bool		 running;	/* transport_run() is at work */
};
RB_HEAD(transport_tree, transport);

/* One of the three logs of a message: requests to its bounce service. */
struct note;

/* How far the end of a message has come; see active.c. */
enum finish { FIN_NONE, FIN_BOUNCE, FIN_TRACE, FIN_AGE, FIN_WARN, FIN_REMOVE,
	      FIN_LAST };

struct message {
	RB_ENTRY(message) byid;
	TAILQ_ENTRY(message) link;	/* all that are active */
	char		 id[QID_SIZE];
	struct arena	*mem;		/* facts, and the first batch */
	struct arena	*batch;		/* a later batch, or NULL */
	struct qf	 qf;
	int		 rofd;		/* what agents are given, or -1 */
	struct qf_cursor cursor;	/* recipients read so far */
	bool		 all_read;
	uint32_t	 in_core;	/* recipients of this batch */
	struct rcpt	*rcpts;
	uint32_t	 resolving;	/* questions on the way */
	uint32_t	 entries;	/* of this batch, not done */
	uint32_t	 inflight;	/* of those, at an agent */
	uint32_t	 noting;	/* log requests without an answer */
	bool		 deferred;	/* something remains to be delivered */
	bool		 gone;		/* the file was removed by others */
	bool		 damaged;	/* its content; it goes to corrupt/ */
	bool		 revive;	/* TAKE_REVIVE */
	uint8_t		 logs;		/* 1 << note_kind: it may exist */
	bool		 defer_fresh;	/* defer log is of this attempt */
	int64_t		 active_us;
	enum finish	 fin;
	bool		 expired;
	struct note	*notes[NOTE_KINDS];
};
RB_HEAD(message_tree, message);
TAILQ_HEAD(message_list, message);

/* What a test replaces. */
struct qm_env {
	struct chan	*(*dial)(const char *service);
	int64_t		 (*now_us)(void);	/* wall clock */
	void		 (*drained)(void);	/* end, now */
};

struct qmgr {
	struct loop	*loop;
	struct qm_env	 env;
	const struct sched *sched;
	int		 rootfd;	/* the queue directory */
	struct q_hash	 hash;
	uid_t		 owners[2];	/* who may own a queue file */
	const struct seal_key *key;
	struct message_tree byid;
	struct message_list active;
	uint32_t	 nactive;
	uint32_t	 nrcpts;	/* in core */
	uint32_t	 nopen;		/* messages with open descriptors */
	uint32_t	 max_open;
	struct transport_tree transports;
	uint64_t	 serial;
	bool		 slow;		/* clients were told to slow down */
	bool		 leading;	/* we own active/, see intake.c */
	bool		 draining;
};
extern struct qmgr qm;

/* qmgr.c: the loop's global state. "key" and "loop" outlive it. */
void	qm_init(struct loop *l, const struct qm_env *env,
	    const struct sched *sched, int rootfd);
void	qm_start(void);			/* timers, the first scans */
void	qm_drain(void);
bool	qm_idle(void);			/* nothing is at an agent */

/* message.c */
enum message_got {
	MESSAGE_OK,
	MESSAGE_GONE,			/* the file is not there any more */
	MESSAGE_BAD,			/* it was put into corrupt/, logged */
	MESSAGE_LATER			/* it was left for a later scan */
};
/*
 * Make a message of active/ID. "fd" (or -1: opened here) belongs to the
 * message from now on, whatever the result. *mp only for MESSAGE_OK.
 */
enum message_got message_open(const char *id, int fd, struct message **mp);
struct message	*message_find(const char *id);
void	message_free(struct message **mp);
/*
 * The next recipients that are not done, at most "max", into m->rcpts and
 * m->in_core; m->all_read when there are no more. -1: the file is damaged or
 * cannot be read (logged).
 */
int	message_batch(struct message *m, uint32_t max)
	    __attribute__((warn_unused_result));
/* Forget the batch. */
void	message_batch_free(struct message *m);
/* Where strings of this batch live. */
struct arena *message_arena(struct message *m);
/* A read-only descriptor of the file, the message's; -1 with errno. */
int	message_rofd(struct message *m);
/* The read-write one is open again (m->qf.fd). 0, or -1 with errno. */
int	message_rwfd(struct message *m) __attribute__((warn_unused_result));
/*
 * An agent has said so: whether the content really fails its digest. Reads
 * all of it, which for once the loop may wait for.
 */
bool	message_is_damaged(struct message *m);
/* Close both if descriptors are short and nothing needs them. */
void	message_idle(struct message *m);
void	message_mark_done(struct message *m, uint32_t index);
/* Note in the file that one of its logs may exist, or no longer does. */
void	message_logs(struct message *m, enum note_kind kind, bool exists);
/* Move active/ID to corrupt/ and log why. */
void	message_condemn(const char *id, const char *why);
int64_t	message_age_s(const struct message *m);
/* TRACE_* bits that the message has. */
bool	message_traces(const struct message *m, uint32_t bits);

/* active.c */
/*
 * Take a message: its file is still in "from", and finished. "fd" is ours
 * now, or -1.
 */
void	active_take(const char *id, enum q_dir from, int fd, unsigned flags);
#define TAKE_REVIVE	0x1	/* forget that its destinations are dead */
bool	active_full(void);
/* Something that the message was waiting for has come. */
void	active_check(struct message *m);
/* A resolved batch: entries, and off they go. */
void	active_assign(struct message *m);

/* resolve.c */
void	resolve_ask(struct message *m, struct rcpt *r);
void	resolve_flush(void);
void	resolve_init(void);
/* Give up on a service that does not answer. */
void	resolve_sweep(void);
/* The cache is of an older configuration, or a test's. */
void	resolve_forget(void);

/* route.c: what an answer means for one recipient. */
void	route(struct message *m, struct rcpt *r,
	    const struct msg_resolved *answer);
/*
 * Where recipients go to be deferred (retry) or bounced (error) with
 * "4.3.0 reason"; NULL if that service cannot be used.
 */
#define SERVICE_RETRY	"retry"
struct destination *route_error(const char *service, const char *reason);
/* Recipients that are in no entry: to retry, or deferred right here. */
void	route_defer(struct message *m, struct rcpt **rcpts, uint32_t n,
	    const char *reason);
/* The same for all that waits for "d". */
void	route_suspend(struct destination *d, const char *reason);

/* transport.c */
int	transport_cmp(const struct transport *a, const struct transport *b);
RB_PROTOTYPE(transport_tree, transport, byname, transport_cmp)
struct transport *transport_get(const char *name);
/* Hand out work while there is work and a process for it. */
void	transport_run(struct transport *t);
/* Not again before transport_retry_time; what waits is deferred. */
void	transport_kill(struct transport *t, const char *reason);
/* Not again before "d" is over; what waits goes on waiting. */
void	transport_pause(struct transport *t, struct span d);
/* Forget what is dead (trigger F). */
void	transport_revive_all(void);

/* destination.c */
struct destination *destination_get(struct transport *t, const char *key,
	    const char *nexthop);
bool	destination_ready(const struct destination *d);
void	destination_put(struct destination *d, struct entry *e, bool first);
/*
 * A delivery has ended. "reason" of a failed hop: "4.4.1 text". d may be
 * gone after destination_check() only.
 */
enum hop { HOP_OK, HOP_FAILED, HOP_NEUTRAL };
void	destination_done(struct destination *d, enum hop hop,
	    const char *reason);
void	destination_revive(struct destination *d);
/* Deliveries follow each other: a session is worth to be kept. */
bool	destination_keep(const struct destination *d);
/* Free it if nothing is known of it that is worth to be kept. */
void	destination_check(struct destination *d);
int	destination_cmp(const struct destination *a,
	    const struct destination *b);
RB_PROTOTYPE(destination_tree, destination, name, destination_cmp)

/* entry.c */
struct entry *entry_new(struct message *m, struct destination *d,
	    struct rcpt **rcpts, uint32_t n);
/* Take it out of its list for delivery: busy goes up. */
void	entry_take(struct entry *e);
/* Back to the front of the list, undelivered: busy goes down. */
void	entry_return(struct entry *e);
/* It is finished; the message may be. */
void	entry_done(struct entry *e);

/* request.c: deliver and deliver_rcpt, sent; -1 as chan_put(). */
int	deliver_put(struct chan *ch, struct entry *e, int rofd, bool keep);

/* deliver.c */
/*
 * Give e, which is in its destination's list, to an agent. False: there is
 * no process or descriptor for it now, it stays where it is.
 */
bool	deliver(struct entry *e);
/* End the session that has waited longest for more mail; false: none does. */
bool	deliver_unpark(struct transport *t);
void	deliver_unpark_all(void);
/* Close agents that have not answered for too long. */
void	deliver_sweep(void);

/* report.c: what agents say of recipients. */
void	report(struct message *m, struct rcpt *r,
	    const struct msg_deliver_status *s);
/* An address that is more than one: there is nothing to be probed. */
void	report_expanded(struct message *m);
/* qmgr itself defers, "4.3.0 reason": no agent could be asked. */
void	report_deferred(struct message *m, struct rcpt *r, const char *reason);
/* "4.3.0 reason" taken apart; a text without a status gets "dflt". */
const char *report_split(const char *text, const char *dflt, char dsn[16]);

/* probe.c: what became of an address, to verify(8). */
void	probe_tell(const struct rcpt *r, enum verify_status status,
	    const char *text);

/*
 * sites.c: flush(8) learns where a deferred message was to go. A new attempt
 * is told anew, since it may have been asked for meanwhile.
 */
void	sites_deferred(const struct message *m, const struct rcpt *r);
void	sites_attempt(void);

/* notify.c */
typedef void (*note_fn)(struct message *m, struct rcpt *r, bool ok);
void	note_append(struct message *m, enum note_kind kind, struct rcpt *r,
	    const struct msg_bounce_append *a, note_fn done);
void	note_send(struct message *m, enum note_kind log,
	    enum bounce_kind kind, note_fn done);
void	note_remove(struct message *m, enum note_kind log, note_fn done);
void	note_free(struct message *m);
void	note_init(void);
void	note_sweep(void);

/* intake.c */
void	intake_new(struct chan *ch);	/* queue_new is the current message */
void	intake_start(void);
void	intake_stop(void);
void	intake_scan(enum q_dir dir, bool all);	/* all: also not yet due */
void	intake_room(void);		/* the active queue has got smaller */

/* trigger.c: clients and their requests. */
void	trigger_client(struct loop *l, struct chan *ch);
void	trigger_flow(bool slow);

#endif
