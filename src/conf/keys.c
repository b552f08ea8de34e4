/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: the table of directives.
 * One row per word of every release; a new directive is a row here and a handler.
 */
#include "base/str.h"
#include "conf/ctx.h"

#include <string.h>

#define FIELD(f) offsetof(struct plan, f)
#define CMDLINE  " on the capture kernel's command line (KDUMP_COMMANDLINE_APPEND)"

static const char device_help[] =
	"a device: /dev/..., UUID=..., LABEL=..., PARTUUID=... or PARTLABEL=...";
static const char action_help[] = "reboot, halt, poweroff, shell or dump_to_rootfs";

#define FS(word, rel)                                                                 \
	{                                                                             \
		word, SHAPE_WORD, SLOT_NONE, take_fs, 0, rel, NULL, NULL, device_help \
	}
#define HOOK(word, slot, f, rel, text)                                                \
	{                                                                             \
		word, SHAPE_WORD, slot, take_program, FIELD(f), rel, NULL, NULL, text \
	}

static const struct conf_key table[] = {
	{ "raw", SHAPE_WORD, SLOT_NONE, take_raw, 0, "5 6 7 8 9 F", NULL, NULL,
	  "a partition to overwrite: /dev/..." },
	FS("ext2", "5 6 7 8 9 F"),
	FS("ext3", "5 6 7 8 9 F"),
	FS("ext4", "5 6 7 8 9 F"),
	FS("xfs", "6 7 8 9 F"),
	FS("btrfs", "6 7 8 9 F"),
	FS("minix", "5 7 8 9 F"),
	FS("vfat", "5"),
	{ "virtiofs", SHAPE_WORD, SLOT_NONE, take_fs, 0, "9 F", NULL, NULL,
	  "the tag of a shared directory" },
	{ "nfs", SHAPE_WORD, SLOT_NONE, take_nfs, 0, "6 7 8 9 F", NULL, NULL, "HOST:/EXPORT" },
	{ "nfs4", SHAPE_WORD, SLOT_NONE, take_nfs, 0, "6", "nfs ", "", "HOST:/EXPORT" },
	{ "net", SHAPE_WORD, SLOT_NONE, take_net, 0, "5 6", NULL, NULL,
	  "USER@HOST or HOST:/EXPORT" },
	{ "ssh", SHAPE_WORD, SLOT_NONE, take_ssh, 0, "6 7 8 9 F", NULL, NULL, "USER@HOST" },
	{ "dracut_args", SHAPE_TEXT, SLOT_NONE, take_dracut_args, 0, "7 8 9 F", NULL, NULL,
	  "options of dracut" },

	{ "path", SHAPE_WORD, SLOT_PATH, take_path, 0, "5 6 7 8 9 F", NULL, NULL,
	  "a directory on the target" },
	{ "core_collector", SHAPE_TEXT, SLOT_COLLECTOR, take_collector, 0, "5 6 7 8 9 F", NULL,
	  NULL, "a program and its options" },
	{ "sshkey", SHAPE_WORD, SLOT_SSHKEY, take_program, FIELD(sshkey), "5 6 7 8 9 F", NULL, NULL,
	  "the file of a private key" },
	{ "extra_bins", SHAPE_LIST, SLOT_NONE, take_bins, FIELD(extra_bins), "5 6 7 8 9 F", NULL,
	  NULL, "paths of programs for hooks" },
	{ "extra_modules", SHAPE_LIST, SLOT_NONE, take_modules, FIELD(extra_modules), "5 6 7 8 9 F",
	  NULL, NULL, "names of kernel modules" },
	{ "options", SHAPE_TEXT, SLOT_NONE, take_options, 0, "5 6", "MODULE.NAME=VALUE", CMDLINE,
	  "MODULE NAME=VALUE..." },
	{ "blacklist", SHAPE_LIST, SLOT_NONE, take_modules, FIELD(blacklist), "5 6",
	  "rd.driver.blacklist=", CMDLINE, "names of kernel modules" },

	{ "failure_action", SHAPE_WORD, SLOT_FAILURE, take_failure, 0, "8 9 F", NULL, NULL,
	  action_help },
	{ "default", SHAPE_WORD, SLOT_FAILURE, take_failure, 0, "5 6 7 8 9 F", "failure_action ",
	  "", action_help },
	{ "final_action", SHAPE_WORD, SLOT_FINAL, take_final, 0, "8 9 F", NULL, NULL,
	  "reboot, halt or poweroff" },
	HOOK("kdump_pre", SLOT_PRE, kdump_pre, "5 6 7 8 9 F",
	     "a program to run before saving; non-zero: do not save"),
	HOOK("kdump_post", SLOT_POST, kdump_post, "5 6 7 8 9 F",
	     "a program to run after saving; argument: 0 when saved"),
	HOOK("kdump_emergency", SLOT_EMERGENCY, kdump_emergency, "F",
	     "a program to run before the failure action"),
	{ "fence_kdump_nodes", SHAPE_LIST, SLOT_NONE, take_nodes, FIELD(fence_kdump_nodes),
	  "6 7 8 9 F", NULL, NULL, "hosts of the cluster" },
	{ "fence_kdump_args", SHAPE_TEXT, SLOT_FENCE_ARGS, take_fence_args, FIELD(fence_kdump_args),
	  "6 7 8 9 F", NULL, NULL, "options of the fence message" },

	{ "force_rebuild", SHAPE_WORD, SLOT_REBUILD, take_force, FIELD(force_rebuild), "6 7 8 9 F",
	  NULL, NULL, "0 or 1" },
	{ "force_no_rebuild", SHAPE_WORD, SLOT_NO_REBUILD, take_force, FIELD(force_no_rebuild),
	  "7 8 9 F", NULL, NULL, "0 or 1" },
	{ "auto_reset_crashkernel", SHAPE_WORD, SLOT_RESET, take_yes_no,
	  FIELD(auto_reset_crashkernel), "9 F", NULL, NULL, "yes or no" },
	{ "override_resettable", SHAPE_WORD, SLOT_RESETTABLE, take_nothing, 0, "7 8 9", NULL, NULL,
	  "0 or 1" },
	{ "link_delay", SHAPE_WORD, SLOT_LINK_DELAY, take_seconds, FIELD(link_delay_s), "5 6",
	  "rd.net.timeout.carrier=", CMDLINE, "seconds" },
	{ "disk_timeout", SHAPE_WORD, SLOT_DISK_TIMEOUT, take_seconds, FIELD(disk_timeout_s), "5 6",
	  "rd.retry=", CMDLINE, "seconds" },
	{ "debug_mem_level", SHAPE_WORD, SLOT_DEBUG_MEM, take_mem_level, FIELD(debug_mem_level),
	  "5 6", "rd.memdebug=", CMDLINE, "0 to 3" },
	{ "Kdump_not_supported_on_Xen_domU_guest", SHAPE_NONE, SLOT_NONE, take_nothing, 0, "6",
	  NULL, NULL, "nothing" },
};

const struct conf_key *conf_key(const char *name)
{
	for (unsigned i = 0; i < ARRAY_LEN(table); i++)
		if (strcmp(name, table[i].name) == 0)
			return &table[i];
	return NULL;
}

const struct conf_key *conf_key_at(unsigned i)
{
	return i < ARRAY_LEN(table) ? &table[i] : NULL;
}

bool conf_help(unsigned i, struct conf_help *ret)
{
	const struct conf_key *k = conf_key_at(i);

	if (k)
		*ret = (struct conf_help){ .name = k->name,
					   .releases = k->releases,
					   .text = k->help };
	return k != NULL;
}
