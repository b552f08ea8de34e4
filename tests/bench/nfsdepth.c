/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/bench: a file to an NFS server with so many WRITEs in flight, and nothing else a dump needs.
 * nfsdepth URL NAME FILE DEPTH: writes FILE to NAME of the export URL in writes of at most 1 MiB, then syncs it. It is
 * the peer of our own sink: what any number of WRITEs in flight reaches on a server.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <nfsc/libnfs.h>

#define WRITE_MAX (1u << 20)

struct job {
	struct nfs_context *nfs;
	struct nfsfh *fh;
	const char *data;
	uint64_t size, next, part;
	unsigned flying;
	int failed;
};

static void written(int status, struct nfs_context *nfs, void *result, void *arg)
{
	struct job *j = arg;

	(void)nfs;
	(void)result;
	j->flying--;
	if (status <= 0)
		j->failed = 1;
}

static int send_one(struct job *j)
{
	uint64_t n = j->size - j->next < j->part ? j->size - j->next : j->part;

	if (nfs_pwrite_async(j->nfs, j->fh, j->next, n, j->data + j->next, written, j))
		return -1;
	j->next += n;
	j->flying++;
	return 0;
}

static int serve(struct job *j)
{
	struct pollfd p = { .fd = nfs_get_fd(j->nfs), .events = (short)nfs_which_events(j->nfs) };

	return poll(&p, 1, 60000) == 1 && nfs_service(j->nfs, p.revents) == 0 ? 0 : -1;
}

static int transfer(struct job *j, unsigned depth)
{
	while (j->next < j->size || j->flying) {
		while (j->next < j->size && j->flying < depth)
			if (send_one(j))
				return -1;
		if (serve(j) || j->failed)
			return -1;
	}
	return nfs_fsync(j->nfs, j->fh);
}

int main(int argc, char **argv)
{
	struct job j = { .nfs = nfs_init_context() };
	struct nfs_url *url;
	struct stat st;
	int fd;

	if (argc != 5 || !j.nfs) {
		fputs("usage: nfsdepth URL NAME FILE DEPTH\n", stderr);
		return 2;
	}
	fd = open(argv[3], O_RDONLY);
	url = nfs_parse_url_dir(j.nfs, argv[1]);
	if (fd < 0 || fstat(fd, &st) || !url || nfs_mount(j.nfs, url->server, url->path) ||
	    nfs_open2(j.nfs, argv[2], O_CREAT | O_WRONLY, 0600, &j.fh)) {
		fprintf(stderr, "nfsdepth: %s\n", nfs_get_error(j.nfs));
		return 1;
	}
	j.size = (uint64_t)st.st_size;
	/* 0: the library has not asked (version 4) */
	j.part = nfs_get_writemax(j.nfs) && nfs_get_writemax(j.nfs) < WRITE_MAX ? nfs_get_writemax(j.nfs) : WRITE_MAX;
	j.data = mmap(NULL, (size_t)j.size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (j.data == MAP_FAILED || transfer(&j, (unsigned)atoi(argv[4])) || nfs_close(j.nfs, j.fh)) {
		fprintf(stderr, "nfsdepth: %s\n", nfs_get_error(j.nfs));
		return 1;
	}
	return 0;
}
