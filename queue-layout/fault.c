/* SPDX-License-Identifier: ISC */
/*
 * fault - the armed step of a test build; not part of any other.
 */
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "base/log.h"
#include "base/num.h"
#include "fault.h"

static const char *const names[QFAULT_COUNT] = {
#define FAULT(name, who, what) #name,
#include "fault.def"
#undef FAULT
};

static int armed = -1;
static int64_t countdown;

const char *
qfault_name(enum qfault_step step)
{
	return (names[step]);
}

int
qfault_arm(const char *what)
{
	struct view all = view_of(what), step;
	int64_t nth = 1;
	int i;

	armed = -1;
	if (all.n == 0)
		return (0);
	if (!view_field(&all, ':', &step))
		return (-1);
	if (all.n > 0 && !num_parse(all, 1, 1000000, &nth))
		return (-1);
	for (i = 0; i < QFAULT_COUNT; i++) {
		if (view_eq(step, names[i])) {
			armed = i;
			countdown = nth;
			return (0);
		}
	}
	return (-1);
}

void
qfault_start(const char *what)
{
	if (qfault_arm(what) == -1)
		fatal("bad parameter fault_step: %s", what);
}

void
qfault(enum qfault_step step)
{
	if ((int)step == armed && --countdown == 0)
		(void)kill(getpid(), SIGKILL);
}
