#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# For 34-honest.bats, which would take ten times as long with every command under its trap.
# honest.sh sound FILE...: the dumps are complete for every command, and so is what is made of them.
# honest.sh damaged <CASES: lines of damage.py; two ways to convert each damaged dump, in turn.
# Says what is wrong and ends with 1. In the directory of the dumps; CRASHBOX is the program.
set -eu

mdf() {
	"$CRASHBOX" makedumpfile --message-level 4 --num-threads 1 -f "$@"
}

# All files of the dump FILE.
files() {
	case $1 in split*) echo "$1 part-b part-c" ;; *) echo "$1" ;; esac
}

# ways FILE: how the dump FILE is converted, words for makedumpfile.
ways() {
	case $1 in
	split*)
		echo "--reassemble $(files "$1") made"
		return
		;;
	flat*) echo "-R made <$1" ;;
	esac
	cat <<-END
	-c -d 1 $1 made
	-l -d 0 $1 made
	-z -d 31 $1 made
	-d 0 $1 made
	-E -d 0 $1 made
	-F -l $1 >made
	-F -E $1 >made
	--split -d 1 $1 made made2
	END
}

# convert WORDS: sets status, and made to the files that are there
convert() {
	status=0
	rm -f made made2
	# shellcheck disable=SC2086 # words
	case $1 in
	*" >made") mdf ${1% >made} >made 2>said || status=$? ;;
	*" <"*) mdf ${1%% <*} <"${1##* <}" >said 2>&1 || status=$? ;;
	*) mdf $1 >said 2>&1 || status=$? ;;
	esac
	made=
	for f in made made2; do
		[ ! -s $f ] || made="$made $f"
	done
}

wrong() {
	failures=$((failures + 1))
	echo "$what: $1"
	head -c 600 said
	echo
}

# list FILE: what the list says of it
list() {
	mkdir -p list/one
	case $1 in flat*) ln -f "$1" list/one/vmcore.flat ;; *) ln -f "$1" list/one/vmcore ;; esac
	"$CRASHBOX" kdumpctl list "$PWD/list" >said 2>&1 || echo "status $?" >>said
	rm -f list/one/*
}

# incomplete LEAST FILE...: info ends with 1, says so, and counts at least so many lost pages, or opens no dump
incomplete() {
	least=$1
	shift
	status=0
	"$CRASHBOX" info --json "$@" >said 2>&1 || status=$?
	[ "$status" -eq 1 ] || wrong "info $*: status $status"
	grep -q '^{' said || {
		[ -s said ] || wrong "info $*: no word"
		return 0
	}
	grep -q '"complete":false,"incomplete_because":"[^"]' said || wrong "info $*"
	found=$(($(sed -n 's/.*"lost":\([0-9]*\),"elsewhere":\([0-9]*\),.*/\1 + \2/p' said)))
	[ "$found" -ge "$least" ] || wrong "info $*: $found pages are lost, not $least"
}

# whole FILE...: info ends with 0 and says so
whole() {
	status=0
	"$CRASHBOX" info "$@" >said 2>&1 || status=$?
	[ "$status" -eq 0 ] || wrong "info $*: status $status"
	grep -q "complete    yes" said || wrong "info $*"
}

# looked FILE LEAST: what info, verify and list say of a damaged dump
looked() {
	# shellcheck disable=SC2046 # names without blanks
	incomplete "$2" $(files "$1")
	status=0
	# shellcheck disable=SC2046
	"$CRASHBOX" verify $(files "$1") >said 2>&1 || status=$?
	[ "$status" -eq 1 ] || wrong "verify: status $status"
	found=$(sed -n 's/^.*; \([0-9]*\) pages are lost$/\1/p; s/^\([0-9]*\) pages\{0,1\} \(is\|are\) lost$/\1/p' said)
	! grep -q ' pages read' said || [ "${found:-0}" -ge "$2" ] || wrong "verify: ${found:-0} pages are lost, not $2"
	list "$1"
	grep -q "INCOMPLETE\|UNREADABLE" said || wrong "list"
}

sound() {
	for f; do
		what=$f
		# shellcheck disable=SC2046
		whole $(files "$f")
		# shellcheck disable=SC2046
		"$CRASHBOX" verify $(files "$f") >said 2>&1 || wrong verify
		case $f in
		split) ;;
		*)
			list "$f"
			grep -q " whole \| flattened " said || wrong list
			;;
		esac
		ways "$f" >conversions
		while read -r how; do
			convert "$how"
			[ "$status" -eq 0 ] || wrong "makedumpfile $how: status $status"
			# shellcheck disable=SC2086
			whole $made
		done <conversions
	done
}

damaged() {
	turn=0
	while IFS='	' read -r file lost what; do
		what="$file, $what"
		looked "$file" "$lost"
		ways "$file" >conversions
		for i in 1 2; do
			turn=$((turn + i))
			how=$(sed -n "$((turn % $(wc -l <conversions) + 1))p" conversions)
			convert "$how"
			[ "$status" -eq 1 ] || wrong "makedumpfile $how: status $status"
			[ -s said ] || wrong "makedumpfile $how: no word"
			# shellcheck disable=SC2086
			[ -z "$made" ] || incomplete "$lost" $made
		done
		rm "$file"
	done
}

failures=0
what=$1
shift
"$what" "$@"
[ "$failures" -eq 0 ]
