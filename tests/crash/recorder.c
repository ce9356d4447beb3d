/* SPDX-License-Identifier: ISC */
/*
 * recorder MOUNTPOINT LOG - a disk that remembers what was done to
 * it, in order, so that the power can be cut afterwards at any moment.
 *
 * MOUNTPOINT/disk is the disk, for a loop device. To LOG go its writes and
 * flushes, and what is written to MOUNTPOINT/mark, as records of
 *
 *	char type ('W', 'F' or 'M'), u32 length, u64 offset, data
 *
 * in the byte order of this machine. Requests are served one after the other,
 * so who has got an answer finds the record before any that came later. Ends
 * when it is unmounted.
 */
#define FUSE_USE_VERSION 31

#include <sys/mman.h>
#include <sys/stat.h>

#include <errno.h>
#include <fuse3/fuse.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t size = (size_t)32 * 1024 * 1024;
static char *disk;
static FILE *record;

static int
put(char type, const char *data, size_t n, off_t offset)
{
	uint32_t length = (uint32_t)n;
	uint64_t at = (uint64_t)offset;

	if (fwrite(&type, 1, 1, record) != 1 ||
	    fwrite(&length, sizeof(length), 1, record) != 1 ||
	    fwrite(&at, sizeof(at), 1, record) != 1 ||
	    fwrite(data, 1, n, record) != n || fflush(record) == EOF)
		return (-EIO);
	return ((int)n);
}

static int
rec_getattr(const char *path, struct stat *st, struct fuse_file_info *fi)
{
	(void)fi;
	memset(st, 0, sizeof(*st));
	st->st_nlink = 1;
	st->st_mode = S_IFREG | 0600;
	if (strcmp(path, "/") == 0)
		st->st_mode = S_IFDIR | 0700;
	else if (strcmp(path, "/disk") == 0)
		st->st_size = (off_t)size;
	else if (strcmp(path, "/mark") != 0)
		return (-ENOENT);
	return (0);
}

static int
rec_open(const char *path, struct fuse_file_info *fi)
{
	(void)path;
	fi->direct_io = 1;	/* nothing stays in the page cache */
	return (0);
}

static int
rec_read(const char *path, char *buf, size_t n, off_t offset,
    struct fuse_file_info *fi)
{
	size_t at = (size_t)offset;

	(void)fi;
	if (strcmp(path, "/disk") != 0 || offset < 0 || at >= size)
		return (0);
	if (n > size - at)
		n = size - at;
	memcpy(buf, disk + at, n);
	return ((int)n);
}

static int
rec_write(const char *path, const char *buf, size_t n, off_t offset,
    struct fuse_file_info *fi)
{
	(void)fi;
	if (strcmp(path, "/mark") == 0)
		return (put('M', buf, n, 0));
	if (offset < 0 || (size_t)offset > size || n > size - (size_t)offset)
		return (-ENOSPC);
	memcpy(disk + offset, buf, n);
	return (put('W', buf, n, offset));
}

static int
rec_fsync(const char *path, int datasync, struct fuse_file_info *fi)
{
	(void)datasync, (void)fi;
	return (strcmp(path, "/disk") == 0 ? put('F', NULL, 0, 0) : 0);
}

static const struct fuse_operations operations = {
	.getattr = rec_getattr,
	.open = rec_open,
	.read = rec_read,
	.write = rec_write,
	.fsync = rec_fsync,
};

int
main(int argc, char *argv[])
{
	char *args[] = { argv[0], NULL, NULL, NULL, NULL };
	char foreground[] = "-f", single[] = "-s";

	if (argc != 3) {
		fprintf(stderr, "usage: recorder MOUNTPOINT LOG\n");
		return (2);
	}
	disk = mmap(NULL, size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	record = fopen(argv[2], "we");
	if (disk == MAP_FAILED || record == NULL) {
		perror("recorder");
		return (1);
	}
	args[1] = foreground;
	args[2] = single;
	args[3] = argv[1];
	return (fuse_main(4, args, &operations, NULL));
}
