/* SPDX-License-Identifier: ISC */
/* postmap - make, ask and change lookup tables. */
#include "mapcmd.h"

static const struct mapcmd postmap = {
	.name		= "postmap",
	.options	= "bc:d:FfhijNnopq:rsUuvw",
	.alias		= false,
};

int
main(int argc, char **argv)
{
	return (mapcmd_main(&postmap, argc, argv));
}
