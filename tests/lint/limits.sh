#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Sizes: lines of files and functions, depth of nesting, arguments, columns. The numbers are in config/limits.
set -eu
# shellcheck source=tests/lint/lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2046 # paths without blanks
awk -v most="$(limit file-lines)" -v columns="$(limit columns)" '
	FNR == 1 && last { over() }
	function over() { if (lines > most) print last ":" lines ": the file has " lines " lines, at most " most }
	{
		last = FILENAME
		lines = FNR
		text = $0
		while (i = index(text, "\t"))
			text = substr(text, 1, i - 1) substr("        ", 1, 8 - (i - 1) % 8) substr(text, i + 1)
		if (length(text) > columns)
			print FILENAME ":" FNR ": " length(text) " columns, at most " columns
	}
	END { over() }
' $(files '\.(c|h|sh|awk|mk)$') >>"$found"

# shellcheck disable=SC2046
code $(files '^(src|applets|tests|config)/.*\.[ch]$') | awk -f "$LINT/functions.awk" >"$O/lint/functions"
awk -v lines="$(limit function-lines)" -v nesting="$(limit nesting)" -v arguments="$(limit arguments)" '
	$4 > lines { print $1 ":" $2 ": " $3 " has " $4 " lines, at most " lines }
	$5 > nesting { print $1 ":" $2 ": " $3 " is nested " $5 " deep, at most " nesting }
	$6 > arguments { print $1 ":" $2 ": " $3 " takes " $6 " arguments, at most " arguments }
' "$O/lint/functions" >>"$found"

# Of a hundred functions of the product, 95 stay below the lower limit.
grep -E '^(src|applets)/' "$O/lint/functions" | sort -n -k4,4 | awk -v most="$(limit function-lines-p95)" '
	{ row[NR] = $0; n[NR] = $4 }
	END {
		if (NR < 50)
			print "tests/lint/functions.awk:1: found only " NR " functions"
		at = int((NR * 95 + 99) / 100)
		if (n[at] > most)
			for (i = at; i <= NR; i++) {
				split(row[i], f, " ")
				print f[1] ":" f[2] ": " f[3] " has " f[4] " lines, 95 of 100 have at most " most
			}
	}' >>"$found"

n=$(wc -l <Makefile)
[ "$n" -le "$(limit makefile-lines)" ] || echo "Makefile:$n: more than $(limit makefile-lines) lines" >>"$found"
verdict
