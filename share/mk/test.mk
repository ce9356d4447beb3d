# SPDX-License-Identifier: ISC
# test.mk - ATF tests and the Kyuafile that names them.
#
# ATF_TESTS_C	programs; NAME is made of NAME.c and SRCS.NAME
# ATF_TESTS_SH	scripts NAME.sh, without a #! line: they are given one, and
#		SRCTOP, OBJTOP and MODE
# PROGS_C	programs that the tests run; made like ATF_TESTS_C
# TESTDATA	files that are linked into the object directory
# LDADD, LDADD.NAME	as in prog.mk; LDADD is for all programs here
# KYUA.NAME	properties: KYUA.x_test= is_exclusive=true, timeout=20
# SUBDIR	directories with tests of their own
# A test that is made is run.
.include "own.mk"

_progs=		${ATF_TESTS_C} ${PROGS_C}
.for p in ${_progs}
SRCS.$p+=	$p.c
_SRCS+=		${SRCS.$p}
.endfor
CPPFLAGS+=	-I${SRCTOP}/tests
.include "obj.mk"

all: ${_progs} ${ATF_TESTS_SH} ${TESTDATA:T} Kyuafile
.for p in ${_progs}
$p: ${SRCS.$p:M*.c:${_OBJ}} ${LDADD.$p:M/*.a} ${LDADD:M/*.a} ${_RULES}
	@echo "ld ${.CURDIR:S,^${SRCTOP}/,,}/${.TARGET}"
	${CC} ${LDFLAGS} ${LDFLAGS.$p} -o ${.TARGET} ${.ALLSRC:M*.o} \
	    ${LDADD.$p} ${LDADD} ${_latf.$p}
.endfor
.for p in ${ATF_TESTS_C}
_latf.$p=	-latf-c
.endfor

.for p in ${ATF_TESTS_SH}
$p: $p.sh
	@{ echo '#! /usr/bin/env atf-sh'; \
	    echo 'SRCTOP=${SRCTOP} OBJTOP=${OBJTOP} MODE=${MODE}'; \
	    cat ${.ALLSRC:M*.sh:[1]}; } >${.TARGET}.tmp
	@chmod 755 ${.TARGET}.tmp && mv -f ${.TARGET}.tmp ${.TARGET}
.endfor
.for f in ${TESTDATA}
.if ${f:T} != ${f} || !target(${f})
${f:T}: .PHONY
	@ln -sfn ${f:M/*:U${.CURDIR}/${f}} ${.OBJDIR}/${f:T}
.endif
.endfor

# Written only when it changes, so that nothing to do is nothing done.
_kyua=	syntax(2)${.newline}test_suite("postern")${.newline}
.for t in ${ATF_TESTS_C} ${ATF_TESTS_SH}
_kyua:=	${_kyua}atf_test_program{name="$t"${KYUA.$t:D, ${KYUA.$t}}}${.newline}
.endfor
.for d in ${SUBDIR:N.WAIT}
_kyua:=	${_kyua}include("$d/Kyuafile")${.newline}
.endfor
Kyuafile: .PHONY
	kyua=$$(printf '%s' '${_kyua}'); \
	test "$$kyua" = "$$(cat ${.TARGET} 2>&1)" || \
	    printf '%s\n' "$$kyua" >${.TARGET}

clean:
	rm -f ${_progs} ${ATF_TESTS_SH} ${TESTDATA:T} *.o *.o.d Kyuafile \
	    ${CLEANFILES}
.include "subdir.mk"
