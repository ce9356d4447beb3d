# SPDX-License-Identifier: ISC
# obj.mk - from the sources in _SRCS to objects, with header dependencies.
#
# A source may be named with its path (another directory's, say) or be made
# into the object directory. DPSRCS: what must be made before anything is
# compiled (generated headers).
.for s in ${_SRCS:M*.c:O:u}
${s:T:R}.o: ${s} ${DPSRCS} ${_RULES}
	@echo "cc ${.CURDIR:S,^${SRCTOP}/,,}/${.TARGET}"
	${COMPILE} ${CPPFLAGS.${.TARGET:R}} \
	    ${.ALLSRC:M*${s:T}:[1]}
.dinclude "${.OBJDIR}/${s:T:R}.o.d"
.endfor
