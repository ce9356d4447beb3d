/* SPDX-License-Identifier: ISC */
/* Workers: what they run on, and what of their supervisor they do not have. */
#include <sys/mman.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"
#include "broker/worker.h"

#define FRESH	100		/* allocations of a worker that are looked at */

static volatile char *secret;	/* of the supervisor */
static uintptr_t newest;	/* what it allocated last */

/* The status of a worker that runs "run". */
static int
status_of(void (*run)(void))
{
	pid_t pid = worker_start(run);
	int status;

	ATF_REQUIRE_MSG(pid > 0, "clone: %s", strerror(errno));
	ATF_REQUIRE_EQ(pid, waitpid(pid, &status, 0));
	return (status);
}

static void
read_secret(void)
{
	_exit(*secret == 'x' ? 1 : 2);
}

static void
return_at_once(void)
{
}

/* Deep enough for the largest function of a session, and then some. */
static void
use_stack(void)
{
	volatile char deep[256 * 1024];

	memset((void *)(uintptr_t)deep, 7, sizeof(deep));
	_exit(deep[0] + deep[sizeof(deep) - 1]);
}

static void
overrun_stack(void)
{
	volatile char byte;
	volatile char *p = &byte;

	for (;;)
		*(p -= 1024) = 1;
}

static void
allocate(void)
{
	for (size_t n = 16; n < 16 + FRESH * 40; n += 40)
		if ((uintptr_t)malloc(n) < newest)
			_exit(1);
	_exit(0);
}

ATF_TC_WITHOUT_HEAD(runs);
ATF_TC_BODY(runs, tc)
{
	worker_lay_out();
	ATF_CHECK_EQ(0, status_of(return_at_once));
	ATF_CHECK_EQ(14, WEXITSTATUS(status_of(use_stack)));
}

ATF_TC_WITHOUT_HEAD(has_a_guard);
ATF_TC_BODY(has_a_guard, tc)
{
	worker_lay_out();
	ATF_CHECK_EQ(SIGSEGV, WTERMSIG(status_of(overrun_stack)));
}

ATF_TC_WITHOUT_HEAD(lacks_hidden_memory);
ATF_TC_BODY(lacks_hidden_memory, tc)
{
	worker_lay_out();
	secret = worker_hidden(10000);
	*secret = 'x';
	ATF_CHECK_EQ(SIGSEGV, WTERMSIG(status_of(read_secret)));
	ATF_CHECK_EQ('x', *secret);
}

ATF_TC_WITHOUT_HEAD(lacks_our_stack);
ATF_TC_BODY(lacks_our_stack, tc)
{
	volatile char here = 'x';

	worker_lay_out();
	secret = &here;
	ATF_CHECK_EQ(SIGSEGV, WTERMSIG(status_of(read_secret)));
	/* Nor what was on it before main(). */
	secret = getenv("PATH") != NULL ? getenv("PATH") : *environ;
	ATF_CHECK(secret == NULL);
}

/* Holes of all sizes in our heap: none is left for a worker. */
ATF_TC_WITHOUT_HEAD(allocates_behind_us);
ATF_TC_BODY(allocates_behind_us, tc)
{
	char *piece[3 * FRESH];

	worker_lay_out();
	for (size_t i = 0; i < 3 * FRESH; i++)
		ATF_REQUIRE((piece[i] = malloc(i % FRESH * 40 + 16)) != NULL);
	newest = (uintptr_t)piece[3 * FRESH - 1];
	for (size_t i = 0; i < 3 * FRESH; i += 2)
		free(piece[i]);
	ATF_CHECK_EQ(1, WEXITSTATUS(status_of(allocate)));
	heap_fill_holes();
	ATF_CHECK_EQ(0, WEXITSTATUS(status_of(allocate)));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, runs);
	ATF_TP_ADD_TC(tp, has_a_guard);
	ATF_TP_ADD_TC(tp, lacks_hidden_memory);
	ATF_TP_ADD_TC(tp, lacks_our_stack);
	ATF_TP_ADD_TC(tp, allocates_behind_us);
	return (atf_no_error());
}
