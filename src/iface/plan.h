/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iface: what the administrator asked for.
 * src/conf fills a plan from /etc/kdump.conf, later stages only read it. Types, no code.
 */
#ifndef IFACE_PLAN_H
#define IFACE_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_TARGETS 8   /* targets, tried in file order */
#define PLAN_WORDS   128 /* words of one list directive, all its lines together */
#define PLAN_OPTIONS 32  /* `options` lines */
#define PLAN_LEVELS  8   /* dump levels of one -d list */

enum plan_target_kind {
	TARGET_FS,  /* ext2 ext3 ext4 xfs btrfs minix vfat virtiofs: `where` is a device or a tag */
	TARGET_RAW, /* `where` is a partition */
	TARGET_NFS, /* `where` is host:/export */
	TARGET_SSH, /* `where` is user@host */
};

struct plan_target {
	enum plan_target_kind kind;
	const char *fstype; /* TARGET_FS, TARGET_NFS: the word for mount(2); else NULL */
	const char *where;
	const char *mountpoint; /* only from `dracut_args --mount`, else NULL */
	const char *options;    /* mount options, only from `dracut_args --mount`, else NULL */
	unsigned line;          /* of the configuration file, for messages */
};

enum plan_action {
	ACTION_REBOOT,
	ACTION_HALT,
	ACTION_POWEROFF,
	ACTION_SHELL,
	ACTION_DUMP_TO_ROOTFS,
	ACTION_MOUNT_ROOT_RUN_INIT,
};

enum plan_collector_kind {
	COLLECT_FILTER,   /* makedumpfile …: filter, compress */
	COLLECT_COPY,     /* cp, dd, scp, cat: every byte of /proc/vmcore, holes stay holes */
	COLLECT_EXTERNAL, /* any other program: run as `PROGRAM ARGS /proc/vmcore FILE` */
};

enum plan_codec {
	CODEC_NONE,
	CODEC_ZLIB,
	CODEC_LZO,
	CODEC_SNAPPY,
	CODEC_ZSTD,
	CODEC_AUTO, /* changes during the dump: as strong as the target leaves time for */
};

/* Which pages are written first. */
enum plan_order {
	ORDER_DEFAULT, /* important, but by pfn in flattened and ELF files outside of the capture kernel */
	ORDER_PFN,
	ORDER_IMPORTANT,
};
enum plan_format {
	FORMAT_KDUMP,
	FORMAT_ELF,
	FORMAT_FLAT,
};

struct plan_collector {
	enum plan_collector_kind kind;
	const char *line;           /* as written */
	enum plan_codec codec;      /* COLLECT_FILTER: -c -l -p -z, --codec= */
	bool elf;                   /* -E */
	bool flat;                  /* -F */
	uint8_t level[PLAN_LEVELS]; /* -d N[,M…], each 0–31 */
	unsigned nlevel;
	unsigned threads; /* --num-threads, 0: not given */
	bool codec_level_given;
	int codec_level;       /* --codec=zstd:3 */
	enum plan_order order; /* --order= */
	uint64_t mem_limit;    /* --mem-limit, bytes; 0: not given */
	uint64_t size_limit;   /* -L, bytes; 0: none */
};

struct plan_list {
	const char *word[PLAN_WORDS];
	unsigned n;
};

struct plan_option {
	const char *module;
	const char *text; /* "a=1 b=2" */
};

/* Read-only once conf_parse() has returned. Every string lives in `text`. */
struct plan {
	char *text; /* owned copy of the file, cut into strings */

	struct plan_target target[PLAN_TARGETS];
	unsigned ntarget; /* 0: the file system that holds `path` */
	const char *path; /* default "/var/crash" */
	bool path_given;
	struct plan_collector collector;
	/* static: core_collector was refused and asks for less than a dump, so only the log is saved; or NULL */
	const char *log_only;
	const char *sshkey; /* default "/root/.ssh/kdump_id_rsa" */

	enum plan_action failure_action, final_action;        /* defaults: reboot */
	const char *kdump_pre, *kdump_post, *kdump_emergency; /* program paths or NULL */

	struct plan_list extra_bins, extra_modules, blacklist;
	struct plan_option option[PLAN_OPTIONS]; /* RHEL5/6 `options MODULE TEXT` */
	unsigned noption;
	const char *dracut_args; /* NULL when absent */

	const char *fence_kdump_args; /* NULL when absent */
	struct plan_list fence_kdump_nodes;

	bool force_rebuild, force_no_rebuild, auto_reset_crashkernel;
	unsigned link_delay_s;    /* RHEL5/6, 0 */
	unsigned disk_timeout_s;  /* RHEL5/6, 0: default of the capture */
	unsigned debug_mem_level; /* RHEL5/6, 0–3 */

	unsigned refused, warned; /* lines that were skipped, lines that drew a warning */
};

#endif
