# SPDX-License-Identifier: GPL-2.0-or-later
# Dumps in every format, made by the distribution's makedumpfile from a small vmcore, read by info, verify and vmcore-dmesg.

bats_require_minimum_version 1.5.0

setup_file()
{
	mk=${O:-build}/mk/mkvmcore
	[ -x "$mk" ] || { echo "no mkvmcore: run make bats" >&2; return 1; }
	export dumps=$BATS_FILE_TMPDIR
	"$mk" "$BATS_TEST_DIRNAME/../data/flatmem.spec" "$dumps/vmcore"
	cd "$dumps"
	makedumpfile -d 0 vmcore stored
	makedumpfile -c -d 1 vmcore zlib
	makedumpfile -l -d 31 vmcore lzo
	makedumpfile -E -d 31 vmcore elf
	makedumpfile -F -l -d 1 vmcore >flat
	makedumpfile -F -E -d 0 vmcore >flat-elf
	makedumpfile -l -d 1 --splitblock-size 256 --split vmcore part1 part2 part3
	makedumpfile -c -d 0 -L 700000 vmcore cut || :
}

crashbox()
{
	"${CRASHBOX:-build/crashbox}" "$@"
}

# field NAME FILE...: what info prints behind NAME
field()
{
	name=$1
	shift
	crashbox info "$@" | sed -n "s/^ *$name  *//p"
}

# Whatever the file, what is told of the kernel is the same.
same_kernel()
{
	run -0 crashbox info "$@"
	[[ $output == *"kernel      6.1.0-test x86_64"* ]]
	[[ $output == *"crashed     2025-11-21T08:40:00Z"* ]]
	[[ $output == *"uptime      5.123999 s"* ]]
	[[ $output == *"panic       Kernel panic - not syncing: sysrq triggered crash"* ]]
	[[ $output == *"memory      1792 pages, 7.0 MiB"* ]]
	crashbox vmcore-dmesg "$dumps/vmcore" >"$BATS_TEST_TMPDIR/want"
	crashbox vmcore-dmesg "$@" >"$BATS_TEST_TMPDIR/got"
	cmp "$BATS_TEST_TMPDIR/want" "$BATS_TEST_TMPDIR/got"
	crashbox verify -q "$@"
}

@test "ELF vmcore, and one with holes" {
	same_kernel "$dumps/vmcore"
	[ "$(field format "$dumps/vmcore")" = ELF ]
	[ "$(field kept "$dumps/vmcore")" = "1792 pages, 7.0 MiB" ]
	same_kernel "$dumps/elf"
	[ "$(field kept "$dumps/elf")" != "1792 pages, 7.0 MiB" ]
	[ -n "$(field "left out" "$dumps/elf")" ]
}

@test "stored pages" {
	same_kernel "$dumps/stored"
	[ "$(field format "$dumps/stored")" = "kdump-compressed, header version 6" ]
	[ "$(field level "$dumps/stored")" = "0: all pages" ]
	[ "$(field stored "$dumps/stored")" = "1792 pages, 7.0 MiB in 7.0 MiB" ]
	[ -z "$(field zero "$dumps/stored")" ]
}

@test "zlib: text packs, noise is stored, zeros share a page" {
	same_kernel "$dumps/zlib"
	[ "$(field level "$dumps/zlib")" = "1: without zero pages" ]
	[[ $(field zlib "$dumps/zlib") == "263 pages, "* ]]
	[ "$(field stored "$dumps/zlib")" = "256 pages, 1.0 MiB in 1.0 MiB" ]
	[[ $(field zero "$dumps/zlib") == "1273 pages, "* ]]
}

@test "LZO, filtered" {
	same_kernel "$dumps/lzo"
	[ "$(field level "$dumps/lzo")" = "31: without zero, cache, private cache, user, free pages" ]
	[[ $(field lzo "$dumps/lzo") == "263 pages, "* ]]
}

@test "flattened streams of both formats" {
	same_kernel "$dumps/flat"
	[ "$(field format "$dumps/flat")" = "kdump-compressed, header version 6, flattened" ]
	same_kernel "$dumps/flat-elf"
	[ "$(field format "$dumps/flat-elf")" = "ELF, flattened" ]
}

