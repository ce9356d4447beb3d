/* SPDX-License-Identifier: ISC */
/* The client's side of the dialogue as a table. */
#include <stddef.h>

#include "conf/conf.h"
#include "smtp_in.h"

#define T(name)	offsetof(struct params, smtp_##name##_timeout)

/* clang-format off */
const struct step_row steps[STEP_COUNT] = {
	[STEP_GREETING]	= { "receiving the initial server greeting",
			    "initial server greeting", T(helo), 2 },
	[STEP_EHLO]	= { "performing the EHLO handshake",
			    "EHLO command", T(helo), 2 },
	[STEP_HELO]	= { "performing the HELO handshake",
			    "HELO command", T(helo), 2 },
	[STEP_LHLO]	= { "performing the LHLO handshake",
			    "LHLO command", T(helo), 2 },
	[STEP_XFORWARD]	= { "sending XFORWARD name/address",
			    "XFORWARD command", T(xforward), 2 },
	[STEP_MAIL]	= { "sending MAIL FROM",
			    "MAIL FROM command", T(mail), 2 },
	[STEP_RCPT]	= { "sending RCPT TO",
			    "RCPT TO command", T(rcpt), 2 },
	[STEP_DATA]	= { "sending DATA command",
			    "DATA command", T(data_init), 3 },
	[STEP_BODY]	= { "sending message body",
			    "message body", T(data_xfer), 0 },
	[STEP_DOT]	= { "sending end of data -- message may be sent more "
			    "than once",
			    "end of DATA command", T(data_done), 2 },
	[STEP_RSET]	= { "sending final RSET",
			    "final RSET command", T(rset), 2 },
	[STEP_QUIT]	= { "sending QUIT",
			    "QUIT command", T(quit), 2 },
};
/* clang-format on */
