# SPDX-License-Identifier: GPL-2.0-or-later
# tests/vm: judges of dumps that were filtered or compressed, and of every format.
# shellcheck shell=sh disable=SC2034

# dump_format FILE: elf, kdump or flat, by its first bytes
dump_format()
{
	case $(head -c 12 "$1" | tr -c 'A-Za-z ' .) in
	.ELF*) echo elf ;;
	'KDUMP   '*) echo kdump ;;
	makedumpfile) echo flat ;;
	*) echo unknown ;;
	esac
}

# peer_get: sets PEER, a current makedumpfile; that of the host may know neither zstd nor this kernel
peer_get()
{
	[ -n "${PEER:-}" ] || PEER=$(O=$O once peer sh "$ROOT/tests/oracle/peer.sh") ||
		die "no current makedumpfile to judge with"
}

# judge_refilter FILE: makedumpfile filters our file and reads its own result. The one of the host
# does for what it knows; its own codecs do not include zstd.
judge_refilter()
{
	refilter makedumpfile "$1"
	rm -f refiltered
}

# judge_refilter_current FILE: the same with a current makedumpfile; leaves its result, an LZO file that
# older programs read too
judge_refilter_current()
{
	peer_get
	refilter "$PEER" "$1"
}

refilter()
{
	rm -f refiltered
	"$1" -l -d 31 --message-level 16 "$2" refiltered >refilter.log 2>&1 ||
		fail "makedumpfile -d 31 refuses $2: $(tail -1 refilter.log)"
}

# memory_compare FILE: memcmp.txt says how each page of the dump compares with the machine's memory
memory_compare()
{
	tool_build memcmp vm/memcmp.c oracle/dump.c oracle/view.c -- -llzo2 -lzstd -lsnappy -lz
	"$VMO/bin/memcmp" "$1" memory 0-9ffff >memcmp.txt 2>&1 ||
		fail "saved pages differ from memory as QEMU saw it: $(tail -1 memcmp.txt)"
}

# compared WHAT: a number of memcmp.txt, e.g. "pages equal", "kept", "lost"
compared()
{
	sed -n "s/.*[ ,]\([0-9][0-9]*\) $1.*/\1/p" memcmp.txt | grep . || echo 0
}

# judge_memory FILE: a dump of all of memory; every saved page equals the machine's memory, taken with
# save_memory
judge_memory()
{
	memory_compare "$1"
	[ "$(compared 'pages equal')" -gt $((VM_MEM * 180)) ] ||
		fail "too few pages compared: $(tail -1 memcmp.txt)"
}

# judge_filtered FORMAT LEVEL: everything a complete capture owes that was asked for a level, in DUMP
judge_filtered()
{
	judge_saved
	file=$DUMP/vmcore
	[ "$(dump_format "$file")" = "$1" ] || fail "vmcore is $(dump_format "$file"), asked was $1"
	[ "$1" != elf ] || judge_elf "$file"
	judge_refilter_current "$file"
	judge_dmesg refiltered "$DUMP/vmcore-dmesg.txt"
	rm -f refiltered
	judge_crash "$file"
	judge_records
	memory_compare "$file"
	judge_status 0
	[ -z "$VM_WORK" ] || judge_level "$1" "$2"
}

# judge_status BITS: of the status word of a kdump-compressed file, 8 is "incomplete"
judge_status()
{
	status=$(sed -n 's/.* status \(0x[0-9a-f]*\|0\),.*/\1/p' memcmp.txt)
	[ $((${status:-8} & 8)) -eq "$1" ] || fail "the status in the header is ${status:-unknown}"
	[ "$1" -ne 0 ] || [ "$(compared lost)" -eq 0 ] || fail "$(compared lost) pages have no data"
}

# judge_codec NAME: most pages of the dump are compressed with it
judge_codec()
{
	case $1 in
	zlib) bit=1 ;;
	lzo) bit=2 ;;
	zstd) bit=32 ;;
	esac
	status=$(sed -n 's/.* status \(0x[0-9a-f]*\|0\),.*/\1/p' memcmp.txt)
	[ $((${status:-0} & bit)) -ne 0 ] || fail "the header does not name $1: status ${status:-unknown}"
}

