/* SPDX-License-Identifier: ISC */
/* crowd - a small table of (uid, number), in one page (crowd.h). */
#include <sys/mman.h>

#include <stdatomic.h>
#include <stdint.h>

#include "base/log.h"

#include "crowd.h"

#define USERS		512		/* that are served at the same time */
#define SIZE		(USERS * sizeof(uint64_t))

/* The uid above, the number below: one word, so that they always fit. */
static _Atomic uint64_t *table;
static void *page;		/* the same */

static uint64_t
word(uid_t uid, uint32_t n)
{
	return ((uint64_t)uid << 32 | n);
}

static uint32_t
number(uint64_t w)
{
	return ((uint32_t)w);
}

void
crowd_open(void)
{
	void *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		fatal("memory for workers: %m");
	page = p;
	table = p;
}

void
crowd_read_only(void)
{
	if (table != NULL && mprotect(page, SIZE, PROT_READ) < 0)
		fatal("mprotect: %m");
}

static _Atomic uint64_t *
find(uid_t uid)
{
	for (unsigned i = 0; i < USERS; i++)
		if (number(table[i]) != 0 && table[i] >> 32 == uid)
			return (&table[i]);
	return (NULL);
}

void
crowd_enter(uid_t uid)
{
	_Atomic uint64_t *w;

	if (table == NULL)
		return;
	if ((w = find(uid)) != NULL) {
		*w = *w + 1;
		return;
	}
	/* Full: as many users as that do not come without many others. */
	for (unsigned i = 0; i < USERS; i++)
		if (number(table[i]) == 0) {
			table[i] = word(uid, 1);
			return;
		}
}

void
crowd_leave(uid_t uid)
{
	_Atomic uint64_t *w;

	if (table != NULL && (w = find(uid)) != NULL)
		*w = *w - 1;
}

unsigned
crowd_of(uid_t uid)
{
	const _Atomic uint64_t *w;
	uint64_t now;

	if (table == NULL || (w = find(uid)) == NULL)
		return (0);
	now = *w;
	return (now >> 32 == uid ? number(now) : 0);
}