@test "a flattened stream that was cut is incomplete, what is there can be read" {
	head -c -100000 "$dumps/flat" >"$BATS_TEST_TMPDIR/flat"
	[ "$(field complete "$BATS_TEST_TMPDIR/flat")" = "no: the flattened stream has no end" ]
	run -1 crashbox verify "$BATS_TEST_TMPDIR/flat"
	[ "${lines[0]}" = "flattened stream: it has no end" ]
	[[ $output == *" pages read, 1 fault" ]]
}

@test "a split dump: all parts in any order, some of them, parts of another dump" {
	same_kernel "$dumps/part3" "$dumps/part1" "$dumps/part2"
	[ "$(field format "$dumps"/part?)" = "kdump-compressed, header version 6, split, 3 files" ]
	[ "$(field complete "$dumps"/part?)" = yes ]
	[ "$(field complete "$dumps/part2")" = "no: parts of the split dump are missing" ]
	[ -n "$(field elsewhere "$dumps/part2")" ]
	run -1 crashbox verify "$dumps/part2"
	[[ $output == *" pages are in parts that were not given"* ]]
	[[ $output == *"the dump is incomplete: parts of the split dump are missing"* ]]
	[[ $(field missing "$dumps/part1" "$dumps/part3") == "the part of page frames "* ]]
	run -1 crashbox verify "$dumps/part1" "$dumps/lzo"
	[ "$output" = "crashbox: vmcore: kdump: $dumps/lzo is no part of a split dump: give it alone" ]
	run -1 crashbox info "$dumps/part1" "$dumps/part2" "$dumps/part1" "$dumps/part3"
	[[ $output == *"$dumps/part1 and $dumps/part1 are the same part: both have page frames 0 to "* ]]
	run -1 crashbox info "$dumps/vmcore" "$dumps/lzo"
	[ "$output" = "crashbox: vmcore: $dumps/vmcore is an ELF file: only parts of a split dump go together" ]
}

@test "a dump that was cut off says so and has no other fault; it is not complete" {
	[ "$(field complete "$dumps/cut")" = "no: the writer ended early" ]
	[ -n "$(field lost "$dumps/cut")" ]
	run -1 crashbox verify "$dumps/cut"
	[[ $output == "the dump is incomplete: the writer ended early; "*" pages are lost"*", 0 faults" ]]
	run -1 crashbox info "$dumps/cut"
}

@test "info --json is one object" {
	run -0 crashbox info --json "$dumps/zlib"
	python3 - "$output" <<-'END'
		import json, sys
		d = json.loads(sys.argv[1])
		assert d["format"] == "kdump-compressed" and d["level"] == 1 and d["complete"] is True
		assert d["kernel"] == "6.1.0-test" and d["crashed"] == "2025-11-21T08:40:00Z" and d["uptime"] == 5.123999
		assert d["pages"]["memory"] == 1792 and d["pages"]["zero"] == 1273
		assert sum(c["pages"] for c in d["codecs"].values()) + d["pages"]["zero"] == d["pages"]["kept"]
	END
}

# damage FILE OFFSET HEX: bytes of a copy, which is printed
damage()
{
	cp "$1" "$BATS_TEST_TMPDIR/damaged"
	printf '%b' "$3" | dd of="$BATS_TEST_TMPDIR/damaged" bs=1 seek="$2" conv=notrunc status=none
	echo "$BATS_TEST_TMPDIR/damaged"
}

# Of an ELF vmcore only: the file says where the segments of the kernel are mapped, a kdump file has no field for it.
@test "the log of every machine is in what is written from its vmcore" {
	cd "$BATS_TEST_TMPDIR"
	for spec in riscv64 ppc64le arm64 ring records chars; do
		"${O:-build}/mk/mkvmcore" "$BATS_TEST_DIRNAME/../data/$spec.spec" vmcore
		crashbox vmcore-dmesg vmcore >want
		crashbox makedumpfile -c -d 0 vmcore kdump
		crashbox makedumpfile -E -d 0 kdump elf
		crashbox makedumpfile -F -d 31 elf >flat
		for made in kdump elf flat; do
			crashbox vmcore-dmesg "$made" >got
			cmp want got || { echo "$spec: $made"; false; }
		done
		rm vmcore kdump elf flat
	done
}

