/* SPDX-License-Identifier: ISC */
/* The world of a worker. Everything is over socket pairs. */
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <atf-c.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/num.h"
#include "broker/chan.h"
#include "conf/conf.h"
#include "dialect.h"
#include "queue-layout/queue.h"
#include "smtp_in.h"
#include "setup_fake.h"
#include "world.h"

extern enum role_id role_self;

static int log_fd = -1;
static struct world *here;		/* in the worker */

static void
sink(enum log_level level, const char *line, size_t n)
{
	(void)level;
	if (write(log_fd, line, n) < 0 || write(log_fd, "\n", 1) < 0)
		abort();
}

void
world_conf(struct arena *a, const char *const *conf)
{
	static struct params params;
	struct conf *c = conf_new(a, "/nonexistent");
	struct conf_error e;

	conf_set(c, "myhostname", "client.example");
	conf_set(c, "inet_interfaces", "127.0.0.9");
	for (; conf != NULL && *conf != NULL; conf += 2)
		conf_set(c, conf[0], conf[1]);
	if (conf_params(c, CONF_EVERYTHING, &params, &e) < 0)
		atf_tc_fail("%s", e.text);
	cf = &params;
	setup_fake();
}

/* The server ------------------------------------------------------------- */

static const char *
rule_for(const struct server_at *s, const char *verb, int nth)
{
	for (const struct rule *r = s->rules; r != NULL && r->verb != NULL;
	     r++)
		if (strcmp(r->verb, verb) == 0 &&
		    (r->nth == 0 || r->nth == nth))
			return (r->reply);
	return (NULL);
}

static void
say(FILE *f, const char *text)
{
	if (strcmp(text, "DROP") == 0)
		_exit(0);
	if (strcmp(text, "HANG") == 0) {
		for (;;)
			pause();
	}
	if (strcmp(text, "BIG") == 0) {
		for (int i = 0; i < 1500; i++)
			fprintf(f, "250-%066d\r\n", i);
		text = "250 at last";
	}
	if (strcmp(text, "GARBAGE") == 0) {
		for (int i = 0; i < 3000; i++)
			fprintf(f, "\001\377 hello %d\r\n", i);
		text = "250 ok";
	}
	if (strcmp(text, "SLOW") == 0) {
		for (;;) {
			fputs("2", f);
			fflush(f);
			(void)poll(NULL, 0, 400);
		}
	}
	fprintf(f, "%s\r\n", text);
	fflush(f);
}

static void
say_ehlo(FILE *f, const char *features)
{
	char copy[512], *p = copy, *w;

	if (features == NULL) {
		say(f, "502 5.5.1 what");
		return;
	}
	(void)snprintf(copy, sizeof(copy), "%s", features);
	fputs("250-server.example\r\n", f);
	while ((w = strsep(&p, "|")) != NULL)
		fprintf(f, "250%c%s\r\n", p == NULL ? ' ' : '-', w);
	fflush(f);
}

static const char *
default_reply(const char *verb)
{
	if (strcmp(verb, "CONNECT") == 0)
		return ("220 server.example ESMTP");
	if (strcmp(verb, "DATA") == 0)
		return ("354 go ahead");
	if (strcmp(verb, "DOT") == 0)
		return ("250 2.0.0 Ok: queued");
	if (strcmp(verb, "QUIT") == 0)
		return ("221 2.0.0 Bye");
	return ("250 2.1.0 Ok");
}

static void
answer(FILE *f, const struct server_at *s, const char *verb, int nth)
{
	const char *text = rule_for(s, verb, nth);

	if (text == NULL && (strcmp(verb, "EHLO") == 0 ||
	    strcmp(verb, "LHLO") == 0)) {
		say_ehlo(f, s->features);
		return;
	}
	say(f, text != NULL ? text : default_reply(verb));
}

struct count {
	char	verb[16];
	int	n;
};

static int
count_of(struct count *counts, const char *verb)
{
	int i;

	for (i = 0; counts[i].n > 0 && strcmp(counts[i].verb, verb) != 0; i++)
		;
	(void)snprintf(counts[i].verb, sizeof(counts[i].verb), "%s", verb);
	return (++counts[i].n);
}

