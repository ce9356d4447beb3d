/* SPDX-License-Identifier: ISC */
/* The log line of a delivery, as log analysers expect it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "address/address.h"
#include "agent.h"
#include "base/log.h"
#include "conf/conf.h"

const char *
agent_delay_text(int64_t us, int64_t max_digits, char *out)
{
	static const int64_t unit[] = { 1000000, 100000, 10000, 1000, 100, 10,
		1 };
	int64_t digits, step;
	int n;

	if (us < 0)
		us = 0;
	/* Two significant digits: 0.012 and 0.12 and 1.2, but 123. */
	for (digits = 0; digits < 6 && us < 10 * unit[digits]; digits++)
		;
	if (digits > max_digits)
		digits = max_digits;
	step = unit[digits];
	us = (us + step / 2) / step * step;
	n = snprintf(out, AGENT_DELAY_TEXT, "%" PRId64 ".%06" PRId64,
	    us / 1000000, us % 1000000);
	while (n > 0 && out[n - 1] == '0')
		n--;
	if (n > 0 && out[n - 1] == '.')
		n--;
	out[n] = '\0';
	return (out);
}

/* "to=<a>", the address in its external form if that is how it is logged. */
static void
put_address(struct buf *out, const char *name, const char *addr)
{
	struct buf quoted;

	buf_init(&quoted, 4096);
	if (strcmp(cf->info_log_address_format, "internal") == 0 ||
	    addr_quote(view_of(addr), &quoted) < 0) {
		buf_reset(&quoted);
		if (buf_puts(&quoted, addr) < 0)
			buf_xputs(&quoted, "address-too-long");
	}
	buf_xprintf(out, "%s=<%s>, ", name, buf_str(&quoted));
	buf_fini(&quoted);
}

void
agent_log_text(struct buf *out, const struct agent_request *r,
    const struct agent_rcpt *rcpt, const struct agent_result *res,
    const char *status, int64_t now)
{
	int64_t arrival = (int64_t)r->m.arrival_us;
	int64_t active = (int64_t)r->m.active_us;
	int64_t setup = r->setup_us != 0 ? r->setup_us : r->start_us;
	int64_t max = cf->delay_logging_resolution_limit;
	char t[5][AGENT_DELAY_TEXT];

	buf_reset(out);
	put_address(out, "to", rcpt->addr);
	if (rcpt->orig[0] != '\0' && strcasecmp(rcpt->orig, rcpt->addr) != 0)
		put_address(out, "orig_to", rcpt->orig);
	buf_xprintf(out, "relay=%s, ", res->relay != NULL ? res->relay :
	    "none");
	if (res->conn_use > 1)
		buf_xprintf(out, "conn_use=%u, ", res->conn_use);
	buf_xprintf(out, "delay=%s, delays=%s/%s/%s/%s, dsn=%s, status=%s ",
	    agent_delay_text(now - arrival, max, t[0]),
	    agent_delay_text(active - arrival, max, t[1]),
	    agent_delay_text(r->start_us - active, max, t[2]),
	    agent_delay_text(setup - r->start_us, max, t[3]),
	    agent_delay_text(now - setup, max, t[4]), res->dsn, status);
	if (buf_printf(out, "(%s)", res->reason) < 0)
		buf_xputs(out, "(text is too long)");
}
