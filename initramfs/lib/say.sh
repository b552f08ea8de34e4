# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# What the administrator reads. Needs: $work (may be empty), $debug.

# Control bytes of what a user wrote would make a sentence look like another one: \r is shown, others are '?'.
say() {
	printf 'mkinitrd.sh: %s\n' "$*" | LC_ALL=C sed -e "s/$(printf '\r')/\\\\r/g" \
		-e "s/$(printf '\302\240')/<U+00A0>/g" -e "s/$(printf '\357\273\277')/<U+FEFF>/g" \
		-e "s/$(printf '\342\200\213')/<U+200B>/g" |
		LC_ALL=C tr '\001-\010\013-\037\177' '?' >&2
}

note() {
	say "note: $*"
}

warn() {
	say "warning: $*"
}

trace() {
	[ "$debug" = 0 ] || say "debug: $*"
}

die() {
	say "$*"
	exit 1
}

usage_error() {
	say "$* (mkinitrd.sh --help tells)"
	exit 2
}

# Runs a command that waits for others: name servers, a daemon, the server of a file system, a disk that is gone.
# After $1 seconds it is killed, which is said: NFS lets no milder signal through. Its errors are not shown. Others need
# no limit: ip(8) and sysfs ask this kernel; ssh-keygen, ldd, stat, find and what packs and unpacks read files of this
# system and of the target's own disk, whose driver has limits; `crashbox reach` has its own.
limited() {
	timeout -s KILL "$@" 2>/dev/null && return 0
	set -- $? "$@"
	[ "$1" != 137 ] || warn "no answer within $2 seconds, given up: $(shift 2 && echo "$*")"
	return "$1"
}

# Something that would fail after a crash. All of them are shown before the build stops: refuse()
# works in subshells too, stop_if_refused() ends the script.
refuse() {
	say "refused: $*"
	echo "$*" >>"$work/refused"
}

stop_if_refused() {
	[ -s "$work/refused" ] || return 0
	die "no image was built: $(wc -l <"$work/refused" | tr -d ' ') refusals, see above"
}
