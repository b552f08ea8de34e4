# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# What the tests of mkinitrd.sh share: where the machine made of files is.

# Sets REPO, MACHINE (its root) and KROOT (its modules); fails without the binary under test.
image_begin() {
	export REPO="$BATS_TEST_DIRNAME/../.."
	export MACHINE="$BATS_FILE_TMPDIR/machine" KROOT="$BATS_FILE_TMPDIR/kroot"
	[ -x "$CRASHBOX" ] || {
		echo "CRASHBOX names no binary" >&2
		return 1
	}
}
