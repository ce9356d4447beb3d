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

# BENCH="-r 7 -w one,kept": see tests/bench/bench.py.
bench: .PHONY all
	sh ${SRCTOP}/tests/bench/bench.sh ${OBJTOP} ${BENCH}

lint: .PHONY all
	sh ${SRCTOP}/share/mk/lint.sh ${OBJTOP}

# FUZZ=name (all, unless told) TIME=60: what is found is kept in build/fuzz, new
# inputs in build/fuzz/corpus/name.
FUZZ?=	${:!ls ${SRCTOP}/tests/fuzz/corpus!}
TIME?=	60
fuzz: .PHONY
	cd ${SRCTOP} && ${.MAKE} -f BSDmakefile MODE=fuzz \
	    OBJTOP=${SRCTOP}/build/fuzz all
	cd ${SRCTOP}/build/fuzz && for f in ${FUZZ}; do \
		mkdir -p corpus/$$f && tests/fuzz/$${f}_fuzz -timeout=10 \
		    -max_total_time=${TIME} -artifact_prefix=$$f- corpus/$$f \
		    ${SRCTOP}/tests/fuzz/corpus/$$f || exit 1; \
	done

distclean: .PHONY
	rm -rf ${SRCTOP}/build

help: .PHONY
	sed -n '/^#/s/^# *//p' ${SRCTOP}/BSDmakefile ${SRCTOP}/share/mk/own.mk
