/* SPDX-License-Identifier: ISC */
/* page - the manual page of all parameters, from their rows. */
#include <stdio.h>
#include <string.h>

#include "postconf.h"

/* Text for mdoc(7), outside of macros. */
static void
text(const char *s)
{
	/* A word at the start of a line must not look like a macro. */
	if (*s == '.' || *s == '\'')
		(void)fputs("\\&", stdout);
	for (; *s != '\0'; s++)
		if (*s == '\\')
			(void)fputs("\\e", stdout);
		else if (*s == '-')
			(void)fputs("\\-", stdout);
		else if (*s == '"')
			(void)fputs("\\(dq", stdout);
		else
			(void)putchar(*s);
}

static void
dflt(const char *s)
{
	if (*s == '\0') {
		(void)puts("Default: empty.");
		return;
	}
	(void)fputs("Default: \\(lq", stdout);
	text(s);
	(void)puts("\\(rq.");
}

static void
range(const struct param *p)
{
	static const char *const kinds[] = {
		[PARAM_str] = NULL, [PARAM_raw] = "text that is not expanded",
		[PARAM_word] = NULL, [PARAM_yesno] = "yes or no",
		[PARAM_int] = "a number", [PARAM_long] = "a number",
		[PARAM_time] = "a time",
	};

	if (p->type == PARAM_word)
		(void)printf("One of: %s.\n", p->choices);
	if (kinds[p->type] == NULL)
		return;
	(void)printf("Value: %s", kinds[p->type]);
	if (p->lo != 0 || p->hi != 0)
		(void)printf(", at least %lld%s", (long long)p->lo,
		    p->type != PARAM_time ? "" : p->lo == 1 ? " second" :
		    " seconds");
	if (p->hi != 0)
		(void)printf(", at most %lld", (long long)p->hi);
	(void)puts(".");
}

static void
item(const char *name, const struct param *p)
{
	(void)printf(".It Cm %s\n", name);
	text(p->doc);
	(void)putchar('\n');
	range(p);
	dflt(p->dflt);
}

static const char head[] =
    ".\\\" SPDX-License-Identifier: ISC\n"
    ".\\\" Made by postconf --mdoc of the rows in lib/conf.\n"
    ".Dd November 24, 2026\n"
    ".Dt POSTCONF 5\n"
    ".Os\n"
    ".Sh NAME\n"
    ".Nm postconf\n"
    ".Nd parameters of main.cf\n"
    ".Sh DESCRIPTION\n"
    "The file\n"
    ".Pa main.cf\n"
    "sets parameters, each in a line\n"
    ".Dq name = value .\n"
    "A line that begins with white space goes on with the line before it,\n"
    "even if comment lines, that begin with\n"
    ".Dq # ,\n"
    "or empty lines stand between them.\n"
    "Of equal names the last one counts.\n"
    ".Pp\n"
    "In a value,\n"
    ".Dq $name ,\n"
    ".Dq ${name}\n"
    "and\n"
    ".Dq $(name)\n"
    "stand for the value of another parameter, and\n"
    ".Dq $$\n"
    "for a dollar sign;\n"
    ".Dq ${name?{text}:{other}}\n"
    "is the text if that parameter is not empty, otherwise the other, and\n"
    ".Dq ${{a} op {b}?{text}:{other}}\n"
    "compares, where op is one of\n"
    ".Dq == ,\n"
    ".Dq != ,\n"
    ".Dq < ,\n"
    ".Dq <= ,\n"
    ".Dq >=\n"
    "and\n"
    ".Dq > ,\n"
    "or the same followed by\n"
    ".Dq level\n"
    "for values of\n"
    ".Cm compatibility_level .\n"
    ".Pp\n"
    "A time is a number and one of the letters s, m, h, d and w; without a\n"
    "letter it has the unit of the default.\n"
    ".Sh PARAMETERS\n"
    ".Bl -tag -width Ds\n";

static const char middle[] =
    ".El\n"
    ".Sh PARAMETERS OF A TRANSPORT\n"
    "Each of these is the name of a service in\n"
    ".Xr master 5\n"
    "that delivers mail, followed by:\n"
    ".Bl -tag -width Ds\n";

static const char tail[] =
    ".Sh SEE ALSO\n"
    ".Xr postconf 1 ,\n"
    ".Xr master 5\n";

void
page_print(void)
{
	size_t i;

	(void)fputs(head, stdout);
	for (i = 0; i < param_count; i++)
		item(param_sorted(i)->name, param_sorted(i));
	(void)fputs(middle, stdout);
	for (i = 0; i < param_service_count; i++)
		item(param_service[i].name, &param_service[i]);
	(void)fputs(".El\n.Sh NAMES OF THE PAST\n"
	    "These are still accepted; use what stands beside them.\n"
	    ".Bl -tag -width Ds\n", stdout);
	for (i = 0; i < param_legacy_count; i++)
		(void)printf(".It Cm %s\n.Cm %s\n", param_legacy[i].name,
		    param_legacy[i].instead);
	(void)fputs(".El\n", stdout);
	(void)fputs(tail, stdout);
}
