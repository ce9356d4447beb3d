/* SPDX-License-Identifier: ISC */
/*
 * Queue files: what is written comes back; what is not exactly that is
 * refused.
 */
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>

#include "base/fd.h"
#include "make.h"
#include "queue-layout/queue_in.h"

#define REQUIRE_OK(fd) do {						\
	struct qf_why why_;						\
	ATF_REQUIRE_EQ_MSG(QF_OK, make_check((fd), &why_), "%s", why_.text);\
} while (0)

static void
open_ok(struct qf *qf, struct arena *a, int fd)
{
	const struct qf_rules rules = { NULL, 0, &make_key, make_id };
	struct qf_why why;

	ATF_REQUIRE_EQ_MSG(QF_OK, qf_open(qf, a, fd, &rules, &why), "%s",
	    why.text);
}

ATF_TC_WITHOUT_HEAD(round_trip);
ATF_TC_BODY(round_trip, tc)
{
	int root = make_queue(), dir = make_dir(root, "incoming");
	struct arena *a = arena_new(0);
	struct qf_rcpt r[4];
	struct qf_cursor c = { 0 };
	struct qf_why why;
	struct stat st;
	struct qf qf;
	int fd;

	fd = make_message(dir, 1000, 2);
	open_ok(&qf, a, fd);
	ATF_CHECK_EQ(1764000000123456, qf.env.arrival_us);
	ATF_CHECK_STREQ("a@example.test", qf.env.sender);
	ATF_CHECK_STREQ("A. Person", qf.env.fullname);
	ATF_CHECK_STREQ("env-1", qf.env.envid);
	ATF_CHECK_STREQ("client.example.test", qf.env.client_name);
	ATF_CHECK_STREQ("", qf.env.sasl_method);
	ATF_CHECK_STREQ("8bit", qf.env.encoding);	/* extracted wins */
	ATF_CHECK_STREQ("<1@example.test>", qf.env.message_id);
	ATF_CHECK_EQ(2, qf.env.ret);
	ATF_CHECK_EQ(1000, qf.content_length);
	ATF_CHECK_EQ(3, qf.rcpts);
	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	ATF_CHECK_EQ(QF_MODE_FINISHED, st.st_mode & 07777);
	ATF_CHECK_EQ((off_t)qf.size, st.st_size);
	ATF_REQUIRE_EQ_MSG(3, qf_rcpts(&qf, a, &c, true, r, 4, &why), "%s",
	    why.text);
	ATF_CHECK_STREQ("rcpt0@example.test", r[0].addr);
	ATF_CHECK_STREQ("rcpt1@example.test", r[1].addr);
	ATF_CHECK_STREQ("orig@example.test", r[1].orig);
	ATF_CHECK_STREQ("rfc822;orig@example.test", r[1].dsn_orcpt);
	ATF_CHECK_EQ(1, r[1].notify);
	ATF_CHECK_STREQ("bcc@example.test", r[2].addr);
	ATF_CHECK_STREQ("", r[2].orig);
	ATF_CHECK_EQ(2, r[2].index);
	ATF_CHECK_EQ(0, qf_rcpts(&qf, a, &c, true, r, 4, &why));
	arena_free(&a);
}

