# SPDX-License-Identifier: GPL-2.0-or-later
# crashbox makedumpfile: options, refusals, exit codes, and files that other programs open. Which pages are left
# out is proven by tests/oracle on memory of real crashes; here the memory is small and has no struct pages.

bats_require_minimum_version 1.5.0

setup_file()
{
	ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
	export ROOT
	# shellcheck source=tests/oracle/tools.sh disable=SC1091
	. "$ROOT/tests/oracle/tools.sh"
	tool_build pages pages.c dump.c view.c words.c
	export PAGES=$WORK/bin/pages
	export core=$BATS_FILE_TMPDIR/core
	export big=$BATS_FILE_TMPDIR/big
	cat >"$core.spec" <<-'END'
	cpu 336
	cpu 336
	load 0x1000000 0xffffffff81000000 0x20000
	load 0 0xffff888000000000 0x400000
	info OSRELEASE=6.1.0-test
	info PAGESIZE=4096
	info SYMBOL(init_uts_ns)=ffffffff81010000
	info OFFSET(uts_namespace.name)=0
	info OFFSET(printk_info.seq)=0
	info SYMBOL(clear_seq)=ffffffff81010400
	bytes 0xffffffff81010000 4c696e757800
	bytes 0xffffffff81010082 362e312e302d7465737400
	bytes 0xffffffff81010104 7838365f363400
	ring 0xffffffff81000000 5 10
	log 0 T0 "Linux version 6.1.0-test"
	log 1500 T0 "before the clear"
	log 5123456 T77 "sysrq: Trigger a crash"
	END
	"$O/mk/mkvmcore" "$core.spec" "$core"
	fill "$core" 1048576
	# as much as no pipe takes at once
	sed 's/0x400000$/0x4000000/' "$core.spec" >"$big.spec"
	"$O/mk/mkvmcore" "$big.spec" "$big"
	fill "$big" 33554432
}

# Text in the first N bytes of the second segment, then N/2 bytes that cannot be packed, then zeros.
fill()
{
	at=$(readelf -lW "$1" | awk '$1 == "LOAD" { n++ } $1 == "LOAD" && n == 2 { print $2 }')
	seq 1 10000000 | head -c "$2" | dd of="$1" bs=64k seek=$((at)) oflag=seek_bytes conv=notrunc status=none
	seq 1 10000000 | gzip -n -9 | head -c $(($2 / 2)) |
		dd of="$1" bs=64k seek=$((at + $2)) oflag=seek_bytes conv=notrunc status=none
}

setup()
{
	O=${O:-build}
	out=$BATS_TEST_TMPDIR/dump
}

mdf()
{
	"${CRASHBOX:-build/crashbox}" makedumpfile "$@"
}

# opens FILE: crash reads its headers, an independent reader every page
opens()
{
	[ "$(crash --osrelease "$1" 2>/dev/null)" = 6.1.0-test ]
	"$PAGES" verify "$core" "$1"
}

# header FILE OFFSET: a 32-bit number of the header
header()
{
	od -An -tu4 -j "$2" -N 4 "$1" | tr -d ' '
}

size()
{
	stat -c %s "$1"
}

@test "without arguments, -h, -v, by its own name" {
	run -1 mdf
	[[ $output == *"no file is named: expected VMCORE and DUMPFILE"* ]]
	run -0 --separate-stderr mdf -h
	[[ $output == "Usage: crashbox makedumpfile"* ]]
	[ -z "$stderr" ]
	run -0 mdf -v
	[[ $output == "makedumpfile: crashbox "* ]]
	ln -s "$(realpath "${CRASHBOX:-build/crashbox}")" "$BATS_TEST_TMPDIR/makedumpfile"
	run -0 "$BATS_TEST_TMPDIR/makedumpfile" -l -d 1 "$core" "$out"
	opens "$out"
}

@test "what is not done is refused by name and leaves no file" {
	for o in '-x vmlinux' '-g info' -e -p -X '--config c' '--eppic e' '--extension s' '--xen-syms s' \
		'--xen-vmcoreinfo v' '--xen_phys_start 0' '--diskset d' '--vtop 0' --codec=snappy --codec=best; do
		# shellcheck disable=SC2086 # an option and its value
		run -1 mdf $o "$core" "$out"
		name=${o%% *}
		[[ $output == *"$name"*:* ]] || { echo "$o: $output"; return 1; }
		[ ! -e "$out" ]
	done
	run -1 mdf -x vmlinux "$core" "$out"
	[[ $output == *"-x: symbols come from the vmcore"* ]]
	run -1 mdf -c -E "$core" "$out"
	[[ $output == *"-E (ELF) cannot be compressed"* ]]
	run -1 mdf --codec=zstd:77 "$core" "$out"
	[[ $output == *"zstd has levels from "* ]]
	[ ! -e "$out" ]
}

