/* SPDX-License-Identifier: ISC */
/*
 * doc - at build: queue-layout.5 from its text and the rows of the .def files.
 *
 * Copies stdin to stdout; a line "@NAME@" is replaced by that table.
 */
#include <stdio.h>
#include <string.h>

#include "drop.h"
#include "fault.h"
#include "layout.h"
#include "queue_in.h"

static void
directories(void)
{
#define DIR(name, owner, group, mode, flags, purpose)			\
	printf(".It Pa %s Ta %s Ta %s Ta %04o Ta %s\n", #name, #owner,	\
	    #group, (unsigned int)(mode), (purpose));
#include "layout.def"
#undef DIR
}

static void
hashed(void)
{
	const char *sep = "";

#define DIR(name, owner, group, mode, flags, purpose)			\
	if ((flags) & LAYOUT_HASH) {							\
		printf("%s.Pa %s", sep, #name);				\
		sep = " ,\n";						\
	}
#include "layout.def"
#undef DIR
	printf(" .\n");
}

static void
header(void)
{
	unsigned int at = 0;

#define HEAD_U32(name, doc)						\
	printf(".It %u Ta 4 Ta %s Ta %s\n", at, #name, doc);		\
	at += 4;
#define HEAD_U64(name, doc)						\
	printf(".It %u Ta 8 Ta %s Ta %s\n", at, #name, doc);		\
	at += 8;
#define HEAD_RAW(name, n, doc)						\
	printf(".It %u Ta %u Ta %s Ta %s\n", at, (unsigned int)(n),	\
	    #name, doc);						\
	at += n;
#include "record.def"
#undef HEAD_U32
#undef HEAD_U64
#undef HEAD_RAW
}

static void
row(unsigned int type, const char *name, unsigned int seg, const char *kind,
    unsigned long long max, const char *doc)
{
	printf(".It %u Ta %s Ta %s Ta %s %llu Ta %s\n", type, name,
	    seg & QF_ENV ? seg & QF_EXT ? "both" : "env" : "ext", kind, max,
	    doc);
}

static void
records(void)
{
#define REC_NUM(type, name, seg, hi, label, doc)			\
	row(type, #name, seg, "number up to", hi, doc);
#define REC_TEXT(type, name, seg, max, label, doc)			\
	row(type, #name, seg, "text up to", max, doc);
#include "record.def"
#undef REC_NUM
#undef REC_TEXT
	printf(".It %u Ta recipient Ta both Ta see below Ta any number, "
	    "last\n", QF_TYPE_RCPT);
	printf(".It %u Ta end Ta ext Ta empty Ta closes the extracted "
	    "records\n", QF_TYPE_END);
}

static void
faults(void)
{
#define FAULT(name, who, what)						\
	printf(".It Cm %s Ta %s Ta %s\n", #name, who, what);
#include "fault.def"
#undef FAULT
}

static void
drops(void)
{
#define DROP(name, letter, times, doc)					\
	printf(".It %c Ta %s Ta %s Ta %s\n", letter, #name,		\
	    times == 1 ? "once" : "any number", doc);
#include "drop.def"
#undef DROP
}

int
main(void)
{
	static const struct {
		const char *name;
		void (*print)(void);
	} tables[] = { { "@DIRECTORIES@\n", directories },
		{ "@HASHED@\n", hashed }, { "@HEADER@\n", header },
		{ "@RECORDS@\n", records }, { "@FAULTS@\n", faults },
		{ "@DROPS@\n", drops } };
	const size_t n = sizeof(tables) / sizeof(tables[0]);
	char line[1024];
	size_t i;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		for (i = 0; i < n && strcmp(line, tables[i].name) != 0; i++)
			;
		if (i < n)
			tables[i].print();
		else
			(void)fputs(line, stdout);
	}
	return (ferror(stdin) || fflush(stdout) == EOF);
}
