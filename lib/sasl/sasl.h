/* SPDX-License-Identifier: ISC */
/*
 * sasl - who is it? The client of Dovecot's authentication server, protocol
 * 1.x (doc/auth-protocol of Dovecot).
 *
 * The server is the administrator's, yet nothing that it sends is believed to
 * be well-formed: lines have a limit, their number has one, base64 is checked,
 * and a server that breaks the protocol is one that is gone. Passwords pass
 * through as base64 that is neither decoded nor kept.
 */
#ifndef POSTERN_SASL_H
#define POSTERN_SASL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/mono.h"
#include "base/view.h"

struct smtp_stream;

/* What a mechanism is like; the server says so. */
enum sasl_property {
	SASL_ANONYMOUS		= 0x01,
	SASL_PLAINTEXT		= 0x02,
	SASL_DICTIONARY		= 0x04,
	SASL_ACTIVE		= 0x08,	/* open to active attacks */
	SASL_FORWARD_SECRECY	= 0x10,
	SASL_MUTUAL_AUTH	= 0x20,
	SASL_PRIVATE		= 0x40,	/* not for everybody to know */
};

#define SASL_LINE_MAX	16384		/* bytes of a line of the server */
#define SASL_LINES_MAX	1000		/* lines before an answer */
#define SASL_MECHS_MAX	64

struct sasl_mech {
	const char	*name;		/* upper case */
	unsigned	 properties;
};

struct sasl {				/* one connection */
	struct arena	*arena;
	int		 fd;		/* -1: none */
	struct smtp_stream *stream;
	struct sasl_mech mech[SASL_MECHS_MAX];
	size_t		 nmech;
	uint32_t	 id;		/* of the last request */
};

enum sasl_got {
	SASL_OK,			/* answer.user has logged in */
	SASL_CONTINUE,			/* answer.data is for the client */
	SASL_FAIL,			/* answer.reason says why */
	SASL_TEMPFAIL,			/* nobody knows: later perhaps */
	SASL_GONE			/* so is the connection */
};

struct sasl_answer {
	const char	*user;		/* printable; or NULL */
	const char	*data;		/* base64 */
	const char	*reason;	/* printable; or NULL */
};

struct sasl_begin {
	const char	*mech;		/* one that was offered */
	const char	*service;
	const char	*local, *remote; /* numeric addresses, or "" */
	bool		 secured;	/* TLS */
	bool		 client_cert;	/* that we have verified */
	const char	*response;	/* base64; NULL: none yet */
};

/* No connection yet. The mechanisms will live in the arena. */
void	sasl_init(struct sasl *s, struct arena *a);
/*
 * Take over a connected descriptor and hear which mechanisms there are. 0, or
 * -1 with the reason; the descriptor is closed then.
 */
int	sasl_open(struct sasl *s, int fd, struct span timeout,
	    const char **why);
void	sasl_close(struct sasl *s);

/*
 * Begin an exchange, and go on with it; the answer lives in "a". SASL_GONE
 * also closes.
 */
enum sasl_got	sasl_begin(struct sasl *s, struct arena *a,
		    const struct sasl_begin *b, struct span timeout,
		    struct sasl_answer *out);
enum sasl_got	sasl_continue(struct sasl *s, struct arena *a,
		    const char *response, struct span timeout,
		    struct sasl_answer *out);

/* The mechanism of that name, any case; or NULL. */
const struct sasl_mech *sasl_find(const struct sasl *s, struct view name);

/* Base64, or nothing at all. */
bool	sasl_is_base64(struct view v);

/*
 * smtpd_sasl_security_options: what a mechanism must not be and what it must.
 * False: a word is none of them, *bad is that.
 */
struct sasl_demands {
	unsigned	 not, must;	/* SASL_* */
};
bool	sasl_demands_parse(const char *text, struct sasl_demands *out,
	    struct view *bad);
bool	sasl_meets(const struct sasl_mech *m, const struct sasl_demands *d);

/* The parsers, for tests and fuzzers. */
enum sasl_hello {
	HELLO_MORE, HELLO_DONE, HELLO_BAD
};
/* A line of the greeting. */
enum sasl_hello	sasl_hello_line(struct sasl *s, struct view line);
/* A line after that; false: it is not about request "id". */
bool	sasl_answer_line(struct arena *a, struct view line, uint32_t id,
	    enum sasl_got *got, struct sasl_answer *out);

#endif