static void
read_content(FILE *f, int out)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	while ((n = getline(&line, &cap, f)) > 0) {
		if (write(out, line, (size_t)n) != n)
			_exit(1);
		if (strcmp(line, ".\r\n") == 0) {
			free(line);
			return;
		}
	}
	_exit(0);
}

/* LMTP: an answer for each recipient that was accepted. */
static void
answer_dot(FILE *f, const struct server_at *s, struct count *counts,
    int accepted)
{
	for (int i = 0; i < accepted; i++)
		answer(f, s, "DOT", count_of(counts, "DOT"));
}

static _Noreturn void
serve(const struct server_at *s, int fd, int number)
{
	struct count counts[32] = { { { 0 }, 0 } };
	char name[32], verb[16], *line = NULL;
	size_t cap = 0;
	ssize_t n;
	FILE *f = fdopen(fd, "r+");
	FILE *w = fdopen(dup(fd), "w");
	int out, accepted = 0;

	(void)snprintf(name, sizeof(name), "heard.%d", number);
	out = open(name, O_WRONLY | O_CREAT | O_APPEND, 0600);
	answer(w, s, "CONNECT", 1);
	while ((n = getline(&line, &cap, f)) > 0) {
		const char *rule;
		int nth;

		if (write(out, line, (size_t)n) != n)
			_exit(1);
		(void)snprintf(verb, sizeof(verb), "%.*s",
		    (int)strcspn(line, " \r\n"), line);
		nth = count_of(counts, verb);
		answer(w, s, verb, nth);
		if (strcmp(verb, "QUIT") == 0)
			break;
		rule = rule_for(s, verb, nth);
		if (strcmp(verb, "RCPT") == 0 &&
		    (rule == NULL || *rule == '2'))
			accepted++;
		if (strcmp(verb, "DATA") == 0 &&
		    (rule == NULL || *rule == '3')) {
			if (rule_for(s, "BODY", 0) != NULL)
				say(w, rule_for(s, "BODY", 0));
			read_content(f, out);
			answer_dot(w, s, counts, here->lmtp ? accepted : 1);
			accepted = 0;
		}
	}
	_exit(0);
}

/* dial and resolver ------------------------------------------------------- */

static void
on_dial(struct world *w)
{
	struct msg_dial_done done = { .error = ECONNREFUSED };
	const struct server_at *s;
	struct msg_dial_endpoint mu;
	struct msg_dial_tcp m;
	int pair[2];

	if (w->verb == V_dial_endpoint) {
		ATF_REQUIRE(chan_get(w->dial, &mu));
		m = (struct msg_dial_tcp){ .id = mu.id, .address = mu.text + 5 };
		done.error = ENOENT;
	} else
		ATF_REQUIRE(chan_get(w->dial, &m));
	done.id = m.id;
	w->dials++;
	(void)snprintf(w->dialled, sizeof(w->dialled), "%s %u", m.address,
	    m.port);
	for (s = w->servers; s->addr != NULL; s++)
		if (strcmp(s->addr, m.address) == 0)
			break;
	if (s->addr == NULL) {
		ATF_REQUIRE_EQ(0, chan_put(w->dial, V_dial_done, &done));
		ATF_REQUIRE_EQ(0, chan_flush(w->dial, mono_in(span_s(5))));
		return;
	}
	done.error = 0;
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
	    pair));
	if (fork() == 0) {
		close(pair[0]);
		chan_free(&w->qmgr);
		chan_free(&w->dial);
		chan_free(&w->resolver);
		serve(s, pair[1], w->dials);
	}
	close(pair[1]);
	ATF_REQUIRE_EQ(0, chan_put_fd(w->dial, V_dial_done, &done, pair[0]));
	ATF_REQUIRE_EQ(0, chan_flush(w->dial, mono_in(span_s(5))));
	close(pair[0]);
}

static void
record_of(const struct dns_row *d, struct msg_dns_record *m, char *data,
    char *name)
{
	struct view v = view_of(d->value);
	int64_t pref;

	*m = (struct msg_dns_record){ .type = d->type, .ttl = 60 };
	if (d->type == DNS_A || d->type == DNS_AAAA) {
		ATF_REQUIRE_EQ(1, inet_pton(d->type == DNS_A ? AF_INET :
		    AF_INET6, d->value, data));
		m->data = (struct view){ data, d->type == DNS_A ? 4 : 16 };
	} else if (d->type == DNS_MX) {
		ATF_REQUIRE(num_parse(view_word(&v, " "), 0, 65535, &pref));
		v = view_word(&v, " ");
		(void)snprintf(name, 256, "%.*s", (int)v.n, v.p);
		m->pref = (uint32_t)pref;
		m->name = name;
	}
}

