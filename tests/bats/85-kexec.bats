#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What `crashbox kexec` says before it asks the kernel anything. Loads are proven in tests/vm/B0-arm and B1-refused.
bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	CRASHBOX="${CRASHBOX:-$BATS_TEST_DIRNAME/../../build/crashbox}"
}

@test "kexec: files that are not there, or are none, are named" {
	run -1 "$CRASHBOX" kexec -p "$PWD/none"
	[[ "$output" == *"open $PWD/none: No such file"* ]]
	run -1 "$CRASHBOX" kexec -p "$PWD"
	[[ "$output" == *"$PWD is not a file"* ]]
	echo kernel >kernel
	run -1 "$CRASHBOX" kexec -p "$PWD/kernel" --initrd="$PWD/none"
	[[ "$output" == *"open $PWD/none: No such file"* ]]
}

# The kernel would give up what is loaded before it looks.
@test "kexec: what is certainly no kernel or no image is refused by its kind, before the kernel is asked" {
	truncate -s 4096 kernel
	printf 'HdrS' | dd of=kernel bs=1 seek=$((0x202)) conv=notrunc 2>/dev/null
	echo text >text
	: >empty
	printf '070701' >image
	printf '<!DOCTYPE html>' >page
	printf 'KDUMP   \1\0\0\0' >dump
	mkfifo fifo
	while IFS='|' read -r file initrd said; do
		run -1 timeout 10 "$CRASHBOX" kexec -p "$file" ${initrd:+--initrd="$initrd"}
		echo "$output"
		[[ "$output" == *"$said"* ]]
	done <<-'CASES'
	text||load text: it is no kernel but a text
	empty||load empty: it is no kernel: it is empty
	fifo||fifo is not a file
	image||load image: it is no kernel but a cpio archive, such as an initramfs
	page||load page: it is no kernel but a page of HTML: a download that failed?
	dump||load dump: it is no kernel but a kdump-compressed dump
	kernel|text|text is no image but a text
	kernel|empty|empty is no image: it is empty
	kernel|fifo|fifo is not a file
	kernel|kernel|kernel is no image but a kernel image (bzImage)
	kernel|dump|dump is no image but a kdump-compressed dump
	CASES
}

@test "kexec: a command line that is too long is refused, whatever is loaded" {
	# a boot sector: its magic, version 2.15, room for 64 bytes of command line
	truncate -s 4096 kernel
	printf 'HdrS\017\002' | dd of=kernel bs=1 seek=$((0x202)) conv=notrunc 2>/dev/null
	printf '\100' | dd of=kernel bs=1 seek=$((0x238)) conv=notrunc 2>/dev/null
	run -1 "$CRASHBOX" kexec -p "$PWD/kernel" --command-line="console=ttyS0 nr_cpus=1 irqpoll reset_devices"
	[[ "$output" == *"too long"* ]]
}

@test "kexec: only capture kernels; words that make no sense" {
	run -2 "$CRASHBOX" kexec -l kernel
	[[ "$output" == *"only capture kernels"* ]]
	run -2 "$CRASHBOX" kexec
	run -2 "$CRASHBOX" kexec kernel
	run -2 "$CRASHBOX" kexec -p -u kernel
	run -2 "$CRASHBOX" kexec -p kernel --initrd=
	run -2 "$CRASHBOX" kexec -p kernel other
	run -2 "$CRASHBOX" kexec --bogus
	run -0 "$CRASHBOX" kexec --help
}

@test "kexec: status says whether one is loaded, and its exit code too" {
	loaded=$(cat /sys/kernel/kexec_crash_loaded 2>/dev/null || echo 0)
	if [ "$loaded" = 1 ]; then
		run -0 "$CRASHBOX" kexec --status
		[[ "$output" == "a capture kernel is loaded" ]]
	else
		run -3 "$CRASHBOX" kexec --status
		[[ "$output" == "no capture kernel is loaded"* ]]
	fi
}