@test "info says that data was erased on purpose, and every file written from it too" {
	cd "$BATS_TEST_TMPDIR"
	# The sub header, in block 1, gets a text behind the last page: offset and size at byte 64 (version 5).
	cp "$dumps/zlib" in
	size=$(stat -c %s in)
	printf 'erase init_task.comm size 16\n' >>in
	word() { printf "\\\\x%02x" $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) 0 0 0 0 0; }
	printf "$(word "$size")$(word 29)" | dd of=in bs=1 seek=$((4096 + 64)) conv=notrunc status=none
	[ "$(field erased in)" = "data was erased on purpose, 29 bytes of text tell which" ]
	[ "$(field erased "$dumps/zlib")" = "" ]
	crashbox makedumpfile -l -d 0 in out
	crashbox makedumpfile -E -d 0 out elf
	crashbox makedumpfile --split -d 0 in one two
	crashbox makedumpfile --reassemble two one whole
	for made in out elf whole one; do
		crashbox info "$made" | grep -q "^erased  *data was erased on purpose, 29 bytes"
	done
	grep -q "erase init_task.comm size 16" elf
	crashbox info --json elf | grep -q '"erased_text_bytes":29'
}

@test "the core of a process is refused by every command" {
	cd "$BATS_TEST_TMPDIR"
	"${O:-build}/mk/mkvmcore" "$BATS_TEST_DIRNAME/../data/process.spec" core
	for command in "info core" "verify core" "vmcore-dmesg core" "makedumpfile -c -d0 core" "makedumpfile -E -d0 core" \
		"makedumpfile --dry-run core" "makedumpfile --split -d0 core out2" "makedumpfile --dump-dmesg core"; do
		case $command in
			makedumpfile*) command="$command out" ;;
		esac
		# shellcheck disable=SC2086 # words
		run -1 crashbox $command
		[[ $output == *"the core of a process, not of a kernel"* ]]
		[ ! -e out ]
	done
}

@test "verify names the pages that are damaged" {
	# The descriptors begin in block 5: the first is of page 512, whose size becomes 8192.
	file=$(damage "$dumps/zlib" $((5 * 4096 + 8)) '\0\040')
	run -1 crashbox verify "$file"
	[ "${lines[0]}" = "kdump: page frame 512: its descriptor is damaged: a size that no page has" ]
	[ "${lines[1]}" = "1792 pages read, 1 fault" ]
	[[ $(field damaged "$file") == "1 pages, "* ]]
	# A way of packing that does not fit what is there.
	file=$(damage "$dumps/zlib" $((5 * 4096 + 12)) '\040')
	run -1 crashbox verify "$file"
	[[ ${lines[0]} == "kdump: page frame 512: its "*" bytes do not unpack" ]]
	# A descriptor of nothing, in a dump that claims to be whole.
	file=$(damage "$dumps/zlib" $((5 * 4096)) '\0\0\0\0\0\0\0\0')
	run -1 crashbox verify "$file"
	[ "${lines[0]}" = "kdump: 1 pages were lost, but the dump is not marked incomplete" ]
	run -1 --separate-stderr crashbox verify -q "$file"
	[ -z "$output" ]
	# Pages that nobody knows of: in bitmap2 alone, and above the highest.
	file=$(damage "$dumps/zlib" $((4 * 4096 + 8)) '\001')
	run -1 crashbox verify "$file"
	[[ $output == *"kdump: 1 pages are in the dump that did not exist"* ]]
	file=$(damage "$dumps/zlib" $((3 * 4096 + 4095)) '\200')
	run -1 crashbox verify "$file"
	[ "${lines[0]}" = "kdump: 1 bits of the bitmaps are for pages above the highest" ]
}

