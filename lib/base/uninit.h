/* SPDX-License-Identifier: ISC */
/*
 * uninit - for a large array on the stack that is written before it is read:
 * the build clears every variable, which for these is most of a call's cost.
 */
#ifndef POSTERN_UNINIT_H
#define POSTERN_UNINIT_H

#define UNINIT	__attribute__((uninitialized))

#endif
