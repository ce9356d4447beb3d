/* SPDX-License-Identifier: ISC */
/*
 * format - the rows of record.def as a table, and the header's coding.
 */
#include <string.h>

#include "base/log.h"
#include "queue_in.h"

const struct qf_row qf_rows[] = {
#define REC_NUM(type, name, seg, hi, label, doc)			\
	{ type, seg, false, offsetof(struct qf_envelope, name), hi,	\
	    #name, label },
#define REC_TEXT(type, name, seg, max, label, doc)			\
	{ type, seg, true, offsetof(struct qf_envelope, name), max,	\
	    #name, label },
#include "record.def"
#undef REC_NUM
#undef REC_TEXT
};
const unsigned int qf_nrows = sizeof(qf_rows) / sizeof(qf_rows[0]);

void
qf_put32(uint8_t *p, uint32_t v)
{
	int i;

	for (i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

void
qf_put64(uint8_t *p, uint64_t v)
{
	int i;

	for (i = 0; i < 8; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

void
qf_head_put(const struct qf_head *h, uint8_t out[QF_HEAD_BYTES])
{
	uint8_t *p = out;

#define HEAD_U32(name, doc)						\
	qf_put32(p, h->name);						\
	p += 4;
#define HEAD_U64(name, doc)						\
	qf_put64(p, h->name);						\
	p += 8;
#define HEAD_RAW(name, n, doc)						\
	memcpy(p, h->name, n);						\
	p += n;
#include "record.def"
#undef HEAD_U32
#undef HEAD_U64
#undef HEAD_RAW
	(void)p;
}

void
qf_head_get(struct qf_head *h, const uint8_t in[QF_HEAD_BYTES])
{
	struct view v = { (const char *)in, QF_HEAD_BYTES }, raw;
	bool ok = true;

#define HEAD_U32(name, doc)		ok = ok && view_take_u32(&v, &h->name);
#define HEAD_U64(name, doc)		ok = ok && view_take_u64(&v, &h->name);
#define HEAD_RAW(name, size, doc)					\
	if ((ok = ok && view_take(&v, size, &raw)))			\
		memcpy(h->name, raw.p, size);
#include "record.def"
#undef HEAD_U32
#undef HEAD_U64
#undef HEAD_RAW
	must(ok && v.n == 0);
}