/* Sizes around the buffers, many recipients: more than one window. */
ATF_TC_WITHOUT_HEAD(sizes);
ATF_TC_BODY(sizes, tc)
{
	static const struct {
		size_t content;
		uint32_t rcpts;
	} cases[] = { { 0, 0 }, { 1, 1 }, { 16000, 1 }, { 65536, 3 },
		{ 65000, 1 }, { 200000, 2000 }, { 10, 1023 }, { 10, 1024 } };
	int root = make_queue(), dir = make_dir(root, "incoming"), fd;
	struct arena *a = arena_new(0);
	struct qf_content content;
	struct qf_rcpt r[7];
	struct qf_why why;
	char addr[64], bytes[5000];
	uint64_t sum;
	uint32_t next;
	ssize_t n, k;
	struct qf qf;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct qf_cursor c = { 0 };

		fd = make_message(dir, cases[i].content, cases[i].rcpts);
		open_ok(&qf, a, fd);
		ATF_CHECK_EQ(cases[i].rcpts + 1, qf.rcpts);
		for (next = 0; (n = qf_rcpts(&qf, a, &c, false, r, 7,
		    &why)) > 0; next += (uint32_t)n)
			for (k = 0; k < n; k++) {
				ATF_CHECK_EQ(next + (uint32_t)k, r[k].index);
				(void)snprintf(addr, sizeof(addr),
				    "rcpt%u@example.test", r[k].index);
				ATF_CHECK_STREQ(r[k].index < cases[i].rcpts ?
				    addr : "bcc@example.test", r[k].addr);
			}
		ATF_CHECK_EQ_MSG(0, n, "%s", why.text);
		ATF_CHECK_EQ(qf.rcpts, next);
		qf_content_open(&content, fd, qf.content_offset,
		    qf.content_length, &qf.digest);
		for (sum = 0; (n = qf_content_read(&content, bytes,
		    sizeof(bytes))) > 0;)
			sum += (uint64_t)n;
		ATF_CHECK_EQ(0, n);
		ATF_CHECK_EQ(cases[i].content, sum);
		ATF_CHECK_EQ(0, qf_content_check(&content));
		qf_content_close(&content);
		fd_close(&fd);
		arena_reset(a);
	}
	arena_free(&a);
}

/*
 * Every bit of a small file: structure, seal or (content) the agent's check
 * refuses it. Only the mark area may change.
 */