@test "what has no meaning here is taken silently" {
	run -0 --separate-stderr mdf -b 4 --cyclic-buffer 1024 --non-cyclic --non-mmap --work-dir /tmp -ld1 "$core" "$out"
	[ -z "$stderr" ] || [[ $stderr == *"note: "* && $stderr != *warning* ]]
	opens "$out"
}

@test "every codec, short options joined or not: the file is private, opens, and is smaller" {
	mdf -d 1 "$core" "$out.plain"
	[ "$(stat -c %a "$out.plain")" = 600 ]
	opens "$out.plain"
	n=0
	for o in '-c -d 1' -cd1 '-ld 1' '-z -d1' --codec=zlib:6 --codec=lzo --codec=zstd:-3 --codec=zstd:9 --codec=auto; do
		n=$((n + 1))
		# shellcheck disable=SC2086
		mdf $o -d 1 "$core" "$out.$n"
		opens "$out.$n"
		[ "$(size "$out.$n")" -lt "$(size "$out.plain")" ]
	done
	[ "$(header "$out.1" 424)" -eq 1 ]
	[ "$(header "$out.3" 424)" -eq 2 ]
	[ "$(header "$out.4" 424)" -eq 32 ]
	cmp "$out.1" "$out.2"
	mdf --codec=none -d 1 "$core" "$out.none"
	cmp "$out.plain" "$out.none"
	mdf --num-threads 4 -c -d 1 "$core" "$out.4t"
	opens "$out.4t"
}

@test "level 0 keeps pages of zeros, level 1 lets them share one" {
	mdf -d 0 "$core" "$out.0"
	mdf -d 1 "$core" "$out.1"
	opens "$out.0"
	[ "$(size "$out.0")" -gt 4300000 ]
	[ "$(size "$out.1")" -lt 2000000 ]
}

@test "ELF: as many bytes of memory, holes in the file" {
	mdf -E -d 1 "$core" "$out"
	"$PAGES" verify "$core" "$out"
	readelf -hW "$out" | grep -q 'Type: *CORE'
	readelf -nW "$out" | grep -q VMCOREINFO
	[ "$(du -k "$out" | cut -f 1)" -lt 2000 ]
}

@test "existing files, inputs, missing directories, devices" {
	echo precious >"$out"
	run -1 mdf -l "$core" "$out"
	[[ $output == *"$out exists: -f overwrites it"* ]]
	[ "$(cat "$out")" = precious ]
	mdf -fl -d 1 "$core" "$out"
	opens "$out"
	run -1 mdf -f -l "$out" "$out"
	[[ $output == *"are the same file"* ]]
	opens "$out"
	ln "$core" "$out.link"
	run -1 mdf -f -l "$core" "$out.link"
	[[ $output == *"are the same file"* ]]
	run -1 mdf -l "$core" "$BATS_TEST_TMPDIR/no/dump"
	[[ $output == *"/no: open no: No such file or directory"* ]]
	run -1 mdf -f -l "$core" /dev/null
	[[ $output == *"/dev/null exists and is no file that can be overwritten"* ]]
	[ -c /dev/null ]
	run -1 mdf -l "$BATS_TEST_TMPDIR/nothing" "$out.2"
	[[ $output == *"nothing: No such file or directory"* ]]
	run -1 mdf -l "$core.spec" "$out.2"
	[ ! -e "$out.2" ]
}

@test "file names: too few, too many" {
	run -1 mdf -l "$core"
	[[ $output == *"a file name is missing: expected VMCORE and DUMPFILE"* ]]
	run -1 mdf -l "$core" "$out" more
	[[ $output == *"'more': one file too many"* ]]
	run -1 mdf --split "$core" "$out"
	[[ $output == *"a file name is missing: expected VMCORE and two DUMPFILEs or more"* ]]
}

