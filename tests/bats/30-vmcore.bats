# SPDX-License-Identifier: GPL-2.0-or-later
# The kernel log out of vmcores that are made from tests/data/*.spec, and every sentence for a bad one.

bats_require_minimum_version 1.5.0

setup()
{
	data=$BATS_TEST_DIRNAME/../data
	vmcore=$BATS_TEST_TMPDIR/vmcore
	got=$BATS_TEST_TMPDIR/got
	[ -x "${O:-build}/mk/mkvmcore" ] || { echo "no mkvmcore: run make bats" >&2; return 1; }
}

make_vmcore()
{
	"${O:-build}/mk/mkvmcore" "$data/$1.spec" "$vmcore"
}

dmesg_of()
{
	"${CRASHBOX:-build/crashbox}" vmcore-dmesg "$@"
}

# What the applet prints for each spec is its .expect file: log, exit code, complaints.
every_spec_matches()
{
	failed=0
	for spec in "$data"/$1.spec; do
		name=$(basename "$spec" .spec)
		make_vmcore "$name"
		status=0
		dmesg_of "$vmcore" >"$got" 2>"$got.err" || status=$?
		echo "== exit $status" >>"$got"
		cat "$got.err" >>"$got"
		if ! cmp -s "$got" "${spec%.spec}.expect"; then
			echo "# $name:"
			diff -a "${spec%.spec}.expect" "$got" || :
			failed=1
		fi
	done
	[ "$failed" -eq 0 ]
}

@test "printk ring: order, wrap, both ways to end a block, damage, holes" {
	every_spec_matches 'ring*'
}

@test "record buffer of 3.5 to 5.9: order, wrap, a loop, damage" {
	every_spec_matches 'records*'
}

@test "byte ring of older kernels, absurd lengths" {
	every_spec_matches 'chars*'
	every_spec_matches 'old*'
}

@test "memory with page tables and struct pages" {
	every_spec_matches 'flatmem*'
}

@test "other machines: the image is found without virtual addresses, or by those of the segments" {
	every_spec_matches 'arm64*'
	every_spec_matches 'riscv64*'
	every_spec_matches 'ppc64le*'
}

@test "truncated and absurd ELF headers are refused with a sentence, absurd segments left out" {
	every_spec_matches 'cut-*'
	every_spec_matches 'far-*'
	every_spec_matches 'many-*'
	every_spec_matches 'not-*'
	every_spec_matches 'elf32*'
	every_spec_matches 'process*'
	every_spec_matches 'absurd-*'
}

@test "missing vmcoreinfo, headers or log are named" {
	every_spec_matches 'no-*'
}

@test "every spec has an expectation and the other way round" {
	cd "$data"
	for file in *.spec *.expect; do
		[ -e "${file%.*}.spec" ]
		[ -e "${file%.*}.expect" ]
	done
}

@test "-c prints who wrote each line" {
	make_vmcore ring
	run -0 dmesg_of -c "$vmcore"
	[ "${lines[0]}" = "[    0.000000] [      T0] Linux version 6.1.0-test" ]
	[ "${lines[2]#*\] }" = "[      C1] tab	bell\\x07 high\\xc3\\xa9 del\\x7f nul\\x00 end" ]
	[ "${lines[4]}" = "                          second line" ]
	[ "${lines[7]}" = "[12345.678901] [T4194304] very late" ]
	make_vmcore records-callers
	run -0 dmesg_of -c "$vmcore"
	[ "$output" = "[    0.000001] [      T0] from the boot task
[    0.000002] [      C3] from a CPU" ]
}

@test "-p prints the first line of the last crash" {
	make_vmcore ring
	run -0 dmesg_of -p "$vmcore"
	[ "$output" = "Kernel panic - not syncing: sysrq triggered crash" ]
	make_vmcore records
	run -0 dmesg_of -p "$vmcore"
	[ "$output" = "watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [sh:1]" ]
	make_vmcore chars
	run -0 dmesg_of -p "$vmcore"
	[ "$output" = "Kernel panic - not syncing: Attempted to kill init!" ]
	make_vmcore arm64
	run -0 dmesg_of -p "$vmcore"
	[ "$output" = "Unable to handle kernel NULL pointer dereference at virtual address 0000000000000000" ]
}

@test "-p on a log without a crash says so" {
	make_vmcore ring-618
	run -1 dmesg_of -p "$vmcore"
	[ "$output" = "crashbox: the kernel log does not tell why the kernel died" ]
}

@test "a file that is not there, a directory, an empty file" {
	run -1 dmesg_of /nonexistent/vmcore
	[ "$output" = "crashbox: vmcore: open /nonexistent/vmcore: No such file or directory" ]
	run -1 dmesg_of "$BATS_TEST_TMPDIR"
	[ "$output" = "crashbox: vmcore: $BATS_TEST_TMPDIR is a directory: give the dump in it" ]
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	run -1 timeout 10 "${CRASHBOX:-build/crashbox}" vmcore-dmesg "$BATS_TEST_TMPDIR/fifo"
	[[ "$output" == *"/fifo is a pipe: a dump is read here and there, so put it into a file" ]]
	: >"$vmcore"
	run -1 dmesg_of "$vmcore"
	[ "$output" = "crashbox: vmcore: $vmcore is empty" ]
}

@test "a full disk behind standard output is told" {
	make_vmcore ring
	# shellcheck disable=SC2016 # the inner shell expands them
	run -1 sh -c '"$1" vmcore-dmesg "$2" >/dev/full' sh "${CRASHBOX:-build/crashbox}" "$vmcore"
	[ "$output" = "crashbox: kernel log: write to standard output: No space left on device" ]
}

@test "a wrong option is a mistake in usage, two vmcores make no dump" {
	run -2 dmesg_of -x
	[[ $output == *"Usage: crashbox vmcore-dmesg [-c] [-p] [FILE...]"* ]]
	make_vmcore ring
	run -1 dmesg_of "$vmcore" "$vmcore"
	[ "$output" = "crashbox: vmcore: $vmcore is an ELF file: only parts of a split dump go together" ]
}

@test "every length of a cut vmcore ends in a log or in a sentence" {
	make_vmcore ring
	for n in 1 16 63 64 65 119 120 175 176 231 232 4095 4096 4100 4200 5000 8191 8192 8300 12288 13000; do
		head -c "$n" "$vmcore" >"$vmcore.cut"
		status=0
		dmesg_of "$vmcore.cut" >"$got" 2>"$got.err" || status=$?
		[ "$status" -le 1 ]
		[ -s "$got" ] || [ "$status" -eq 1 ]
		[ "$status" -eq 0 ] || grep -q '^crashbox: ' "$got.err"
	done
}

@test "a log of which no record can be read is a failure, not an empty text" {
	make_vmcore ring
	"$CRASHBOX" makedumpfile -E -d 0 "$vmcore" "$vmcore.elf"
	size=$(wc -c <"$vmcore.elf") none=0
	for part in $(seq 1 60); do
		head -c $((size * part / 61)) "$vmcore.elf" >"$vmcore.cut"
		status=0
		"$CRASHBOX" vmcore-dmesg "$vmcore.cut" >"$got" 2>"$got.err" || status=$?
		[ -s "$got" ] || [ "$status" -eq 1 ]
		! grep -q '^crashbox: kernel log: none of its records can be read, [0-9]* are damaged$' "$got.err" ||
			none=$((none + 1))
	done
	[ "$none" -gt 0 ]
}
