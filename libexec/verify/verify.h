/* SPDX-License-Identifier: ISC */
/* verify - what the files of verify(8) share. */
#ifndef POSTERN_VERIFY_H
#define POSTERN_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/view.h"
#include "broker/role.h"
#include "proto/proto.h"

/* record.c --------------------------------------------------------------- */

/* What is known of an address; times in seconds since 1970. */
struct record {
	enum verify_status status;
	int64_t		 probed;	/* a test is under way since; 0: none */
	int64_t		 updated;	/* of the result; 0: there is none */
	struct view	 text;
};

#define RECORD_MAX	(VERIFY_TEXT_MAX + 64)	/* bytes */
#define PROBE_TTL	1000		/* seconds that a result may take */

/*
 * "status:probed:updated:text". The text points into "v". False: damaged.
 */
bool	record_parse(struct view v, struct record *out)
	    __attribute__((warn_unused_result));
/* Append; a text that is too long is cut. */
void	record_print(const struct record *r, struct buf *out);

/* The four times of main.cf, in seconds. */
struct record_times {
	int64_t		 good_expire, good_refresh;
	int64_t		 bad_expire, bad_refresh;
};

enum record_age {
	RECORD_FRESH,
	RECORD_STALE,			/* good, and to be tested again */
	RECORD_OVER			/* as if it were not there */
};
enum record_age	record_age(const struct record *r,
		    const struct record_times *t, int64_t now);
/* A test is under way, and its result may still come. */
bool	record_probing(const struct record *r, int64_t now);

/* cache.c ---------------------------------------------------------------- */

/*
 * The cache, "file" in directory "dir" (a descriptor of it is not needed: the
 * role's root). At most "max" bytes on disk. A damaged file is set aside and
 * begun anew (logged). False: another process has it; try again later.
 * Without a file ("") all is in memory, and gone with the process.
 */
bool	cache_open(const char *file, size_t max);
void	cache_close(void);
bool	cache_is_open(void);

#define CACHE_KEY_MAX	500		/* bytes of an address */

/* A copy of the record in "out" (set anew); false: there is none. */
bool	cache_get(const char *key, struct buf *out);
/* What cannot be written is logged, and not remembered. */
void	cache_put(const char *key, struct view record);
void	cache_drop(const char *key);

/*
 * Look at up to "n" records, from where the last call has ended; those that
 * "over" says yes to are dropped. True: the end was reached.
 */
bool	cache_sweep(size_t n, bool (*over)(struct view record),
	    uint64_t *kept, uint64_t *dropped);
/* To stable storage what has changed. */
void	cache_sync(void);

/* sender.c --------------------------------------------------------------- */

/* The sender of a test, internal form. It lives until the next call. */
const char *sender_now(int64_t now);

/* probe.c: a message that is not delivered. ------------------------------ */

/* Begin; "failed" is called (later) if the message cannot be queued. */
void	probe_send(struct loop *l, const char *addr,
	    void (*failed)(const char *addr));

/* service.c -------------------------------------------------------------- */

void	service_start(struct loop *l);
void	service_client(struct loop *l, struct chan *ch);
void	service_drain(struct loop *l);

#endif
