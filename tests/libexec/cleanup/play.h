/* SPDX-License-Identifier: ISC */
/*
 * play - a client and a queue manager for cleanup(8), in one process.
 *
 * A real queue directory is made in the working directory.
 */
#ifndef POSTERN_TESTS_CLEANUP_PLAY_H
#define POSTERN_TESTS_CLEANUP_PLAY_H

#include "cleanup.h"

struct setting {
	const char	*name, *value;
};

/* Set up with a base configuration and these over it (name NULL: end). */
void	play_setup(const struct setting *more);

struct mail {
	const char	*sender;
	const char	*rcpts;		/* separated by blanks */
	const char	*content;
	const char	*context;	/* NULL: local */
	uint32_t	 flags;		/* 0: all that smtpd sets */
	uint32_t	 notify;
};

/* What became of it. */
struct fate {
	uint32_t	 status;
	char		 id[QID_SIZE];
	char		 reason[200];
	char		 log[8000];	/* lines of the log */
	bool		 told;		/* qmgr has the descriptor */
	int		 files;		/* in incoming/ and hold/ */
	char		 rcpts[8000];	/* "addr[orig]/notify ..." */
	char		 content[200000];
	size_t		 content_n;
	struct qf_envelope env;
};

/* One session with one message. */
const struct fate *play(const struct mail *mail);

/* For sessions of another shape: put messages, run, read answers. */
struct chan	*play_client(void);
void		 play_open(struct chan *ch, const struct mail *mail);
void		 play_body(struct chan *ch, const struct mail *mail);
void		 play_run(struct chan *ch);
/* Look at what is in the queue and at qmgr; fills the fate. */
const struct fate *play_look(void);
extern bool play_slow, play_no_qmgr;
extern int play_dials;

#endif