static void
on_resolver(struct world *w)
{
	struct msg_dns_answer a = { .status = DNS_NXDOMAIN };
	const struct dns_row *row[20];
	struct msg_dns_record rr;
	struct msg_dns_query m;
	char data[16], name[256];

	ATF_REQUIRE(chan_get(w->resolver, &m));
	a.id = m.id;
	a.type = m.type;
	a.name = m.name;
	for (const struct dns_row *d = w->dns; d != NULL && d->name != NULL;
	     d++) {
		if (strcmp(d->name, m.name) != 0)
			continue;
		if (a.status == DNS_NXDOMAIN)
			a.status = DNS_NODATA;
		if (d->type != m.type)
			continue;
		if (strcmp(d->value, "TEMPFAIL") == 0)
			a.status = DNS_TEMPFAIL;
		else {
			a.status = DNS_OK;
			row[a.count++] = d;
		}
	}
	ATF_REQUIRE_EQ(0, chan_put(w->resolver, V_dns_answer, &a));
	for (uint32_t i = 0; i < a.count; i++) {
		record_of(row[i], &rr, data, name);
		ATF_REQUIRE_EQ(0, chan_put(w->resolver, V_dns_record, &rr));
	}
}

static void
pair_of(int p[2])
{
	ATF_REQUIRE_EQ(0, socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
	    p));
}

/* In the worker: the channels were made before it was. */
static struct chan *
reach(const char *service)
{
	int gone[2];

	if (strcmp(service, "dial") == 0 && here->dials_gone > 0) {
		here->dials_gone--;
		pair_of(gone);
		close(gone[1]);
		return (chan_client(gone[0], ROLE_DIAL));
	}
	if (strcmp(service, "dial") == 0 && here->dial_fd >= 0)
		return (chan_client(here->dial_fd, ROLE_DIAL));
	if (strcmp(service, "resolver") == 0 && here->resolver_fd >= 0)
		return (chan_client(here->resolver_fd, ROLE_RESOLVER));
	errno = ENOENT;
	return (NULL);
}

/* The worker -------------------------------------------------------------- */

void
world_start(struct world *w)
{
	w->arena = arena_new(0);
	world_conf(w->arena, w->conf);
	if (w->lmtp) {
		dialect_use_lmtp();
		setup_fake();
	}
	log_fd = open("log", O_RDWR | O_CREAT | O_APPEND, 0600);
	log_open(w->lmtp ? "postfix/lmtp" : "postfix/smtp", sink);
	world_worker(w);
}

void
world_worker(struct world *w)
{
	int q[2], d[2], r[2];

	enum role_id role = w->lmtp ? ROLE_LMTP : ROLE_SMTP;

	here = w;
	pair_of(q);
	pair_of(d);
	pair_of(r);
	w->worker = fork();
	ATF_REQUIRE(w->worker >= 0);
	if (w->worker == 0) {
		role_self = role;
		close(q[0]);
		close(d[0]);
		close(r[0]);
		w->dial_fd = d[1];
		w->resolver_fd = r[1];
		struct chan *ch = chan_server(q[1], ROLE_QMGR, getppid());

		client_run(ch, reach);
		chan_free(&ch);
		/* exit(3), so that leaks are found by the sanitizer */
		exit(0);
	}
	close(q[1]);
	close(d[1]);
	close(r[1]);
	w->qmgr = chan_client(q[0], role);
	w->dial = chan_server(d[0], role, w->worker);
	w->resolver = chan_server(r[0], role, w->worker);
}

static void
pump_server(struct world *w, struct chan *ch, enum role_id self,
    void (*fn)(struct world *))
{
	role_self = self;
	do {
		if (chan_next(ch, mono_in(span_s(5)), &w->verb) != CHAN_MESSAGE)
			return;
		fn(w);
	} while (chan_more(ch));
	/* Not there any more? Then it does not want the answer. */
	if (chan_flush(ch, mono_in(span_s(5))) < 0)
		return;
}

