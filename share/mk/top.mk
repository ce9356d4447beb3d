# SPDX-License-Identifier: ISC
# top.mk - the targets of the whole tree.
.include "own.mk"
.if ${.MAKE.LEVEL} == 0 && empty(.MAKE.JOBS)
.MAKEFLAGS: -j${JOBS}
.endif
.include "subdir.mk"

distclean: .PHONY
	rm -rf ${SRCTOP}/build

help: .PHONY
	@sed -n '/^#/s/^# *//p' ${SRCTOP}/BSDmakefile ${SRCTOP}/share/mk/own.mk
