# SPDX-License-Identifier: ISC
# subdir.mk - recurse in parallel; .WAIT is a barrier.
.include "own.mk"
SUBDIR_TARGETS+=	all clean install
.for t in ${SUBDIR_TARGETS:O:u}
.PHONY: $t
$t: ${SUBDIR:S/^/$t-/:S/^$t-.WAIT$/.WAIT/}
.for d in ${SUBDIR:N.WAIT}
$t-$d: .PHONY .MAKE
	cd ${.CURDIR}/$d && ${.MAKE} $t
.endfor
.endfor
