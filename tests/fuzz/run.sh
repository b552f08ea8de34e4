#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Runs fuzzers, two at a time, each from its corpus: run.sh SECONDS FUZZER..., or run.sh --runs N FUZZER...
# --runs: N inputs from a fixed seed, the same each time; else new ones, as many as there is time for.
# An input that takes 10 seconds (120 with --runs, on a machine that other tests share), or 64 MiB in one piece, breaks
# a fuzzer: no command takes more for a file of 1 MiB (tests/bats/33-hostile.bats). What a sanitizer keeps of freed
# memory and shadows counts in the limit of all memory.
# Inputs that break one are kept in O/fuzz/crashes, what each said in O/fuzz/log.
# Ends in "fuzz: N passed, N failed". The corpus of the repository is only read.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
O=${O:-$here/../../build}
if [ "${1:-}" = --one ]; then
	amount=$2 program=$3
	name=$(basename "$program")
	work=$(mktemp -d)
	trap 'rm -rf "$work"' EXIT
	[ -d "$here/corpus/${name#fuzz_}" ] || {
		echo "  FAIL     $name: there is no tests/fuzz/corpus/${name#fuzz_}"
		exit 0
	}
	status=0 fixed=
	case $amount in
	*s) set -- -max_total_time="${amount%s}" -timeout=10 ;;
	*)
		# The same each time: no clock decides (-reload), no address is a hint for the next input (setarch -R).
		set -- -seed=1 -runs="$amount" -reload=0 -timeout=120
		! setarch -R true 2>/dev/null || fixed='setarch -R'
		;;
	esac
	# shellcheck disable=SC2086 # none or two words
	$fixed "$program" "$@" -malloc_limit_mb=64 -rss_limit_mb=768 -print_final_stats=1 \
		-artifact_prefix="$O/fuzz/crashes/$name-" "$work" "$here/corpus/${name#fuzz_}" \
		>"$O/fuzz/log/$name" 2>&1 </dev/null || status=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$O/fuzz/log/$name")
	if [ "$status" -eq 0 ] && [ "${runs:-0}" -gt 100 ]; then
		echo "  ok       $name: $runs inputs"
	else
		echo "  FAIL     $name: status $status after ${runs:-no} inputs, see $O/fuzz/log/$name"
		grep -hE '^SUMMARY|^==.*ERROR|Test unit written' "$O/fuzz/log/$name" | sed 's/^/           /' || :
	fi
	exit 0
fi

[ $# -ge 2 ] || {
	echo "usage: run.sh SECONDS|--runs N FUZZER..." >&2
	exit 2
}
amount=${1}s
if [ "$1" = --runs ]; then
	amount=$2
	shift
fi
shift
mkdir -p "$O/fuzz/log" "$O/fuzz/crashes"
O=$(cd "$O" && pwd)
export O
result=$O/fuzz/result.$$
trap 'rm -f "$result"' EXIT
printf '%s\n' "$@" | xargs -P 2 -I '{}' sh "$here/run.sh" --one "$amount" '{}' | tee "$result"
passed=$(grep -c '^  ok ' "$result" || :)
echo "fuzz: $passed passed, $(($# - passed)) failed"
[ "$passed" -eq $# ]
