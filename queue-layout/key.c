/* SPDX-License-Identifier: ISC */
/*
 * key - the file with the seal key.
 *
 * The privileged master makes it: nothing of libcrypto here.
 */
#include <sys/random.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "fault.h"
#include "seal_in.h"

void
seal_nonce(uint8_t nonce[SEAL_NONCE_SIZE])
{
	ssize_t n;

	while ((n = getrandom(nonce, SEAL_NONCE_SIZE, 0)) == -1 &&
	    errno == EINTR)
		;
	if (n != SEAL_NONCE_SIZE)
		fatal("no random numbers: %s", strerror(errno));
}

void
seal_key_wipe(struct seal_key *key)
{
	explicit_bzero(key, sizeof(*key));
}

/*
 * Written under another name and linked into place: a crash leaves no key
 * that is cut, and of two that make one at the same time one wins.
 */
int
seal_key_make(int dirfd, const char *name)
{
	struct seal_key key;
	struct stat st;
	char tmp[80];
	int fd = -1, ret = -1, saved;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return (0);
	if (snprintf(tmp, sizeof(tmp), ".%s.%ld", name, (long)getpid()) >=
	    (int)sizeof(tmp)) {
		errno = ENAMETOOLONG;
		return (-1);
	}
	if (unlinkat(dirfd, tmp, 0) == -1 && errno != ENOENT)
		return (-1);
	fd = openat(dirfd, tmp,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd == -1)
		return (-1);
	seal_nonce(key.b);
	seal_nonce(key.b + SEAL_NONCE_SIZE);
	if (fchmod(fd, 0600) == -1 ||
	    fd_write_all(fd, key.b, sizeof(key.b)) == -1 || fsync(fd) == -1)
		goto out;
	qfault(QFAULT_key_written);
	if (linkat(dirfd, tmp, dirfd, name, 0) == 0)
		ret = 1;
	else if (errno == EEXIST)
		ret = 0;
	if (ret == 1 && fsync(dirfd) == -1)
		ret = -1;
out:
	saved = errno;
	(void)unlinkat(dirfd, tmp, 0);
	seal_key_wipe(&key);
	fd_close(&fd);
	errno = saved;
	return (ret);
}

int
seal_key_read(int fd, struct seal_key *key)
{
	uint8_t bytes[SEAL_KEY_SIZE + 1];
	ssize_t n;

	if ((n = fd_pread_all(fd, bytes, sizeof(bytes), 0)) == -1)
		return (-1);
	if (n == SEAL_KEY_SIZE)
		memcpy(key->b, bytes, sizeof(key->b));
	explicit_bzero(bytes, sizeof(bytes));
	if (n != SEAL_KEY_SIZE) {
		errno = EBADMSG;
		return (-1);
	}
	return (0);
}

int
seal_key_open(int dirfd, const char *name, struct seal_key *key)
{
	struct stat st;
	int fd, ret = -1, saved;

	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	if (fd == -1)
		return (-1);
	if (fstat(fd, &st) == -1)
		goto out;
	if (!S_ISREG(st.st_mode) || (st.st_uid != 0 &&
	    st.st_uid != geteuid()) || (st.st_mode & 077) != 0) {
		errno = EPERM;
		goto out;
	}
	ret = seal_key_read(fd, key);
out:
	saved = errno;
	fd_close(&fd);
	errno = saved;
	return (ret);
}
