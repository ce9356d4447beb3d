/* SPDX-License-Identifier: ISC */
/*
 * chan - a channel between two of our processes: messages of lib/proto in
 * SEQPACKET frames, descriptors with them.
 *
 * The kernel says who the peer is; what it may send is looked up in the
 * policies' matrix. A message that is malformed or not granted ends the
 * channel: one log line, then chan_next() says CHAN_GONE.
 */
#ifndef POSTERN_CHAN_H
#define POSTERN_CHAN_H

#include <sys/types.h>

#include <stdbool.h>

#include "base/mono.h"
#include "event/event.h"
#include "policy/policy.h"
#include "proto/proto.h"

struct chan;

/* The role of this process; set once by role_main(). */
extern enum role_id	role_self;

#define CHAN_FRAME_MAX	(64 * 1024)	/* bytes in one frame */
#define CHAN_PENDING_MAX (4 * 1024 * 1024) /* unsent bytes in a loop */

/* The end of a client: accepts the replies of the role that serves it. */
struct chan	*chan_client(int fd, enum role_id server);
/* The end of a server: accepts from "client" what the policy grants it. */
struct chan	*chan_server(int fd, enum role_id client, pid_t pid);
/* Close and free; NULL allowed. Unsent messages are lost. */
void		 chan_free(struct chan **ch);
int		 chan_socket(const struct chan *ch);
enum role_id	 chan_peer(const struct chan *ch);
pid_t		 chan_pid(const struct chan *ch);

/*
 * Append a message to the frame that is being filled; a full frame is sent.
 * -1 if the message does not fit its own limits (EMSGSIZE: nothing is sent,
 * the channel stays good) or the channel is gone. chan_put_fd() lets a
 * descriptor travel with it, which stays open here.
 */
int	chan_put(struct chan *ch, enum verb verb, const void *msg)
	    __attribute__((warn_unused_result));
int	chan_put_fd(struct chan *ch, enum verb verb, const void *msg, int fd)
	    __attribute__((warn_unused_result));
/*
 * Send what was put. Blocking channel: waits until "deadline" at most. In a
 * loop (chan_watch): sends what the kernel takes, the rest as it takes more.
 * 0 or -1 (gone, ETIMEDOUT, ENOBUFS above CHAN_PENDING_MAX).
 */
int	chan_flush(struct chan *ch, struct mono deadline)
	    __attribute__((warn_unused_result));

enum chan_got {
	CHAN_MESSAGE,		/* *verb is set; chan_get() decodes it */
	CHAN_AGAIN,		/* deadline passed; in a loop: nothing there */
	CHAN_GONE		/* peer has closed, or was thrown out */
};

/* The next message. What earlier ones pointed to is void from here on. */
enum chan_got	chan_next(struct chan *ch, struct mono deadline,
		    enum verb *verb);
/* True if decoded messages wait already (chan_next() will not block). */
bool		chan_more(const struct chan *ch);
/* Decode the current message; false: malformed, the channel is gone. */
bool		chan_get(struct chan *ch, void *msg)
		    __attribute__((warn_unused_result));
/* The next descriptor of this frame, now the caller's; -1 if none. */
int		chan_take_fd(struct chan *ch);
/* Throw the peer out: log "why" with its role, pid and the verb. */
void		chan_refuse(struct chan *ch, const char *why);

/*
 * One question, one answer: put, flush, wait for "reply", decode it. 0 or -1
 * (errno; EPROTO for any other answer).
 */
int	chan_call(struct chan *ch, enum verb verb, const void *msg,
	    enum verb reply, void *out, struct mono deadline)
	    __attribute__((warn_unused_result));

/*
 * Put the channel into a loop. "fn" is called when there is something to
 * read or the peer is gone, and must call chan_next() until it is not
 * CHAN_MESSAGE; the channel may be freed in it.
 */
typedef void (*chan_fn)(struct chan *ch, void *arg);
void	chan_watch(struct chan *ch, struct loop *l, chan_fn fn, void *arg);

#endif
