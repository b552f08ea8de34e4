/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: kdump.conf, every sentence.
 * Each row is a text and the complaint that it must draw, word by word.
 */
#include "conf_heard.h"

#include "base/str.h"

#define NO_OPTIONS                                                                                      \
	"'ssh' takes no options: a port, a user or a jump host of ssh is a line of /root/.ssh/config, " \
	"see ssh_config(5)"
#define NO_JOIN "the backslash at the end joins no line, for a blank is behind it or the file ends: write one line"

static const struct {
	const char *text;
	unsigned line;
	const char *sentence;
} refusal[] = {
	/* the line as such */
	{ "path", 1, "'path' has no value, expected: a directory on the target" },
	{ "path \"\"", 1, "'path' has no value, expected: a directory on the target" },
	{ "\n\npath /a b", 3,
	  "'path' takes one word, found 'b' behind it; put \"...\" around a value with blanks" },
	{ "sshkey /k core_collector cp", 1,
	  "'core_collector' is a directive of its own: is a line break missing before it?" },
	{ "net nfs h:/x", 1, "'nfs' is a directive of its own: write 'nfs h:/x' without 'net'" },
	{ "path /a\x01", 1, "the line holds byte 0x01, which is no text" },
	{ "path /a\rraw /dev/sda", 1,
	  "the line holds \\r (carriage return) in its middle: write a line end in its place" },
	{ "path \"/a", 1, "'path': a double quote is not closed" },
	{ "path\xc2\xa0/a", 1, "the line holds U+00A0 (no-break space) in 'path': write a plain blank in its place" },
	{ "\xc2\xa0path /a", 1,
	  "the line holds U+00A0 (no-break space) before 'path': write a plain blank in its place" },
	{ "path /a\xe2\x80\x8b", 1, "the line holds U+200B (zero-width space) in '/a': remove it" },
	{ "#\n\xef\xbb\xbf"
	  "core_collector cp",
	  2, "the line holds U+FEFF (byte order mark) before 'core_collector': remove it" },
	{ "\n\xef\xbb\xbf# comment", 2, "the line holds U+FEFF (byte order mark) before '#': remove it" },
	{ "\xe2\x80\x8bpath /a", 1, "the line holds U+200B (zero-width space) before 'path': remove it" },
	{ "pa\xc2\xadth /a", 1, "the line holds U+00AD (soft hyphen) in 'path': remove it" },
	{ "\xe2\x80\xa8path /a", 1,
	  "the line holds U+2028 (line separator) before 'path': write a plain blank in its place" },
	{ "\xe2\x80\xaepath /a\xe2\x81\xa0", 1,
	  "the line holds U+202E (right-to-left override), U+2060 (word joiner) before 'path': remove it" },
	{ "pa\xe2\x80\x8dth /a", 1, "the line holds U+200D (zero-width joiner) in 'path': remove it" },
	{ "\xf3\xa0\x80\x81path /a", 1, "the line holds U+E0000-E00FF (tag character) before 'path': remove it" },
	{ "pa\xef\xb8\x81th /a", 1, "the line holds U+FE00-FE0F (variation selector) in 'path': remove it" },
	{ "path /a\xe2\x81\xaa", 1, "the line holds U+206A-206F (deprecated format character) in '/a': remove it" },
	{ "p\xd0\xb0th /a", 1,
	  "unknown directive 'p\xd0\xb0th': '\xd0\xb0th' and what follows is not plain ASCII, though it may look like "
	  "it: write the word anew" },
	{ "core_collector makedumpfile \xe2\x80\x93"
	  "d 31",
	  1, "the line holds a long dash: write '-'" },
	{ "core_collector makedumpfile \xe2\x80\x94split", 1,
	  "the line holds a long dash: write '--'" },
	{ "path \xe2\x80\x9c/a", 1, "the line holds a typographic quote: write '\"'" },
	{ "path /a\xe2\x80\x9d", 1, "the line holds a typographic quote: write '\"'" },
	{ "core_collector makedumpfile \xe2\x88\x92"
	  "d 31",
	  1, "the line holds a dash that is not ASCII: write '-'" },
	{ "core_collector makedumpfile -l \xef\xbc\x8d"
	  "d 31",
	  1, "the line holds a dash that is not ASCII: write '-'" },
	{ "path \xe2\x80\x98/a\xe2\x80\x99", 1, "the line holds a typographic quote: write '\"'" },
	{ "path \xc2\xab/a\xc2\xbb", 1, "the line holds a typographic quote: write '\"'" },
	{ "path '/a'", 1,
	  "'path '/a'': single quotes are part of the value here: write \"...\", or none" },
	{ "ext4 'LABEL=a b'", 1,
	  "'ext4 'LABEL=a b'': single quotes are part of the value here: write \"...\", or none" },
	{ "core_collector 'makedumpfile -l'", 1,
	  "'core_collector 'makedumpfile -l'': single quotes are part of the value here: write \"...\", or none" },
	{ "path = /a", 1, "'path = /a': write 'path VALUE' without '='" },
	{ "failure_action =halt", 1, "'failure_action =halt': write 'failure_action VALUE' without '='" },
	{ "core_collector makedumpfile -l \\ \n", 1, NO_JOIN },
	{ "core_collector makedumpfile -l \\", 1, NO_JOIN },
	{ "path ~/crash", 1,
	  "'path ~/crash': no shell reads this line, so ~ and $ mean nothing: write the directory" },
	{ "path $HOME/crash", 1,
	  "'path $HOME/crash': no shell reads this line, so ~ and $ mean nothing: write the directory" },
	{ "path /a<br>", 1, "'path' holds a piece of a web page (<br>): remove it" },
	{ "path /a\npath /b", 2,
	  "'path' is already set by line 1, which counts: remove one of the two" },
	{ "default halt\nfailure_action halt", 2,
	  "'failure_action' is already set by line 1, which counts: remove one of the two" },
	{ "Kdump_not_supported_on_Xen_domU_guest x", 1,
	  "'Kdump_not_supported_on_Xen_domU_guest' stands alone, found 'x' behind it" },
	/* unknown directives */
	{ "frobnicate x", 1,
	  "unknown directive 'frobnicate'; 'crashbox check --directives' lists those there are" },
	{ "pth /a", 1, "unknown directive 'pth': did you mean 'path'?" },
	{ "PATH /a", 1, "unknown directive 'PATH': did you mean 'path'?" },
	{ "extra-modules a", 1,
	  "unknown directive 'extra-modules': did you mean 'extra_modules'?" },
	{ "default_action halt", 1,
	  "unknown directive 'default_action': write 'failure_action' (dump failed) or "
	  "'final_action' (dump saved)" },
	{ "reboot on", 1,
	  "unknown directive 'reboot': write 'failure_action reboot' or 'final_action reboot'" },
	{ "compress zlib", 1,
	  "unknown directive 'compress': compression is an option of 'core_collector "
	  "makedumpfile': -c, -l, -z or --codec=auto" },
	{ "compression zlib", 1,
	  "unknown directive 'compression': compression is an option of 'core_collector "
	  "makedumpfile': -c, -l, -z or --codec=auto" },
	{ "dump_level 31", 1,
	  "unknown directive 'dump_level': the level is an option of 'core_collector "
	  "makedumpfile': -d 31" },
	{ "disk_quota 1", 1,
	  "unknown directive 'disk_quota': there is no quota: free space is checked before and "
	  "while saving" },
	{ "network x", 1,
	  "unknown directive 'network': write 'nfs HOST:/EXPORT' or 'ssh USER@HOST'; addresses "
	  "come from the system" },
	{ "pre_dump /x", 1, "unknown directive 'pre_dump': write 'kdump_pre PROGRAM'" },
	{ "post_dump /x", 1, "unknown directive 'post_dump': write 'kdump_post PROGRAM'" },
	{ "ext /dev/a", 1, "unknown directive 'ext': write 'ext4 DEVICE'" },
	{ "fat /dev/a", 1, "unknown directive 'fat': write 'vfat DEVICE'" },
	{ "msdos /dev/a", 1, "unknown directive 'msdos': write 'vfat DEVICE'" },
	{ "scp u@h", 1, "unknown directive 'scp': write 'ssh USER@HOST'" },
	{ "sftp u@h", 1, "unknown directive 'sftp': write 'ssh USER@HOST'" },
	{ "key /x", 1, "unknown directive 'key': write 'sshkey FILE'" },
	{ "path=/var/crash", 1, "'path=/var/crash': write 'path VALUE' without '='" },
	{ "path: /var/crash", 1, "'path:': write 'path VALUE' without ':'" },
	{ "KDUMP_SAVEDIR=\"/x\"", 1,
	  "'KDUMP_SAVEDIR' is a shell variable of another system's kdump: 'path' is the directive "
	  "for it here" },
	{ "USE_KDUMP=1", 1, "'USE_KDUMP=' is a shell variable, not a directive of kdump.conf" },
	{ "[root@host ~]# vi", 1,
	  "'[root@host' looks like a shell prompt, pasted by mistake: remove the line" },
	{ "$ vi", 1, "'$' looks like a shell prompt, pasted by mistake: remove the line" },
	{ "gfs2 /dev/a", 1,
	  "'gfs2' cannot be a target: expected ext2, ext3, ext4, xfs, btrfs, vfat, minix, "
	  "virtiofs, nfs, ssh or raw" },
	/* targets */
	{ "ext4 sda1", 1,
	  "'ext4 sda1': expected /dev/..., UUID=..., LABEL=..., PARTUUID=... or PARTLABEL=..." },
	{ "xfs LABEL=", 1,
	  "'xfs LABEL=': expected /dev/..., UUID=..., LABEL=..., PARTUUID=... or PARTLABEL=..." },
	{ "raw UUID=1-2", 1,
	  "'raw UUID=1-2': a raw partition has no file system that bears this name, "
	  "expected /dev/..., PARTUUID=... or PARTLABEL=..." },
	{ "raw vdb", 1,
	  "'raw vdb': expected /dev/..., UUID=..., LABEL=..., PARTUUID=... or PARTLABEL=..." },
	{ "nfs host", 1, "'nfs host': expected HOST:/EXPORT" },
	{ "nfs :/x", 1, "'nfs :/x': expected HOST:/EXPORT" },
	{ "nfs 2001:db8::1:/x", 1,
	  "'nfs 2001:db8::1:/x': write an IPv6 address in brackets: [2001:db8::1]:/x" },
	{ "ssh host", 1, "'ssh host': the user is missing, expected USER@HOST" },
	{ "ssh u@h:/d", 1,
	  "'ssh u@h:/d': the directory is a line of its own: 'ssh u@h' and 'path /d'" },
	{ "ssh u@h:22", 1,
	  "'ssh u@h:22': no port is taken here, expected USER@HOST; a port is a line of /root/.ssh/config, see "
	  "ssh_config(5)" },
	{ "ssh u@h -p 22", 1, NO_OPTIONS },
	{ "ssh -p 22 u@h", 1, NO_OPTIONS },
	{ "ssh ssh://u@h", 1, "'ssh ssh://u@h': a URL is not taken here: write 'ssh u@h'" },
	{ "ssh ssh://u@h:22/var/d", 1,
	  "'ssh ssh://u@h:22/var/d': a URL is not taken here: write 'ssh u@h' and 'path /var/d'" },
	{ "ssh sftp://h/d", 1, "'ssh': a URL is not taken here, expected USER@HOST" },
	{ "ssh ssh://u@[::1]:22", 1, "'ssh': a URL is not taken here, expected USER@HOST" },
	{ "ssh u:secret@h", 1,
	  "'ssh u:...': no password is taken here, the key that 'sshkey' names logs in: write 'ssh u@h'" },
	{ "nfs h:2049:/x", 1,
	  "'nfs h:2049:/x': no port is taken here: write 'dracut_args --mount \"h:/x /mnt nfs port=2049\"'" },
	{ "nfs [fe80::1%eth0]:2049:/x", 1,
	  "'nfs [fe80::1%eth0]:2049:/x': no port is taken here: write 'dracut_args --mount \"[fe80::1%eth0]:/x /mnt "
	  "nfs port=2049\"'" },
	{ "nfs h:/x vers=4", 1,
	  "'nfs' takes no mount options: write 'dracut_args --mount \"h:/x /mnt nfs vers=4\"'" },
	{ "nfs4 nfs://h/x", 1, "'nfs nfs://h/x': a URL is not taken here: write 'nfs h:/x'" },
	{ "xfs /dev/a noatime,ro", 1,
	  "'xfs' takes no mount options: write 'dracut_args --mount \"/dev/a /mnt xfs noatime,ro\"'" },
	{ "ext4 /dev/a /mnt", 1,
	  "'ext4' takes no mount point, found '/mnt': remove it; the directory is the line 'path'" },
	{ "ssh u@[::1]", 1, "'ssh u@[::1]': write an IPv6 address without brackets" },
	{ "ssh @h", 1, "'ssh @h': expected USER@HOST" },
	{ "ssh -oX@h", 1, "'ssh -oX@h': expected USER@HOST" },
	{ "ext4 /dev/a\next4 /dev/a", 2, "target '/dev/a' is already given on line 1" },
	{ "ext4 /dev/1\next4 /dev/2\next4 /dev/3\next4 /dev/4\next4 /dev/5\next4 /dev/6\next4 "
	  "/dev/7\next4 /dev/8\n"
	  "ext4 /dev/9",
	  9, "more than 8 targets" },
	/* dracut_args */
	{ "dracut_args --mount \"/dev/a /mnt\"", 1,
	  "--mount: expected \"DEVICE MOUNTPOINT TYPE OPTIONS\"" },
	{ "dracut_args --mount", 1, "--mount: expected \"DEVICE MOUNTPOINT TYPE OPTIONS\"" },
	{ "dracut_args --mount \"/dev/a /mnt zfs\"", 1,
	  "--mount: 'zfs' cannot be a target: expected ext2, ext3, ext4, xfs, btrfs, vfat, minix, "
	  "virtiofs or nfs" },
	{ "dracut_args --mount \"a /mnt xfs\"", 1,
	  "'--mount a': expected /dev/..., UUID=..., LABEL=..., PARTUUID=... or PARTLABEL=..." },
	{ "dracut_args --mount \"a /mnt nfs\"", 1, "'--mount a': expected HOST:/EXPORT" },
	/* values */
	{ "path /a/../b", 1, "'path /a/../b': '..' is not allowed, expected a directory" },
	{ "kdump_pre bin/x", 1, "'kdump_pre bin/x': expected an absolute path" },
	{ "sshkey key", 1, "'sshkey key': expected an absolute path" },
	{ "extra_bins lftp", 1, "'lftp': expected absolute paths of programs" },
	{ "extra_bins /bin/x path /a", 1,
	  "'path' is a directive of its own: is a line break missing before it?" },
	{ "extra_modules a b.ko", 1,
	  "'b.ko' is not the name of a kernel module: expected letters, digits, _ and -" },
	{ "blacklist /lib/x", 1, "'/lib/x' is a path: expected names of kernel modules" },
	{ "options e1000", 1, "'options e1000' has no parameters: expected MODULE NAME=VALUE..." },
	{ "options e.1 a=1", 1,
	  "'e.1' is not the name of a kernel module: expected letters, digits, _ and -" },
	{ "fence_kdump_nodes a b;c", 1, "'b;c': expected host names or addresses" },
	{ "fence_kdump_nodes a\nfence_kdump_args -p 0", 2,
	  "fence_kdump_args: '-p': expected -p PORT -f auto|ipv4|ipv6 -c COUNT -i SECONDS -v" },
	{ "fence_kdump_nodes a\nfence_kdump_args -c 5%", 2,
	  "fence_kdump_args: '-c': expected -p PORT -f auto|ipv4|ipv6 -c COUNT -i SECONDS -v" },
	{ "fence_kdump_nodes a\nfence_kdump_args -i 10s", 2,
	  "fence_kdump_args: '-i': expected -p PORT -f auto|ipv4|ipv6 -c COUNT -i SECONDS -v" },
	{ "failure_action restart", 1,
	  "'failure_action restart': did you mean 'reboot'? expected reboot, halt, "
	  "poweroff, shell or dump_to_rootfs" },
	{ "failure_action shell reboot", 1,
	  "'failure_action' takes one word, found 'reboot' behind it; put \"...\" around a value "
	  "with blanks" },
	{ "default Poweroff", 1,
	  "'default Poweroff': did you mean 'poweroff'? expected reboot, halt, poweroff, shell "
	  "or dump_to_rootfs" },
	{ "failure_action explode", 1,
	  "'failure_action explode': expected reboot, halt, poweroff, shell or dump_to_rootfs" },
	{ "final_action shell", 1, "'final_action shell': expected reboot, halt or poweroff" },
	{ "final_action hlt", 1,
	  "'final_action hlt': did you mean 'halt'? expected reboot, halt or poweroff" },
	{ "force_rebuild yes", 1, "'force_rebuild yes': expected 0 or 1" },
	{ "force_rebuild 1\nforce_no_rebuild 1", 2,
	  "'force_rebuild 1' and 'force_no_rebuild 1' exclude each other" },
	{ "auto_reset_crashkernel 1", 1, "'auto_reset_crashkernel 1': expected yes or no" },
	{ "link_delay soon", 1, "'link_delay soon': expected a number from 0 to 86400" },
	{ "disk_timeout 99999", 1, "'disk_timeout 99999': expected a number from 0 to 86400" },
	{ "debug_mem_level 4", 1, "'debug_mem_level 4': expected a number from 0 to 3" },
	/* core_collector */
	{ "core_collector makedumpfile | gzip", 1,
	  "'core_collector': no shell reads this line, so | ; & < > ` and $ mean nothing" },
	{ "core_collector makedumpfle -d 31", 1,
	  "'core_collector makedumpfle': did you mean 'makedumpfile'?" },
	{ "core_collector -l -d 31", 1,
	  "'core_collector -l': the program is missing, expected makedumpfile" },
	{ "core_collector makedumpfile -d 32", 1,
	  "'-d 32': expected a dump level from 0 to 31, or several as 31,17" },
	{ "core_collector makedumpfile -d 31,", 1,
	  "'-d 31,': expected a dump level from 0 to 31, or several as 31,17" },
	{ "core_collector makedumpfile -d dump_level=31", 1,
	  "'-d dump_level=31' is not a number, makedumpfile takes it as 0: write '-d 31'" },
	{ "core_collector makedumpfile -d 1,2,3,4,5,6,7,8,9", 1,
	  "'-d 1,2,3,4,5,6,7,8,9': more than 8 dump levels" },
	{ "core_collector makedumpfile -d", 1, "makedumpfile -d needs a value" },
	{ "core_collector makedumpfile --message-level=", 1,
	  "makedumpfile --message-level needs a value" },
	{ "core_collector makedumpfile -nosuch", 1,
	  "makedumpfile has no option -n (in '-nosuch')" },
	{ "core_collector makedumpfile --num-thread 2", 1,
	  "makedumpfile has no option --num-thread: did you mean --num-threads?" },
	{ "core_collector makedumpfile --frobnicate", 1,
	  "makedumpfile has no option --frobnicate" },
	{ "core_collector makedumpfile --non-mmap=1", 1, "makedumpfile --non-mmap takes no value" },
	{ "core_collector makedumpfile --num-threads x", 1,
	  "'--num-threads x': expected a number from 0 to 1024" },
	{ "core_collector makedumpfile --message-level 32", 1,
	  "'--message-level 32': expected a number from 0 to 31" },
	{ "core_collector makedumpfile d 17 -c", 1,
	  "'d' is no option of makedumpfile: did you mean -d?" },
	{ "core_collector makedumpfile num-threads 2", 1,
	  "'num-threads' is no option of makedumpfile: did you mean --num-threads?" },
	{ "core_collector makedumpfile -c /proc/vmcore", 1,
	  "'/proc/vmcore' and the file are added when it runs: remove them" },
	{ "core_collector makedumpfile -c /x", 1,
	  "'/x' is no option of makedumpfile; the files are added when it runs" },
	{ "core_collector makedumpfile -E -c", 1,
	  "makedumpfile -E (ELF) cannot be compressed: remove -E, or -c, -l, -p and -z" },
	{ "core_collector makedumpfile -E --num-threads 4", 1,
	  "makedumpfile -E (ELF) takes no --num-threads" },
	{ "core_collector makedumpfile -R", 1, "makedumpfile -R: it rebuilds a flattened file" },
	{ "core_collector makedumpfile -g /x", 1, "makedumpfile -g: it writes vmcoreinfo only" },
	{ "core_collector makedumpfile -h", 1, "makedumpfile -h: it prints help" },
	{ "core_collector makedumpfile -v", 1, "makedumpfile -v: it prints the version" },
	{ "core_collector makedumpfile --dump-dmesg", 1,
	  "makedumpfile --dump-dmesg: it writes no vmcore; the kernel log is always saved" },
	{ "core_collector makedumpfile --check-params", 1,
	  "makedumpfile --check-params: it writes no vmcore" },
	{ "core_collector makedumpfile --split a b", 1,
	  "makedumpfile --split: the vmcore is one file here" },
	{ "core_collector makedumpfile --eppic x", 1,
	  "makedumpfile --eppic: data is not erased here, and a vmcore that "
	  "should be erased is not saved in full" },
	{ "core_collector makedumpfile --extension x", 1,
	  "makedumpfile --extension: extensions are not run here" },
	{ "core_collector makedumpfile -L 1Q", 1, "'-L 1Q': expected bytes as 500M or 2G" },
	{ "core_collector makedumpfile --mem-limit=0", 1, "'--mem-limit 0': expected bytes as 500M or 2G" },
	{ "core_collector makedumpfile --codec=best", 1,
	  "'--codec=best': expected auto, zlib, lzo, zstd or none; zlib and zstd may have a level as zstd:3" },
	{ "core_collector makedumpfile --codec=lzo:9", 1, "'--codec=lzo:9': lzo has no levels" },
	{ "core_collector makedumpfile --codec=snappy", 1, "'--codec=snappy': snappy is read here and not written" },
	{ "core_collector makedumpfile --order=size", 1, "'--order=size': expected pfn or important" },
	{ "core_collector makedumpfile --diskset=x", 1,
	  "makedumpfile --diskset: sadump is not known here" },
};