ATF_TC_WITHOUT_HEAD(flip);
ATF_TC_BODY(flip, tc)
{
	int root = make_queue(), dir = make_dir(root, "incoming"), fd;
	struct arena *a = arena_new(0);
	struct qf_content content;
	struct qf_why why;
	uint8_t byte, bad;
	char bytes[256];
	struct qf qf;
	uint64_t at;
	int bit;

	fd = make_message(dir, 200, 1);
	open_ok(&qf, a, fd);
	for (at = 0; at < qf.mark_offset; at++) {
		ATF_REQUIRE_EQ(1, pread(fd, &byte, 1, (off_t)at));
		for (bit = 0; bit < 8; bit++) {
			bad = (uint8_t)(byte ^ 1 << bit);
			ATF_REQUIRE_EQ(1, pwrite(fd, &bad, 1, (off_t)at));
			if (at < qf.content_offset || at >= qf.ext_offset) {
				ATF_CHECK_EQ_MSG(QF_DAMAGED,
				    make_check(fd, &why), "byte %d bit %d",
				    (int)at, bit);
				ATF_CHECK(why.text[0] != '\0');
				continue;
			}
			REQUIRE_OK(fd);
			qf_content_open(&content, fd, qf.content_offset,
			    qf.content_length, &qf.digest);
			ATF_CHECK_EQ(200, qf_content_read(&content, bytes,
			    sizeof(bytes)));
			ATF_CHECK_EQ_MSG(-1, qf_content_check(&content),
			    "byte %d bit %d", (int)at, bit);
			ATF_CHECK_EQ(EBADMSG, errno);
		}
		ATF_REQUIRE_EQ(1, pwrite(fd, &byte, 1, (off_t)at));
	}
	for (; at < qf.size; at++) {
		bad = 0xff;
		ATF_REQUIRE_EQ(1, pwrite(fd, &bad, 1, (off_t)at));
		REQUIRE_OK(fd);
	}
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(cut);
ATF_TC_BODY(cut, tc)
{
	int root = make_queue(), dir = make_dir(root, "incoming"), fd;
	struct qf_why why;
	struct stat st;
	off_t n;

	fd = make_message(dir, 300, 2);
	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	for (n = st.st_size - 1; n >= 0; n--) {
		ATF_REQUIRE_EQ(0, ftruncate(fd, n));
		ATF_CHECK_EQ_MSG(QF_DAMAGED, make_check(fd, &why), "%d bytes",
		    (int)n);
	}
	fd_close(&fd);
	fd = make_message(dir, 300, 2);
	ATF_REQUIRE_EQ(0, fstat(fd, &st));
	ATF_REQUIRE_EQ(0, ftruncate(fd, st.st_size + 1));
	ATF_CHECK_EQ(QF_DAMAGED, make_check(fd, &why));
	ATF_REQUIRE_EQ(0, fchmod(fd, QF_MODE_WRITING));
	ATF_CHECK_EQ(QF_UNFINISHED, make_check(fd, &why));
}

/* What the file is, apart from its bytes. */
ATF_TC_WITHOUT_HEAD(foreign);
ATF_TC_BODY(foreign, tc)
{
	int root = make_queue(), dir = make_dir(root, "incoming"), fd, other;
	const uid_t owners[2] = { 65533, geteuid() };
	struct qf_rules rules = { owners, 2, &make_key, make_id };
	struct seal_key wrong = make_key;
	struct arena *a = arena_new(0);
	struct qf_why why;
	struct qf qf;

	fd = make_message(dir, 10, 1);
	ATF_CHECK_EQ(QF_OK, qf_open(&qf, a, fd, &rules, &why));
	rules.nowners = 1;
	ATF_CHECK_EQ(QF_DAMAGED, qf_open(&qf, a, fd, &rules, &why));
	ATF_CHECK_MATCH("^owned by uid", why.text);
	rules.nowners = 2;
	rules.id = "FFFFFFFFFF1";
	ATF_CHECK_EQ(QF_DAMAGED, qf_open(&qf, a, fd, &rules, &why));
	rules.id = "0000012345";
	ATF_CHECK_EQ(QF_DAMAGED, qf_open(&qf, a, fd, &rules, &why));
	ATF_CHECK_STREQ("name does not match inode", why.text);
	rules.id = make_id;
	ATF_REQUIRE_EQ(0, linkat(dir, make_id, dir, "other", 0));
	ATF_CHECK_EQ(QF_DAMAGED, qf_open(&qf, a, fd, &rules, &why));
	ATF_CHECK_STREQ("2 links", why.text);
	ATF_REQUIRE_EQ(0, unlinkat(dir, "other", 0));
	ATF_REQUIRE_EQ(0, fchmod(fd, 0666));
	ATF_CHECK_EQ(QF_DAMAGED, qf_open(&qf, a, fd, &rules, &why));
	ATF_REQUIRE_EQ(0, fchmod(fd, QF_MODE_FINISHED));
	wrong.b[31] ^= 1;
	rules.key = &wrong;
	ATF_CHECK_EQ(QF_DAMAGED, qf_open(&qf, a, fd, &rules, &why));
	ATF_CHECK_STREQ("the seal is wrong", why.text);
	rules.key = NULL;		/* structure only */
	ATF_CHECK_EQ(QF_OK, qf_open(&qf, a, fd, &rules, &why));
	rules.id = NULL;
	ATF_CHECK_EQ(QF_DAMAGED, qf_open(&qf, a, dir, &rules, &why));
	ATF_CHECK_STREQ("not a regular file", why.text);
	ATF_CHECK_EQ(QF_ERROR, qf_open(&qf, a, 999, &rules, &why));
	ATF_CHECK_EQ(EBADF, why.error);
	ATF_REQUIRE((other = openat(dir, "empty", O_CREAT | O_RDWR, 0660)) != -1);
	ATF_REQUIRE_EQ(0, fchmod(other, QF_MODE_FINISHED));
	ATF_CHECK_EQ(QF_DAMAGED, qf_open(&qf, a, other, &rules, &why));
	ATF_CHECK_STREQ("file ends too early", why.text);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(marks);
ATF_TC_BODY(marks, tc)
{
	int root = make_queue(), dir = make_dir(root, "incoming"), fd;
	struct arena *a = arena_new(0);
	struct qf_cursor c = { 0 };
	struct qf_marks marks;
	struct qf_rcpt r[2000];
	struct qf_why why;
	struct qf qf;
	uint32_t i;
	ssize_t n;

	fd = make_message(dir, 10, 1500);
	open_ok(&qf, a, fd);
	ATF_CHECK_EQ(0, qf.marks.warn_time);
	ATF_CHECK(!qf.marks.expire && !qf.marks.killed);
	for (i = 0; i < 1501; i++)
		if (i % 3 != 0)
			ATF_REQUIRE_EQ(0, qf_mark_done(&qf, i));
	ATF_CHECK_EQ(-1, qf_mark_done(&qf, 1501));
	ATF_CHECK_EQ(EINVAL, errno);
	n = qf_rcpts(&qf, a, &c, true, r, 2000, &why);
	ATF_REQUIRE_EQ(501, n);
	for (i = 0; i < 501; i++)
		ATF_CHECK_EQ(i * 3, r[i].index);
	ATF_CHECK_STREQ("bcc@example.test", r[500].addr);
	c = (struct qf_cursor){ 0 };
	n = qf_rcpts(&qf, a, &c, false, r, 2000, &why);
	ATF_REQUIRE_EQ(1501, n);
	ATF_CHECK(!r[0].done && r[1].done && r[2].done && !r[3].done);
	ATF_REQUIRE_EQ(0, qf_set_warn_time(&qf, 1764000000));
	ATF_REQUIRE_EQ(0, qf_set_expire(&qf, true));
	ATF_REQUIRE_EQ(0, qf_marks_read(&qf, &marks));
	ATF_CHECK_EQ(1764000000, marks.warn_time);
	ATF_CHECK(marks.expire && !marks.killed);
	ATF_REQUIRE_EQ(0, qf_set_expire(&qf, false));
	ATF_REQUIRE_EQ(0, qf_set_killed(&qf));
	REQUIRE_OK(fd);			/* the seal does not cover them */
	ATF_REQUIRE_EQ(0, qf_marks_read(&qf, &marks));
	ATF_CHECK(!marks.expire && marks.killed);
	ATF_CHECK_EQ(-1, qf_set_warn_time(&qf, -1));
	/* A mark that is nothing known is no mark. */
	ATF_REQUIRE_EQ(1, pwrite(fd, "d", 1,
	    (off_t)qf.mark_offset + QF_MARK_RCPTS + 1));
	c = (struct qf_cursor){ 0 };
	ATF_REQUIRE_EQ(2, qf_rcpts(&qf, a, &c, true, r, 2, &why));
	ATF_CHECK_EQ(1, r[1].index);
	arena_free(&a);
}

/* The encoder refuses what a reader would, and the file can go on. */
ATF_TC_WITHOUT_HEAD(encoder);
ATF_TC_BODY(encoder, tc)
{
	static char long_name[300];
	static const struct {
		const char *label;
		struct qf_envelope e;
	} bad[] = {
		{ "LF", { .arrival_us = 1, .sender = "a\nb" } },
		{ "CR", { .arrival_us = 1, .sender = "a\rb" } },
		{ "long", { .helo_name = long_name } },
		{ "number", { .ret = 3 } },
		{ "segment", { .message_id = "<x>" } },
	};
	int root = make_queue(), dir = make_dir(root, "incoming");
	struct arena *a = arena_new(0);
	struct qf_envelope e = { .arrival_us = 1, .sender = "" };
	struct qf_envelope late = { .fullname = "x" };
	struct qf_envelope extracted = { .message_id = "<x>" };
	struct qf_why why;
	struct qw *w;
	size_t i;

	memset(long_name, 'h', sizeof(long_name) - 1);
	ATF_REQUIRE((w = qw_open(a, dir, &make_key, true)) != NULL);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		errno = 0;
		ATF_CHECK_EQ_MSG(-1, qw_facts(w, &bad[i].e), "%s",
		    bad[i].label);
		ATF_CHECK_EQ(EINVAL, errno);
	}
	ATF_REQUIRE_EQ(0, qw_facts(w, &e));
	ATF_CHECK_EQ(-1, qw_facts(w, &late));	/* its row is past */
	ATF_CHECK_EQ(-1, qw_rcpt(w, &(struct qf_rcpt){ .addr = "a\n" }));
	ATF_CHECK_EQ(-1, qw_rcpt(w, &(struct qf_rcpt){ .addr = NULL }));
	ATF_CHECK_EQ(-1, qw_rcpt(w, &(struct qf_rcpt){ .addr = "a",
	    .notify = 16 }));
	ATF_REQUIRE_EQ(0, qw_rcpt(w, &(struct qf_rcpt){ .addr = "a" }));
	ATF_REQUIRE_EQ(0, qw_content(w, "a\0b\n", 4));
	ATF_CHECK_EQ(-1, qw_rcpt(w, &(struct qf_rcpt){ .addr = "b" }));
	ATF_REQUIRE_EQ(0, qw_extracted(w));
	ATF_CHECK_EQ(-1, qw_content(w, "x", 1));
	ATF_CHECK_EQ(-1, qw_facts(w, &late));
	ATF_REQUIRE_EQ(0, qw_facts(w, &extracted));
	ATF_REQUIRE_EQ(0, qw_finish(w));
	ATF_CHECK_EQ(-1, qw_finish(w));
	(void)snprintf(make_id, sizeof(make_id), "%s", qw_id(w));
	ATF_CHECK_EQ_MSG(QF_OK, make_check(qw_fd(w), &why), "%s", why.text);
	qw_close(&w);
	ATF_CHECK_EQ(0, faccessat(dir, make_id, F_OK, 0));
	arena_free(&a);
}

/* A finished file without what is required is refused; abort removes. */
ATF_TC_WITHOUT_HEAD(incomplete);
ATF_TC_BODY(incomplete, tc)
{
	int root = make_queue(), dir = make_dir(root, "incoming");
	struct arena *a = arena_new(0);
	struct qf_envelope e = { .arrival_us = 1 };
	struct qf_why why;
	struct stat st;
	struct qw *w;

	ATF_REQUIRE((w = qw_open(a, dir, &make_key, true)) != NULL);
	ATF_REQUIRE_EQ(0, fstat(qw_fd(w), &st));
	ATF_CHECK_EQ(QF_MODE_WRITING, st.st_mode & 07777);
	(void)snprintf(make_id, sizeof(make_id), "%s", qw_id(w));
	ATF_CHECK_EQ(QF_UNFINISHED, make_check(qw_fd(w), &why));
	ATF_REQUIRE_EQ(0, qw_facts(w, &e));
	ATF_REQUIRE_EQ(0, qw_finish(w));
	ATF_CHECK_EQ(QF_DAMAGED, make_check(qw_fd(w), &why));
	ATF_CHECK_STREQ("record sender is missing", why.text);
	qw_abort(&w);
	ATF_CHECK(w == NULL);
	ATF_CHECK_EQ(-1, faccessat(dir, make_id, F_OK, 0));
	ATF_REQUIRE((w = qw_open(a, dir, &make_key, true)) != NULL);
	(void)snprintf(make_id, sizeof(make_id), "%s", qw_id(w));
	qw_close(&w);			/* not finished: goes away as well */
	ATF_CHECK_EQ(-1, faccessat(dir, make_id, F_OK, 0));
	arena_free(&a);
}

/* Records that are sealed and wrong: made by hand, with the right seal. */
static void
reseal(int fd, struct qf_head *h, const void *env, size_t nenv,
    const void *ext, size_t next)
{
	uint8_t head[QF_HEAD_BYTES], seal[SEAL_SIZE], marks[QF_MARK_RCPTS + 8];
	struct seal_sum sum;
	off_t at = QF_HEAD_BYTES;

	seal_records_begin(&sum);
	seal_sum_add(&sum, env, nenv);
	seal_sum_add(&sum, ext, next);
	seal_records_end(&sum, h->record_digest);
	h->env_length = nenv;
	h->ext_length = next;
	h->content_length = 0;
	qf_head_put(h, head);
	seal_header(&make_key, head, sizeof(head), seal);
	memset(marks, 0, sizeof(marks));
	ATF_REQUIRE_EQ(0, ftruncate(fd, 0));
	ATF_REQUIRE(pwrite(fd, head, sizeof(head), 0) > 0);
	ATF_REQUIRE_EQ((ssize_t)nenv, pwrite(fd, env, nenv, at));
	at += (off_t)nenv;
	ATF_REQUIRE_EQ((ssize_t)next, pwrite(fd, ext, next, at));
	at += (off_t)next;
	ATF_REQUIRE(pwrite(fd, seal, sizeof(seal), at) > 0);
	at += (off_t)sizeof(seal);
	ATF_REQUIRE(pwrite(fd, marks, QF_MARK_RCPTS + h->env_rcpts +
	    h->ext_rcpts, at) > 0);
}

#define ARRIVAL	"\1\10\0\0\0" "\1\0\0\0\0\0\0\0"
#define SENDER	"\21\1\0\0\0" "s"
#define RCPT	"\200\13\0\0\0" "\0\0\0\0" "\1\0r" "\0\0" "\0\0"
#define END	"\201\0\0\0\0"
#define ROW(label, env, ext, nenv, next, text)				\
	{ label, env, sizeof(env) - 1, ext, sizeof(ext) - 1, nenv, next, text }

ATF_TC_WITHOUT_HEAD(structure);
ATF_TC_BODY(structure, tc)
{
	static const struct {
		const char *label, *env;
		size_t nenv;
		const char *ext;
		size_t next;
		uint32_t env_rcpts, ext_rcpts;
		const char *want;	/* NULL: is accepted */
	} cases[] = {
		ROW("right", ARRIVAL SENDER RCPT, END, 1, 0, NULL),
		ROW("right, extracted", ARRIVAL SENDER, RCPT END, 0, 1, NULL),
		ROW("no end", ARRIVAL SENDER, "", 0, 0, "end record is"),
		ROW("end in envelope", ARRIVAL SENDER END, END, 0, 0,
		    "misplaced end"),
		ROW("after the end", ARRIVAL SENDER, END RCPT, 0, 1, "after"),
		ROW("two ends", ARRIVAL SENDER, END END, 0, 0, "after"),
		ROW("end with body", ARRIVAL SENDER, "\201\1\0\0\0x", 0, 0,
		    "misplaced"),
		ROW("order", SENDER ARRIVAL, END, 0, 0, "out of order"),
		ROW("twice", ARRIVAL SENDER SENDER, END, 0, 0, "out of order"),
		ROW("behind rcpt", ARRIVAL RCPT SENDER, END, 1, 0, "order"),
		ROW("wrong segment", ARRIVAL SENDER, SENDER END, 0, 0, "order"),
		ROW("unknown", ARRIVAL SENDER "\77\0\0\0\0", END, 0, 0,
		    "unknown record type 63"),
		ROW("no arrival", SENDER, END, 0, 0, "arrival_us is missing"),
		ROW("count", ARRIVAL SENDER RCPT, END, 0, 0, "number of"),
		ROW("count 2", ARRIVAL SENDER RCPT, END, 2, 0, "number of"),
		ROW("cut head", ARRIVAL SENDER "\21\0", END, 0, 0, "cut"),
		ROW("length", ARRIVAL "\21\377\377\377\377s", END, 0, 0,
		    "bad record length"),
		ROW("length + 1", ARRIVAL "\21\2\0\0\0s", END, 0, 0,
		    "bad record length"),
		ROW("short number", "\1\4\0\0\0\1\0\0\0" SENDER, END, 0, 0,
		    "bad number"),
		ROW("big number", "\1\10\0\0\0\1\0\0\0\0\0\0\377" SENDER, END,
		    0, 0, "bad number"),
		ROW("NUL", ARRIVAL "\21\1\0\0\0\0", END, 0, 0, "bad text"),
		ROW("LF", ARRIVAL "\21\1\0\0\0\n", END, 0, 0, "bad text"),
		ROW("rcpt LF", ARRIVAL SENDER
		    "\200\13\0\0\0" "\0\0\0\0" "\1\0\n" "\0\0" "\0\0", END,
		    1, 0, "bad recipient"),
		ROW("rcpt notify", ARRIVAL SENDER
		    "\200\13\0\0\0" "\20\0\0\0" "\1\0r" "\0\0" "\0\0", END,
		    1, 0, "bad recipient"),
		ROW("rcpt length", ARRIVAL SENDER
		    "\200\13\0\0\0" "\0\0\0\0" "\5\0r" "\0\0" "\0\0", END,
		    1, 0, "bad recipient"),
		ROW("rcpt tail", ARRIVAL SENDER
		    "\200\14\0\0\0" "\0\0\0\0" "\1\0r" "\0\0" "\0\0x", END,
		    1, 0, "bad recipient"),
	};
	int root = make_queue(), dir = make_dir(root, "incoming"), fd;
	uint8_t bytes[QF_HEAD_BYTES];
	struct qf_why why;
	enum qf_status got;
	struct qf_head h;
	size_t i;

	fd = make_message(dir, 0, 1);
	ATF_REQUIRE_EQ(QF_HEAD_BYTES, pread(fd, bytes, QF_HEAD_BYTES, 0));
	qf_head_get(&h, bytes);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		h.env_rcpts = cases[i].env_rcpts;
		h.ext_rcpts = cases[i].ext_rcpts;
		reseal(fd, &h, cases[i].env, cases[i].nenv, cases[i].ext,
		    cases[i].next);
		got = make_check(fd, &why);
		ATF_CHECK_EQ_MSG(cases[i].want == NULL ? QF_OK : QF_DAMAGED,
		    got, "%s: %s", cases[i].label, why.text);
		if (cases[i].want != NULL)
			ATF_CHECK_MSG(strstr(why.text, cases[i].want) != NULL,
			    "%s: %s", cases[i].label, why.text);
	}
	/* Lengths and counts that would wrap around. */
	h.env_length = UINT64_MAX - 100;
	h.content_length = 300;
	qf_head_put(&h, bytes);
	ATF_REQUIRE(pwrite(fd, bytes, sizeof(bytes), 0) > 0);
	ATF_CHECK_EQ(QF_DAMAGED, make_check(fd, &why));
	h.env_length = 0;
	h.env_rcpts = UINT32_MAX;
	h.ext_rcpts = 2;
	qf_head_put(&h, bytes);
	ATF_REQUIRE(pwrite(fd, bytes, sizeof(bytes), 0) > 0);
	ATF_CHECK_EQ(QF_DAMAGED, make_check(fd, &why));
	ATF_CHECK_STREQ("too many recipients", why.text);
}

