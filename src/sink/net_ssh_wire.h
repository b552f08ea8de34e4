/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: the packets of SFTP, and words for a shell.
 * Pure: requests are built into, answers are read out of bounded buffers. draft-ietf-secsh-filexfer-02 (version 3) and
 * the extensions of OpenSSH's PROTOCOL file, section 4.
 */
#ifndef SINK_NET_SSH_WIRE_H
#define SINK_NET_SSH_WIRE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SFTP_HANDLE_MAX 256        /* bytes of a handle: section 6.3 of the draft */
#define SFTP_REQUEST    2048       /* the longest request but for the bytes of a write */
#define SFTP_REPLY      4096       /* the longest answer that is looked at; what is longer is skipped */
#define SFTP_WRITE_MIN  32768u     /* what every server takes in one write */
#define SFTP_WRITE_MAX  0x3fc00u   /* what OpenSSH takes in one write */
#define SFTP_LENGTH_MAX 0x1000000u /* of a packet; more means that this is no SFTP */

enum sftp_request {
	SFTP_INIT = 1,
	SFTP_OPEN = 3,
	SFTP_CLOSE = 4,
	SFTP_READ = 5,
	SFTP_WRITE = 6,
	SFTP_LSTAT = 7,
	SFTP_FSTAT = 8,
	SFTP_FSETSTAT = 10,
	SFTP_REMOVE = 13,
	SFTP_MKDIR = 14,
	SFTP_RMDIR = 15,
	SFTP_STAT = 17,
	SFTP_RENAME = 18,
	SFTP_EXTENDED = 200,
};

enum sftp_answer {
	SFTP_VERSION = 2,
	SFTP_STATUS = 101,
	SFTP_HANDLE = 102,
	SFTP_DATA = 103,
	SFTP_ATTRS = 105,
	SFTP_EXTENDED_REPLY = 201,
};

enum sftp_open {
	SFTP_OPEN_READ = 1,
	SFTP_OPEN_WRITE = 2,
	SFTP_OPEN_CREATE = 8,
};

enum sftp_attr {
	SFTP_ATTR_SIZE = 1,
	SFTP_ATTR_MODE = 4,
};

/* A request while it is built. What does not fit sets `full` and adds nothing. */
struct sftp_out {
	uint8_t b[SFTP_REQUEST];
	size_t n;
	bool full;
};

void sftp_start(struct sftp_out *o, enum sftp_request type, uint32_t id);
void sftp_u32(struct sftp_out *o, uint32_t v);
void sftp_u64(struct sftp_out *o, uint64_t v);
void sftp_bytes(struct sftp_out *o, const void *p, size_t n);
void sftp_text(struct sftp_out *o, const char *s);

/* Fills in the length of the packet, of which MORE bytes follow. -ENAMETOOLONG when something did not fit. */
int must_check sftp_end(struct sftp_out *o, size_t more);

/* An answer. The bytes it points to are those of the packet. */
struct sftp_reply {
	uint8_t type;        /* enum sftp_answer */
	uint32_t id;         /* of SFTP_VERSION: the version */
	uint32_t status;     /* SFTP_STATUS */
	const uint8_t *text; /* the server's words, the handle or the bytes; else what follows the id */
	size_t ntext;
	bool has_size; /* SFTP_ATTRS */
	bool is_dir;   /* SFTP_ATTRS: a directory */
	uint64_t size;
};

/* Reads the packet of N bytes at P, without its length word. -EPROTO: it is none of the above, or cut short. */
int must_check sftp_reply_get(const uint8_t *p, size_t n, struct sftp_reply *r);

/* What the server can do beyond version 3. */
struct sftp_features {
	bool fsync, rename, statvfs, limits;
};

/* Reads the pairs of words after the version. Unknown ones do not count, a cut one ends the list. */
void sftp_features_get(const uint8_t *p, size_t n, struct sftp_features *f);

/* Free bytes for this user out of the answer to statvfs@openssh.com. -EPROTO. */
int must_check sftp_space_get(const uint8_t *p, size_t n, uint64_t *ret);

/* The longest write out of the answer to limits@openssh.com, between SFTP_WRITE_MIN and SFTP_WRITE_MAX. */
uint32_t sftp_limit_get(const uint8_t *p, size_t n);

#define SFTP_NO_SPACE 14 /* version 6: SSH_FX_NO_SPACE_ON_FILESYSTEM */

/* The -errno that a status means, 0 for none; its sentence in English in *WORDS. */
int sftp_errno(uint32_t status, const char **words);

/*
 * Appends S to the N bytes of BUF, in single quotes, as one word for any shell. -EINVAL: S holds a control
 * character; -ENAMETOOLONG.
 */
int must_check shell_word(char *buf, size_t n, const char *s);

/* Appends the text S as it is. -ENAMETOOLONG. */
int must_check shell_text(char *buf, size_t n, const char *s);

#endif
