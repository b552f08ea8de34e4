#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What a file of the repository must be: a licence line, no places of one machine, no unfinished business, no binaries.
set -eu
# shellcheck source=tests/lint/lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

# say SENTENCE: reads "FILE:LINE:TEXT"
say() {
	sed "s/^\([^:]*:[0-9]*\):.*/\1: $1/"
}

# Data of tests may hold anything; the patterns here are in brackets so that they do not match themselves.
data='^tests/(fuzz/corpus|bats/corpus|data)/'
files | grep -vE "$data" >"$O/lint/files"

look() {
	xargs grep -nIE "$@" <"$O/lint/files" || :
}

# Each rule adds to what was found.
# shellcheck disable=SC2129
look '(^|[^A-Za-z0-9_.])/(wor[k]/(main|shared)|tmp/brie[f]|tmp/buil[d]-|home/[a-z]+/)' |
	say 'a path of one machine' >>"$found"
look -i '[a-z0-9-]+\.debia[n]\.org|deb\.debia[n]|archive\.ubunt[u]|fedoraprojec[t]\.org/pub|kerne[l]\.org/debian' |
	say 'the name of an archive host; the addresses come from the configuration of the machine' >>"$found"
look '(^|[^A-Za-z0-9_])(TOD[O]|FIXM[E]|XX[X]|HAC[K])([^A-Za-z0-9_]|$)' |
	say 'unfinished business' >>"$found"
look '^(<<<<<<<|>>>>>>>|=======$)' | say 'a conflict of a merge' >>"$found"
look '[[:blank:]]$' | grep -vE '\.(md|patch):' | say 'blanks at the end of the line' >>"$found" || :
look '(^|[|&;])[[:blank:]]*skip([[:blank:]]|$)' | grep '\.bats:' |
	say 'a skipped test' >>"$found" || :

while read -r f; do
	if [ -s "$f" ] && ! grep -qI . "$f"; then
		echo "$f:1: a binary file"
		continue
	fi
	case $f in
	*.c | *.h | *.sh | *.bats | *.awk | *.mk | Makefile) licence=yes ;;
	*)
		licence=
		[ "$(head -c 2 "$f")" != '#!' ] || licence=yes
		;;
	esac
	[ -z "$licence" ] || head -n 2 "$f" | grep -q 'SPDX-License-Identifier: GPL-2.0-or-later' ||
		echo "$f:1: no SPDX line at the top"
	[ ! -s "$f" ] || [ -z "$(tail -c 1 "$f")" ] || echo "$f:$(wc -l <"$f"): no newline at the end of the file"
done <"$O/lint/files" >>"$found"

# File names are unique in src/ and applets/ apart: an object or a message names one file.
files '^src/.*\.c$' | awk -F/ 'seen[$NF]++ { print $0 ":1: a second file of this name in src/" }' >>"$found"
verdict