static const struct {
	const char *text;
	const char *sentence;
} warning[] = {
	{ "path /a\\\n",
	  "a backslash joins lines here as on RHEL5 and RHEL6 only: write one line" },
	{ "path /a#b", "'#' is part of the value here; Fedora and RHEL cut the line there" },
	{ "path \"/a #b\"", "'#' is part of the value here; Fedora and RHEL cut the line there" },
	{ "net u@h", "'net' is an old form: write 'ssh u@h'" },
	{ "net h:/x", "'net' is an old form: write 'nfs h:/x'" },
	{ "nfs4 h:/x", "'nfs4' is an old form: write 'nfs h:/x'" },
	{ "default halt", "'default' is an old form: write 'failure_action halt'" },
	{ "failure_action mount_root_run_init",
	  "'mount_root_run_init' boots the whole system in the small memory: "
	  "'failure_action dump_to_rootfs' saves to the root file system without that" },
	{ "link_delay 60",
	  "'link_delay' is an old form: write 'rd.net.timeout.carrier=60' on the capture kernel's "
	  "command line (KDUMP_COMMANDLINE_APPEND)" },
	{ "disk_timeout 30",
	  "'disk_timeout' is an old form: write 'rd.retry=30' on the capture kernel's command line "
	  "(KDUMP_COMMANDLINE_APPEND)" },
	{ "debug_mem_level 3",
	  "'debug_mem_level' is an old form: write 'rd.memdebug=3' on the capture kernel's "
	  "command line (KDUMP_COMMANDLINE_APPEND)" },
	{ "options e1000 a=1",
	  "'options' is an old form: write 'MODULE.NAME=VALUE' on the capture kernel's command "
	  "line (KDUMP_COMMANDLINE_APPEND)" },
	{ "blacklist hpsa",
	  "'blacklist' is an old form: write 'rd.driver.blacklist=hpsa' on the capture kernel's "
	  "command line (KDUMP_COMMANDLINE_APPEND)" },
	{ "override_resettable 1", "'override_resettable' has no effect: remove it" },
	{ "Kdump_not_supported_on_Xen_domU_guest",
	  "'Kdump_not_supported_on_Xen_domU_guest' has no effect: remove it" },
	{ "force_rebuild 2", "'force_rebuild 2' is an old form: write 'force_rebuild 1'" },
	{ "virtiofs /dev/vda", "'virtiofs /dev/vda': taken as the tag of a shared directory, which no device is" },
	{ "virtiofs LABEL=a", "'virtiofs LABEL=a': taken as the tag of a shared directory, which no device is" },
	{ "vfat /dev/a",
	  "vfat holds no file of 4 GiB or more: a larger vmcore will be incomplete" },
	{ "ext4 12e3e25f-534e-4007-a40c-e7e080a933ad",
	  "'ext4 12e3e25f-534e-4007-a40c-e7e080a933ad': taken as "
	  "'ext4 UUID=12e3e25f-534e-4007-a40c-e7e080a933ad'" },
	{ "fence_kdump_args -p 1", "'fence_kdump_args' has no effect without 'fence_kdump_nodes'" },
	{ "core_collector makedumpfile -c -l",
	  "makedumpfile: two compressions, the last one counts: -l (lzo)" },
	{ "core_collector makedumpfile -x vmlinux",
	  "makedumpfile -x is not used: symbols come from the vmcore" },
	{ "core_collector makedumpfile -i info",
	  "makedumpfile -i is not used: vmcoreinfo comes from the vmcore" },
	{ "core_collector makedumpfile --progress=json",
	  "makedumpfile --progress is not used: the consoles show it anyway" },
	{ "core_collector makedumpfile -e", "makedumpfile -e is not used: vmemmap is kept" },
	{ "core_collector makedumpfile -X", "makedumpfile -X is not used: Xen is not known here" },
	{ "core_collector makedumpfile --xen-syms x",
	  "makedumpfile --xen-syms is not used: Xen is not known here" },
};

