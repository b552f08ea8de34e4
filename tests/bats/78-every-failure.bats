#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What runs as root on the host, with every system call failing in turn: the first, the second, … call of each kind
# answers with an error, until a run has none left to fail. The kernel's answer is exchanged by strace, so the program
# is the one that is shipped.
# Promise: the dumps of before are whole, the new one is found whole by the next run or is there already, nothing cut off bears
# the name of a whole file, and a run that did not do its work says so.
#
# EVERY=all tries every call; the short form tries the first 24 of a kind, then ever fewer.

bats_require_minimum_version 1.5.0

setup_file()
{
	mk=${O:-build}/mk/mkvmcore
	[ -x "$mk" ] || { echo "no mkvmcore: run make bats" >&2; return 1; }
	export CRASHBOX=${CRASHBOX:-$PWD/build/crashbox} MADE=$BATS_FILE_TMPDIR
	"$mk" "$BATS_TEST_DIRNAME/../data/flatmem.spec" "$MADE/vmcore"
	cd "$MADE" || return
	"$CRASHBOX" makedumpfile --message-level 4 -F -l -d 1 vmcore >flat
	"$CRASHBOX" makedumpfile --message-level 4 -R final <flat
	"$CRASHBOX" vmcore-dmesg vmcore >log
	head -c 300000 /dev/urandom >earlier
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
}

# The kinds of calls: NAME ERROR PATTERN, PATTERN being strace's regular expression of names.
kinds()
{
	cat <<-'KINDS'
	open EMFILE ^open(at|at2)?$
	read EIO ^(read|pread64|readv|preadv2?)$
	write ENOSPC ^(write|pwrite64|writev|pwritev2?|copy_file_range|sendfile)$
	sync EIO ^(fsync|fdatasync|sync_file_range|syncfs)$
	size ENOSPC ^(f?truncate|fallocate)$
	rename EIO ^rename(at|at2)?$
	make ENOSPC ^(mkdir|mkdirat|link|linkat|symlink|symlinkat)$
	remove EROFS ^(unlink|unlinkat|rmdir)$
	look EIO ^(stat|lstat|fstat|newfstatat|statx|statfs|fstatfs|getdents64|lseek)$
	mode EPERM ^(f?chmod|fchmodat|f?chown|fchownat|utimensat)$
	memory ENOMEM ^(mmap|mremap|brk)$
	process EAGAIN ^(clone|clone3|fork|vfork|pipe2?|flock)$
	allocation ENOMEM malloc
	KINDS
}

# The numbers of calls to try. Each number is tried until a run has no call of that number.
numbers()
{
	if [ "${EVERY:-}" = all ]; then
		seq 1 100000
	else
		seq 1 24
		awk 'BEGIN { for (n = 25; n < 100000; n = int(n * 1.4)) print n }'
	fi
}

# failing KIND ERROR CALLS N COMMAND…: COMMAND with one call failing; `trace` has a line INJECTED when there was such a call.
# Allocations fail in the program that tests/every makes, which sees leaks and wild accesses on the way out.
failing()
{
	local kind=$1 error=$2 calls=$3 n=$4
	shift 4
	if [ "$kind" = allocation ]; then
		shift
		FAIL_ALLOCATION=$n ASAN_OPTIONS=exitcode=199 timeout 60 "${O:-build}/every/crashbox" "$@" 9>trace
	else
		timeout 60 strace -f -o trace -e "trace=/$calls" -e "inject=/$calls:error=$error:when=$n" "$@"
	fi
}

# each BEFORE AFTER COMMAND…: BEFORE makes the state, COMMAND runs with one call failing, AFTER judges it:
# AFTER STATUS; what COMMAND printed is in the file `said`.
each()
{
	local before=$1 after=$2 kind error calls n status tried=0
	shift 2
	while read -r kind error calls; do
		for n in $(numbers); do
			# musl's first mapping is the thread's own memory, before main: it ends the program itself then.
			[ "$kind $n" != "memory 1" ] || continue
			$before
			status=0
			failing "$kind" "$error" "$calls" "$n" "$@" >said 2>&1 </dev/null || status=$?
			grep -q INJECTED trace || break
			tried=$((tried + 1))
			$after "$status" || {
				echo "after call $n of $kind failed with $error (status $status):"
				grep INJECTED trace
				cat said
				return 1
			}
		done
	done < <(kinds)
	echo "# $tried runs" >&3
	[ "$tried" -gt 20 ]
}

