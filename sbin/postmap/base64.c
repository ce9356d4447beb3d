/* SPDX-License-Identifier: ISC */
/*
 * base64 - values that are files (-F), as for tls_server_sni_maps.
 */
#include <sys/stat.h>

#include <openssl/evp.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "mapcmd.h"

#define FILES_MAX	(4 * 1024 * 1024)

static bool
append_file(struct mapcmd_run *r, struct view name, struct buf *all)
{
	const char *path = view_str(r->arena, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *room;
	ssize_t n = -1;

	if (fd != -1 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    st.st_size <= FILES_MAX &&
	    (room = buf_room(all, (size_t)st.st_size)) != NULL)
		n = fd_pread_all(fd, room, (size_t)st.st_size, 0);
	if (fd != -1 && n == -1)
		errno = EFBIG;
	fd_close(&fd);
	if (n == -1)
		return (false);
	buf_add(all, (size_t)n);
	return (true);
}

const char *
mapcmd_encode_files(struct mapcmd_run *r, const char *where, unsigned line,
    const char *value)
{
	struct view names = view_of(value), name;
	struct buf all;
	unsigned char *coded = NULL;

	buf_init(&all, FILES_MAX);
	while ((name = view_word(&names, ", \t\r\n")).n > 0)
		if (!append_file(r, name, &all)) {
			log_warn("%s, line %u: open %.*s: %m: skipping this "
			    "entry", where, line, (int)name.n, name.p);
			buf_fini(&all);
			return (NULL);
		}
	coded = arena_get(r->arena, 4 * ((all.n + 2) / 3) + 1);
	EVP_EncodeBlock(coded, (const unsigned char *)all.p, (int)all.n);
	buf_fini(&all);
	return ((const char *)coded);
}

const char *
mapcmd_decode(struct mapcmd_run *r, const char *table, const char *value)
{
	size_t n = strlen(value);
	unsigned char *text = arena_get(r->arena, n + 1);
	int got = n > FILES_MAX * 2 ? -1 :
	    EVP_DecodeBlock(text, (const unsigned char *)value, (int)n);

	if (got == -1) {
		log_warn("table %s: malformed BASE64 value: %.30s", table,
		    value);
		return (NULL);
	}
	/* The block is padded with NULs where the text has '='. */
	while (n > 0 && value[n - 1] == '=' && got > 0) {
		n--;
		got--;
	}
	text[got] = '\0';
	return ((const char *)text);
}
