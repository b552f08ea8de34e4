# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
#
# What recipes call. They run in the unpacked source, with $CC, $AR, $CFLAGS_SIZE, $CFLAGS_SPEED, $HOST and $PREFIX set.

# Debian's patches touch Makefile.am and configure.ac; the generated files in the archive are the ones to use, so the
# tools that would make them again are replaced by nothing.
export ACLOCAL=: AUTOCONF=: AUTOHEADER=: AUTOMAKE=: MAKEINFO=:

# compile LIBRARY.a "FLAGS" SOURCE...
compile() {
	lib=$1
	flags=$(printf '%s' "$2" | tr -s '\n\t' '  ')
	shift 2
	make -f "$HERE/objects.mk" LIB="$lib" FLAGS="$flags" SRCS="$*"
}

# install_files FILE... -- DIRECTORY below the prefix. Files whose content is the same keep their time.
install_files() {
	for last; do :; done
	mkdir -p "$PREFIX/$last"
	for f; do
		[ "$f" != -- ] || break
		cmp -s "$f" "$PREFIX/$last/${f##*/}" || cp "$f" "$PREFIX/$last/"
	done
}

# cut_lines FILE PATTERN: removes the lines that match the extended expression; that there are none is an error.
cut_lines() {
	grep -qE "$2" "$1" || {
		echo "$1 has no line with $2" >&2
		return 1
	}
	grep -vE "$2" "$1" >"$1.new"
	mv "$1.new" "$1"
}