/* A content reader works without key and path, and notices a short file. */
ATF_TC_WITHOUT_HEAD(content);
ATF_TC_BODY(content, tc)
{
	int root = make_queue(), dir = make_dir(root, "incoming"), fd, ro;
	struct arena *a = arena_new(0);
	struct qf_content c;
	char bytes[64];
	struct qf qf;

	fd = make_message(dir, 100, 1);
	ATF_REQUIRE((ro = openat(dir, make_id, O_RDONLY)) != -1);
	open_ok(&qf, a, fd);
	ATF_REQUIRE_EQ(7, lseek(ro, 7, SEEK_SET));
	qf_content_open(&c, ro, qf.content_offset, qf.content_length,
	    &qf.digest);
	ATF_CHECK_EQ(64, qf_content_read(&c, bytes, 64));
	ATF_CHECK_EQ('x', bytes[0]);
	ATF_CHECK_EQ(-1, qf_content_check(&c));	/* not at the end */
	ATF_CHECK_EQ(36, qf_content_read(&c, bytes, 64));
	ATF_CHECK_EQ(0, qf_content_read(&c, bytes, 64));
	ATF_CHECK_EQ(0, qf_content_check(&c));
	ATF_CHECK_EQ(-1, qf_content_check(&c));	/* once */
	ATF_CHECK_EQ(7, lseek(ro, 0, SEEK_CUR));	/* offset untouched */
	qf_content_close(&c);
	ATF_REQUIRE_EQ(0, ftruncate(fd, (off_t)qf.content_offset + 10));
	qf_content_open(&c, ro, qf.content_offset, qf.content_length,
	    &qf.digest);
	ATF_CHECK_EQ(10, qf_content_read(&c, bytes, 64));
	ATF_CHECK_EQ(-1, qf_content_read(&c, bytes, 64));
	ATF_CHECK_EQ(EBADMSG, errno);
	qf_content_close(&c);
	qf_content_open(&c, ro, UINT64_MAX - 1, 10, &qf.digest);
	ATF_CHECK_EQ(-1, qf_content_read(&c, bytes, 64));
	qf_content_close(&c);
	arena_free(&a);
}

