# SPDX-License-Identifier: ISC
# man.mk - install the manual pages in MAN (sources, or made by a rule).
.if !target(_maninstall)
install: _maninstall
_maninstall: .PHONY ${MAN}
.for m in ${MAN}
	${INSTALL} -D -m 644 ${.ALLSRC:M*${m}:[1]} \
	    ${DESTDIR}${MANDIR}/man${m:E}/${m}
.endfor
.endif
