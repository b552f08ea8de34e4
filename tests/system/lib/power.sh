# SPDX-License-Identifier: GPL-2.0-or-later
# tests/system: power failures, from the record that QEMU keeps of every write to a disk. A cut takes all writes up to a
# random one; of those that no flush had covered some are lost and some are torn.
# shellcheck shell=sh disable=SC2034,SC2154

# One disk holds both, so that the order between them is known: part 1, raw; part 2, ext4 for what is recovered.
PART1_MIB=320
PART2_MIB=320

power_disk()
{
	need sfdisk
	tool_build replay system/replay.c
	truncate -s "$((PART1_MIB + PART2_MIB + 2))M" power.disk
	printf 'label: gpt\nstart=1MiB, size=%sMiB, name=dump\nsize=%sMiB, name=crash\n' "$PART1_MIB" "$PART2_MIB" |
		sfdisk -q power.disk
	mke2fs -q -F -t ext4 -L crash -E "offset=$(((PART1_MIB + 1) << 20))" power.disk "${PART2_MIB}M" 2>mke2fs.log
}

# power_boot N: what the disk held before boot N, and the log of what the boot writes to it
power_boot()
{
	cp --sparse=always power.disk "power-$1.before"
	: >"power-$1.log"
	VM_QEMU="-blockdev driver=blklogwrites,node-name=power,log-sector-size=512,log-super-update-interval=1"
	VM_QEMU="$VM_QEMU,file.driver=file,file.filename=../power.disk,log.driver=file,log.filename=../power-$1.log"
	VM_QEMU="$VM_QEMU -device virtio-blk-pci,drive=power"
}

# part_out DISK NUMBER FILE
part_out()
{
	case $2 in
	1) dd if="$1" of="$3" bs=1M skip=1 count="$PART1_MIB" conv=sparse status=none ;;
	2) dd if="$1" of="$3" bs=1M skip="$((PART1_MIB + 1))" count="$PART2_MIB" conv=sparse status=none ;;
	esac
}

# files_out IMAGE DIRECTORY: what the ext4 of an image holds, after it was mended as the next boot does
files_out()
{
	rm -rf "$2"
	mkdir "$2"
	e2fsck -fp "$1" >fsck.log 2>&1 || [ $? -eq 1 ] || fail "e2fsck: $(tail -n 2 fsck.log | head -n 1)"
	debugfs -R "rdump / $2" "$1" >/dev/null 2>&1
}

# power_reference: the dumps as a recovery that nothing disturbed has saved them, judged; known/1 and on, oldest first
power_reference()
{
	mkdir known
	part_out power.disk 2 part2
	files_out part2 recovered
	for file in recovered/*/vmcore; do
		[ -e "$file" ] || continue
		judge_dump "$(dirname "$file")"
		KNOWN=$((${KNOWN:-0} + 1))
		cp "$file" "known/$KNOWN"
	done
	[ "${KNOWN:-0}" -eq 3 ] || fail "${KNOWN:-0} dumps were recovered, not 3"
}

# known FILE: prints which dump it is; a file called vmcore that is none of them is a lie
known()
{
	for of in known/*; do
		! cmp -s "$1" "$of" || basename "$of"
	done
}

random()
{
	od -An -N4 -tu4 /dev/urandom | tr -d ' '
}

# power_cuts N COMMAND: POWER_CUTS times the power fails in boot N. COMMAND judges part1, the raw partition, and
# cut.disk; CUT says which moment it was.
power_cuts()
{
	entries=$("$VMO/bin/replay" "power-$1.log")
	cut=0
	while [ "$cut" -lt "${POWER_CUTS:-50}" ]; do
		cut=$((cut + 1))
		end=$(($(random) % entries + 1)) seed=$(random)
		CUT="boot $1, power off after write $end of $entries, seed $seed"
		cp --sparse=always "power-$1.before" cut.disk
		"$VMO/bin/replay" "power-$1.log" cut.disk "$end" "$seed"
		part_out cut.disk 1 part1
		"$2"
	done
}

# found DIRECTORY: the numbers of the whole dumps below it, once each; anything else called vmcore fails
found()
{
	for file in "$1"/*/vmcore; do
		[ -e "$file" ] || continue
		number=$(known "$file")
		[ -n "$number" ] || fail "$CUT: $file is called vmcore and is not whole"
		echo "$number"
	done | sort -u | tr '\n' ' '
}

# judge_cut_capture: the boot ended in a crash that was saved behind 2 dumps. Those two always remain; the third is
# whole, or does not say that it is.
judge_cut_capture()
{
	rm -rf out
	mkdir out
	"$O/crashbox" savecore -q --dev part1 --dir out >savecore.log 2>&1 || :
	have=$(found out)
	echo "$CUT: whole: $have" >>cuts.txt
	case $have in
	'1 2 '*) ;;
	*) fail "$CUT: an earlier dump is lost, whole: $have: $(tail -n 1 savecore.log)" ;;
	esac
}

# judge_cut_savecore: the boot recovered 3 dumps. At any moment, what is called vmcore is whole; the next run has all.
judge_cut_savecore()
{
	part_out cut.disk 2 part2
	files_out part2 out
	before=$(found out)
	"$O/crashbox" savecore -q --dev part1 --dir out >savecore.log 2>&1 || :
	have=$(found out)
	echo "$CUT: whole: $before then $have" >>cuts.txt
	[ "$have" = '1 2 3 ' ] || fail "$CUT: a dump is lost, whole: $have: $(tail -n 1 savecore.log)"
}
