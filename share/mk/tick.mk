# SPDX-License-Identifier: ISC
# tick.mk - end in the next second if anything was written.
#
# bmake compares file times in whole seconds: an edit made in the second in
# which the object was written would not be compiled.
.if !target(_tick) && ${.MAKE.LEVEL} == 0
_tick: .NOTMAIN
_ticktop:=	${.PARSEDIR:tA:H:H}/build
_tickcmd=	now=$$(date +%s); \
	test -z "$$(find ${_ticktop} -newermt @$$now -print -quit \
	    2>/dev/null)" || \
	{ while test $$(date +%s) = $$now; do sleep 0.05; done; sleep 0.02; }
.END:
	@${_tickcmd}
.ERROR:
	@${_tickcmd}
.endif