@test "flattened: -R of either program gives the plain file; crash reads it as it is" {
	mdf -ld1 --order=pfn --num-threads 1 "$core" "$out"
	mdf -F -ld1 --num-threads 1 "$core" >"$out.flat" 2>"$out.said"
	opens "$out.flat"
	makedumpfile -R "$out.theirs" <"$out.flat"
	mdf -R "$out.ours" <"$out.flat"
	opens "$out.theirs"
	cmp "$out.ours" "$out.theirs"
	cmp "$out.ours" "$out"
	mdf -F -ld1 "$core" 2>/dev/null | mdf -R "$out.pipe"
	cmp "$out.pipe" "$out"
	[ "$(stat -c %a "$out.ours")" = 600 ]
	run -1 mdf -R "$out.ours" <"$out.flat"
	[[ $output == *"exists: -f overwrites it"* ]]
	mdf -F -c "$core" | mdf -Rf "$out.ours"
	opens "$out.ours"
}

@test "flattened: what is cut short ends at once, is told and marked; what is none is refused" {
	mdf -F -ld1 "$core" >"$out.flat"
	head -c 200000 "$out.flat" >"$out.cut"
	run -1 timeout 10 "${CRASHBOX:-build/crashbox}" makedumpfile -R "$out" <"$out.cut"
	[[ $output == *"$out: the stream ends before its end mark" ]]
	[ $(($(header "$out" 424) & 8)) -eq 8 ]
	run -1 timeout 10 "${CRASHBOX:-build/crashbox}" makedumpfile -R "$out.2" <"$core"
	[[ $output == *"$out.2: the input is no flattened dump" ]]
	run -1 timeout 10 "${CRASHBOX:-build/crashbox}" makedumpfile -R "$out.2" </dev/null
	[ ! -e "$out.2" ]
}

@test "a dump is an input: refiltered, recompressed, from flattened, never with fewer levels" {
	mdf -d 0 "$core" "$out.0"
	mdf -c -d 1 --order=pfn "$out.0" "$out.01"
	opens "$out.01"
	mdf -c -d 1 --order=pfn "$core" "$out.1"
	cmp "$out.01" "$out.1"
	mdf -z -d 0 "$out.1" "$out.z"
	opens "$out.z"
	[ "$(header "$out.z" $((4096 + 8)))" -eq 1 ]
	mdf -F -l -d 1 "$core" >"$out.flat"
	mdf -c -d 1 --order=pfn "$out.flat" "$out.c"
	cmp "$out.c" "$out.1"
}

@test "split and reassemble, by either program" {
	mdf --split -ld1 "$core" "$out.a" "$out.b" "$out.c"
	for f in a b c; do
		[ "$(header "$out.$f" $((4096 + 12)))" -eq 1 ]
		[ $(($(header "$out.$f" $((4096 + 80))) % 64)) -eq 0 ]
	done
	"$PAGES" verify "$core" "$out.a,$out.b,$out.c"
	makedumpfile --reassemble "$out.a" "$out.b" "$out.c" "$out.theirs"
	opens "$out.theirs"
	mdf --reassemble "$out.a" "$out.b" "$out.c" "$out"
	opens "$out"
	run -1 mdf --reassemble "$out.a" "$out.c" "$out.gap"
	[ ! -s "$out.gap" ] || [ $(($(header "$out.gap" 424) & 8)) -eq 8 ]
	run -1 mdf --reassemble "$out.a" "$out.b" "$out.c" "$out"
	[[ $output == *"exists: -f overwrites it"* ]]
	run -1 mdf --split -l "$core" "$out.a" "$out.d"
	[[ $output == *"$out.a exists: -f overwrites it"* ]]
}

@test "-L: the file stays below, opens, and is said to be incomplete" {
	run -1 mdf -d 1 -L 800K "$core" "$out"
	[[ $output == *"$out: "*"the file is incomplete: it opens and has "*" of "*" pages"* ]]
	[ "$(size "$out")" -le 819200 ]
	[ $(($(header "$out" 424) & 8)) -eq 8 ]
	[ "$(crash --osrelease "$out" 2>/dev/null)" = 6.1.0-test ]
	run -1 mdf -E -d 1 -L 1M "$core" "$out.elf"
	[[ $output == *"the file is incomplete: it opens and has "* ]]
	[ "$(du -k "$out.elf" | cut -f 1)" -le 1024 ]
	[ $(($(header "$out.elf" 48) & 1)) -eq 1 ] # e_flags
	readelf -lW "$out.elf" | grep -q '^ *LOAD'
	run -1 mdf -d 1 -L 800Q "$core" "$out.2"
	[[ $output == *"expected bytes as 500M or 2G"* ]]
}

@test "a list of levels: the next one when the file grows too large" {
	run -0 mdf -d 0,1 -L 2M "$core" "$out"
	[[ $output == *"level 1"* ]]
	opens "$out"
	[ "$(header "$out" $((4096 + 8)))" -eq 1 ]
	mdf -d 1 "$core" "$out.1"
	cmp "$out" "$out.1"
}

