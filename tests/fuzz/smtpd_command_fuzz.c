/* SPDX-License-Identifier: ISC */
/*
 * smtpd_command_fuzz - a whole session of arbitrary bytes, between clients
 * that are trusted and those that are not: smtpd(8) ends it, cleanup(8) is
 * not left with half a message.
 */
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "libexec/smtpd/fake.h"

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static const char *const params[] = {
	"smtpd_authorized_xclient_hosts", "127.0.0.1",
	"smtpd_authorized_xforward_hosts", "127.0.0.1",
	"smtpd_forbid_unauth_pipelining", "no",
	"smtpd_hard_error_limit", "100",
	"smtpd_reject_footer", "see ${helo_name?$helo_name} $recipient_name",
	"smtpd_client_restrictions", "reject_rhsbl_client rhsbl.example",
	"smtpd_helo_restrictions", "warn_if_reject "
	    "reject_invalid_helo_hostname, warn_if_reject "
	    "reject_non_fqdn_helo_hostname, warn_if_reject "
	    "reject_unknown_helo_hostname",
	"smtpd_sender_restrictions", "warn_if_reject reject_non_fqdn_sender, "
	    "check_sender_access inline:{ { d@ = DISCARD } }, "
	    "check_sender_mx_access inline:{ { x = REJECT } }",
	"smtpd_data_restrictions", "reject_multi_recipient_bounce",
	NULL
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static bool ready;
	struct fake_client c = { .name = "unknown" };

	if (n < 1 || n > 100000)
		return (0);
	if (!ready) {
		fake_setup(params);
		fake_quiet = true;
		ready = true;
	}
	c.piece = data[0] % 64;
	c.addr = data[0] >= 128 ? "10.80.2.5" : "127.0.0.1";
	(void)fake_play(&c, (const char *)data + 1, n - 1);
	must(!fake_mail.in_message);
	return (0);
}
