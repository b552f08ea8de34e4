#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints the path of a vmcore of a crashed guest of 1 GiB whose memory has pages of every kind; makes it when there is
# none. vmcore.sh [RELEASE]     default trixie; O=DIR is the build directory
set -eu

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
O=${O:-$ROOT/build}
VM=$ROOT/tests/vm
# shellcheck source=tests/vm/lib.sh disable=SC1091
. "$VM/lib.sh"
# shellcheck source=tests/vm/lib/judge.sh disable=SC1091
. "$VM/lib/judge.sh"
export O

release=${1:-trixie}
core=$O/bench-vmcore/$release.vmcore
mkdir -p "$O/bench-vmcore"
if [ ! -s "$core" ]; then
	sh "$VM/run" memory-1g --kernel "$release" --keep >&2
	cd "$O/vm/run/memory-1g-$release"
	trap judge_close EXIT
	disk_open vda.img
	dump_find var/crash
	cp --sparse=always "$DUMP/vmcore" "$core.tmp"
	mv "$core.tmp" "$core"
fi
echo "$core"
