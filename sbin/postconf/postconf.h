/* SPDX-License-Identifier: ISC */
/* postconf - what its files share. */
#ifndef POSTCONF_H
#define POSTCONF_H

#include <stdbool.h>

#include "conf/conf.h"
#include "conf/mastercf.h"

struct postconf {
	struct arena	*arena;
	const char	*dir;
	const char	*masterfile;	/* DIR/master.cf */
	struct conf	*conf;
	struct mastercf	 master;	/* empty if there is no such file */
	bool		 has_master;

	bool		 defaults;	/* -d */
	bool		 only_set;	/* -n */
	bool		 expand;	/* -x */
	bool		 fold;		/* -f */
	bool		 no_name;	/* -h */
	bool		 no_value;	/* -H */
	bool		 json;		/* -j */
	bool		 quiet;		/* -q */
	bool		 warn_unused;	/* of main.cf */
	const char	*class;		/* -C: builtin, service, user or all */
};

enum edit {
	EDIT_SET, EDIT_COMMENT, EDIT_DROP
};

/* show.c: main.cf, by names or all; warnings about it and master.cf. */
void	show_main(struct postconf *pc, char **names, int n);
void	show_warnings(struct postconf *pc);
/* "name = value" as the options want it. */
void	show_pair(const struct postconf *pc, const char *name,
	    const char *value);
/* Print words, broken at 80 columns if -f, after "prefix" on the line. */
void	show_words(const struct postconf *pc, const char *prefix,
	    const char *value);

/* names.c: which names mean something. */
enum name_class {
	NAME_UNKNOWN, NAME_BUILTIN, NAME_SERVICE, NAME_USER
};
void	names_init(struct postconf *pc);
enum name_class names_class(const char *name);
/* All names, sorted; those of main.cf that are used among them. */
size_t	names_all(struct postconf *pc, const char ***out);
/* Call fn for each "$name" in a text. */
void	names_in(struct postconf *pc, const char *text,
	    void (*fn)(struct postconf *pc, const char *name));
/* Whether it is a name of the past, that is still accepted. */
bool	names_legacy(const char *name);
/* Whether something refers to the name. */
bool	names_used(const char *name);

/* edit.c: write a file anew. */
struct rewrite;
struct rewrite *rewrite_begin(struct postconf *pc, const char *file);
/* The next logical line: its text, or NULL at the end. */
const char *rewrite_next(struct rewrite *r);
/* What becomes of it: kept as it is, commented out, dropped or replaced. */
void	rewrite_keep(struct rewrite *r);
void	rewrite_comment(struct rewrite *r);
void	rewrite_drop(struct rewrite *r);
void	rewrite_text(struct rewrite *r, const char *text);
void	rewrite_end(struct rewrite *r);
void	edit_main(struct postconf *pc, enum edit how, char **args, int n);

/* master.c: -M, -F and -P. */
enum master_view {
	MASTER_ENTRY, MASTER_FIELD, MASTER_PARAM
};
void	master_show(struct postconf *pc, enum master_view view, char **args,
	    int n);
void	master_edit(struct postconf *pc, enum master_view view, enum edit how,
	    char **args, int n);

/*
 * notices.c: the templates of notices, of "file" (NULL: bounce_template_file;
 * "": built in), as they are or with parameters expanded.
 */
void	notices_print(struct postconf *pc, const char *file, bool expand);

/* page.c: the manual page of all parameters. */
void	page_print(void);

#endif
