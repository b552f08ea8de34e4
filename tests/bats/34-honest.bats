# SPDX-License-Identifier: GPL-2.0-or-later
# A dump that is cut or damaged anywhere is called complete by no command and in no format that it is converted to;
# its lost pages are never fewer than they are; every command ends with 1. Sound ones are complete, and end with 0.
# HONEST_SEED and HONEST_COUNT make other damage. damage.py says which cannot be seen and is not made;
# tests/unit/test_honest.c looks at each page of the same kinds of dumps.

bats_require_minimum_version 1.5.0

setup_file()
{
	export dumps
	CRASHBOX=$(realpath "${CRASHBOX:-build/crashbox}")
	# Every output is synced: not on a disk.
	dumps=$(mktemp -d /dev/shm/honest.XXXXXX || mktemp -d)
	# 336 pages of the machine of flatmem.spec.
	sed 's/ 0x400000$/ 0x110000/; s/ 0x300000$/ 0x40000/; s/ 0x100000 text/ 0x10000 text/
		s/ 0xffff888000300000 0x100000 noise/ 0xffff888000220000 0x8000 noise/' \
		"$BATS_TEST_DIRNAME/../data/flatmem.spec" >"$dumps/spec"
	"${O:-build}/mk/mkvmcore" "$dumps/spec" "$dumps/elf"
	cd "$dumps"
	mdf -d 0 elf stored
	mdf -c -d 1 elf zlib
	mdf -l -d 1 elf lzo
	mdf -z -d 1 elf zstd
	mdf -F -c -d 1 elf >flat
	mdf -F -E -d 0 elf >flat-elf
	mdf --split -c -d 1 elf split part-b part-c
}

teardown_file()
{
	rm -rf "$dumps"
}

setup()
{
	cd "$dumps"
}

mdf()
{
	"$CRASHBOX" makedumpfile --message-level 4 "$@"
}

@test "sound dumps are complete for every command, and what is made of them" {
	sh "$BATS_TEST_DIRNAME/honest.sh" sound elf stored zlib lzo zstd flat flat-elf split
}

@test "cut or damaged anywhere: never complete, never fewer lost pages, exit 1" {
	python3 "$BATS_TEST_DIRNAME/damage.py" "${HONEST_SEED:-1}" "${HONEST_COUNT:-16}" \
		elf stored zlib lzo zstd flat flat-elf split >cases
	sh "$BATS_TEST_DIRNAME/honest.sh" damaged <cases
}