static const struct {
	const char *text;
	const char *sentence;
} note[] = {
	{ "ext4 /dev/a\nxfs /dev/b",
	  "target 2: tried when those before it failed; Fedora and RHEL take one target only" },
	{ "sshkey /k", "'sshkey' is not used: there is no ssh target" },
	{ "core_collector makedumpfile -F",
	  "-F is decided by the target here (ssh and raw use it); Fedora and RHEL remove it" },
	{ "ssh u@h\ncore_collector makedumpfile -l",
	  "-F is decided by the target here (ssh and raw use it); Fedora and RHEL refuse the line "
	  "without it" },
	{ "dracut_args --zstd", "dracut option --zstd is not used here" },
	{ "dracut_args a\ndracut_args b",
	  "'dracut_args' adds to the line before; Fedora takes one line only" },
};

static void check_refusals(void)
{
	for (unsigned i = 0; i < ARRAY_LEN(refusal); i++) {
		struct plan p;
		struct said s = parse(&p, refusal[i].text);

		CHECK_STR(s.text[CONF_REFUSE], refusal[i].sentence);
		CHECK_INT(s.line[CONF_REFUSE], refusal[i].line);
		CHECK_INT(s.n[CONF_REFUSE], 1);
		plan_free(&p);
	}
}

static void check_warnings(void)
{
	for (unsigned i = 0; i < ARRAY_LEN(warning); i++) {
		struct plan p;
		struct said s = parse(&p, warning[i].text);

		CHECK(strstr(s.all, warning[i].sentence) != NULL);
		CHECK_INT(p.warned, 1);
		CHECK_INT(p.refused, 0);
		if (!strstr(s.all, warning[i].sentence))
			fprintf(stderr, "  \"%s\": %s", warning[i].text, s.all);
		plan_free(&p);
	}
}

static void check_notes(void)
{
	for (unsigned i = 0; i < ARRAY_LEN(note); i++) {
		struct plan p;
		struct said s = parse(&p, note[i].text);

		CHECK_STR(s.text[CONF_NOTE], note[i].sentence);
		CHECK_INT(p.warned + p.refused, 0);
		plan_free(&p);
	}
}

int main(void)
{
	check_refusals();
	check_warnings();
	check_notes();
	return check_done();
}
