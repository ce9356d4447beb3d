# SPDX-License-Identifier: ISC
# prog.mk - a program: PROG, SRCS (PROG.c), LDADD, MAN, BINDIR.
#
# The archives in LDADD are dependencies by themselves. Without BINDIR (from
# the group's Makefile.inc) a program is not installed.
.include "own.mk"

SRCS?=	${PROG}.c
_SRCS=	${SRCS}
.include "obj.mk"

all: ${PROG} ${MAN}
${PROG}: ${SRCS:M*.c:${_OBJ}} ${LDADD:M/*.a} ${_RULES}
	@echo "ld ${.CURDIR:S,^${SRCTOP}/,,}/${.TARGET}"
	${CC} ${LDFLAGS} -o ${.TARGET} ${.ALLSRC:M*.o} ${LDADD}

.if !empty(BINDIR)
install: _proginstall
_proginstall: .PHONY ${PROG}
	${INSTALL} -D -m ${BINMODE:U755} ${.ALLSRC:M*${PROG}:[1]} \
	    ${DESTDIR}${BINDIR}/${PROG}
.endif

clean:
	rm -f ${PROG} ${SRCS:M*.c:${_OBJ}} *.o.d ${CLEANFILES}

.include "man.mk"