# judge_level FORMAT LEVEL: the pages that are not in the dump are about as many as the first kernel
# had of the kinds that the level names. A kind is counted seconds before the crash: a tenth may differ.
judge_level()
{
	judge_kinds
	wanted=$(level_pages "$2")
	gone=$(($(compared 'pages of memory') - $(compared kept)))
	[ "$gone" -gt $((wanted * 9 / 10 - 2000)) ] ||
		fail "level $2 dropped $gone pages, the first kernel had $wanted of these kinds"
	# an ELF file has no place for zero pages
	[ "$1" = elf ] || [ "$gone" -lt $((wanted * 11 / 10 + 2000)) ] ||
		fail "level $2 dropped $gone pages, the first kernel had only $wanted of these kinds"
}

# level_pages LEVEL: how many pages the first kernel had of the kinds that the level drops
level_pages()
{
	total=0
	[ $(($1 & 2)) -eq 0 ] || total=$((total + $(kinds_pages cache shmem swapcache) + $(shmem_tails)))
	[ $(($1 & 6)) -ne 6 ] || total=$((total + $(kinds_pages cache-private)))
	[ $(($1 & 8)) -eq 0 ] || total=$((total + $(kinds_pages anon thp hugetlb)))
	# the swap cache is anonymous memory too
	[ $(($1 & 10)) -ne 10 ] || total=$((total - $(kinds_pages swapcache)))
	[ $(($1 & 16)) -eq 0 ] || total=$((total + $(kinds_pages free offline)))
	echo "$total"
}

kinds_pages()
{
	sum=0
	for kind in "$@"; do
		sum=$((sum + $(kind_pages "$kind")))
	done
	echo "$sum"
}

# The tails of large folios of tmpfs: kernels before 6.12 count their heads alone
shmem_tails()
{
	heads=$(kind_pages shmem-thp)
	if [ "$heads" -lt 512 ]; then echo $((heads * 511)); else echo 0; fi
}

# judge_incomplete FILE PAGES: a dump that was cut short says so, opens, and has at least PAGES whole
# pages, the log among them
judge_incomplete()
{
	memory_compare "$1"
	[ "$(dump_format "$1")" != kdump ] || judge_status 8
	have=$(($(compared kept) - $(compared lost)))
	[ "$have" -ge "$2" ] || fail "the incomplete dump has $have pages, expected $2"
	judge_crash "$1"
	judge_dmesg "$1" "$DUMP/vmcore-dmesg.txt"
}

# judge_damaged: memory was overwritten so that nothing could be filtered: all of it is there, and right
judge_damaged()
{
	console_says '==== the dump is saved ===='
	grep -q 'damage: ' damage.log || fail "nothing was damaged: $(tail -1 damage.log)"
	rm -f backing
	disk_open vda.img
	dump_find || return 0
	file_there vmcore
	judge_memory "$DUMP/vmcore"
	judge_status 0
	judge_records
}

# judge_kinds: the workload made pages of every kind
judge_kinds()
{
	console_never_says 'first: workload: '
	for kind in free slab page-table reserved hugetlb anon thp cache cache-private cache-large shmem \
		shmem-thp swapcache ksm hwpoison offline; do
		[ "$(kind_pages "$kind")" -gt 0 ] || fail "the workload made no page of kind $kind"
	done
}

# kind_pages KIND: how many the first kernel had
kind_pages()
{
	sed -n "s/.*first: pages $1 \([0-9]*\)\$/\1/p" serial.log | grep . || echo 0
}

# memory_file: words for QEMU that make the guest's memory the file "backing", for tests/vm/damage
memory_file()
{
	echo "-object memory-backend-file,id=mem,size=${VM_MEM}M,mem-path=backing,share=on -machine memory-backend=mem"
}
