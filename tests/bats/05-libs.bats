#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2030,SC2031 # every test is a subshell, on purpose
#
# Fetching and building pinned libraries, against a small signed archive made here.
# Promise: holes, forged files and newer versions of an archive have the outcome config/libs/README.md tells.

setup_file() {
	export LIBS="$BATS_TEST_DIRNAME/../../config/libs"
	export REPO="$BATS_FILE_TMPDIR/repo" GNUPGHOME="$BATS_FILE_TMPDIR/gpg" PIECES="$BATS_FILE_TMPDIR/pieces"
	mkdir -m 700 "$GNUPGHOME"
	gpg --batch --quiet --passphrase '' --quick-gen-key 'archive of the test' ed25519 sign never
	gpg --batch --quiet --export >"$BATS_FILE_TMPDIR/key.gpg"
	make_pieces
	make_deb
}

teardown_file() {
	gpgconf --kill all
}

# Two versions of a library "tiny": one upstream archive each, and a patch that makes its function answer 7.
make_pieces() {
	mkdir -p "$PIECES/tiny-1" "$PIECES/debian/patches"
	printf 'int tiny(void);\nint tiny(void)\n{\n\treturn 6;\n}\n' >"$PIECES/tiny-1/tiny.c"
	printf 'int tiny(void);\n' >"$PIECES/tiny-1/tiny.h"
	cat >"$PIECES/debian/patches/answer.patch" <<-'PATCH'
	--- a/tiny.c
	+++ b/tiny.c
	@@ -1,5 +1,5 @@
	 int tiny(void);
	 int tiny(void)
	 {
	-	return 6;
	+	return 7;
	 }
	PATCH
	printf '# comment\nanswer.patch\n' >"$PIECES/debian/patches/series"
	tar -C "$PIECES" -czf "$PIECES/tiny_1+a.orig.tar.gz" tiny-1
	tar -C "$PIECES" -czf "$PIECES/tiny_1+a-1~x.debian.tar.gz" debian
	echo v2 >"$PIECES/tiny-1/version"
	tar -C "$PIECES" -czf "$PIECES/tiny_2.orig.tar.gz" tiny-1
	tar -C "$PIECES" -czf "$PIECES/tiny_2-1.debian.tar.gz" debian
}

make_deb() {
	mkdir -p "$BATS_FILE_TMPDIR/deb/DEBIAN"
	printf 'Package: tiny-image\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.org>\n' \
		>"$BATS_FILE_TMPDIR/deb/DEBIAN/control"
	printf 'Depends: tiny-image-6.1 (= 1), other | third\nDescription: x\n' >>"$BATS_FILE_TMPDIR/deb/DEBIAN/control"
	dpkg-deb --root-owner-group --build "$BATS_FILE_TMPDIR/deb" "$PIECES/tiny-image_1_all.deb" >/dev/null
}