/* Two messages never share nonce and one-time key. */
ATF_TC_WITHOUT_HEAD(nonce);
ATF_TC_BODY(nonce, tc)
{
	int root = make_queue(), dir = make_dir(root, "incoming");
	struct arena *a = arena_new(0);
	struct qf one, two;
	int fd;

	fd = make_message(dir, 100, 1);
	open_ok(&one, a, fd);
	fd = make_message(dir, 100, 1);
	open_ok(&two, a, fd);
	ATF_CHECK(memcmp(one.digest.key, two.digest.key, 32) != 0);
	ATF_CHECK(memcmp(one.digest.tag, two.digest.tag, 16) != 0);
	arena_free(&a);
}

/* The file was right and is changed while qmgr works with it. */
ATF_TC_WITHOUT_HEAD(changed);
ATF_TC_BODY(changed, tc)
{
	int root = make_queue(), dir = make_dir(root, "incoming"), fd;
	struct arena *a = arena_new(0);
	struct qf_rcpt r[4];
	struct qf_why why;
	struct qf qf;
	uint64_t at;
	uint8_t byte;

	/* A LF in a text, a number too large in a length or in the flags. */
	fd = make_message(dir, 100, 2);
	open_ok(&qf, a, fd);
	for (at = qf.first_env; at < qf.content_offset; at++) {
		struct qf_cursor c = { 0 };

		ATF_REQUIRE_EQ(1, pread(fd, &byte, 1, (off_t)at));
		ATF_REQUIRE_EQ(1, pwrite(fd, byte < 32 ? "\377" : "\n", 1,
		    (off_t)at));
		ATF_CHECK_EQ_MSG(-1, qf_rcpts(&qf, a, &c, true, r, 4, &why),
		    "byte %d", (int)at);
		ATF_REQUIRE_EQ(1, pwrite(fd, &byte, 1, (off_t)at));
	}
	ATF_REQUIRE_EQ(0, ftruncate(fd, (off_t)qf.mark_offset));
	ATF_CHECK_EQ(-1, qf_rcpts(&qf, a, &(struct qf_cursor){ 0 }, true, r, 4,
	    &why));
	ATF_CHECK_STREQ("marks are cut", why.text);
	arena_free(&a);
}

