/* SPDX-License-Identifier: ISC */
/*
 * feedback - the concurrency window of one destination.
 *
 * Pure arithmetic: a window grows by positive feedback after deliveries that
 * could talk to the host, shrinks after those that could not, and the
 * destination is dead after a number of failed cohorts (a cohort is as many
 * deliveries as the window is wide).
 */
#ifndef POSTERN_FEEDBACK_H
#define POSTERN_FEEDBACK_H

#include <stdbool.h>
#include <stdint.h>

/* "number", "number / concurrency", "number / sqrt_concurrency" */
struct fb_rule {
	double	number;
	enum fb_kind { FB_CONST, FB_LINEAR, FB_SQRT } kind;
};

struct fb_conf {
	struct fb_rule	positive;
	struct fb_rule	negative;
	uint32_t	initial;	/* the first window */
	uint32_t	limit;		/* the widest; 0: no limit */
	double		cohorts;	/* failed ones until dead; 0: never */
};

struct feedback {
	uint32_t	window;
	double		success;	/* part of a step up that is earned */
	double		failure;	/* part of a step down that is left */
	double		failed;		/* cohorts */
};

/* False if the text is none of the forms or the number not within 0 .. 1. */
bool	fb_parse(const char *text, struct fb_rule *out)
	    __attribute__((warn_unused_result));

void	fb_start(struct feedback *f, const struct fb_conf *c);
/* "busy": deliveries on the way, the one that succeeded included. */
void	fb_success(struct feedback *f, const struct fb_conf *c, uint32_t busy);
/* True: the destination is dead now. */
bool	fb_failure(struct feedback *f, const struct fb_conf *c);

#endif
