# SPDX-License-Identifier: ISC
# fuzz.mk - fuzz targets: FUZZERS= NAME ... made of NAME_fuzz.c, SRCS.NAME_fuzz.
#
# With MODE=fuzz they are libFuzzer programs; otherwise ATF tests that replay
# corpus/NAME, and mutations of it, through the same function (replay.c).
.include "own.mk"

.if ${MODE} == "fuzz"
PROGS_C+=	${FUZZERS:S/$/_fuzz/}
LDFLAGS+=	-fsanitize=fuzzer
.else
ATF_TESTS_C+=	${FUZZERS:S/$/_fuzz/}
.for f in ${FUZZERS}
SRCS.${f}_fuzz+=	replay.c
.endfor
.PATH:		${SRCTOP}/share/mk
CPPFLAGS.replay= -DFUZZ_CORPUS='"${.CURDIR}/corpus"'
.endif
.include "test.mk"
