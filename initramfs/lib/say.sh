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
