# SPDX-License-Identifier: GPL-2.0-or-later
# The pipeline behind crashbox makedumpfile: threads, memory, order, ends that come too early. The program that
# runs with threads is the one built with ThreadSanitizer as well: a data race fails the test.

bats_require_minimum_version 1.5.0

setup_file()
{
	export core=$BATS_FILE_TMPDIR/core TSAN_OPTIONS='halt_on_error=1 exitcode=66'
	{
		echo 'cpu 336'
		echo 'load 0x1000000 0xffffffff81000000 0x200000'
		echo 'load 0 0xffff888000000000 0x3000000'
		echo 'load 0x10000000 0xffff888010000000 0x1801'
		echo 'info OSRELEASE=6.1.0-test'
		echo 'info PAGESIZE=4096'
		for mib in 1 3 5 9 17; do
			printf 'fill 0xffff8880%08x 0x80000 text\n' $((mib << 20))
			printf 'fill 0xffff8880%08x 0x28000 noise\n' $(((mib << 20) + 0x80000))
		done
	} >"$core.spec"
	"$O/mk/mkvmcore" "$core.spec" "$core"
	gcc -O1 -o "$BATS_FILE_TMPDIR/timed" "$BATS_TEST_DIRNAME/../bench/timed.c"
}

setup()
{
	cd "$BATS_TEST_TMPDIR" || exit
}

ours()
{
	"$CRASHBOX" makedumpfile --message-level 4 "$@"
}

racing()
{
	"$O/tsan/crashbox" makedumpfile --message-level 4 "$@"
}

@test "any number of threads writes the same file, and none races" {
	for options in '-c -d 1' '-l -d 0' '-z -d 1' '-E -d 1' '-d 1'; do
		# shellcheck disable=SC2086 # options are words
		ours $options --num-threads=1 "$core" one
		for threads in 2 3 8; do
			# shellcheck disable=SC2086
			racing $options -f --num-threads=$threads "$core" many
			cmp one many
		done
		"$O/tsan/crashbox" verify -q many
		rm -f one many
	done
}

@test "auto and flattened output with threads: no race, and every page is right" {
	racing --codec=auto -d 1 --num-threads=4 "$core" auto
	"$CRASHBOX" verify -q auto
	racing -F -c -d 1 --num-threads=4 "$core" >flat
	"$CRASHBOX" makedumpfile -R rebuilt <flat
	ours -c -d 1 --num-threads=1 "$core" one
	"$CRASHBOX" verify -q rebuilt
	cmp one rebuilt
}

@test "little memory changes nothing in the file" {
	ours -l -d 1 --num-threads=4 "$core" wide
	ours -l -d 1 --mem-limit=2M --num-threads=4 "$core" narrow
	cmp wide narrow
	# seconds, CPU seconds, KiB, status
	read -r _ _ peak _ <<-END
	$("$BATS_FILE_TMPDIR/timed" "$CRASHBOX" makedumpfile --message-level 4 -l -d 1 --num-threads=1 "$core" peak)
	END
	[ "$peak" -le 8192 ]
}

@test "the order by importance keeps the pages and changes only their places" {
	ours -l -d 1 --order=important "$core" important
	"$CRASHBOX" verify -q important
	ours -l -d 1 --order=pfn "$core" pfn
	[ "$(stat -c %s important)" -eq "$(stat -c %s pfn)" ]
	ours -d 0 important a
	ours -d 0 pfn b
	cmp a b
}

@test "a limit of the file leaves a valid one, whatever the format and the threads" {
	for options in '-l -d 0' '-z -d 0 --num-threads=4' '--codec=auto -d 0' '-l -d 0 --order=important'; do
		# shellcheck disable=SC2086
		ours $options -f "$core" whole
		whole=$(stat -c %s whole)
		for part in 40 60 80; do
			limit=$((whole * part / 100))
			# shellcheck disable=SC2086
			run -1 ours $options -f -L $limit "$core" cut
			[ "$(stat -c %s cut)" -le $limit ]
			"$CRASHBOX" info cut | grep -q 'complete *no'
			run -1 "$CRASHBOX" verify cut
			[[ $output == *' pages are lost'*', 0 faults' ]]
		done
	done
}

@test "a full file system leaves a valid file, in every format" {
	mkdir full
	# the dump must be larger than what the file system has
	for options in '-l -d 0' '-c -d 0 --num-threads=4' '-E -d 0' '-d 0'; do
		mount -t tmpfs -o size=1M none full
		# shellcheck disable=SC2086
		run -1 ours $options "$core" full/cut
		[[ $output == *'No space left on device'* ]]
		"$CRASHBOX" info full/cut | grep -q 'complete *no'
		umount full
	done
}