setup() {
	rm -rf "$REPO"
	mkdir -p "$REPO/pool" "$BATS_TEST_TMPDIR/etc"
	cp "$PIECES"/*.tar.gz "$PIECES"/*.deb "$REPO/pool/"
	printf 'Types: deb\nURIs: file:%s\nSuites: bookworm\nComponents: main\nSigned-By: %s\n' "$REPO" \
		"$BATS_FILE_TMPDIR/key.gpg" >"$BATS_TEST_TMPDIR/etc/debian.sources"
	printf 'Dir::Etc::sourcelist "/dev/null";\nDir::Etc::sourceparts "%s";\n' "$BATS_TEST_TMPDIR/etc" \
		>"$BATS_TEST_TMPDIR/apt.conf"
	export APT_CONFIG="$BATS_TEST_TMPDIR/apt.conf" PINS="$BATS_TEST_TMPDIR/pins"
	unset SOURCES CRASHBOX_APT_STATE MAKEFLAGS O
	cache=$BATS_TEST_TMPDIR/cache
	state=$BATS_TEST_TMPDIR/apt
	src=$BATS_TEST_TMPDIR/src
	publish 1+a-1~x
	pin 1+a-1~x required
}

# publish VERSION...: writes and signs the indexes of the suite trixie with these versions of tiny.
publish() {
	dist=$REPO/dists/trixie
	mkdir -p "$dist/main/source" "$dist/main/binary-$(dpkg --print-architecture)"
	for v; do
		printf 'Package: tiny\nBinary: tiny-image\nVersion: %s\nArchitecture: all\nFormat: 3.0 (quilt)\n' "$v"
		printf 'Maintainer: x <x@example.org>\nDirectory: pool\nFiles:\n'
		entries md5sum "$v"
		printf 'Checksums-Sha256:\n'
		entries sha256sum "$v"
		printf '\n'
	done >"$dist/main/source/Sources"
	{
		cat "$BATS_FILE_TMPDIR/deb/DEBIAN/control"
		printf 'Filename: pool/tiny-image_1_all.deb\nSize: %s\nSHA256: %s\n\n' \
			"$(wc -c <"$PIECES/tiny-image_1_all.deb")" "$(sum "$PIECES/tiny-image_1_all.deb")"
	} >"$dist/main/binary-$(dpkg --print-architecture)/Packages"
	sign
}

sign() {
	{
		printf 'Origin: Test\nSuite: trixie\nCodename: trixie\nDate: %s\n' "$(LC_ALL=C date -u -R)"
		printf 'Architectures: all %s\nComponents: main\nSHA256:\n' "$(dpkg --print-architecture)"
		(cd "$dist" && find main -type f | while read -r f; do
			printf ' %s %s %s\n' "$(sum "$f")" "$(wc -c <"$f")" "$f"
		done)
	} >"$dist/Release"
	rm -f "$dist/InRelease"
	gpg --batch --quiet --clearsign -o "$dist/InRelease" "$dist/Release"
}

sum() {
	sha256sum <"$1" | cut -d' ' -f1
}

entries() {
	for f in "tiny_${2%-*}.orig.tar.gz" "tiny_$2.debian.tar.gz"; do
		printf ' %s %s %s\n' "$("$1" <"$PIECES/$f" | cut -d' ' -f1)" "$(wc -c <"$PIECES/$f")" "$f"
	done
}

# pin VERSION required|optional
pin() {
	{
		printf '# words\nrelease trixie\n\ntiny source tiny\ntiny version %s\n' "$1"
		printf 'tiny orig tiny_%s.orig.tar.gz %s\n' "${1%-*}" "$(sum "$PIECES/tiny_${1%-*}.orig.tar.gz")"
		printf 'tiny debian tiny_%s.debian.tar.gz %s\n' "$1" "$(sum "$PIECES/tiny_$1.debian.tar.gz")"
		printf 'tiny patches %s\n' "$2"
	} >"$PINS"
}

fetch() {
	run sh "$LIBS/fetch.sh" --cache "$cache" --state "$state" tiny "$src"
	echo "$output"
}

@test "libs: a pinned source comes out of the archive, checked and patched" {
	fetch
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "1+a-1~x" ]
	grep -q 'return 7' "$src/tiny.c"
}

@test "libs: a hole where the patches should be stops the build by name" {
	rm "$REPO/pool/tiny_1+a-1~x.debian.tar.gz"
	fetch
	[ "$status" -ne 0 ]
	[[ "$output" == *"tiny_1+a-1~x.debian.tar.gz of tiny 1+a-1~x is not in the archive"* ]]
	[ ! -e "$src" ]
}

@test "libs: without patches that pins calls optional, upstream is built and that is said loudly" {
	rm "$REPO/pool/tiny_1+a-1~x.debian.tar.gz"
	pin 1+a-1~x optional
	fetch
	[ "$status" -eq 0 ]
	[[ "$output" == *"*** libs: tiny: no Debian patches to be had"* ]]
	grep -q 'return 6' "$src/tiny.c"
}

@test "libs: a missing upstream archive stops the build by name, optional patches or not" {
	rm "$REPO/pool/tiny_1+a.orig.tar.gz"
	pin 1+a-1~x optional
	fetch
	[ "$status" -ne 0 ]
	[[ "$output" == *"tiny_1+a.orig.tar.gz of tiny 1+a-1~x is not in the archive"* ]]
	[[ "$output" == *"the pinned tiny 1+a-1~x has left the archive"* ]]
}

@test "libs: a file that is not the pinned one is refused by name" {
	wrong=$(printf 0%.0s $(seq 64))
	sed -i "s/^tiny orig .*/tiny orig tiny_1+a.orig.tar.gz $wrong/" "$PINS"
	fetch
	[ "$status" -ne 0 ]
	[[ "$output" == *"tiny_1+a.orig.tar.gz from the archive has not the pinned SHA-256 $wrong"* ]]
	[ ! -e "$src" ]
	[ ! -e "$cache/tiny_1+a.orig.tar.gz" ]
}

