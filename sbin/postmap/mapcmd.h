/* SPDX-License-Identifier: ISC */
/*
 * mapcmd - postmap(1) and postalias(1): one program with two notations.
 */
#ifndef POSTERN_MAPCMD_H
#define POSTERN_MAPCMD_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buf.h"
#include "table/table.h"

/* What makes one of the two. */
struct mapcmd {
	const char	*name;
	const char	*options;	/* getopt(3) */
	bool		 alias;		/* aliases(5) notation */
};

/* What the command line and main.cf say. */
struct mapcmd_run {
	const struct mapcmd *cmd;
	struct arena	*arena;
	struct table_source src;
	const char	*default_type;
	const char	*query, *del;	/* -q, -d */
	bool		 list;		/* -s */
	bool		 add;		/* -i */
	bool		 replace;	/* -r */
	bool		 quiet;		/* -w */
	bool		 nul;		/* -N */
	bool		 keep_root;	/* -o */
	bool		 own_mode;	/* -p */
	bool		 json;		/* -j */
	bool		 files;		/* -F */
	bool		 header, body;	/* -h, -b */
	unsigned	 flags;		/* enum table_flag */
};

/* The whole program; its exit status. */
int	mapcmd_main(const struct mapcmd *cmd, int argc, char **argv);

/* create.c: make an index of a source, of standard input, or without keys. */
void	mapcmd_create(struct mapcmd_run *r, const char *type,
	    const char *name);
void	mapcmd_add(struct mapcmd_run *r, const char *type, const char *name);
/* Whether a key was there. */
bool	mapcmd_delete(struct mapcmd_run *r, const char *type,
	    const char *name);

/* query.c: "spec" ends with NULL; whether something was found. */
bool	mapcmd_query(struct mapcmd_run *r, const char *const *spec);
void	mapcmd_list(struct mapcmd_run *r, const char *const *spec);

/* message.c: call "fn" for the headers and body lines of standard input. */
void	mapcmd_message(struct mapcmd_run *r, void (*fn)(void *arg,
	    const char *text), void *arg);

/* stdin.c: standard input as a file that struct text can read. */
int	mapcmd_stdin(void);

/* base64.c: -F */
/* What the files named in "value" hold, coded; NULL and logged. */
const char *mapcmd_encode_files(struct mapcmd_run *r, const char *where,
	    unsigned line, const char *value);
/* The other way; NULL and logged. */
const char *mapcmd_decode(struct mapcmd_run *r, const char *table,
	    const char *value);

#endif
