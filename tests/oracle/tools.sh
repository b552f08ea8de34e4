# SPDX-License-Identifier: GPL-2.0-or-later
# tests/oracle: what its scripts share: places, the tools, the peer, counting.
# shellcheck shell=sh disable=SC2034
# The caller has set ROOT.

ORACLE=$ROOT/tests/oracle
O=${O:-$ROOT/build}
case $O in /*) ;; *) O=$PWD/$O ;; esac
WORK=$O/oracle
CRASHBOX=${CRASHBOX:-$O/crashbox}
# Our command and theirs, a word each; a test of the oracle itself may set others.
OURS=${OURS:-$WORK/bin/ours}
mkdir -p "$WORK/bin"
passed=0 failed=0

die()
{
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 2
}

pass()
{
	passed=$((passed + 1))
	echo "ok   $*"
}

# fail SENTENCE [LOG]
fail()
{
	failed=$((failed + 1))
	echo "FAIL $1"
	[ -z "${2:-}" ] || sed 's/^/     /' "$2" | head -n 40
}

# finish NAME: the last line, and the status
finish()
{
	echo "$1: $passed passed, $failed failed"
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# built TARGET SOURCE...: TARGET exists and is not older than any source
built()
{
	target=$1
	shift
	[ -e "$target" ] && [ -z "$(find "$@" -newer "$target" | head -n 1)" ]
}

# tool_build NAME SOURCE...: compiles $WORK/bin/NAME of sources of this directory
tool_build()
{
	name=$1
	shift
	sources=
	for source in "$@"; do
		sources="$sources $ORACLE/$source"
	done
	# shellcheck disable=SC2086 # paths of the repository hold no blanks
	built "$WORK/bin/$name" $sources "$ORACLE/dump.h" && return 0
	# shellcheck disable=SC2086
	${HOSTCC:-gcc} -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Wshadow -Werror -o "$WORK/bin/$name.$$" $sources \
		-lz -llzo2 -lsnappy -lzstd
	mv "$WORK/bin/$name.$$" "$WORK/bin/$name"
}

# tools: sets PAGES, MUTATE and PEER
tools()
{
	tool_build pages pages.c dump.c view.c words.c
	tool_build mutate mutate.c dump.c view.c words.c
	PAGES=$WORK/bin/pages
	MUTATE=$WORK/bin/mutate
	PEER=${PEER:-$(sh "$ORACLE/peer.sh")}
	printf '#!/bin/sh\nexec "%s" makedumpfile "$@"\n' "$CRASHBOX" >"$WORK/bin/ours"
	chmod +x "$WORK/bin/ours"
}

# vmcore_key FILE: one word that is another one when the file is
vmcore_key()
{
	stat -L -c '%n %s %Y' "$1" | sha256sum | cut -c 1-12
}
