/* SPDX-License-Identifier: ISC */
/* text - the program's code where a fork finds it at once. */
#include <sys/mman.h>

#include <link.h>
#include <stdint.h>
#include <string.h>

#include "base/log.h"

#include "text.h"

#define HUGE	((size_t)2 * 1024 * 1024)

static uint8_t *
huge_align(uint8_t *p)
{
	return (p + (-(uintptr_t)p & (HUGE - 1)));
}

/* Pages of our own at an address that suits huge ones; NULL without any. */
static uint8_t *
huge_new(size_t n)
{
	uint8_t *all, *p;

	all = mmap(NULL, n + HUGE, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (all == MAP_FAILED)
		return (NULL);
	p = huge_align(all);
	(void)munmap(all, (size_t)(p - all));
	(void)munmap(p + n, HUGE - (size_t)(p - all));
	if (madvise(p, n, MADV_HUGEPAGE) == 0)
		return (p);
	(void)munmap(p, n);
	return (NULL);
}

/* The address stays, also for the instruction that returns from mremap(2). */
static void
replace(uint8_t *at, size_t used, int prot)
{
	size_t n = (used + HUGE - 1) / HUGE * HUGE;
	uint8_t *p = huge_new(n);

	if (p == NULL)
		return;
	memcpy(p, at, used);
	if (mprotect(p, n, prot) < 0 ||
	    mremap(p, n, n, MREMAP_MAYMOVE | MREMAP_FIXED, at) != at) {
		log_warn("moving the program to huge pages: %m");
		(void)munmap(p, n);
	}
}

static int
each_object(struct dl_phdr_info *info, size_t size, void *arg)
{
	(void)size;
	(void)arg;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *ph = &info->dlpi_phdr[i];
		uint8_t *at;

		/* What lies at offset 0 is read once, to start the program. */
		if (ph->p_type != PT_LOAD || (ph->p_flags & PF_W) != 0 ||
		    ph->p_align < HUGE || ph->p_offset == 0)
			continue;
		at = (uint8_t *)(uintptr_t)(info->dlpi_addr + ph->p_vaddr);
		if (huge_align(at) == at)
			replace(at, ph->p_memsz, PROT_READ |
			    ((ph->p_flags & PF_X) != 0 ? PROT_EXEC : 0));
	}
	return (1);		/* the program comes first: it is all we want */
}

void
text_to_huge_pages(void)
{
	(void)dl_iterate_phdr(each_object, NULL);
}
