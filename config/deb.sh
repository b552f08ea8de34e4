#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes a Debian package of what config/install.sh installs: deb.sh BINARY VERSION DIRECTORY. The same input gives
# the same package: times are those of the last change in CHANGELOG.md's file, or SOURCE_DATE_EPOCH.
set -eu

binary=${1:?the binary}
version=${2:?the version}
out=${3:?a directory}
here=$(cd "$(dirname "$0")/.." && pwd)
arch=$(dpkg --print-architecture)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(stat -c %Y "$here/CHANGELOG.md")}
export SOURCE_DATE_EPOCH
umask 022

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
chmod 755 "$tree"
DESTDIR=$tree PREFIX=/usr sh "$here/config/install.sh" "$binary"

# Debian's zsh looks elsewhere.
mkdir -p "$tree/usr/share/zsh/vendor-completions"
mv "$tree/usr/share/zsh/site-functions/_crashbox" "$tree/usr/share/zsh/vendor-completions/"
rmdir "$tree/usr/share/zsh/site-functions"

doc=$tree/usr/share/doc/crashbox
install -D -m 644 "$here/config/debian/copyright" "$doc/copyright"
{
	echo "crashbox ($version) unstable; urgency=medium"
	echo
	echo "  * Built from the source of this version; its CHANGELOG.md says what is new."
	echo
	echo " -- crashbox maintainers <maintainers@crashbox.example>  $(LC_ALL=C date -uRd "@$SOURCE_DATE_EPOCH")"
} | gzip -9 -n >"$doc/changelog.gz"
chmod 644 "$doc/changelog.gz"
install -D -m 644 "$here/config/debian/lintian-overrides" "$tree/usr/share/lintian/overrides/crashbox"
find "$tree/usr/share/man" -type f -exec gzip -9 -n {} +

mkdir "$tree/DEBIAN"
for script in postinst prerm postrm; do
	install -m 755 "$here/config/debian/$script" "$tree/DEBIAN/$script"
done
printf '%s\n' /etc/kdump.conf /etc/kernel/postinst.d/crashbox /etc/kernel/postrm.d/crashbox >"$tree/DEBIAN/conffiles"
(cd "$tree" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"
sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$arch/" \
	-e "s/@SIZE@/$(du -sk --apparent-size --exclude=DEBIAN "$tree" | cut -f 1)/" \
	"$here/config/debian/control" >"$tree/DEBIAN/control"
chmod 644 "$tree/DEBIAN/conffiles" "$tree/DEBIAN/md5sums" "$tree/DEBIAN/control"
find "$tree" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

mkdir -p "$out"
package=$out/crashbox_${version}_$arch.deb
dpkg-deb --root-owner-group -Zxz --build "$tree" "$package" >/dev/null
echo "  package  $package ($(wc -c <"$package") bytes)"
