/* SPDX-License-Identifier: ISC */
/*
 * mastercf - the services that master.cf declares.
 *
 * Read by the privileged master and by postconf. Everything lives in the
 * arena that was given.
 */
#ifndef POSTERN_MASTERCF_H
#define POSTERN_MASTERCF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/view.h"
#include "params.h"

struct conf;

enum service_type {
	SERVICE_INET, SERVICE_UNIX, SERVICE_UNIX_DGRAM, SERVICE_FIFO,
	SERVICE_PASS
};

enum service_field {		/* the columns, in order */
	FIELD_NAME, FIELD_TYPE, FIELD_PRIVATE, FIELD_UNPRIV, FIELD_CHROOT,
	FIELD_WAKEUP, FIELD_MAXPROC, FIELD_COMMAND,
	FIELD_COUNT
};

#define SERVICES_MAX	1000	/* in one master.cf */
#define SERVICE_WORDS	1000	/* of one service's command */

struct override {
	const char	*name;
	const char	*value;
};

struct service {
	const char	*field[FIELD_COUNT];	/* as written */
	const char	**words;	/* behind the command, as written */
	size_t		 nwords;
	int		 line;

	/* What it means, filled in by mastercf_load. */
	const char	*name;		/* field[FIELD_NAME] */
	enum service_type type;
	const char	*host;		/* inet: "" for inet_interfaces */
	uint16_t	 port;		/* inet */
	bool		 private;
	bool		 unpriv;
	bool		 chroot;
	int		 wakeup;	/* seconds, 0: never */
	bool		 wakeup_if_used; /* only after its first use */
	int		 maxproc;	/* 0: no limit, -1: the default one */
	const char	*command;	/* field[FIELD_COMMAND] */
	int		 verbose;	/* how often -v */
	bool		 debug;		/* -D */
	struct override	*overrides;	/* -o */
	size_t		 noverrides;
	const char	**argv;		/* the other arguments */
	size_t		 argc;
};

struct mastercf {
	const char	*file;
	struct service	*services;
	size_t		 n;
};

/*
 * Read the lines: fields, words and a valid type, no more. Services that are
 * there twice are listed twice. 0, or -1 with file, line and reason.
 */
int	mastercf_read(struct arena *a, const char *file, struct mastercf *out,
	    struct conf_error *e) __attribute__((warn_unused_result));

/* The same from text; "file" is for messages. */
int	mastercf_parse(struct arena *a, const char *file, struct view text,
	    struct mastercf *out, struct conf_error *e)
	    __attribute__((warn_unused_result));

/*
 * Check the services and fill in what they mean. Of equal names and types
 * the last is kept, with a warning. Names of ports are those of "c".
 */
int	mastercf_check(struct arena *a, struct conf *c, struct mastercf *m,
	    struct conf_error *e) __attribute__((warn_unused_result));

/* Read and check DIR/master.cf of the configuration. */
int	mastercf_load(struct arena *a, struct conf *c, struct mastercf *out,
	    struct conf_error *e) __attribute__((warn_unused_result));

/* The configuration under which a service runs: its -o, its names. */
struct conf	*service_conf(struct arena *a, const struct conf *c,
		    const struct mastercf *m, const struct service *s);

/*
 * Split the arguments: -o, -v, -D and the rest. NULL, or what is wrong as
 * words for a message. mastercf_check does it for all.
 */
const char	*service_args(struct arena *a, struct service *s);

/* "{ a b }" without its braces; other words as they are. */
const char	*service_word(struct arena *a, const char *word);

/* Whether master_service_disable ("list") names the service. */
bool		 service_disabled(const struct service *s, const char *list);

/* "unix-dgram" and so on. */
const char	*service_type_name(enum service_type type);
/* The type of that name, or -1. */
int		 service_type_find(const char *name);

extern const char *const service_field_name[FIELD_COUNT];

#endif
