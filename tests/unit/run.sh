#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs unit test programs and adds up their checks; ends in "unit: N passed, N failed".
set -eu

passed=0 failed=0
for t in "$@"; do
	status=0
	out=$("$t") || status=$?
	p=$(printf '%s\n' "$out" | sed -n 's/^\([0-9]*\) passed, [0-9]* failed$/\1/p' | tail -n 1)
	f=$(printf '%s\n' "$out" | sed -n 's/^[0-9]* passed, \([0-9]*\) failed$/\1/p' | tail -n 1)
	# A program that died before its count is a failure of its own.
	if [ -z "$p" ] || { [ "$status" -ne 0 ] && [ "${f:-0}" -eq 0 ]; }; then
		f=1
	fi
	passed=$((passed + ${p:-0})) failed=$((failed + f))
	printf '  %-28s %s checks, %s failed\n' "$(basename "$t")" "${p:-0}" "$f"
done
echo "unit: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