@test "a full file system: exit 1, what is there opens; with a list of levels the next one" {
	mkdir "$out.d"
	mount -t tmpfs -o size=1m none "$out.d"
	code=0
	mdf -d 1 "$core" "$out.d/dump" >"$out.said" 2>&1 || code=$?
	cat "$out.said"
	cp "$out.d/dump" "$out.kept"
	rm "$out.d/dump"
	list=0
	mdf -c -d 0,1 "$core" "$out.d/list" >"$out.list" 2>&1 || list=$?
	cat "$out.list"
	cp "$out.d/list" "$out.1" || :
	rm -f "$out.d/list"
	flat=0
	mdf -F -d 1 "$core" >"$out.d/flat" 2>"$out.flat" || flat=$?
	cat "$out.flat"
	cp "$out.d/flat" "$out.cut"
	umount "$out.d"
	[ "$flat" -eq 1 ]
	grep -q 'standard output: .*No space left on device' "$out.flat"
	run -1 mdf -R "$out.rebuilt" <"$out.cut"
	[ $(($(header "$out.rebuilt" 424) & 8)) -eq 8 ]
	[ "$(crash --osrelease "$out.rebuilt" 2>/dev/null)" = 6.1.0-test ]
	[ "$code" -eq 1 ]
	grep -q 'No space left on device\|left on the target' "$out.said"
	grep -q 'the file is incomplete: it opens' "$out.said"
	[ $(($(header "$out.kept" 424) & 8)) -eq 8 ]
	[ "$(crash --osrelease "$out.kept" 2>/dev/null)" = 6.1.0-test ]
	[ "$list" -eq 0 ]
	opens "$out.1"
}

@test "a signal ends the dump with a file that opens" {
	mkfifo "$out.fifo"
	(sleep 2; cat) <"$out.fifo" >"$out" &
	reader=$!
	"${CRASHBOX:-build/crashbox}" makedumpfile -F -d 0 "$big" >"$out.fifo" 2>"$out.said" &
	writer=$!
	sleep 1
	kill -TERM "$writer"
	status=0
	wait "$writer" || status=$?
	wait "$reader"
	cat "$out.said"
	[ "$status" -eq 1 ]
	grep -q 'the file is incomplete: it opens' "$out.said"
	[ "$(crash --osrelease "$out" 2>/dev/null)" = 6.1.0-test ]
}

@test "--dump-dmesg and --partial-dmesg, from ELF and from a dump" {
	mdf --dump-dmesg "$core" "$out.log"
	"${CRASHBOX:-build/crashbox}" vmcore-dmesg "$core" >"$out.want"
	cmp "$out.log" "$out.want"
	[ "$(grep -c . "$out.log")" -eq 3 ]
	mdf -z -d 1 "$core" "$out"
	mdf --dump-dmesg "$out" "$out.log2"
	cmp "$out.log" "$out.log2"
	run -1 mdf --dump-dmesg "$core" "$out.log"
	[[ $output == *"exists: -f overwrites it"* ]]
	run -0 --separate-stderr mdf --dump-dmesg -F "$core"
	[ "$output" = "$(cat "$out.want")" ]
	# the ring was never cleared: all of it; cleared before the last record: that one
	mdf --partial-dmesg "$core" "$out.all"
	cmp "$out.all" "$out.log"
	sed -e '$a put 8 0xffffffff81010400 2' -e '$a put 8 0xffffffff810013b0 1' -e '$a put 8 0xffffffff81001408 2' \
		"$core.spec" >"$out.spec"
	"$O/mk/mkvmcore" "$out.spec" "$out.core"
	mdf --partial-dmesg "$out.core" "$out.part"
	[ "$(cut -c 16- "$out.part")" = "sysrq: Trigger a crash" ]
}

