#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/oracle: a program of another release of Debian, unpacked with the libraries of that release, not installed.
# Promise: OUT is a command that runs on this machine with its own libc; OUT.root holds what it needs.
#
#   borrow.sh RELEASE PACKAGE PROGRAM OUT        borrow.sh trixie crash usr/bin/crash build/crash
set -eu

[ $# -eq 4 ] || {
	sed -n 's/^#   //p' "$0" >&2
	exit 2
}
top=$(cd "$(dirname "$0")/../.." && pwd)
release=$1 package=$2 program=$3 out=$4
new=$out.new
rm -rf "$new" "$new.debs"
mkdir -p "$new"
trap 'rm -rf "$new" "$new.debs"' EXIT

archive() {
	sh "$top/config/libs/archive.sh" "$@"
}

# libraries PACKAGE...: the packages of libraries that these need, one after the other, each once
libraries() {
	known=" $* "
	while [ $# -gt 0 ]; do
		for need in $(archive depends "$release" "$1" | grep -E '^lib[a-z0-9]'); do
			case $known in
			*" $need "*) continue ;;
			esac
			known="$known$need "
			set -- "$@" "$need"
		done
		shift
	done
	echo "$known"
}

# shellcheck disable=SC2046 # names of packages
archive deb "$release" $(libraries "$package") -- "$new.debs"
for deb in "$new.debs"/*.deb; do
	dpkg-deb -x "$deb" "$new"
done
cat >"$new/run" <<-END
#!/bin/sh
root=\$(readlink -f "\$0")
root=\${root%/*}
exec "\$root/usr/lib64/ld-linux-x86-64.so.2" --library-path "\$root/usr/lib/x86_64-linux-gnu" "\$root/$program" "\$@"
END
chmod +x "$new/run"
rm -rf "$out.root" "$out"
mv "$new" "$out.root"
ln -s "$(basename "$out").root/run" "$out"
