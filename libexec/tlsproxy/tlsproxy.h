/* SPDX-License-Identifier: ISC */
/* tlsproxy - what the files of tlsproxy(8) share; private to this folder. */
#ifndef POSTERN_TLSPROXY_H
#define POSTERN_TLSPROXY_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/mono.h"
#include "broker/chan.h"
#include "conf/conf.h"
#include "proto/proto.h"

struct tls_keys;

/* The TLS parameters of one service of master.cf, made ready once. */
struct service {
	struct service	*next;
	const char	*key;		/* "smtpd:name/type" */
	const struct params *p;
	enum tlskey_purpose purpose;	/* of its certificates */
	/* What certificates of peers are judged by. */
	const char	*ca_file, *digest;
	int		 depth;
	bool		 mandatory;	/* without TLS no mail */
	bool		 asks;		/* for a certificate of the client */
	bool		 anonymous;	/* has no certificate on purpose */
	bool		 wanted;	/* TLS, by its parameters */
	struct tls_keys	*keys;		/* what the context has */
	SSL_CTX		*ctx;		/* NULL: no TLS there */
};

/* One session. */
struct session_tls {
	struct arena	*arena;
	struct service	*service;
	SSL_CTX		*ctx;		/* to be freed, or NULL */
	SSL		*ssl;
	int		 fd;		/* the connection */
	struct span	 timeout;	/* for a step */
	/* Where we are the client's side. */
	bool		 client;
	enum tls_level	 level;
	const char	**matches;
	size_t		 nmatches;
	bool		 dane;		/* usable TLSA records are there */
};

/* words.c: words of main.cf to what OpenSSL wants. False: logged. */
bool	words_protocols(const char *text, int *min, int *max,
	    uint64_t *options);
/* Ciphers of TLS 1.2 of a grade, without those of the lists; NULL ends. */
bool	words_ciphers(const struct params *p, const char *grade,
	    const char *const *exclude, struct buf *out);
/* Groups for ephemeral keys that this OpenSSL has. */
void	words_groups(const char *curves, const char *ffdhe, struct buf *out);
/* tls_ssl_options to be set; tls_disable_workarounds to be cleared. */
uint64_t words_options(const char *text);
uint64_t words_workarounds(const char *text);
/*
 * A name that a client has asked for, in lower case, without the dot at its
 * end; false if it is none.
 */
bool	words_server_name(struct view name, struct buf *out);

/* context.c */
SSL_CTX	*context_server(struct service *s);
SSL_CTX	*context_client(struct service *s,
	    const struct msg_tls_client *want);

/*
 * problem.c: what OpenSSL has to say first, for the log; "" if nothing. Its
 * list is empty then. Without an arena that is all.
 */
const char *problem_text(struct arena *a);

/* service.c */
void	services_open(void);
/* "role" as the kernel says, "name" as it says itself; NULL. */
struct service *service_find(const char *role, const char *name);

/* keys.c: certificates, and what stands for their keys, from tlskey(8). */
void	keys_prepare(void);
/* How many were put into the context. */
int	keys_install(SSL_CTX *ctx, struct service *s);
/*
 * In a worker, before a handshake: a channel for signatures; s->ctx is made
 * anew if the certificates have changed. False: there are none.
 */
bool	keys_open(struct service *s);
/* For SSL_CTX_set_tlsext_servername_callback(3): tls_server_sni_maps. */
int	keys_for_name(SSL *ssl, int *alert, void *arg);
/* No other channel from here on. */
void	keys_shut(void);
void	keys_close(void);

/*
 * client.c: what a client wants, and the messages that follow; then, whether
 * the server's certificate is what it was to be.
 */
bool	client_order(struct session_tls *t, struct chan *ch,
	    const struct msg_tls_client *m, struct mono by);
bool	client_matched(const struct session_tls *t,
	    const struct msg_tls_done *d);

/* handshake.c: true, or why not and what OpenSSL says to it. */
bool	handshake(struct session_tls *t, const char **why,
	    const char **problem);

/* describe.c: what was agreed on; texts live in t->arena. */
void	describe(struct session_tls *t, struct msg_tls_done *out);
/* AA:BB:... of a digest; "" if there is none of that name. */
const char *describe_digest(struct arena *a, const char *digest,
	    struct view bytes);

/* copy.c: until one end is over; "plain" is our end of the plaintext. */
void	copy(struct session_tls *t, int plain);

#endif