@test "-i: vmcoreinfo from a file; that of another kernel is exit 2" {
	# the ring brings keys along; a dump without it and without info has no vmcoreinfo
	grep -v '^info\|^ring\|^log' "$core.spec" >"$out.spec"
	"$O/mk/mkvmcore" "$out.spec" "$out.core"
	printf '%s\n' OSRELEASE=6.1.0-test PAGESIZE=4096 'SYMBOL(init_uts_ns)=ffffffff81010000' \
		'OFFSET(uts_namespace.name)=0' >"$out.info"
	# the memory without a word on it is better than none
	run -0 mdf -l "$out.core" "$out"
	[[ $output == *"note: all pages are kept: "* ]]
	"$PAGES" bytes "$out.core" "$out"
	rm -f "$out"
	mdf -l -i "$out.info" "$out.core" "$out"
	[ "$(crash --osrelease "$out")" = 6.1.0-test ]
	"$PAGES" bytes "$out.core" "$out"
	sed -i s/6.1.0-test/6.1.0-other/ "$out.info"
	run -2 mdf -l -i "$out.info" "$out.core" "$out.2"
	[[ $output == *"is of kernel 6.1.0-other, the dump of 6.1.0-test"* ]]
	[ ! -e "$out.2" ]
	run -0 mdf -l -i "$out.info" "$core" "$out.3"
	[[ $output == *"-i is not used: the dump has vmcoreinfo of its own"* ]]
	run -1 mdf -l -i "$out.core" "$out.core" "$out.4"
	run -1 mdf -l -i "$BATS_TEST_TMPDIR/none" "$out.core" "$out.4"
	[[ $output == *"none: No such file or directory"* ]]
}

@test "--dry-run counts and writes nothing; --show-stats and -D tell more" {
	run -0 mdf --dry-run -d 1 "$core" "$out"
	[ ! -e "$out" ]
	[[ $output == *"nothing written: the dump would have 1056 pages"* ]]
	run -0 mdf --dry-run --show-stats -d 1 "$core"
	[[ $output == *"Memory "*1056* && $output == *"all zero"* ]]
	run -0 mdf -D -l -d 1 "$core" "$out"
	[[ $output == *"kernel 6.1.0-test, machine x86_64, page size 4096"* && $output == *"Threads "* ]]
	run -0 mdf --message-level 16 -l -d 1 "$core" "$out.2"
	[[ $output == *"Memory "*1056* && $output != *"dump level"* ]]
	run -0 mdf --message-level 0 -l -d 1 "$core" "$out.3"
	[ -z "$output" ]
	run -1 mdf --message-level 0 -l -d 1 "$core" "$out.3"
	[ -z "$output" ]
}

@test "--check-params looks at the options only" {
	run -0 mdf --check-params -l --message-level 7 -d 31
	[ -z "$output" ]
	run -0 mdf --check-params -l -d 31 /nowhere "$out"
	run -1 mdf --check-params -l -d 32
	[[ $output == *"'-d 32': expected a dump level"* ]]
	run -1 mdf --check-params --codec=zlib:99
	run -1 mdf --check-params -nosuchoption
	[[ $output == *"no option -n"* ]]
}

@test "--progress=json: every line on standard error is an object, the last tells the end" {
	mdf --progress=json -l -d 1 "$core" "$out" 2>"$out.json" >/dev/null
	[ "$(grep -vc '^{"stage":"[a-z]*",.*}$' "$out.json")" -eq 0 ]
	tail -n 1 "$out.json" | grep -q '"stage":"end","result":"complete","level":1,.*"holes":.*"kept":1056,"written":1056,'
	run -1 --separate-stderr mdf --progress=json -l -d 1 "$core" "$out"
	[[ $stderr == '{"stage":"error","text":"'*exists* ]]
	run -1 --separate-stderr mdf --progress=json -d 1 -L 800K "$core" "$out.2"
	[[ $stderr == *'"stage":"end","result":"incomplete"'* ]]
	mdf --progress=none -l -d 1 "$core" "$out.3" 2>"$out.said"
	run ! grep -q '%' "$out.said"
	mdf --progress=tty -l -d 1 "$big" "$out.4" 2>"$out.said"
	tr '\r' '\n' <"$out.said" | grep -qE '^(copying|looking at) pages *[0-9.]+ %'
}

@test "--mem-usage: a table of pages by kind" {
	run -0 mdf --mem-usage "$core"
	[[ $output == *"KIND "*"PAGES "* ]]
	[ "$(echo "$output" | awk '$1 == "all" { print $2 }')" -eq 1056 ]
	[ "$(echo "$output" | awk '$1 == "unknown" { print $2 }')" -eq 1056 ]
	[ "$(echo "$output" | awk '$1 == "zero" { print $2 }')" -gt 600 ]
}

@test "--order and --mem-limit change the way, not the pages" {
	mdf -l -d 1 --order=important "$core" "$out.i"
	opens "$out.i"
	mdf -l -d 1 --order=pfn --mem-limit=16M "$core" "$out.p"
	opens "$out.p"
	run -1 mdf --order=random "$core" "$out"
	[[ $output == *"expected pfn or important"* ]]
}
