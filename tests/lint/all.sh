#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Every check of the source. Each prints what is wrong as FILE:LINE: sentence.
# Ends in "lint: N passed, N failed", N being checks. all.sh [CHECK...]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
O=${O:-$here/../../build}
mkdir -p "$O/lint"
O=$(cd "$O" && pwd)
export O

missing=
for tool in shellcheck cppcheck clang-format clang-tidy mandoc; do
	command -v "$tool" >/dev/null || missing="$missing $tool"
done
[ -z "$missing" ] || {
	echo "lint: not installed:$missing (tests/packages names the Debian packages)" >&2
	echo "lint: 0 passed, 1 failed"
	exit 1
}

[ $# -gt 0 ] || set -- layers homes limits banned tree shell man format cppcheck tidy
passed=0 failed=0
for check in "$@"; do
	if sh "$here/$check.sh" >"$O/lint/$check.out" 2>&1; then
		passed=$((passed + 1))
		echo "  lint     $check"
	else
		failed=$((failed + 1))
		echo "  lint     $check: $(wc -l <"$O/lint/$check.out") findings"
		cat "$O/lint/$check.out"
	fi
done
echo "lint: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
