# SPDX-License-Identifier: ISC
# obj.mk - from the sources in _SRCS to objects, with header dependencies.
#
# A source may be named with its path (another directory's, say), which is then
# in the object's name: two of one name do not collide. Or it is made into the
# object directory. DPSRCS: what must be made before anything is compiled
# (generated headers). CPPFLAGS.NAME is for NAME.c.
_OBJ=	S,^${SRCTOP}/,,:S,/,-,g:R:S/$$/.o/
.for s in ${_SRCS:M*.c:O:u}
${s:${_OBJ}}: ${s} ${DPSRCS} ${_RULES}
	@echo "cc ${.CURDIR:S,^${SRCTOP}/,,}/${.TARGET}"
	${COMPILE} ${CPPFLAGS.${s:T:R}} \
	    ${.ALLSRC:M*${s:T}:[1]}
.dinclude "${.OBJDIR}/${s:${_OBJ}}.d"
.endfor
