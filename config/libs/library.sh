#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Builds one library when something it was made from has changed: its pin, its recipe, the flags, the compiler, or a
# library it needs. Called by build.mk; build.sh sets the environment (OUT, STATE, HERE, PINS, COMPILER_ID, flags).
# Promise: the stamp is written last, so an interrupted build is done again.

set -eu

name=$1
here=${HERE:?set by build.sh}
pins=${PINS:?set by build.sh}
. "$here/common.sh"

recipe=$here/recipes/$name.sh
log=$OUT/log/$name.log
stamp=$OUT/stamp/$name
work=$OUT/src/$name

# Everything the result depends on, as one hash; comments do not count. What a library needs was built before, so
# its stamp speaks for it.
inputs() {
	{
		printf '%s\n' "$COMPILER_ID" "$CFLAGS_SIZE" "$CFLAGS_SPEED" "$HOST"
		grep -e '^release ' -e "^$name " "$pins"
		sed '/^[[:space:]]*#/d' "$recipe" "$here/recipe-tools.sh" "$here/objects.mk"
		cat "$here/recipes/$name"-*.awk 2>/dev/null | sed '/^[[:space:]]*#/d'
		cat "$here/patches/$name"-*.patch 2>/dev/null || :
		sed -n 's/^# needs: //p' "$recipe" | tr ' ' '\n' | while read -r need; do
			head -n 1 "$OUT/stamp/$need"
		done
	} | sha256sum | cut -d' ' -f1
}

# The recipe runs with a clean environment: variables of a calling make (LIBS, CC, O, …) have meanings of their own to
# configure scripts.
# shellcheck disable=SC2016 # the inner shell expands
run_recipe() (
	cd "$work"
	exec env -i PATH="$OUT/bin:$PATH" HOME="$work" TMPDIR="${TMPDIR:-/tmp}" LC_ALL=C TZ=UTC \
		SOURCE_DATE_EPOCH=0 MAKEFLAGS="$MAKEFLAGS" CC=libcc AR="$AR" RANLIB="$RANLIB" \
		CFLAGS_SIZE="$CFLAGS_SIZE" CFLAGS_SPEED="$CFLAGS_SPEED" HOST="$HOST" ARCH="$ARCH" \
		PREFIX="$OUT/prefix" RECIPES="$here/recipes" HERE="$here" \
		sh -eu -c '. "$HERE/recipe-tools.sh"; . "$RECIPES/$1.sh"' recipe "$name"
)

[ -f "$recipe" ] || die "no recipe for $name"
want=$(inputs)
[ "$(head -n 1 "$stamp" 2>/dev/null)" != "$want" ] || exit 0

started=$(date +%s)
rm -f "$stamp"
version=$(sh "$here/fetch.sh" --cache "$OUT/dl" --state "$STATE" "$name" "$work") || die "$name: no source"
if ! run_recipe >"$log" 2>&1 </dev/null; then
	tail -n 20 "$log" >&2
	die "$name $version does not build; the whole log is $log"
fi
rm -rf "$work"
printf '%s\n%s\n' "$want" "$version" >"$stamp"
printf 'libs: %-11s %-28s %3d s\n' "$name" "$version" "$(($(date +%s) - started))"