# Headers and descriptors stay sound: only reading the pages shows it.
@test "packed pages that are damaged: info says no and counts them, as verify does" {
	# 300 bytes within the data of packed pages, the first of which lies behind the descriptors and the page of zeros.
	cp "$dumps/zlib" "$BATS_TEST_TMPDIR/damaged"
	at=$((5 * 4096 + 1792 * 24 + 4096 + 50))
	dd if=/dev/urandom of="$BATS_TEST_TMPDIR/damaged" bs=1 seek="$at" count=300 conv=notrunc status=none
	file=$BATS_TEST_TMPDIR/damaged
	run -1 crashbox verify "$file"
	lost=$(sed -n 's/^\([0-9]*\) pages\{0,1\} \(is\|are\) lost$/\1/p' <<<"$output")
	[ "$lost" -gt 0 ]
	run -1 crashbox info "$file"
	[[ $output == *"complete    no: kdump: page frame "*" bytes do not unpack"* ]]
	[[ $(field lost "$file") == "$lost pages, "* ]]
	[[ $(field damaged "$file") == "$lost pages, "* ]]
	[[ $(field kept "$file") == "$((1792 - lost)) pages, "* ]]
	run -1 crashbox info --json "$file"
	[[ $output == *'"complete":false,"incomplete_because":"kdump: page frame '*'"pages_read":true,'*"\"lost\":$lost,"* ]]
}

@test "info reads the pages of large dumps only when that is asked for, and calls none complete that it has not read" {
	cd "$BATS_TEST_TMPDIR"
	sed 's/^load .*/load 0 0xffff888000000000 0x48000000/;/^info\|^load/!d' "$BATS_TEST_DIRNAME/../data/flatmem.spec" >spec
	"${O:-build}/mk/mkvmcore" spec vmcore
	echo text | dd of=vmcore bs=1 seek=1000000 conv=notrunc status=none
	crashbox makedumpfile -c -d 1 vmcore big
	for file in vmcore big; do
		[ "$(field complete $file)" = "as far as the headers tell; --pages reads the pages" ]
		run -0 crashbox info --json $file
		[[ $output == *'"complete":null,"incomplete_because":"","pages_read":false,'* ]]
		run -0 crashbox info --pages $file
		[[ $output == *"complete    yes"* ]]
	done
	# The one page that is packed ends the file.
	printf 'damage' | dd of=big bs=1 seek=$(($(stat -c %s big) - 20)) conv=notrunc status=none
	run -1 crashbox info --pages --json big
	[[ $output == *'"complete":false,'*'"lost":1,'* ]]
	truncate -s -1 big
	run -1 crashbox info big
	[[ $output == *"complete    no: the file ends before"* ]]
}

@test "verify: an ELF vmcore that was cut" {
	head -c 5000000 "$dumps/vmcore" >"$BATS_TEST_TMPDIR/cut"
	run -1 crashbox verify "$BATS_TEST_TMPDIR/cut"
	[[ ${lines[0]} == "vmcore: program header "*": the file ends inside it" ]]
}

@test "every length of a cut dump ends in an answer or in a sentence" {
	for n in 1 8 100 463 464 4096 4199 4200 8192 12287 12288 16384 16400 60000 100000; do
		for file in zlib flat part1; do
			head -c "$n" "$dumps/$file" >"$BATS_TEST_TMPDIR/cut"
			for applet in info verify vmcore-dmesg; do
				status=0
				crashbox "$applet" "$BATS_TEST_TMPDIR/cut" >"$BATS_TEST_TMPDIR/out" 2>&1 || status=$?
				[ "$status" -le 1 ]
				[ -s "$BATS_TEST_TMPDIR/out" ]
			done
		done
	done
}

@test "no file, a wrong option, a full disk" {
	run -2 crashbox info
	run -2 crashbox verify
	run -2 crashbox info --xml "$dumps/zlib"
	run -2 crashbox verify -x "$dumps/zlib"
	run -1 crashbox info /nonexistent
	[ "$output" = "crashbox: vmcore: open /nonexistent: No such file or directory" ]
	# shellcheck disable=SC2016 # the inner shell expands them
	run -1 sh -c '"$1" info "$2" >/dev/full' sh "${CRASHBOX:-build/crashbox}" "$dumps/zlib"
}
