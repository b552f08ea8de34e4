#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Functions that are not used: unbounded ones anywhere, exits and printing in src/, allocation in the copy loop;
# and every descriptor is opened close-on-exec.
# shellcheck disable=SC2129 # each rule adds to what was found
set -eu
# shellcheck source=tests/lint/lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

# ban WHY NAME...: reads "FILE:LINE:TEXT"
ban() {
	why=$1
	shift
	names=$(echo "$*" | tr ' ' '|')
	awk -v names="$names" -v why="$why" '
		{
			match($0, /^[^:]*:[0-9]+:/)
			at = substr($0, 1, RLENGTH)
			text = " " substr($0, RLENGTH + 1)
			if (match(text, "[^A-Za-z0-9_>.](" names ")[ ]*\\(")) {
				name = substr(text, RSTART + 1, RLENGTH - 1)
				sub(/ *\($/, "", name)
				print at " " name "(): " why
			}
		}'
}

# shellcheck disable=SC2046 # paths without blanks
code $(files '^(src|applets)/.*\.[ch]$') >"$O/lint/code"
grep '^src/' "$O/lint/code" >"$O/lint/code.src"

ban 'unbounded or unsafe, see base/str.h' strcpy strcat sprintf vsprintf stpcpy gets strtok atoi atol atoll \
	alloca mktemp tmpnam tempnam scanf sscanf fscanf <"$O/lint/code" >>"$found"
ban 'no shell' system popen <"$O/lint/code" >>"$found"
ban 'src/ gives its result to the caller, it never ends the process' exit quick_exit abort assert \
	err errx <"$O/lint/code.src" >>"$found"
ban 'src/ never prints' printf vprintf puts putchar perror warn warnx <"$O/lint/code.src" >>"$found"
grep -E '[^A-Za-z0-9_](stdout|stderr)[^A-Za-z0-9_]' "$O/lint/code.src" |
	sed 's/^\([^:]*:[0-9]*\):.*/\1: src\/ never prints/' >>"$found" || :

# A call is looked at up to its semicolon. inherit FILE FUNCTION: its descriptors are for the programs that follow.
opens='open|openat|socket|accept4|epoll_create1|signalfd|timerfd_create|eventfd|inotify_init1|pipe2|dup3|memfd_create'
awk '$1 == "inherit" { print $2, $3 }' config/limits | while read -r file name; do
	awk -f "$LINT/functions.awk" "$O/lint/code" |
		awk -v f="$file" -v n="$name" '$1 == f && $3 == n { print $1, $2, $2 + $4 + 1 }' | grep . ||
		echo "config/limits:1: $file has no function $name" >>"$found"
done >"$O/lint/inherit"
awk -v opens="(^|[^A-Za-z0-9_>.])($opens)[ ]*\\(" '
	FNR == NR { file[NR] = $1; from[NR] = $2; to[NR] = $3; n = NR; next }
	function exempt(f, l,    i) {
		for (i = 1; i <= n; i++)
			if (file[i] == f && l >= from[i] && l <= to[i])
				return 1
		return 0
	}
	{
		match($0, /^[^:]*:[0-9]+:/)
		text = substr($0, RLENGTH + 1)
		if (call == "" && text ~ opens) {
			at = substr($0, 1, RLENGTH)
			call = " "
		}
		if (call == "")
			next
		call = call text
		if (text !~ /;/)
			next
		split(at, where, ":")
		if (call !~ /CLOEXEC/ && !exempt(where[1], where[2] + 0))
			print at " a descriptor that is not close-on-exec"
		call = ""
	}' "$O/lint/inherit" "$O/lint/code" >>"$found"
ban 'takes no close-on-exec flag: use the form with flags' pipe dup accept creat epoll_create inotify_init \
	tmpfile <"$O/lint/code.src" >>"$found"

# hot FILE FUNCTION...: no allocation between the first line and the last of these
awk '$1 == "hot" { for (i = 3; i <= NF; i++) print $2, $i }' config/limits | while read -r file name; do
	range=$(awk -f "$LINT/functions.awk" "$O/lint/code" |
		awk -v f="$file" -v n="$name" '$1 == f && $3 == n { print $2, $2 + $4 + 1 }')
	if [ -z "$range" ]; then
		echo "config/limits:1: $file has no function $name"
		continue
	fi
	awk -F: -v f="$file" -v from="${range% *}" -v to="${range#* }" '$1 == f && $2 >= from && $2 <= to' \
		"$O/lint/code" | ban 'no allocation in the copy loop' malloc calloc realloc aligned_alloc \
		posix_memalign strdup strndup asprintf vasprintf getline fopen
done >>"$found"
verdict
