#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# clang-tidy of the product's C files. A file is looked at again only when it, a header or the configuration changed.
set -eu
# shellcheck source=tests/lint/lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

seen=$O/lint/tidy
mkdir -p "$seen"
if [ ! -e "$O/gen/version.h" ]; then
	make --no-print-directory -s O="$O" "$O/gen/version.h"
fi
{
	cat .clang-tidy tests/lint/tidy.sh tests/lint/analyzer.h
	# shellcheck disable=SC2046 # paths without blanks
	cat $(files '^(src|applets)/.*\.h$')
	clang-tidy --version
} | sha256sum >"$seen/.same.new"
cmp -s "$seen/.same.new" "$seen/.same" || rm -f "$seen"/*.ok
mv "$seen/.same.new" "$seen/.same"

todo() {
	files '^(src|applets)/.*\.c$' | while read -r f; do
		stamp=$seen/$(echo "$f" | tr / _).ok
		[ -e "$stamp" ] && [ -z "$(find "$f" -newer "$stamp")" ] || echo "$f $stamp"
	done
}

# shellcheck disable=SC2016 # the inner shell expands
todo | xargs -r -P 2 -L 1 sh -c '
	out=$(mktemp)
	known=tests/lint/analyzer.h
	[ "$1" != src/base/err.c ] || known=src/base/err.h
	clang-tidy --quiet "$1" -- -include "$known" -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 \
		-Isrc -Iapplets -I"$0/gen" -isystem "$0/libs/prefix/include" \
		>"$out" 2>"$out.err" && status=0 || status=$?
	[ "$status" -eq 0 ] || grep -q "warning:\|error:" "$out" ||
		echo "$1:1: error: $(tail -n 1 "$out.err")" >>"$out"
	if grep -q "warning:\|error:" "$out"; then cat "$out"; else : >"$2"; fi
	rm -f "$out" "$out.err"' "$O" >"$O/lint/tidy.raw"
sed -n 's/^\([^ ]*:[0-9]*\):[0-9]*: \(warning\|error\): /\1: /p; s/^\([^ ]*:1\): error: /\1: /p' "$O/lint/tidy.raw" |
	sed "s,^$ROOT/,," | sort -u >>"$found"
verdict
