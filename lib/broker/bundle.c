/* SPDX-License-Identifier: ISC */
/*
 * bundle - the form in which a role gets its parameters and descriptors.
 *
 * Written by master, read by the role's skeleton before it is confined. Both
 * are of one build; the reader checks all the same.
 */
#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/fd.h"
#include "base/log.h"
#include "confine/confine.h"

#include "bundle.h"

#define BUNDLE_MAGIC	0x314e5450	/* "PTN1" */
#define BUNDLE_MAX	(16 * 1024 * 1024)
#define BUNDLE_SEALS	(F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW |	\
			    F_SEAL_WRITE)

static void
put_u32(struct buf *b, uint32_t v)
{
	const unsigned char le[4] = { (unsigned char)v,
		(unsigned char)(v >> 8), (unsigned char)(v >> 16),
		(unsigned char)(v >> 24) };

	buf_xput(b, le, sizeof(le));
}

static void
put_bytes(struct buf *b, struct view v)
{
	must(v.n <= BUNDLE_MAX);
	put_u32(b, (uint32_t)v.n);
	buf_xput(b, v.p, v.n);
}

static void
encode(struct buf *out, const struct bundle *b)
{
	put_u32(out, BUNDLE_MAGIC);
	put_u32(out, b->role);
	put_bytes(out, view_of(b->service));
	put_bytes(out, view_of(b->type));
	put_bytes(out, view_of(b->config_dir));
	put_u32(out, b->limit);
	put_u32(out, b->generation);
	put_u32(out, b->verbose);
	put_u32(out, b->max_use);
	put_u32(out, b->replaces);
	put_bytes(out, b->params);
	put_bytes(out, b->stress);
	put_u32(out, ROLE_COUNT);
	for (size_t i = 0; i < ROLE_COUNT; i++)
		put_u32(out, b->uids[i]);
	put_u32(out, (uint32_t)b->nitems);
	for (size_t i = 0; i < b->nitems; i++) {
		put_u32(out, b->items[i].kind);
		put_bytes(out, view_of(b->items[i].name));
		put_u32(out, b->items[i].role);
		put_u32(out, b->items[i].limit);
	}
}

int
bundle_seal(const struct bundle *b)
{
	struct buf out;
	int fd, ok;

	buf_init(&out, BUNDLE_MAX);
	encode(&out, b);
	fd = memfd_create("bundle", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	ok = fd >= 0 && fd_write_all(fd, out.p, out.n) == 0 &&
	    fcntl(fd, F_ADD_SEALS, BUNDLE_SEALS) == 0;
	if (!ok)
		fd_close(&fd);
	buf_fini(&out);
	return (fd);
}

static bool
take_text(struct arena *a, struct view *in, const char **out)
{
	struct view v;
	uint32_t n;

	return (view_take_u32(in, &n) && view_take(in, n, &v) &&
	    (*out = view_str(a, v)) != NULL);
}

static bool
take_block(struct view *in, struct view *out)
{
	uint32_t n;

	return (view_take_u32(in, &n) && view_take(in, n, out));
}

static bool
take_role(struct view *in, enum role_id *out)
{
	uint32_t n;

	if (!view_take_u32(in, &n) || n >= ROLE_COUNT)
		return (false);
	*out = (enum role_id)n;
	return (true);
}

static bool
take_item(struct arena *a, struct view *in, struct bundle_item *item)
{
	uint32_t kind;

	if (!view_take_u32(in, &kind) || kind >= BUNDLE_KINDS)
		return (false);
	item->kind = (enum bundle_kind)kind;
	return (take_text(a, in, &item->name) && take_role(in, &item->role) &&
	    view_take_u32(in, &item->limit));
}

static bool
decode(struct arena *a, struct view in, struct bundle *b)
{
	struct bundle_item *items;
	uint32_t *uids, n;

	if (!view_take_u32(&in, &n) || n != BUNDLE_MAGIC ||
	    !take_role(&in, &b->role) || !take_text(a, &in, &b->service) ||
	    !take_text(a, &in, &b->type) ||
	    !take_text(a, &in, &b->config_dir) ||
	    !view_take_u32(&in, &b->limit) ||
	    !view_take_u32(&in, &b->generation) ||
	    !view_take_u32(&in, &b->verbose) ||
	    !view_take_u32(&in, &b->max_use) ||
	    !view_take_u32(&in, &b->replaces) ||
	    !take_block(&in, &b->params) || !take_block(&in, &b->stress) ||
	    !view_take_u32(&in, &n) || n != ROLE_COUNT)
		return (false);
	b->uids = uids = arena_array(a, ROLE_COUNT, sizeof(*uids));
	for (size_t i = 0; i < ROLE_COUNT; i++)
		if (!view_take_u32(&in, &uids[i]))
			return (false);
	if (!view_take_u32(&in, &n) || n > FD_PASS_MAX)
		return (false);
	b->nitems = n;
	b->items = items = arena_array(a, n + 1, sizeof(*items));
	for (size_t i = 0; i < b->nitems; i++) {
		items[i].fd = CONFINE_FD0 + 1 + (int)i;
		if (!take_item(a, &in, &items[i]))
			return (false);
	}
	return (in.n == 0);
}

const struct bundle *
bundle_load(void)
{
	static struct bundle b;
	struct arena *a = arena_new(0);
	struct stat st;
	void *p;
	int fd = CONFINE_FD0;

	if (fcntl(fd, F_GET_SEALS) != BUNDLE_SEALS || fstat(fd, &st) < 0)
		fatal("no bundle: a daemon is started by master(8) only");
	p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		fatal("bundle: %m");
	if (!decode(a, (struct view){ p, (size_t)st.st_size }, &b))
		fatal("bundle is malformed");
	for (size_t i = 0; i < b.nitems; i++) {
		if (fcntl(b.items[i].fd, F_GETFD) < 0)
			fatal("bundle misses the descriptor of \"%s\"",
			    b.items[i].name);
		if (fcntl(b.items[i].fd, F_SETFD, FD_CLOEXEC) < 0)
			fatal("bundle: %m");
	}
	fd_close(&fd);
	return (&b);
}

const struct bundle_item *
bundle_find(const struct bundle *b, enum bundle_kind kind, const char *name)
{
	for (size_t i = 0; i < b->nitems; i++)
		if (b->items[i].kind == kind &&
		    (name == NULL || strcmp(b->items[i].name, name) == 0))
			return (&b->items[i]);
	return (NULL);
}
