# SPDX-License-Identifier: ISC
# lib.mk - a static library for our own use: LIB, SRCS.
.include "own.mk"

_SRCS=	${SRCS}
.include "obj.mk"

all: lib${LIB}.a ${MAN}
lib${LIB}.a: ${SRCS:M*.c:${_OBJ}} ${_RULES}
	@rm -f ${.TARGET}
	${AR} rcs ${.TARGET} ${.ALLSRC:M*.o}

clean:
	rm -f lib${LIB}.a ${SRCS:M*.c:${_OBJ}} *.o.d ${CLEANFILES}

.include "man.mk"
