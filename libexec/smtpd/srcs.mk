# SPDX-License-Identifier: ISC
# srcs.mk - all of smtpd(8) but main(), for the program and for its tests.
SMTPD_SRCS=	access.c address.c anvil.c bdat.c content.c data.c ehlo.c \
		footer.c judge.c log.c mail.c option.c path.c peer.c \
		pipeline.c rbl.c rcpt.c received.c restrict.c \
		restrict_access.c restrict_addr.c restrict_client.c \
		restrict_parse.c restrict_table.c session.c setup.c tx.c \
		unlisted.c verb.c verdict.c vrfy.c xclient.c
