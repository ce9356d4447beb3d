/* SPDX-License-Identifier: ISC */
/*
 * role_run - the program of a shared role as master starts it: its user, its
 * policy, its filter, an empty root; the test is master and the clients.
 */
#ifndef POSTERN_TESTS_ROLE_RUN_H
#define POSTERN_TESTS_ROLE_RUN_H

#include <sys/types.h>

#include <atf-c.h>
#include <stdbool.h>

#include "broker/chan.h"

#define SOON	mono_in(span_s(20))

struct role_run {
	enum role_id	 role;
	pid_t		 pid;
	int		 control, dial, log;
};

struct run_file {
	const char	*name;		/* as the role asks for it */
	const char	*path;
};

/*
 * Start OBJTOP/libexec/ROLE/ROLE with the lines of main.cf (NULL: none) and
 * files (at most 8), and wait until it is ready. The test must be root; an
 * unmet need fails it.
 */
void	run_start(struct role_run *r, enum role_id role, const char *objtop,
	    const char *maincf, const struct run_file *files, size_t n);
/* A channel that the kernel says is of the role "as". */
struct chan *run_dial(const struct role_run *r, enum role_id as);
/* The next line of its log; fails when none comes. */
const char *run_log(const struct role_run *r);
/* Tell it to drain; wait until it has ended: its wait status. */
void	run_tell_drain(const struct role_run *r);
int	run_ended(struct role_run *r);
/* Both. */
int	run_drain(struct role_run *r);

/* This process, and what it starts, in a network of its own: loopback. */
void	run_own_network(void);

/* A case that starts roles. */
#define ROOT_TC(tc, words)						\
	ATF_TC(tc);							\
	ATF_TC_HEAD(tc, t)						\
	{								\
		atf_tc_set_md_var(t, "descr", words);			\
		atf_tc_set_md_var(t, "require.user", "root");		\
	}								\
	ATF_TC_BODY(tc, t)

#endif
