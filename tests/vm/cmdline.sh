#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/vm: config/capture-cmdline -> the line for one kernel.
# Prints only what that kernel has; runs under dash and under busybox sh inside a guest.
#
#   cmdline.sh [-l LIST] [-t TAG]... [-x WORD]... [-a WORD]... SYMBOLS
#     SYMBOLS  /proc/kallsyms of the running kernel, or its System.map; "-" takes the whole union
#     -t TAG   something the plan needs: fips, tcp, bpf, trace
#     -a WORD  add this word, or blacklist:NAME (to try it)
#     -x WORD  leave this word or function out (to measure its share)
set -eu

list=$(dirname "$0")/../../config/capture-cmdline
tags=' '
without=' '
added=
while getopts a:l:t:x: opt; do
	case $opt in
	a) added="$added$(echo "$OPTARG" | tr : ' ')
" ;;
	l) list=$OPTARG ;;
	t) tags="$tags$OPTARG " ;;
	x) without="$without$OPTARG " ;;
	*) exit 2 ;;
	esac
done
shift $((OPTIND - 1))
[ $# -eq 1 ] || {
	sed -n 's/^#   //p' "$0" >&2
	exit 2
}

# Names of init functions in the symbol table. A stub System.map (Debian 12 and later keep the real
# one in the debug package) has none: refuse it rather than print a line without a blacklist.
symbols()
{
	[ "$1" != - ] || return 0
	awk 'NF >= 3 { print $3 }' "$1" >"$2"
	[ "$(wc -l <"$2")" -gt 1000 ] || {
		echo "cmdline.sh: $1 is not a symbol table" >&2
		exit 1
	}
}

names=$(mktemp)
trap 'rm -f "$names"' EXIT
symbols "$1" "$names"

{
	cat "$list"
	printf %s "$added"
} | awk -v tags="$tags" -v without="$without" -v names="$names" -v all="$1" '
function has(set, word) { return index(set, " " word " ") > 0 }
function wanted(cond, tag) {
	if (cond == "") return 1
	if (cond == "if") return has(tags, tag)
	if (cond == "unless") return !has(tags, tag)
	printf "capture-cmdline:%d: \"%s\": expected if or unless\n", NR, cond > "/dev/stderr"
	bad = 1
}
BEGIN { while ((getline line < names) > 0) sym[line] = 1 }
{ sub(/#.*/, "") }
$1 == "blacklist" {
	if (wanted($3, $4) && !has(without, $2) && (all == "-" || $2 in sym))
		black = black (black == "" ? "" : ",") $2
	next
}
NF { if (wanted($2, $3) && !has(without, $1)) out = out (out == "" ? "" : " ") $1 }
END {
	if (black != "") out = out " initcall_blacklist=" black
	print out
	exit bad
}'
