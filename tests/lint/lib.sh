# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What the checks share: the files of the repository, the limits, and the verdict.
# Promise: a check that looked at no file fails.

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
LINT=$ROOT/tests/lint
O=${O:-$ROOT/build}
export LC_ALL=C
cd "$ROOT" || exit
mkdir -p "$O/lint"
found=$O/lint/$(basename "$0" .sh).found
: >"$found"

# files [PATTERN...]: the files of the repository whose path matches an extended pattern, one a line.
# Without git (an unpacked archive): everything but the build directory.
# shellcheck disable=SC2120 # called with and without
files() {
	if git -c safe.directory='*' rev-parse --is-inside-work-tree >/dev/null 2>&1; then
		git -c safe.directory='*' ls-files -co --exclude-standard
	else
		find . \( -path ./.git -o -path ./build -o -path "$O" \) -prune -o -type f -print | sed 's,^\./,,'
	fi | while read -r f; do [ ! -f "$f" ] || printf '%s\n' "$f"; done | sort -u | grep -E "${1:-.}" ||
		die "no file matches ${1:-.}"
}

die() {
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}

# scripts KIND: the files that start with a line for that interpreter (sh, bash, bats), and parts of
# scripts that say in their first lines what shell they are for
scripts() {
	# shellcheck disable=SC2119
	files | while read -r f; do
		! awk -v kind="$1" 'NR == 1 && $0 ~ "^#!.*[/ ]" kind "( |$)" { hit = 1 }
			/^# shellcheck shell=/ && kind == "sh" && FNR <= 12 { hit = 1 }
			NR == 12 || hit { exit } END { exit !hit }' "$f" || printf '%s\n' "$f"
	done
}

limit() {
	awk -v n="$1" '$1 == n { print $2 }' config/limits | grep . || die "config/limits has no $1"
}

# code FILE...: "FILE:LINE:TEXT" of C files, comments and the insides of strings blanked
code() {
	awk -f "$LINT/strip.awk" "$@"
}

# Prints what was found and ends the check.
verdict() {
	sort -t: -k1,1 -k2,2n "$found"
	[ ! -s "$found" ] || exit 1
	exit 0
}
