# SPDX-License-Identifier: GPL-2.0-or-later
# tests/vm: raw partitions. What the capture left on one is brought back by savecore, as after the reboot.
# shellcheck shell=sh disable=SC2034

# raw_older IMAGE: marks it and puts a dump there that waits since an earlier crash
raw_older()
{
	head -c 20000001 /dev/urandom >older
	{
		"$O/crashbox" raw prepare "$1"
		"$O/crashbox" raw put "$1" older "$ROOT/Makefile"
	} >prepare.txt 2>&1 || die "crashbox raw: $(tail -1 prepare.txt)"
}

# raw_recover IMAGE: every dump comes into the directory `recovered`
raw_recover()
{
	rm -rf recovered
	"$O/crashbox" savecore --dev "$1" --dir recovered /dev/null >savecore.txt 2>&1 ||
		fail "savecore refuses $1: $(tail -1 savecore.txt)"
}

# raw_find: sets DUMP to the recovered directory that is not the older dump's
raw_find()
{
	DUMP=
	for dir in recovered/*; do
		cmp -s "$dir/vmcore" older 2>/dev/null && continue
		[ -z "$DUMP" ] || fail "two recovered dumps: $DUMP and $dir"
		DUMP=$PWD/$dir
	done
	[ -n "$DUMP" ] || fail "no dump was recovered"
	[ -n "$DUMP" ]
}

# The dump that waited is there, whole, for savecore and for others
judge_older()
{
	for file in recovered/*/vmcore; do
		! cmp -s "$file" older || return 0
	done
	fail "$1: the older dump is lost"
}

# For judge_power_cuts: a second dump was being written beside an older one
judge_raw_cut()
{
	"$O/crashbox" makedumpfile -R first <"$1" >/dev/null 2>&1 || :
	cmp -s first older || fail "$1: byte 0 does not lead to the older dump"
	rm -f first
	raw_recover "$1"
	judge_older "$1"
	seen=none
	for file in recovered/*/vmcore; do
		cmp -s "$file" older && continue
		seen=whole
		judge_refilter "$file"
	done
	[ -z "$(find recovered -name vmcore-incomplete)" ] || seen=part
	! grep -q "$SAVED_LOG" "$2" || grep -q 'not syncing: sysrq triggered crash' recovered/*/vmcore-dmesg.txt ||
		fail "$1: the console said that the log is saved, a power failure later it is not there"
	echo "$1: vmcore $seen, $(tail -1 "$2")" >>cuts.txt
}
