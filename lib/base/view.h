/* SPDX-License-Identifier: ISC */
/*
 * view - bytes that somebody else owns and that nobody has checked yet.
 *
 * Foreign bytes are views until they were looked at; a char * exists only
 * for text that has been. A view is a value: pass and return it by copy.
 */
#ifndef POSTERN_VIEW_H
#define POSTERN_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;

struct view {
	const char	*p;
	size_t		 n;
};

#define VIEW(lit)	((struct view){ "" lit, sizeof(lit) - 1 })

struct view	view_of(const char *s);		/* a C string; NULL: empty */

bool		view_eq(struct view v, const char *s);
bool		view_ieq(struct view v, const char *s);	/* ASCII case folded */
bool		view_starts(struct view v, const char *s);
bool		view_istarts(struct view v, const char *s);
/* Index of the first byte "c", or -1. */
ptrdiff_t	view_chr(struct view v, int c);
/* The part from byte "from", at most "n" bytes; out of range: what is there. */
struct view	view_sub(struct view v, size_t from, size_t n);
/* Without blanks and tabs (and CR, LF) at both ends. */
struct view	view_trim(struct view v);

/*
 * Split off the next word: skip any of "seps", return what goes to the next
 * of them (or the end), and move *v behind it. Empty when nothing is left.
 */
struct view	view_word(struct view *v, const char *seps);
/*
 * The same, but separators inside braces {...} (nested) do not separate. The
 * braces stay in the word; without a closing one it goes to the end.
 */
struct view	view_group(struct view *v, const char *seps);
/*
 * Split off everything up to "c" and drop "c"; false when *v is empty, so
 * that nothing behind a last "c" is no field.
 */
bool		view_field(struct view *v, int c, struct view *out);

/* A checked copy as a string; NULL if there is a NUL byte in it. */
char		*view_str(struct arena *a, struct view v);
/* A copy with ASCII upper case folded to lower. NULL as above. */
char		*view_lower(struct arena *a, struct view v);

/* A cursor over bytes whose only operations are "take n, or fail". */
bool		view_take(struct view *v, size_t n, struct view *out);
bool		view_take_u8(struct view *v, uint8_t *out);
bool		view_take_u16(struct view *v, uint16_t *out);	/* little endian */
bool		view_take_u32(struct view *v, uint32_t *out);
bool		view_take_u64(struct view *v, uint64_t *out);

#endif
