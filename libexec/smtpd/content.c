/* SPDX-License-Identifier: ISC */
/* content - what DATA and BDAT have in common (content.h). */
#include "conf/conf.h"

#include "content.h"
#include "log.h"
#include "session.h"
#include "tx.h"

bool
content_within_limit(struct smtpd *s, const struct smtp_data *d)
{
	int64_t limit = cf->message_size_limit;
	/* One chunk over the limit lets cleanup(8) see that it is too big. */
	(void)s;
	return (limit == 0 ||
	    d->size <= (uint64_t)limit + 2 * MAIL_CHUNK_MAX);
}

struct verdict
content_bare_lf(struct smtpd *s)
{
	const struct smtp_data *d = &s->tx->data;

	if (!d->bare_lf || !setup_bare_lf_noted(s))
		return ((struct verdict){ 0 });
	s->bare_lf = true;
	if (!setup_bare_lf_refused(s))
		return ((struct verdict){ 0 });
	return (log_refused(s, verdict(s,
	    (int)cf->smtpd_forbid_bare_newline_reject_code, "5.5.2",
	    "%s Error: bare <LF> received", cf->myhostname),
	    "bare <LF> received"));
}
