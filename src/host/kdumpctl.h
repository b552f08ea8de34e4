/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the service that keeps a machine armed.
 * Nothing here leaves it without a capture kernel while the one that was loaded would still do.
 */
#ifndef HOST_KDUMPCTL_H
#define HOST_KDUMPCTL_H

#include "base/err.h"
#include "host/capture_line.h"
#include "host/conf_source.h"
#include "host/host.h"
#include "host/sysconfig.h"
#include "iface/plan.h"

#include <stdbool.h>
#include <stdint.h>

#define SERVICE_STATE "/var/lib/crashbox"
#define SERVICE_RUN   "/run/crashbox"

/* One system and what holds on it. */
struct service {
	struct host host;
	const char *self;     /* path of this program */
	const char *mkinitrd; /* path of mkinitrd.sh; NULL: looked for beside this program */
	const char *list;     /* text of config/capture-cmdline */
	struct sysconfig sys; /* owned */
	struct conf_source source;
	struct plan plan; /* owned; of SOURCE */
	bool planned;     /* the two above are there */

	/* of the capture kernel */
	char version[96];
	char kernel[HOST_PATH]; /* the file; "" when there is none. All paths without the host's root */
	bool unified;           /* it is a UKI, which service_kernel() takes the kernel out of */
	char image[HOST_PATH];
	char stamp[HOST_PATH], seen[HOST_PATH]; /* what the image was made of, and what that looked like */
};

/* What was loaded last, as /run/crashbox/loaded tells; empty strings when nobody knows. */
struct service_loaded {
	char kernel[HOST_PATH], image[HOST_PATH];
	char version[96];
	char kernel_id[128], image_id[128]; /* of the files, see service_identity() */
	char line[LINE_MAX_BYTES];
	char symbols[2048]; /* of line_symbols(), for the kernel build in SYMBOLS_OF */
	char symbols_of[256];
	int64_t when_ms; /* clock_ms() */
};

/*
 * Reads the settings and finds kernel and image. S->host, self and list are given. A missing kernel
 * is no failure yet: S->kernel is "" then. 0 or -errno; the caller ends with service_close() always.
 */
int must_check service_open(struct service *s, struct err *e);
void service_close(struct service *s);

/* Reads and checks kdump.conf as strictly as `crashbox check`; complaints are said. -EINVAL: lines refused. */
int must_check service_check(struct service *s, struct err *e);

/* Whether some target of the plan is a server. */
bool service_needs_net(const struct service *s);

/* Which kernel to load: fills version, kernel, image, stamp, seen (kdumpctl_find.c). */
int must_check service_find(struct service *s, struct err *e);

/* Makes S->kernel a file that the kernel loads: the one of a UKI is copied to SERVICE_STATE. 0 or -errno. */
int must_check service_kernel(struct service *s, struct err *e);

/* Turns S->image to the other of its two places: boot directory, /var/lib/kdump. 0 or -ENAMETOOLONG. */
int must_check service_other_image(struct service *s);

/* One line that changes when the file PATH does; "-" when there is none. Device, inode, size, time. */
void service_identity(const struct service *s, const char *path, char buf[128]);

enum service_build {
	BUILD_NEEDED, /* only what changed */
	BUILD_ALL,
};

/*
 * Brings the image up to date (kdumpctl_image.c). *CHANGED: it is another file now. The old image stays beside
 * it under service_backup() until service_settle(). 0 or -errno; the old image is there then.
 */
int must_check service_build(struct service *s, enum service_build how, bool *changed, struct err *e);

/* Tries the servers of the image and says which do not take this machine (kdumpctl_try.c); never fails. */
void service_try(struct service *s);

/* Whether nothing that the image was made of has changed. */
bool service_fresh(struct service *s);

/* IMAGE with ".old" behind it. */
void service_backup(const struct service *s, char buf[HOST_PATH]);

/* After a load: the old image goes (GOOD), or takes its place again, as it is the one that is loaded. */
void service_settle(struct service *s, bool good);

/* What was loaded last (kdumpctl_load.c). */
void service_loaded(const struct service *s, struct service_loaded *ret);

/*
 * Loads kernel and image, when they or the command line are others than those loaded, or with FORCE.
 * EXTRA: more words for the line, or NULL. *DONE: it was loaded. When the kernel refuses, what was
 * loaded before is loaded again. Two images of the service are never loaded half.
 */
int must_check service_load(struct service *s, bool force, const char *extra, bool *done, struct err *e);

/*
 * The command line that service_load() would use, into BUF; DROPPED is given what the running line loses, or is NULL.
 */
int must_check service_line(struct service *s, const char *extra, const struct line_dropped *dropped,
			    char buf[LINE_MAX_BYTES], struct err *e);

/* Whether S->kernel takes LINE: 0, or -E2BIG with a sentence that says by how much it is too long and what to do. */
int must_check service_line_fits(const struct service *s, const char *line, struct err *e);

/* SAY is given a sentence for each word of LINE that the capture's /init will not take, or takes in part. */
void service_line_faults(const char *line, void (*say)(void *arg, const char *sentence), void *arg);

/* The same, as warnings of the service. */
void service_line_warn(struct service *s, const char *line);

struct service_lock {
	int fd, theirs; /* /run/crashbox/lock; /run/lock/kdump or -1 */
};

/*
 * One service at a time: waits at most WAIT_MS for /run/crashbox/lock, which only root can hold. -ETIMEDOUT with a
 * sentence that names the process which has it, where that can be seen. /run/lock/kdump of kdump-utils is waited for
 * too, for some seconds, where only root can hold it; without success it goes on, with a warning.
 */
int must_check service_lock(const struct service *s, int64_t wait_ms, struct service_lock *ret, struct err *e);
void service_unlock(struct service_lock *l);

/* The subcommands (kdumpctl.c). All take the lock where they change something. 0 or -errno. */
struct service_how {
	int64_t wait_ms; /* for the lock */
};

int must_check service_start(struct service *s, const struct service_how *how, struct err *e);
/*
 * Recovers dumps, in a child with a limit of six hours; what is left is said. After service_start(), without the lock:
 * what it finds, and how long it takes, is never a condition of arming.
 */
void service_recover(const struct service *s);

int must_check service_reload(struct service *s, const struct service_how *how, struct err *e);
int must_check service_rebuild(struct service *s, const struct service_how *how, struct err *e);
int must_check service_stop(struct service *s, const struct service_how *how, struct err *e);

/*
 * Of hooks of kernel packages (kdumpctl_kernel.c): builds the image of kernel VERSION where images are built at all
 * and no other kernel captures; deletes what the service keeps of VERSION. -EINVAL: no version.
 */
int must_check service_add_kernel(struct service *s, const char *version, const struct service_how *how,
				  struct err *e);
int must_check service_remove_kernel(struct service *s, const char *version, struct err *e);

#endif
