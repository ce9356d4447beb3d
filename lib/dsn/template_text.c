/* SPDX-License-Identifier: ISC */
/* The built-in templates. */
#include "template.h"

#define OPENING								\
	"This is the mail system at host $myhostname.\n\n"
#define CLOSING								\
	"                   The mail system\n"
#define HELP								\
	"The postmaster of this system can help you. If you write to them,\n" \
	"please include this report; your own text in the attached message\n" \
	"may be deleted.\n\n"

const struct template template_builtin[TEMPLATE_KINDS] = {
	[TEMPLATE_FAILURE] = {
		.charset = "us-ascii",
		.from = TEMPLATE_FROM,
		.subject = "Undelivered Mail Returned to Sender",
		.postmaster_subject = "Postmaster Copy: Undelivered Mail",
		.body = OPENING
		    "I'm sorry to have to inform you that your message could "
		    "not\n"
		    "be delivered to one or more recipients. It is attached "
		    "below.\n\n"
		    HELP CLOSING,
	},
	[TEMPLATE_DELAY] = {
		.charset = "us-ascii",
		.from = TEMPLATE_FROM,
		.subject = "Delayed Mail (still being retried)",
		.postmaster_subject = "Postmaster Warning: Delayed Mail",
		.body = OPENING
		    "####################################################\n"
		    "# THIS IS A WARNING ONLY: DO NOT RESEND YOUR MAIL. #\n"
		    "####################################################\n\n"
		    "Your message has not been delivered for "
		    "$delay_warning_time_hours hour(s).\n"
		    "Delivery will be tried until it is "
		    "$maximal_queue_lifetime_days day(s) old.\n\n"
		    HELP CLOSING,
	},
	[TEMPLATE_SUCCESS] = {
		.charset = "us-ascii",
		.from = TEMPLATE_FROM,
		.subject = "Successful Mail Delivery Report",
		.body = OPENING
		    "Your message was delivered to the destination(s) listed "
		    "below.\n"
		    "A mailbox will hold it already; a report of another "
		    "system may follow\n"
		    "where it was passed on.\n\n"
		    CLOSING,
	},
	[TEMPLATE_VERIFY] = {
		.charset = "us-ascii",
		.from = TEMPLATE_FROM,
		.subject = "Mail Delivery Status Report",
		.body = OPENING
		    "Here is the mail delivery status report that you asked "
		    "for.\n\n"
		    CLOSING,
	},
};