@test "libs: a file changed in the archive after the index was signed is refused" {
	echo more >>"$REPO/pool/tiny_1+a.orig.tar.gz"
	fetch
	[ "$status" -ne 0 ]
	[ ! -e "$src" ]
}

@test "libs: an index changed after it was signed is refused" {
	echo >>"$REPO/dists/trixie/main/source/Sources"
	fetch
	[ "$status" -ne 0 ]
	[[ "$output" == *"index of Debian trixie could not be read or verified"* ]]
}

@test "libs: an unsigned archive is refused" {
	rm "$REPO/dists/trixie/InRelease"
	fetch
	[ "$status" -ne 0 ]
	[[ "$output" == *"index of Debian trixie could not be read or verified"* ]]
}

@test "libs: a changed file in the cache is fetched again" {
	fetch
	echo more >>"$cache/tiny_1+a.orig.tar.gz"
	fetch
	[ "$status" -eq 0 ]
	[ "$(sum "$cache/tiny_1+a.orig.tar.gz")" = "$(sum "$PIECES/tiny_1+a.orig.tar.gz")" ]
}

@test "libs: when the pinned version has left the archive, no other one is built" {
	publish 2-1
	fetch
	[ "$status" -ne 0 ]
	[[ "$output" == *"tiny: the pinned tiny 1+a-1~x has left the archive"*"make pins"* ]]
	[ ! -e "$src/tiny.c" ]
}

@test "libs: UNPINNED=yes builds the signed newer one, loudly" {
	publish 2-1
	UNPINNED=yes fetch
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = 2-1 ]
	[[ "$output" == *"*** libs: tiny: the pinned tiny 1+a-1~x has left the archive; building 2-1"* ]]
	[ "$(cat "$src/version")" = v2 ]
	grep -q 'return 7' "$src/tiny.c"
}

@test "libs: a newer version in the index does not displace the pinned one" {
	publish 2-1 1+a-1~x
	fetch
	[ "$status" -eq 0 ]
	[ "$output" = "1+a-1~x" ]
}

@test "libs: SOURCES takes every file by name and asks no archive" {
	rm -rf "$REPO/dists" "$REPO/pool"
	export SOURCES=$BATS_TEST_TMPDIR/sources
	mkdir "$SOURCES"
	cp "$PIECES/tiny_1+a.orig.tar.gz" "$PIECES/tiny_1+a-1~x.debian.tar.gz" "$SOURCES"
	fetch
	[ "$status" -eq 0 ]
	[ "$output" = "1+a-1~x" ]
	grep -q 'return 7' "$src/tiny.c"
	[ ! -e "$state" ]
}

@test "libs: SOURCES with a missing file or other bytes is refused by name" {
	export SOURCES=$BATS_TEST_TMPDIR/sources
	mkdir "$SOURCES"
	fetch
	[ "$status" -ne 0 ]
	[[ "$output" == *"lacks a file of tiny 1+a-1~x (pinned: tiny_1+a.orig.tar.gz, tiny_1+a-1~x.debian.tar.gz)"* ]]
	cp "$PIECES/tiny_1+a-1~x.debian.tar.gz" "$SOURCES"
	echo forged >"$SOURCES/tiny_1+a.orig.tar.gz"
	fetch
	[ "$status" -ne 0 ]
	[[ "$output" == *"tiny_1+a.orig.tar.gz in the directory of sources has not the pinned SHA-256"* ]]
	[ ! -e "$src" ]
}

