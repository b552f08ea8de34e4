# SPDX-License-Identifier: GPL-2.0-or-later
# tests/vm: what every part of the harness shares: places, messages, small tools, slots.
# shellcheck shell=sh

VM=${VM:-$ROOT/tests/vm}
O=${O:-$ROOT/build}
case $O in /*) ;; *) O=$PWD/$O ;; esac
VMO=$O/vm

say()
{
	printf '%s\n' "$*" >&2
}

die()
{
	say "$(basename "$0"): $*"
	exit 1
}

# need COMMAND...: all of them, or one sentence that names what is missing
need()
{
	missing=
	for tool in "$@"; do
		command -v "$tool" >/dev/null 2>&1 || missing="$missing $tool"
	done
	[ -z "$missing" ] ||
		die "missing on this machine:$missing (packages: tests/vm/packages)"
}

# up_to_date TARGET SOURCE...: TARGET exists and is not older than any source
up_to_date()
{
	target=$1
	shift
	[ -e "$target" ] || return 1
	[ -z "$(find -L "$@" -newer "$target" | head -1)" ]
}

# tool_build NAME SOURCE... [-- OPTION...]: compile files of tests/ with the host's compiler
tool_build()
{
	tool=$VMO/bin/$1
	shift
	sources=
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		sources="$sources $ROOT/tests/$1"
		shift
	done
	[ $# -eq 0 ] || shift
	mkdir -p "$VMO/bin"
	# shellcheck disable=SC2086 # no blanks in our paths
	up_to_date "$tool" $sources && return 0
	# shellcheck disable=SC2086
	${HOSTCC:-gcc} -std=gnu11 -O2 -Wall -Wextra -Werror -o "$tool.$$" $sources "$@"
	mv "$tool.$$" "$tool"
}

# once LOCK COMMAND...: one caller at a time (two scenarios run side by side)
once()
{
	mkdir -p "$VMO/lock"
	lock=$VMO/lock/$1
	shift
	(
		flock 8
		"$@"
	) 8>"$lock"
}

# slot_take: at most two guests on one machine, whoever runs them. Descriptor 9 holds the slot
# until the calling (sub)shell ends; QEMU does not inherit it. CRASHBOX_VM_SLOT: the caller has one.
slot_take()
{
	[ -z "${CRASHBOX_VM_SLOT:-}" ] || return 0
	slots=${TMPDIR:-/tmp}/crashbox-vm-slot
	while :; do
		for n in 1 2; do
			exec 9>>"$slots.$n"
			flock -n 9 && return 0
		done
		# wait for slot 1 or 2 by turns: no more than 5 s on one of them
		exec 9>>"$slots.$(($$ % 2 + 1))"
		flock -w 5 9 && return 0
	done
}

now_ms()
{
	read -r up _ </proc/uptime
	echo "$((${up%.*} * 1000 + 10 * (1${up#*.} - 100)))"
}
