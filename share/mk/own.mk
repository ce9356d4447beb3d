# SPDX-License-Identifier: ISC
# own.mk - what all Makefiles here share: modes, places, flags, libraries.
#
# MODE	release	gcc, hardened (the default)
#	clang	the same with clang
#	asan	address, undefined behaviour and leak sanitizers
#	cov	coverage
#	fault	named steps of the queue can be made to fail
#	fuzz	clang, libFuzzer (bmake -f BSDmakefile fuzz)
# V=1 shows the commands. Each has its own object tree, build/MODE, laid out like the sources.
.if !target(__own.mk__)
__own.mk__: .NOTMAIN
.include "tick.mk"
.MAIN: all

SRCTOP:=	${.PARSEDIR:tA:H:H}
MODE?=		release
OBJTOP?=	${SRCTOP}/build/${MODE}
JOBS?=		2
VERSION=	0.1.0

.if !make(clean) || exists(${.CURDIR:S,^${SRCTOP},${OBJTOP},}/)
_objdir:=	${.CURDIR:S,^${SRCTOP},${OBJTOP},}
.if !exists(${_objdir}/)
_made!=		mkdir -p ${_objdir}
.endif
.OBJDIR: ${_objdir}
.endif

# Where things are installed.
PREFIX?=	/usr/local
SBINDIR?=	${PREFIX}/sbin
LIBEXECDIR?=	${PREFIX}/libexec/postern
MANDIR?=	${PREFIX}/share/man
SYSCONFDIR?=	/etc/postern
INSTALL?=	install

# Compilers. CC on the command line wins.
.if ${MODE} == "clang" || ${MODE} == "fuzz"
CC=		clang-14
.else
CC=		gcc
.endif

WARNINGS=	-Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion \
		-Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
		-Wcast-qual -Wwrite-strings -Wformat=2 -Wvla -Wundef \
		-Wswitch-enum -Wimplicit-fallthrough -Werror
CPPFLAGS+=	-I${SRCTOP}/lib -I${SRCTOP} -I${OBJTOP} -D_GNU_SOURCE \
		-DPOSTERN_VERSION='"${VERSION}"'

HARDEN=		-fPIE -fstack-protector-strong -fstack-clash-protection \
		-fcf-protection -ftrivial-auto-var-init=zero \
		-fno-strict-aliasing -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3
.if ${CC:M*clang*}
HARDEN+=	-enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang
.endif
# The C library's start files have no endbr64: a program cannot claim IBT,
# though our objects can. They do not disturb a shadow stack.
HARDEN_LD=	-Wl,-z,relro,-z,now,-z,noexecstack,-z,shstk,--as-needed
# STATIC_PIE: one file, whose code the program can move to huge pages.
.if defined(STATIC_PIE)
HARDEN_LD+=	-static-pie -Wl,-z,separate-code,-z,max-page-size=0x200000,--no-warnings
.else
HARDEN_LD+=	-pie
.endif

.if ${MODE} == "asan"
CFLAGS=		-O1 -g -fno-omit-frame-pointer -fno-strict-aliasing \
		-fsanitize=address,undefined -fno-sanitize-recover=all
CPPFLAGS+=	-DPOSTERN_ASAN
LDFLAGS=	-fsanitize=address,undefined
.elif ${MODE} == "fuzz"
CFLAGS=		-O1 -g -fno-omit-frame-pointer -fno-strict-aliasing \
		-fsanitize=fuzzer-no-link,address,undefined \
		-fno-sanitize-recover=all
CPPFLAGS+=	-DPOSTERN_ASAN
LDFLAGS=	-fsanitize=address,undefined
.elif ${MODE} == "cov"
CFLAGS=		-O0 -g --coverage -fno-strict-aliasing
LDFLAGS=	--coverage
.else
CFLAGS=		-O2 -g ${HARDEN}
LDFLAGS=	${HARDEN_LD}
.endif
.if ${MODE} == "fault"
CPPFLAGS+=	-DPOSTERN_FAULT
.endif
# What is made anew when flags may have changed: everything.
_RULES=		${SRCTOP}/share/mk/own.mk ${.CURDIR}/Makefile
COMPILE=	${CC} -std=gnu11 ${WARNINGS} ${CFLAGS} ${CPPFLAGS} -MD \
		-MF ${.TARGET}.d -MT ${.TARGET} -c -o ${.TARGET}

# Our libraries, by the name a Makefile says in LDADD: those used first, first.
.for _l in base event conf confine broker proto address message dsn table dns \
    smtp dial sasl agent tls
LIB${_l:tu}=	${OBJTOP}/lib/${_l}/lib${_l}.a
.endfor
LIBPOLICY=	${OBJTOP}/policy/libpolicy.a
LIBQUEUE=	${OBJTOP}/queue-layout/libqueue.a

# Settings of a group of directories.
.if exists(${.CURDIR}/../Makefile.inc)
.include "${.CURDIR}/../Makefile.inc"
.endif

.PHONY: all clean install
.if !defined(V)
.SILENT:
.endif
.endif
