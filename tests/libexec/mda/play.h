/* SPDX-License-Identifier: ISC */
/* play - an mda(8) as launcher(8) starts it, and what it answers. */
#ifndef POSTERN_TESTS_MDA_PLAY_H
#define POSTERN_TESTS_MDA_PLAY_H

#include <sys/types.h>

#include <atf-c.h>

#include "base/arena.h"
#include "proto/proto.h"

#define PLAY_UID	61234
#define PLAY_ENTRIES	20

struct play {
	const atf_tc_t		*tc;
	struct msg_launch_mail	 m;	/* content is made by play_run() */
	struct msg_mda_task	 t;
	const char		*content;
	const char		*params;	/* lines of main.cf */
	bool			 damaged;	/* a wrong digest */
	size_t			 file_limit;	/* RLIMIT_FSIZE; 0: none */

	/* The answer, in words: "outcome dsn reason", or "" if it died. */
	struct arena		*arena;
	const char		*said;
	bool			 found, was_damaged;
	const char		*entry[PLAY_ENTRIES];	/* "type text" */
	size_t			 nentries;
};

/* The directory is the test's and the user's; defaults of all kinds. */
void		 play_init(struct play *p, const atf_tc_t *tc);
void		 play_run(struct play *p);
/* A file that is the user's. */
void		 play_file(const char *path, const char *text, mode_t mode);
/* All of a file; "" if there is none. */
const char	*play_read(struct play *p, const char *path);
/* Where the test is, and a path there. */
const char	*play_path(struct play *p, const char *name);

#endif