@test "libs: a patch that does not apply stops the build, unless pins lets it" {
	mkdir -p "$BATS_TEST_TMPDIR/t/debian/patches"
	sed 's/return 6/return 9/' "$PIECES/debian/patches/answer.patch" \
		>"$BATS_TEST_TMPDIR/t/debian/patches/answer.patch"
	echo answer.patch >"$BATS_TEST_TMPDIR/t/debian/patches/series"
	export SOURCES=$BATS_TEST_TMPDIR/sources
	mkdir "$SOURCES"
	cp "$PIECES/tiny_1+a.orig.tar.gz" "$SOURCES"
	tar -C "$BATS_TEST_TMPDIR/t" -czf "$SOURCES/tiny_1+a-1~x.debian.tar.gz" debian
	sed -i "s/^\(tiny debian [^ ]*\) .*/\1 $(sum "$SOURCES/tiny_1+a-1~x.debian.tar.gz")/" "$PINS"
	fetch
	[ "$status" -ne 0 ]
	[[ "$output" == *"patch answer.patch does not apply"* ]]
	echo 'tiny may-fail answer.patch' >>"$PINS"
	fetch
	[ "$status" -eq 0 ]
	grep -q 'return 6' "$src/tiny.c"
}

@test "libs: update-pins.sh takes the newest version that the archive really holds and keeps the rest of the file" {
	publish 1+a-1~x 2-1
	run sh "$LIBS/update-pins.sh" --update --out "$BATS_TEST_TMPDIR"
	[ "$status" -eq 0 ]
	grep -qx 'tiny version 2-1' "$PINS"
	grep -qx "tiny orig tiny_2.orig.tar.gz $(sum "$PIECES/tiny_2.orig.tar.gz")" "$PINS"
	[ "$(head -n 1 "$PINS")" = '# words' ]
	grep -qx 'tiny patches required' "$PINS"
	rm "$REPO/pool/tiny_2.orig.tar.gz"
	rm -rf "$BATS_TEST_TMPDIR/libs"
	run sh "$LIBS/update-pins.sh" --update --out "$BATS_TEST_TMPDIR"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" == *"the archive does not hold all of it"* ]]
	grep -qx 'tiny version 1+a-1~x' "$PINS"
}

@test "libs: binary packages and dependency names of another release" {
	run sh "$LIBS/archive.sh" --state "$state" deb trixie tiny-image -- "$BATS_TEST_TMPDIR/debs"
	echo "$output"
	[ "$status" -eq 0 ]
	[ "$(ls -A "$BATS_TEST_TMPDIR/debs")" = tiny-image_1_all.deb ]
	run sh "$LIBS/archive.sh" --state "$state" depends trixie tiny-image
	[ "$output" = "$(printf 'other\ntiny-image-6.1')" ]
	run sh "$LIBS/archive.sh" --state "$state" deb trixie nothing-here -- "$BATS_TEST_TMPDIR/none"
	[ "$status" -eq 1 ]
	[[ "$output" == *"cannot download nothing-here"* ]]
}

@test "libs: the archive is also found in a one-line source list" {
	printf '# deb http://other.example trixie main\ndeb http://third.example/x stable-tool main\n' \
		>"$BATS_TEST_TMPDIR/etc/a.list"
	printf 'deb [arch=amd64 signed-by=%s] file:%s stable main contrib\n' "$BATS_FILE_TMPDIR/key.gpg" "$REPO" \
		>>"$BATS_TEST_TMPDIR/etc/a.list"
	rm "$BATS_TEST_TMPDIR/etc/debian.sources"
	fetch
	[ "$status" -eq 0 ]
	printf 'deb http://third.example/x stable-tool main\n' >"$BATS_TEST_TMPDIR/etc/a.list"
	rm -rf "$cache"
	fetch
	[ "$status" -ne 0 ]
	[[ "$output" == *"no Debian archive among the apt sources"* ]]
}

