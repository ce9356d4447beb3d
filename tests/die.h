/* SPDX-License-Identifier: ISC */
/*
 * die - for tests: does a call end the process as it should?
 *
 * Header only, so that a test need not link anything for it.
 */
#ifndef POSTERN_TESTS_DIE_H
#define POSTERN_TESTS_DIE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

static sigjmp_buf die_back;
static enum log_level die_level;
static char die_text[LOG_LINE_MAX + 1];

static void
die_hook(enum log_level level, const char *text)
{
	die_level = level;
	(void)snprintf(die_text, sizeof(die_text), "%s", text);
	siglongjmp(die_back, 1);
}

/*
 * Call fn(arg); true if it ends with fatal() or panic(), as "level" says, and
 * a text that contains "part".
 */
static bool __attribute__((unused))
dies(enum log_level level, const char *part, void (*fn)(void *), void *arg)
{
	volatile bool died = false;

	log_end_hook = die_hook;
	if (sigsetjmp(die_back, 0) == 0)
		fn(arg);
	else
		died = die_level == level && strstr(die_text, part) != NULL;
	log_end_hook = NULL;
	return (died);
}

#endif
