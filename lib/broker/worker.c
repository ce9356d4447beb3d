/* SPDX-License-Identifier: ISC */
/* worker - processes that are cheap to make. */
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/heap.h"
#include "base/log.h"
#include "base/mono.h"
#include "base/zone.h"

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

/* From the linker: of these variables malloc(3)'s are always written. */
extern char __data_start[], _edata[];

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

static void (*what)(void);	/* a worker does */

/* An old kernel says EINVAL: then each page is a fault, as ever. */
static void
ready(void *p, size_t n)
{
	char *page = (char *)p - ((uintptr_t)p & (PAGE - 1));

	(void)madvise(page, n, MADV_POPULATE_WRITE);
}

static _Noreturn void
child(void)
{
	ready(&errno, PAGE);	/* and what else is the thread's own */
	ready(__data_start, (size_t)(_edata - __data_start));
	heap_ready(HEAP_READY);
	what();
	_exit(0);
}

/*
 * clone(2) itself, since clone(3) writes to the new stack in the parent: a
 * page that both would have to copy, each time. In the child nothing is
 * written to the stack before it is ready.
 */
static pid_t
clone_child(void)
{
	register long none asm("r10") = 0;
	register char *used asm("r12") = stack + STACK_SIZE - STACK_READY;
	long pid;

	asm volatile("syscall\n\t"
	    "test %%rax, %%rax\n\t"
	    "jnz 1f\n\t"
	    "mov %[used], %%rdi\n\t"
	    "mov %[size], %%esi\n\t"
	    "mov %[populate], %%edx\n\t"
	    "mov %[madvise], %%eax\n\t"
	    "syscall\n\t"
	    "xor %%ebp, %%ebp\n\t"
	    "call *%[child]\n"
	    "1:"
	    : "=a"(pid)
	    : "a"(SYS_clone), "D"(SIGCHLD), "S"(stack + STACK_SIZE), "d"(0),
	    "r"(none), [child] "b"(child), [used] "r"(used),
	      [size] "i"(STACK_READY), [populate] "i"(MADV_POPULATE_WRITE),
	      [madvise] "i"(SYS_madvise)
	    : "rcx", "r11", "memory", "cc");
	if (pid >= 0)
		return ((pid_t)pid);
	errno = (int)-pid;
	return (-1);
}

static pid_t
fork_child(void)
{
	pid_t pid = fork();

	if (pid == 0)
		child();
	return (pid);
}

void
worker_lay_out(void)
{
	tzset();		/* reads a file */
	mono_short_life();
	text_to_huge_pages();
	make_stack();
	if (OWN_STACK)
		hide_own_stack();
}

pid_t
worker_start(void (*run)(void))
{
	must(stack != NULL);
	zone_learn();
	if (what != run) {	/* a page that is not written is not copied */
		what = run;
		heap_mark_fresh(HEAP_READY);
	}
	return (OWN_STACK ? clone_child() : fork_child());
}
