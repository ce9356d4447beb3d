/* SPDX-License-Identifier: ISC */
/* maps_in - the inside of struct maps. */
#ifndef POSTERN_MAPS_IN_H
#define POSTERN_MAPS_IN_H

#include "base/arena.h"
#include "base/buf.h"
#include "maps.h"

struct maps {
	const char	*title;
	size_t		 n;
	struct table	**table;
};

#endif