static bool
take_status(struct world *w, struct result *r)
{
	struct msg_deliver_status m;
	struct fate *f;

	if (!chan_get(w->qmgr, &m) || m.index >= WORLD_RCPTS)
		return (false);
	f = &r->fate[m.index];
	ATF_REQUIRE_MSG(!f->known, "recipient %u is reported twice", m.index);
	f->known = true;
	f->outcome = m.outcome;
	(void)snprintf(f->dsn, sizeof(f->dsn), "%s", m.dsn);
	(void)snprintf(f->action, sizeof(f->action), "%s", m.action);
	(void)snprintf(f->mta_name, sizeof(f->mta_name), "%s", m.mta_name);
	(void)snprintf(f->reason, sizeof(f->reason), "%s", m.reason);
	(void)snprintf(f->diag_text, sizeof(f->diag_text), "%s", m.diag_text);
	r->n++;
	return (true);
}

/* False: the worker has finished or is gone. */
static bool
pump_qmgr(struct world *w, struct result *r)
{
	struct msg_deliver_done m;
	enum verb verb;

	role_self = ROLE_QMGR;
	do {
		if (chan_next(w->qmgr, mono_in(span_s(5)), &verb) !=
		    CHAN_MESSAGE)
			return (false);
		if (verb == V_deliver_status) {
			if (!take_status(w, r))
				return (false);
		} else if (verb == V_deliver_done) {
			if (!chan_get(w->qmgr, &m))
				return (false);
			r->done = true;
			r->kept = m.kept != 0;
			r->hop_failed = m.hop_failed != 0;
			r->cursor = m.cursor;
			return (false);
		}
	} while (chan_more(w->qmgr));
	return (true);
}

static void
pump(struct world *w, struct result *r)
{
	struct pollfd p[3] = {
		{ .fd = chan_socket(w->qmgr), .events = POLLIN },
		{ .fd = chan_socket(w->dial), .events = POLLIN },
		{ .fd = chan_socket(w->resolver), .events = POLLIN },
	};

	for (;;) {
		ATF_REQUIRE(poll(p, 3, -1) > 0);
		if (p[1].revents & POLLIN)
			pump_server(w, w->dial, ROLE_DIAL, on_dial);
		if (p[2].revents & POLLIN)
			pump_server(w, w->resolver, ROLE_RESOLVER,
			    on_resolver);
		if (p[0].revents != 0 && !pump_qmgr(w, r))
			return;
		for (int i = 1; i < 3; i++)
			if (p[i].revents & POLLHUP && !(p[i].revents & POLLIN))
				p[i].fd = -1;
	}
}

/* A queue file with the content; its descriptor. */
static int
queue_file(struct world *w, const struct mail *m, struct qf *qf)
{
	static const struct seal_key key = { { 1, 2, 3 } };
	const char *text = m->content != NULL ? m->content :
	    "Subject: test\n\nhello\n";
	size_t n = m->size != 0 ? m->size : strlen(text);
	struct qf_envelope env = { 0 };
	struct qf_rcpt rcpt = { .addr = "r@example.org", .orig = "",
		.dsn_orcpt = "" };
	struct qf_rules rules = { .key = &key };
	struct qf_why why;
	struct qw *q;
	int dir = open(".", O_RDONLY | O_DIRECTORY), fd;

	seal_init();
	q = qw_open(w->arena, dir, &key, false);
	ATF_REQUIRE(q != NULL);
	env.sender = "s@example.com";
	env.arrival_us = (uint64_t)wall_us();
	if (qw_facts(q, &env) < 0 || qw_rcpt(q, &rcpt) < 0 ||
	    qw_content(q, text, n) < 0 || qw_extracted(q) < 0 ||
	    qw_finish(q) < 0)
		atf_tc_fail("queue file: %s", strerror(errno));
	fd = dup(qw_fd(q));
	qw_close(&q);
	close(dir);
	ATF_REQUIRE_EQ_MSG(QF_OK, qf_open(qf, w->arena, fd, &rules, &why),
	    "%s", why.text);
	if (m->damage)
		ATF_REQUIRE_EQ(1, pwrite(fd, "X", 1,
		    (off_t)qf->content_offset + (off_t)n - 2));
	return (fd);
}

