# SPDX-License-Identifier: GPL-2.0-or-later
# Files of at most 1 MiB that claim much, and files of other programs, given to every command that opens a file.

bats_require_minimum_version 1.5.0

setup()
{
	[ -x "${O:-build}/mk/mkhostile" ] || { echo "no mkhostile: run make bats" >&2; return 1; }
	crashbox=$(realpath "${CRASHBOX:-build/crashbox}")
	mk=$(realpath "${O:-build}/mk")
	cd "$BATS_TEST_TMPDIR"
}

# within WORDS...: crashbox with these words ends by itself within 10 seconds of a processor and 64 MiB,
# and of no signal.
# `ulimit -v` counts the binary and the stacks of threads too: 16 MiB are for these.
within()
{
	status=0
	(ulimit -v $((80 << 10)) -t 10 && exec timeout 120 "$crashbox" "$@") >said 2>&1 </dev/null || status=$?
	[ "$status" -lt 124 ] || { echo "$*: status $status"; cat said; return 1; }
	if grep -qE ": no memory($| for| to)" said; then
		echo "$*:"
		cat said
		return 1
	fi
	# A page that is named and not there stays lost: 24 bytes of the table of descriptors, whose room is taken at once.
	size=$(stat -c %b out 2>/dev/null || echo 0)
	[ "$size" -le $((96 << 11)) ] || { echo "$*: out has $size blocks"; return 1; }
	rm -rf out out1 out2
}

every_command()
{
	within info "$1"
	within info --json "$1"
	within verify "$1"
	within vmcore-dmesg "$1"
	for how in "-c -d 31" "-l -d 0" "-E -d 0" "-E -d 31" "--dry-run -d 31" "--dump-dmesg"; do
		# shellcheck disable=SC2086 # words
		within makedumpfile $how --num-threads 1 "$1" out
	done
	within makedumpfile --split -d 0 "$1" out1 out2
	within makedumpfile --reassemble "$1" out
	within cpio -t "$1"
	within cpio --cat etc/crashbox/recipe "$1"
	within kexec -l "$1"
}

@test "memory that no byte of the file backs costs nothing" {
	for kind in memsz far loads overlaps notes losses; do
		"$mk/mkhostile" "$kind" in
		every_command in
	done
}

@test "bitmaps and records that no byte of the stream backs cost nothing" {
	for kind in bitmap bits records; do
		"$mk/mkhostile" "$kind" in
		every_command in
		within makedumpfile -R out <in
	done
	"$mk/mkhostile" hole in
	every_command in
}

@test "an image of 500 KB does not unpack into all of memory" {
	head -c 480M /dev/zero | gzip -9 >in
	[ "$(stat -c %s in)" -lt 600000 ]
	within cpio -t in
	grep -q "gzip: more than .* bytes when unpacked" said
	within cpio --cat etc/passwd in
	within rehearse in
	every_command in
}

# A name, then what printf makes the file of, then what every command says of it.
formats()
{
	cat <<'EOF'
gzip|\037\213\010\000|gzip data: unpack it first (gzip -d)
xz|\3757zXZ\000|xz data: unpack it first
zstd|\050\265\057\375|zstd data: unpack it first
bzip2|BZh91AY|bzip2 data: unpack it first
lz4|\004\042\115\030|lz4 data: unpack it first
zip|PK\003\004|a zip archive: unpack it first
libvirt|LibvirtQemudSave|the saved state of a libvirt guest: `virsh dump --memory-only`
lime|EMiL\001\000\000\000|a LiME dump
avml|AVML\002\000\000\000|an AVML dump
sadump|sadump\000\000|a dump of sadump: crash reads it
lkcd|\355\043\217\141\163\001\031\250|a dump of LKCD: crash reads it
s390|\250\031\001\163\141\217\043\375|a stand-alone dump of s390: `zgetdump
xen|\355\353\017\360|a core of a Xen guest: crash reads it
windows|PAGEDU64|a crash dump of Windows
vmware|\320\276\322\276|a suspended VMware guest
savevm|QEVM\000\000|a savevm or migration stream of QEMU
qcow2|QFI\373|a qcow2 disk image
diskdump|DISKDUMP|a file of diskdump
age|age-encryption.org/v1\n|data that age has sealed: open it first
html|<!DOCTYPE html>\n<html>|a page of HTML
log|[    0.000000] Linux version 6.1\n[    0.000000] Command line: x\n|a text, perhaps the log of a dump
script|#!/bin/sh\n|a script
EOF
}

@test "files of other programs are named, with the way out" {
	formats | while IFS='|' read -r name bytes said; do
		{ printf "$bytes"; case $name in log | script | html | age) ;; *) head -c 5000 /dev/zero ;; esac; } >"in-$name"
		for command in info verify vmcore-dmesg "makedumpfile -c"; do
			# shellcheck disable=SC2086 # words
			run -1 "$crashbox" $command "in-$name" $([ "$command" = "makedumpfile -c" ] && echo out)
			[[ $output == *"$said"* ]] || { echo "$command $name: $output"; exit 1; }
			[ ! -e out ]
		done
	done
	tar -cf in.tar in-log
	run -1 "$crashbox" info in.tar
	[[ $output == *"a tar archive: unpack it first (tar -x)"* ]]
	head -c 8192 /dev/zero >in-zeros
	run -1 "$crashbox" info in-zeros
	[[ $output == *"nothing but zeros"* ]]
	run -1 "$crashbox" info /bin/sh
	[[ $output == *"a program or a vmlinux, no dump"* ]]
	head -c 100 /dev/urandom >noise
	printf '\001' | cat - noise >in-noise
	run -1 "$crashbox" info in-noise
	[[ $output == *"neither an ELF vmcore, a kdump-compressed dump nor a flattened stream"* ]]
}

@test "an image of another kind is named too" {
	printf '\3757zXZ\000' >in
	run -1 "$crashbox" cpio -t in
	[[ $output == *"in: no image but xz data: unpack it first (xz -d)"* ]]
	printf '<html>' >in
	run -1 "$crashbox" cpio -t in
	[[ $output == *"a page of HTML"* ]]
}

@test "the dump of a 32-bit machine whose times have 64 bits" {
	"$mk/mkhostile" bitmap stream
	dd if=stream of=in bs=1 skip=4112 count=464 status=none
	head -c 20000 /dev/zero >>in
	printf 'armv7l' | dd of=in bs=1 seek=$((12 + 4 * 65)) conv=notrunc status=none
	run -1 "$crashbox" info in
	[[ $output == *"the dump of a 32-bit machine (armv7l) is not supported"* ]]
}