# The real scripts with a recipe for tiny beside the others.
copy_scripts() {
	cp -r "$LIBS" "$BATS_TEST_TMPDIR/libs-scripts"
	cat >"$BATS_TEST_TMPDIR/libs-scripts/recipes/tiny.sh" <<-'SH'
	compile libtiny.a "$CFLAGS_SIZE" tiny.c
	install_files tiny.h -- include
	install_files libtiny.a -- lib
	SH
}

build() {
	run sh "$BATS_TEST_TMPDIR/libs-scripts/build.sh" --out "$BATS_TEST_TMPDIR/out" --state "$state" --only tiny -j 2
	echo "$output"
}

@test "libs: a library is built again only when its pin or its recipe changes" {
	copy_scripts
	build
	[ "$status" -eq 0 ]
	[[ "$output" == "libs: tiny "*"1+a-1~x"*" s" ]]
	[ -f "$BATS_TEST_TMPDIR/out/prefix/include/tiny.h" ]
	build
	[ "$status" -eq 0 ]
	[[ "$output" != *"libs: tiny"* ]]
	publish 2-1
	pin 2-1 required
	build
	[[ "$output" == *"libs: tiny"*"2-1"* ]]
	echo '# a remark' >>"$BATS_TEST_TMPDIR/libs-scripts/recipes/tiny.sh"
	build
	[[ "$output" != *"libs: tiny"* ]]
	echo ': changed' >>"$BATS_TEST_TMPDIR/libs-scripts/recipes/tiny.sh"
	build
	[[ "$output" == *"libs: tiny"*"2-1"* ]]
	echo 'int main(void) { int tiny(void); return tiny(); }' >"$BATS_TEST_TMPDIR/m.c"
	musl-gcc -static -o "$BATS_TEST_TMPDIR/m" "$BATS_TEST_TMPDIR/m.c" -L"$BATS_TEST_TMPDIR/out/prefix/lib" -ltiny
	run "$BATS_TEST_TMPDIR/m"
	[ "$status" -eq 7 ]
}

@test "libs: a failing build shows the end of its log and what failed, and is tried again" {
	copy_scripts
	printf 'echo "last words of the compiler"\nfalse\n' >>"$BATS_TEST_TMPDIR/libs-scripts/recipes/tiny.sh"
	for _ in 1 2; do
		build
		[ "$status" -ne 0 ]
		[[ "$output" == *"last words of the compiler"* ]]
		[[ "$output" == *"tiny 1+a-1~x does not build; the whole log is "* ]]
	done
}

@test "libs: variables of a calling make do not reach a library's build" {
	copy_scripts
	mkdir "$BATS_TEST_TMPDIR/call"
	printf 'all:\n\t+@sh %s/build.sh --out %s --state %s --only tiny\n' "$BATS_TEST_TMPDIR/libs-scripts" \
		"$BATS_TEST_TMPDIR/out2" "$state" >"$BATS_TEST_TMPDIR/call/Makefile"
	run make -s -j2 -C "$BATS_TEST_TMPDIR/call" CC=false LIB=other SRCS=none LIBS=-lnone
	echo "$output"
	[ "$status" -eq 0 ]
	[[ "$output" != *warning* ]]
	[ -f "$BATS_TEST_TMPDIR/out2/prefix/lib/libtiny.a" ]
}

@test "libs: the feature sets name libraries that have a pin and a recipe" {
	unset PINS
	for set in local all; do
		run sh "$LIBS/build.sh" --list "$set"
		[ "$status" -eq 0 ]
		for lib in $output; do
			[ -f "$LIBS/recipes/$lib.sh" ]
			grep -q "^$lib orig [^ ]* [0-9a-f]\{64\}$" "$LIBS/pins"
		done
	done
	[[ "$output" == *openssl*curl* ]]
	run sh "$LIBS/build.sh" --list nonsense
	[ "$status" -ne 0 ]
}