# The program ended by itself, and said why when it did not end well, unless that very line was refused.
ended()
{
	[ "$1" -lt 124 ] && { [ "$1" -eq 0 ] || [ -s said ] || grep -q 'writev\{0,1\}([12], .*INJECTED' trace; }
}

raw_waits()
{
	rm -rf dev out
	cp --sparse=always "$MADE/dev" dev
	mkdir out
	mkdir -m 700 out/127.0.0.1-2024-01-01-12:00:00
	cp "$MADE/earlier" out/127.0.0.1-2024-01-01-12:00:00/vmcore
}

# One whole dump of the stream, by now or after another run without failures
raw_kept()
{
	local f whole=0
	ended "$1" && cmp "$MADE/earlier" out/127.0.0.1-2024-01-01-12:00:00/vmcore || return 1
	for f in out/*/vmcore; do
		case $f in */127.0.0.1-2024-01-01-12:00:00/*) continue ;; esac
		[ -e "$f" ] || continue
		cmp "$f" "$MADE/final" || return 1
		whole=$((whole + 1))
	done
	if [ "$1" -eq 0 ]; then
		[ "$whole" -eq 1 ] || { echo "exit 0 without a dump"; return 1; }
	fi
	"$CRASHBOX" savecore --dev dev --dir out /dev/null >again 2>&1 || { cat again; return 1; }
	for f in out/*/vmcore; do
		cmp -s "$f" "$MADE/final" && return 0
	done
	echo "the dump is lost"
	return 1
}

@test "savecore from a partition loses nothing" {
	truncate -s 64M "$MADE/dev"
	"$CRASHBOX" raw put "$MADE/dev" "$MADE/flat" "$MADE/log"
	each raw_waits raw_kept "$CRASHBOX" savecore --dev dev --dir out /dev/null
}

stream_waits()
{
	rm -rf out
	mkdir out
	mkdir -m 700 out/127.0.0.1-2024-01-01-12:00:00 out/127.0.0.1-2024-02-02-12:00:00
	cp "$MADE/earlier" out/127.0.0.1-2024-01-01-12:00:00/vmcore
	cp "$MADE/flat" out/127.0.0.1-2024-02-02-12:00:00/vmcore.flat
	: >kdump.conf
}

stream_kept()
{
	local d=out/127.0.0.1-2024-02-02-12:00:00
	ended "$1" && cmp "$MADE/earlier" out/127.0.0.1-2024-01-01-12:00:00/vmcore || return 1
	[ ! -e "$d/vmcore" ] || cmp "$d/vmcore" "$MADE/final" || return 1
	[ "$1" -ne 0 ] || [ -e "$d/vmcore" ] || { echo "exit 0 without a dump"; return 1; }
	[ -e "$d/vmcore" ] || cmp "$d/vmcore.flat" "$MADE/flat" || return 1
	"$CRASHBOX" savecore --dir out kdump.conf >again 2>&1 || { cat again; return 1; }
	cmp "$d/vmcore" "$MADE/final"
}

@test "savecore of a stream in a directory loses nothing" {
	each stream_waits stream_kept "$CRASHBOX" savecore --dir out kdump.conf
}

two_dumps()
{
	rm -rf out
	mkdir out
	mkdir -m 700 out/127.0.0.1-2024-01-01-12:00:00 out/127.0.0.1-2024-02-02-12:00:00
	cp "$MADE/earlier" out/127.0.0.1-2024-01-01-12:00:00/vmcore
	cp "$MADE/final" out/127.0.0.1-2024-02-02-12:00:00/vmcore
}