ATF_TC_WITHOUT_HEAD(key_file);
ATF_TC_BODY(key_file, tc)
{
	struct seal_key one, two;
	struct stat st;
	int dir, fd;

	ATF_REQUIRE_EQ(0, mkdir("data", 0755));
	ATF_REQUIRE((dir = open("data", O_RDONLY | O_DIRECTORY)) != -1);
	ATF_CHECK_EQ(-1, seal_key_open(dir, "seal.key", &one));
	ATF_CHECK_EQ(ENOENT, errno);
	ATF_CHECK_EQ(1, seal_key_make(dir, "seal.key"));
	ATF_REQUIRE_EQ(0, fstatat(dir, "seal.key", &st, 0));
	ATF_CHECK_EQ(0600, st.st_mode & 07777);
	ATF_CHECK_EQ(1, st.st_nlink);
	ATF_REQUIRE_EQ(0, seal_key_open(dir, "seal.key", &one));
	ATF_CHECK_EQ(0, seal_key_make(dir, "seal.key"));
	ATF_REQUIRE_EQ(0, seal_key_open(dir, "seal.key", &two));
	ATF_CHECK_EQ(0, memcmp(&one, &two, sizeof(one)));
	ATF_REQUIRE_EQ(0, fchmodat(dir, "seal.key", 0644, 0));
	ATF_CHECK_EQ(-1, seal_key_open(dir, "seal.key", &two));
	ATF_CHECK_EQ(EPERM, errno);
	ATF_REQUIRE((fd = openat(dir, "seal.key", O_RDWR)) != -1);
	ATF_REQUIRE_EQ(0, ftruncate(fd, 31));
	ATF_CHECK_EQ(-1, seal_key_read(fd, &two));
	ATF_CHECK_EQ(EBADMSG, errno);
	ATF_REQUIRE_EQ(0, ftruncate(fd, 33));
	ATF_CHECK_EQ(-1, seal_key_read(fd, &two));
	ATF_REQUIRE_EQ(0, unlinkat(dir, "seal.key", 0));
	ATF_REQUIRE_EQ(0, symlinkat("/etc/passwd", dir, "seal.key"));
	ATF_CHECK_EQ(-1, seal_key_open(dir, "seal.key", &two));
}

ATF_TP_ADD_TCS(tp)
{
	ATF_TP_ADD_TC(tp, round_trip);
	ATF_TP_ADD_TC(tp, sizes);
	ATF_TP_ADD_TC(tp, flip);
	ATF_TP_ADD_TC(tp, cut);
	ATF_TP_ADD_TC(tp, foreign);
	ATF_TP_ADD_TC(tp, marks);
	ATF_TP_ADD_TC(tp, encoder);
	ATF_TP_ADD_TC(tp, incomplete);
	ATF_TP_ADD_TC(tp, structure);
	ATF_TP_ADD_TC(tp, content);
	ATF_TP_ADD_TC(tp, nonce);
	ATF_TP_ADD_TC(tp, changed);
	ATF_TP_ADD_TC(tp, key_file);
	return (atf_no_error());
}
