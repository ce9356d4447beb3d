/* SPDX-License-Identifier: ISC */
/*
 * fault - kill this process at a named step of a queue file's life.
 *
 * For the crash tests: in a build with POSTERN_FAULT qfault(QFAULT_step) ends
 * the process by SIGKILL (or, as kill(2) is not granted to a confined role,
 * by its filter) when that step is armed, which the parameter
 * fault_step does (for one service, by its -o in master.cf). In every other
 * build it is no code at all, and there is nothing to arm.
 */
#ifndef POSTERN_FAULT_H
#define POSTERN_FAULT_H

enum qfault_step {
#define FAULT(name, who, what) QFAULT_##name,
#include "fault.def"
#undef FAULT
	QFAULT_COUNT
};

#ifdef POSTERN_FAULT
/*
 * Arm "step" or "step:N" (the Nth time it is taken); NULL or "" disarms. -1
 * if there is no such step.
 */
int	qfault_arm(const char *what) __attribute__((warn_unused_result));
void	qfault(enum qfault_step step);
/* Name of a step, for tests that walk through all of them. */
const char *qfault_name(enum qfault_step step);
/* At start-up, with the parameter that such a build has: fatal if wrong. */
void	qfault_start(const char *what);
#else
#define qfault(step)	((void)0)
#define qfault_start(what) ((void)0)
#endif

#endif