newest_stays()
{
	local old=out/127.0.0.1-2024-01-01-12:00:00/vmcore
	ended "$1" && cmp out/127.0.0.1-2024-02-02-12:00:00/vmcore "$MADE/final" || return 1
	[ ! -e "$old" ] || cmp "$old" "$MADE/earlier"
}

@test "retain never harms the dump that stays" {
	mkdir host
	each two_dumps newest_stays "$CRASHBOX" retain --keep 1 --root host out
}

no_output()
{
	rm -f out out-* vmcore-*
}

# Whatever bears the name asked for is whole. What is left under another name is called incomplete.
whole_or_none()
{
	ended "$1" || return 1
	if [ "$1" -eq 0 ] && [ ! -e out ]; then
		echo "exit 0 without a dump"
		return 1
	fi
	if [ -e out ]; then
		# A filter that could not read what it needs keeps every page: more than asked for, and none is lost.
		if "$CRASHBOX" verify -q out >verified 2>&1; then
			cmp -s out whole && return 0
			"$CRASHBOX" info --json out >now && grep -q '"complete":true.*"lost":0,"elsewhere":0,"damaged":0' now &&
				"$CRASHBOX" makedumpfile --message-level 0 -f -c -d 31 out again && cmp -s again whole.again && return 0
		fi
		[ "$1" -ne 0 ] || { cat verified now; return 1; }
		# Called incomplete, or no dump at all.
		! "$CRASHBOX" info out >now 2>&1 || grep -qi incomplete now || { echo "cut, and not called so"; return 1; }
	fi
}

@test "makedumpfile: what bears the name is whole, or says that it is not" {
	"$CRASHBOX" makedumpfile --message-level 4 --num-threads 1 -l -d 31 "$MADE/vmcore" whole
	"$CRASHBOX" makedumpfile --message-level 4 -c -d 31 whole whole.again
	each no_output whole_or_none "$CRASHBOX" makedumpfile --num-threads 1 -l -d 31 "$MADE/vmcore" out
}

list_archive()
{
	printf 'dir /etc 755\nfile /etc/key 600 %s\n' "$MADE/earlier" >list
	printf 'before' >image
	rm -f image?*
}

old_or_new()
{
	ended "$1" || return 1
	if [ "$1" -eq 0 ]; then
		cmp image whole.image || return 1
	else
		[ "$(head -c 6 image | tr -d '\\000')" = before ] || cmp image whole.image || return 1
	fi
	[ -z "$(find . -maxdepth 1 -name 'image?*' -o -name '.image*')" ] || { ls -a; return 1; }
}

@test "an archive is the old one or the new one" {
	list_archive
	"$CRASHBOX" cpio -z -o image list
	mv image whole.image
	each list_archive old_or_new "$CRASHBOX" cpio -z -o image list
}

host_files()
{
	rm -rf host
	mkdir -p host/etc/default host/boot/grub host/proc host/sys/kernel
	printf 'GRUB_TIMEOUT=5\nGRUB_CMDLINE_LINUX="quiet"\n' >host/etc/default/grub
	echo 'path /srv/crash' >host/etc/kdump.conf
	echo 'root=/dev/vda1 ro' >host/proc/cmdline
}

# A file that is edited is the one of before or the one of a run without failures.
edited()
{
	ended "$1" || return 1
	[ "$1" -ne 0 ] || { cmp "host/$edits" edited.whole && return 0; return 1; }
	cmp -s "host/$edits" edited.before || cmp "host/$edits" edited.whole
}

# edit FILE COMMAND…: the same for every command that edits a file of the host
edit()
{
	edits=$1
	shift
	host_files
	cp "host/$edits" edited.before
	SYSROOT=$PWD/host "$@" >said 2>&1 || { cat said; return 1; }
	cp "host/$edits" edited.whole
	run ! cmp -s edited.before edited.whole
	export SYSROOT=$PWD/host
	each host_files edited "$@"
}

@test "an edit of GRUB's file is whole or was not made" {
	edit etc/default/grub "$CRASHBOX" kdumpctl reset-crashkernel 512M
}

@test "setup leaves the old kdump.conf or the new one" {
	edit etc/kdump.conf "$CRASHBOX" setup --path /var/other --yes
}