static size_t
rcpt_count(const struct mail *m)
{
	size_t n = 0;

	if (m->many > 0)
		return (m->many);
	while (n < 8 && m->rcpts[n] != NULL)
		n++;
	return (n > 0 ? n : 1);
}

static void
put_rcpts(struct world *w, const struct mail *m)
{
	char addr[64];

	for (size_t i = 0; i < rcpt_count(m); i++) {
		struct msg_deliver_rcpt r = { .index = (uint32_t)i,
			.notify = m->notify };

		(void)snprintf(addr, sizeof(addr), "r%zu@example.org", i);
		r.addr = m->many > 0 ? addr : m->rcpts[0] == NULL ?
		    "r@example.org" : m->rcpts[i];
		ATF_REQUIRE_EQ(0, chan_put(w->qmgr, V_deliver_rcpt, &r));
	}
}

void
world_deliver(struct world *w, const struct mail *m, struct result *r)
{
	struct qf qf;
	int fd = queue_file(w, m, &qf);
	struct msg_deliver d = { .flags = m->flags, .sendopts = m->sendopts,
		.rcpt_count = (uint32_t)rcpt_count(m), .cursor = m->cursor,
		.queue_id = m->id != NULL ? m->id : "4ABC",
		.nexthop = m->nexthop != NULL ? m->nexthop : "[192.0.2.1]",
		.encoding = m->encoding,
		.sender = m->sender != NULL ? m->sender : "s@example.com",
		.content_offset = qf.content_offset,
		.content_length = qf.content_length,
		.digest = { (const char *)&qf.digest, sizeof(qf.digest) },
		.arrival_us = (uint64_t)wall_us() - 1500000,
		.active_us = (uint64_t)wall_us() - 500000,
		.client_name = "peer.example", .client_address = "192.0.2.99",
		.protocol_name = "ESMTP", .helo_name = "peer helo",
		.rewrite_context = "remote" };

	memset(r, 0, sizeof(*r));
	ATF_REQUIRE_EQ(0, chan_put_fd(w->qmgr, V_deliver, &d, fd));
	put_rcpts(w, m);
	ATF_REQUIRE_EQ(0, chan_flush(w->qmgr, mono_in(span_s(5))));
	close(fd);
	pump(w, r);
}

void
world_release(struct world *w)
{
	int status;

	chan_free(&w->qmgr);
	ATF_REQUIRE_EQ(w->worker, waitpid(w->worker, &status, 0));
	ATF_REQUIRE_MSG(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "worker: status 0x%x", status);
	chan_free(&w->dial);
	chan_free(&w->resolver);
}

void
world_stop(struct world *w)
{
	world_release(w);
	close(log_fd);
	arena_free(&w->arena);
}

void
world_settle(void)
{
	while (wait(NULL) > 0)
		;
}

static const char *
slurp(struct world *w, const char *name)
{
	struct stat st;
	char *text;
	int fd = open(name, O_RDONLY);

	if (fd < 0 || fstat(fd, &st) < 0)
		return ("");
	text = arena_get(w->arena, (size_t)st.st_size + 1);
	ATF_REQUIRE_EQ(st.st_size, read(fd, text, (size_t)st.st_size));
	close(fd);
	return (text);
}

const char *
world_log(struct world *w)
{
	return (slurp(w, "log"));
}

const char *
world_heard(struct world *w, int n)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "heard.%d", n);
	return (slurp(w, name));
}

const char *const quick[] = { "smtp_helo_timeout", "1s",
	"smtp_mail_timeout", "1s", "smtp_rcpt_timeout", "1s",
	"smtp_data_init_timeout", "1s", "smtp_data_xfer_timeout", "1s",
	"smtp_data_done_timeout", "1s", "smtp_rset_timeout", "1s",
	"smtp_host_lookup", "dns", NULL };

void
has(const char *label, const char *text, const char *part)
{
	ATF_CHECK_MSG(strstr(text, part) != NULL, "%s: no \"%s\" in \"%s\"",
	    label, part, text);
}

void
has_not(const char *label, const char *text, const char *part)
{
	ATF_CHECK_MSG(strstr(text, part) == NULL, "%s: \"%s\" in \"%s\"",
	    label, part, text);
}
