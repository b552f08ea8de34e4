# SPDX-License-Identifier: GPL-2.0-or-later
# tests/vm: judges. Each looks at the result with a tool that is not ours and records what is wrong.
# shellcheck shell=sh disable=SC2034

# fail SENTENCE: the run goes on, its verdict is decided
fail()
{
	echo "$*" >>failures
}

# disk_open IMAGE: sets TREE to a directory that shows the file system, read-only
disk_open()
{
	judge_close
	mkdir -p tree
	TREE=$PWD/tree
	# two runs may look at their disks at once: nouuid lets xfs mount a second one
	mount -o loop,nouuid "$1" tree 2>/dev/null || mount -o loop "$1" tree 2>/dev/null && return 0
	disk_extract "$1"
}

# Without a kernel that mounts it: read the image in user space
disk_extract()
{
	rm -rf tree.out
	mkdir tree.out
	TREE=$PWD/tree.out
	if debugfs -R 'stats -h' "$1" 2>/dev/null | grep -q magic; then
		debugfs -R "rdump /var $TREE" "$1" >/dev/null 2>&1
	elif minfo -i "$1" :: >/dev/null 2>&1; then
		mcopy -s -n -Q -i "$1" ::/var "$TREE/"
	else
		die "cannot read $1: this machine mounts no such file system"
	fi
}

judge_close()
{
	! mountpoint -q tree 2>/dev/null || umount tree
	rm -rf tree.out
}

# dump_find [PATH]: sets DUMP to the one dump directory below PATH on the opened disk (":" of the
# time is another character on vfat)
dump_find()
{
	DUMP=
	for dir in "$TREE/${1:-var/crash}"/*-20[0-9][0-9]-[01][0-9]-[0-3][0-9]-[0-2][0-9]?[0-5][0-9]?[0-6][0-9]; do
		[ -d "$dir" ] || continue
		[ -z "$DUMP" ] || fail "two dump directories: $DUMP and $dir"
		DUMP=$dir
	done
	[ -n "$DUMP" ] || fail "no dump directory below /${1:-var/crash}"
	[ -n "$DUMP" ]
}

console_says()
{
	grep -qF -e "$1" serial.log || fail "the console does not say: $1"
}

console_never_says()
{
	! grep -qF -e "$1" serial.log || fail "the console says: $1"
}

file_there()
{
	[ -s "$DUMP/$1" ] || fail "$1 is missing or empty in $(basename "$DUMP")"
}

file_absent()
{
	[ ! -e "$DUMP/$1" ] || fail "$1 must not exist in $(basename "$DUMP")"
}

# judge_private: only root can enter DUMP or read its files (file systems that keep modes)
judge_private()
{
	[ -z "$(find "$DUMP" -perm /077)" ] || fail "others can read $(find "$DUMP" -perm /077 | tr '\n' ' ')"
}

# judge_elf FILE: readelf takes header, notes and every segment; the file is not shorter than they say
judge_elf()
{
	LC_ALL=C readelf -hlnW "$1" >readelf.txt 2>readelf.err || fail "readelf refuses $1"
	[ ! -s readelf.err ] || fail "readelf warns: $(head -1 readelf.err)"
	grep -q 'Type:.*CORE' readelf.txt || fail "$1 is not a core file"
	grep -q VMCOREINFO readelf.txt || fail "$1 has no vmcoreinfo note"
	end=$(awk '$1 == "LOAD" { print $2, $5 }' readelf.txt |
		while read -r offset size; do echo $((offset + size)); done | sort -n | tail -1)
	[ "$(stat -c %s "$1")" -eq "${end:-0}" ] ||
		fail "$1 has $(stat -c %s "$1") bytes, its segments end at ${end:-nowhere}"
}

# judge_dmesg FILE DMESG: makedumpfile extracts the same log, and it tells of the panic
judge_dmesg()
{
	rm -f dmesg.theirs
	makedumpfile --dump-dmesg "$1" dmesg.theirs >dmesg.out 2>&1 ||
		fail "makedumpfile --dump-dmesg refuses $1: $(tail -1 dmesg.out)"
	cmp -s dmesg.theirs "$2" || fail "vmcore-dmesg.txt differs from makedumpfile's: $(
		diff dmesg.theirs "$2" 2>&1 | sed -n 2p)"
	judge_panic "$2"
}

judge_panic()
{
	grep -q 'Kernel panic - not syncing: sysrq triggered crash' "$1" ||
		fail "no panic line in $(basename "$1")"
}

# judge_crash FILE: crash reads the header and the vmcoreinfo (more needs debug data: make test-crash)
judge_crash()
{
	release=$(crash --osrelease "$1" 2>/dev/null | tail -1)
	[ "$release" = "$K_VERSION" ] || fail "crash takes $1 for kernel \"$release\", it is $K_VERSION"
}

# judge_whole: everything a complete capture that copies all of memory owes, in DUMP
judge_whole()
{
	judge_saved
	judge_elf "$DUMP/vmcore"
	judge_refilter "$DUMP/vmcore"
	judge_dmesg "$DUMP/vmcore" "$DUMP/vmcore-dmesg.txt"
	judge_records
}

# judge_saved: the files of a complete capture, none of an incomplete one
judge_saved()
{
	for name in vmcore vmcore-dmesg.txt; do
		file_there "$name"
	done
	file_absent vmcore-incomplete
	file_absent vmcore-dmesg-incomplete.txt
}

# judge_records: the log of the capture kernel and the report
judge_records()
{
	file_there kexec-dmesg.log
	file_there crashbox-report.json
}

# save_memory: the command of a watch that stops the guest, writes its memory and lets it go on
save_memory()
{
	echo "'$VM/monitor' . stop 'pmemsave 0 $((VM_MEM << 20)) memory' cont 2>monitor.log"
}
