/* SPDX-License-Identifier: ISC */
/*
 * address - mail addresses: read, quoted, split, rewritten, judged.
 *
 * An address has two forms. The external form is what stands in a message or
 * an SMTP command: "a b"@example.com. The internal form has no quotes: its
 * domain is behind its last '@'. All input here is a stranger's.
 */
#ifndef POSTERN_ADDRESS_H
#define POSTERN_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/view.h"

struct arena;
struct buf;

/* quote.c ---------------------------------------------------------------- */

/* Append the external form of an internal one; -1 if it does not fit. */
int	addr_quote(struct view internal, struct buf *external)
	    __attribute__((warn_unused_result));
/* The same for a local part, or a name, alone: an '@' in it is quoted. */
int	addr_quote_local(struct view local, struct buf *external)
	    __attribute__((warn_unused_result));
/* Append without quotes and backslashes; -1 if it does not fit. */
int	addr_unquote(struct view external, struct buf *internal)
	    __attribute__((warn_unused_result));
/* Unquote a local part, quote it where it is needed, append it. */
int	addr_requote_local(struct view local, struct buf *external)
	    __attribute__((warn_unused_result));

/* split.c ---------------------------------------------------------------- */

/* Local part and domain of an internal form; domain.p is NULL without '@'. */
struct addr_parts {
	struct view	local;
	struct view	domain;
};
struct addr_parts addr_split(struct view internal);

/*
 * Where the extension of a local part (internal form) begins, at the
 * first byte that is one of "delimiters" and not the very first (user+ has an
 * empty one); local.n if there is none. With "owner_special", owner-list and list-request
 * are no extensions; postmaster, mailer-daemon and double-bounce never are.
 */
size_t	addr_extension(struct view local, const char *delimiters,
	    bool owner_special);

/* path.c ----------------------------------------------------------------- */

enum addr_path_flag {
	ADDR_PATH_STRICT	= 0x01,	/* RFC 5321 to the letter, in <> */
	ADDR_PATH_NULL		= 0x02,	/* <> is allowed */
	ADDR_PATH_UTF8		= 0x04,	/* beyond ASCII: valid UTF-8 */
	ADDR_PATH_8BIT		= 0x08,	/* beyond ASCII: whatever it is */
};

struct addr_path {
	const char	*external;	/* quoted as needed */
	const char	*internal;
	bool		 naked;		/* there was no <> around it */
};

/*
 * Take the path at the head of what follows "MAIL FROM:" or "RCPT TO:" off
 * *arg. Source routes are dropped. False if it is not an address: *why is a
 * text for the log. Strings live in the arena.
 */
bool	addr_path_parse(struct arena *a, struct view *arg, unsigned flags,
	    struct addr_path *out, const char **why);

/* header.c --------------------------------------------------------------- */

struct addr_spec {
	const char	*external;
	const char	*internal;
};

/*
 * Called for each address: 0 to leave its text as it is, 1 if its new
 * external form has been put into "out" (which is empty), other: stop.
 */
typedef int (*addr_spec_fn)(void *arg, const struct addr_spec *spec,
    struct buf *out);

enum { ADDR_LIST_OK = 0, ADDR_LIST_CUT = 1, ADDR_LIST_FULL = -1,
    ADDR_LIST_STOPPED = -2 };

/*
 * Go through an address list (a header's body, folded or not; a table's
 * value) and copy it to "out" (may be NULL), display names, comments, groups
 * and white space untouched, with the addresses replaced that "fn" replaces.
 * What is not an address is copied. After "tokens" (header_address_token_limit)
 * tokens the rest, from the last whole address on, is left out: LIST_CUT.
 */
int	addr_list_each(struct view list, size_t tokens, addr_spec_fn fn,
	    void *arg, struct buf *out);

/* host.c ----------------------------------------------------------------- */

/* A host or domain name of RFC 1123, '_' allowed, not all numeric. */
bool	host_valid(struct view name);
/* The same with at least one dot inside; a final dot is allowed. */
bool	host_is_fqdn(struct view name);
/* An IPv4 or IPv6 address in its text form, without brackets. */
bool	host_is_addr(struct view text);
/* [1.2.3.4] or [IPv6:...]: the address inside, without the tag. */
bool	host_literal(struct view domain, struct view *addr);

/* idna.c: internationalized domain names, through libidn2 ---------------- */

/* Append the domain with A-labels or U-labels; -1: not a valid name, or full */
int	domain_to_ascii(struct view domain, struct buf *out)
	    __attribute__((warn_unused_result));
int	domain_to_utf8(struct view domain, struct buf *out)
	    __attribute__((warn_unused_result));

/* text.c ----------------------------------------------------------------- */

bool	is_ascii(struct view v);
/* UTF-8 without overlong forms, surrogates and code points past U+10FFFF. */
bool	utf8_valid(struct view v);

/* RFC 3461 xtext: append coded or decoded; -1: not xtext, or does not fit. */
int	xtext_encode(struct view v, struct buf *out)
	    __attribute__((warn_unused_result));
/* RFC 6533 utf-8-addr-xtext: append coded; -1: not UTF-8, or does not fit. */
int	xtext_encode_utf8(struct view v, struct buf *out)
	    __attribute__((warn_unused_result));
int	xtext_decode(struct view v, struct buf *out)
	    __attribute__((warn_unused_result));

#endif
