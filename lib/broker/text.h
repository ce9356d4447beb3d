/* SPDX-License-Identifier: ISC */
/* text - the program's code where a fork finds it at once. */
#ifndef POSTERN_TEXT_H
#define POSTERN_TEXT_H

/*
 * Move code and constants of a program that is linked statically and aligned
 * for it (share/mk: STATIC_PIE) into huge pages of its own memory. A worker then
 * starts with all of it mapped; from a file, each sixteen pages would be a
 * page fault in each worker. Nothing is writable and executable at once.
 *
 * Before the door is closed, since it maps executable memory. Where huge
 * pages are not to be had the program stays where it is.
 */
void	text_to_huge_pages(void);

#endif
