/* SPDX-License-Identifier: ISC */
/*
 * conf - the configuration of one instance.
 *
 * A struct conf is main.cf; others lie over it, with the overrides (-o) of a
 * service. Values are kept as they were written and expanded when they are
 * asked for; what a service reads is evaluated once, by master, and handed to
 * it as name and value pairs (conf_export, conf_import).
 *
 * The privileged master links this: no NSS, nothing but libc and lib/base.
 * Everything lives in the arena that was given.
 */
#ifndef POSTERN_CONF_H
#define POSTERN_CONF_H

#include <sys/socket.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/view.h"
#include "params.h"

struct conf;

/* An address of this system. */
struct conf_addr {
	sa_family_t	family;		/* AF_INET or AF_INET6 */
	uint8_t		addr[16];	/* network order; IPv4: the first 4 */
	unsigned	bits;		/* prefix length of its network */
	bool		loopback;
};

/*
 * The configuration directory: "opt" (-c) if not NULL, else MAIL_CONFIG of
 * the environment, else the built-in one. A set-gid program must have checked
 * that it may use it (conf_dir_allowed).
 */
const char	*conf_dir_default(const char *opt);

/*
 * Whether the main.cf of the built-in directory names "dir" in
 * alternate_config_directories or multi_instance_directories (or is it).
 */
bool		 conf_dir_allowed(const char *dir);

/* Read DIR/main.cf; NULL with the reason. */
struct conf	*conf_load(struct arena *a, const char *dir,
		    struct conf_error *e);

/* The defaults alone; "dir" is the value of config_directory. */
struct conf	*conf_new(struct arena *a, const char *dir);

/*
 * A configuration over another one, to be changed by conf_set. "file" is
 * for messages ("master.cf: line 12"). The one below must outlive it.
 */
struct conf	*conf_overlay(struct arena *a, const struct conf *below,
		    const char *file);

/* Set a name; a copy of both is kept. */
void		 conf_set(struct conf *c, const char *name, const char *value);

/* Where main.cf is, for messages. */
const char	*conf_file(const struct conf *c);
const char	*conf_dir(const struct conf *c);

/* Whether main.cf or an override sets it. */
bool		 conf_is_set(const struct conf *c, const char *name);

/* The value not expanded: set, computed or default; NULL: unknown name. */
const char	*conf_raw(struct conf *c, const char *name);

/* Expand a text; NULL with the reason. */
const char	*conf_expand(struct conf *c, const char *text,
		    struct conf_error *e);

/*
 * The value, expanded (raw parameters are not); "" for an unknown name; NULL
 * with the reason, that names the file and the line.
 */
const char	*conf_eval(struct conf *c, const char *name,
		    struct conf_error *e);

/*
 * Call "fn" for each name that main.cf (not the overrides below) sets, in the
 * order of names.
 */
void		 conf_each(const struct conf *c, void (*fn)(void *arg,
		    const char *name, const char *value, int line), void *arg);

/*
 * Evaluate, check and store all parameters that one of "roles" declares; the
 * others are zero. 0, or -1 with file, line, name, value and what was
 * expected.
 */
int		 conf_params(struct conf *c, uint64_t roles,
		    struct params *out, struct conf_error *e)
		    __attribute__((warn_unused_result));

/* The same for NAME_recipient_limit and so on of one transport. */
int		 conf_transport_params(struct conf *c, const char *transport,
		    struct transport_params *out, struct conf_error *e)
		    __attribute__((warn_unused_result));

/*
 * Addresses of this system on which mail is received (inet_interfaces,
 * inet_protocols; host names are those of /etc/hosts). 0 or -1.
 */
int		 conf_own_addrs(struct conf *c, struct conf_addr **out,
		    size_t *n, struct conf_error *e)
		    __attribute__((warn_unused_result));

/* The text of mynetworks for a style: host, subnet, class. */
const char	*conf_networks(struct arena *a, const char *style,
		    const struct conf_addr *addrs, size_t n);

/*
 * The number of a TCP port: decimal, a name that known_tcp_ports has, one of
 * the ports of mail, or one of /etc/services. 0 or -1.
 */
int		 conf_port(struct conf *c, const char *name, uint16_t *port,
		    struct conf_error *e) __attribute__((warn_unused_result));

/*
 * Append the evaluated parameters that one of "roles" declares, as a bundle
 * carries them: restriction classes too for smtpd, parameters of transports
 * for qmgr, NAME_time_limit for what runs commands. 0 or -1.
 */
int		 conf_export(struct conf *c, uint64_t roles, struct buf *out,
		    struct conf_error *e) __attribute__((warn_unused_result));

/*
 * The other end: check and store. Names that are no member are for cf_extra.
 * Text lives in the arena, which must outlive "out". Sets cf to "out"; may be
 * called again, with the values under stress. 0, or -1 with the reason.
 */
int		 conf_import(struct arena *a, struct view bundle,
		    struct params *out, struct conf_error *e)
		    __attribute__((warn_unused_result));

/* In a daemon: its parameters; NULL before conf_import. */
extern const struct params *cf;

/*
 * In a daemon: a name without a member; or NULL. A restriction class in
 * smtpd; "own_addresses", the numeric addresses of inet_interfaces, in smtpd,
 * smtp and trivial-rewrite.
 */
const char	*cf_extra(const char *name);

/* In qmgr: the parameters of one transport; fatal() if one is malformed. */
void		 cf_transport_params(const char *transport,
		    struct transport_params *out);

#endif
