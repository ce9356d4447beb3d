/* SPDX-License-Identifier: ISC */
#ifndef POSTERN_TESTS_SETUP_FAKE_H
#define POSTERN_TESTS_SETUP_FAKE_H

void	setup_fake(void);

#endif
