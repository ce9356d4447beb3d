/* SPDX-License-Identifier: ISC */
/* worker - processes that are cheap to make. */
#include <sys/auxv.h>
#include <sys/mman.h>

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/log.h"
#include "base/mono.h"

#include "text.h"
#include "worker.h"

#define PAGE		((size_t)4096)
#define STACK_SIZE	((size_t)2 * 1024 * 1024)
#define STACK_GUARD	((size_t)64 * 1024)
#define STACK_READY	((size_t)16 * 1024)	/* written by every worker */
#define HEAP_READY	((size_t)60 * 1024)	/* the same */

/* The address sanitizer knows the stack that it started on, and no other. */
#ifdef POSTERN_ASAN
#define OWN_STACK	false
#else
#define OWN_STACK	true
#endif

static char *stack;		/* of workers; no page of it is used here */

static void
make_stack(void)
{
	stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
	if (stack == MAP_FAILED ||
	    mprotect(stack, STACK_GUARD, PROT_NONE) < 0)
		fatal("stack for workers: %m");
}

/*
 * The kernel put the name of the program at the very end of our stack. What
 * the C library finds there by pointers is replaced.
 */
static void
hide_own_stack(void)
{
	static char *no_environment[] = { NULL };
	const char *name = (const char *)getauxval(AT_EXECFN);
	uintptr_t here = (uintptr_t)&name & ~(PAGE - 1);
	uintptr_t end = (uintptr_t)name + strlen(name) + 1 + sizeof(void *);
	uintptr_t from = here - STACK_SIZE;

	environ = no_environment;
	end = (end + PAGE - 1) & ~(PAGE - 1);
	/* ENOMEM: the stack is not that large, but what there is was done. */
	if (madvise((void *)from, end - from, MADV_DONTFORK) < 0 &&
	    errno != ENOMEM)
		fatal("stack of the supervisor: %m");
}

void *
worker_hidden(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED || madvise(p, n, MADV_DONTFORK) < 0)
		fatal("memory of the supervisor: %m");
	return (p);
}

/*
 * clone(3) leaves two words on the new stack for its child. They lie at the
 * start of a page, so that what the child writes is below, in pages that are
 * not shared with us.
 */
static char *
stack_top(void)
{
	return (stack + STACK_SIZE - PAGE + 2 * sizeof(void *));
}

static int
child(void *arg)
{
	void (*run)(void);

	mono_short_life();
	memcpy(&run, arg, sizeof(run));
	/* An old kernel says EINVAL: then each page is a fault, as ever. */
	(void)madvise(stack + STACK_SIZE - PAGE - STACK_READY, STACK_READY,
	    MADV_POPULATE_WRITE);
	heap_ready(HEAP_READY);
	run();
	return (0);
}

void
worker_lay_out(void)
{
	text_to_huge_pages();
	make_stack();
	if (OWN_STACK)
		hide_own_stack();
}

static pid_t
fork_child(void *what)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(child(what));
	return (pid);
}

pid_t
worker_start(void (*run)(void))
{
	static void (*what)(void);

	must(stack != NULL);
	if (what != run)
		what = run;
	return (OWN_STACK ? clone(child, stack_top(), SIGCHLD, &what) :
	    fork_child(&what));
}
