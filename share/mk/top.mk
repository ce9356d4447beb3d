# SPDX-License-Identifier: ISC
# top.mk - the targets of the whole tree.
.include "own.mk"
.if ${.MAKE.LEVEL} == 0 && empty(.MAKE.JOBS)
.MAKEFLAGS: -j${JOBS}
.endif
.include "subdir.mk"

# What is installed is made first, for the PREFIX that it is installed to.
.for d in ${SUBDIR:N.WAIT}
install-$d: all
.endfor

# Without the tests.
programs: .PHONY ${SUBDIR:Ntests:S/^/all-/:S/^all-.WAIT$/.WAIT/}

# Programs that die at the step they are told: tests/crash runs them.
fault: .PHONY
	cd ${SRCTOP} && ${.MAKE} -f BSDmakefile MODE=fault \
	    OBJTOP=${SRCTOP}/build/fault programs

# ONLY="lib/base/buf_test lib/base/log_test:ends" runs just these.
.if ${MODE} == "release" && (empty(ONLY) || ${ONLY:Mcrash/steps_test*})
check: all .WAIT fault
.endif
check: .PHONY all
	sh ${SRCTOP}/share/mk/kyua.sh ${OBJTOP} ${JOBS} ${ONLY}

lint: .PHONY all
	sh ${SRCTOP}/share/mk/lint.sh ${OBJTOP}

# FUZZ=name TIME=60: new findings are kept in build/fuzz/corpus/name.
TIME?=	60
fuzz: .PHONY
	test -n "${FUZZ}" || { echo "which? FUZZ=name"; exit 1; }
	cd ${SRCTOP} && ${.MAKE} -f BSDmakefile MODE=fuzz OBJTOP=${SRCTOP}/build/fuzz all
	cd ${SRCTOP}/build/fuzz && mkdir -p corpus/${FUZZ} && \
	    tests/fuzz/${FUZZ}_fuzz -max_total_time=${TIME} -timeout=10 \
	    -artifact_prefix=${FUZZ}- corpus/${FUZZ} \
	    ${SRCTOP}/tests/fuzz/corpus/${FUZZ}

distclean: .PHONY
	rm -rf ${SRCTOP}/build

help: .PHONY
	sed -n '/^#/s/^# *//p' ${SRCTOP}/BSDmakefile ${SRCTOP}/share/mk/own.mk
