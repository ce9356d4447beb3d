/* SPDX-License-Identifier: ISC */
/* postalias - make, ask and change alias databases. */
#include "postmap/mapcmd.h"

static const struct mapcmd postalias = {
	.name		= "postalias",
	.options	= "c:d:fijNnopq:rsUuvw",
	.alias		= true,
};

int
main(int argc, char **argv)
{
	return (mapcmd_main(&postalias, argc, argv));
}
