#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/vm: the hand-made busybox capture image, the peer of the benchmark.
#
#   baseline-image.sh RELEASE IMAGE
# shellcheck disable=SC1091
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
. "$ROOT/tests/vm/lib.sh"
. "$VM/lib/kernel.sh"
. "$VM/lib/image.sh"
[ $# -eq 2 ] || die "usage: baseline-image.sh RELEASE IMAGE"
need busybox cpio gzip modprobe
kernel_get "$1"
tree=$VMO/tree/baseline-$1.$$
trap 'rm -rf "$tree"' EXIT
busybox_tree "$tree"
install -m 755 "$VM/baseline-init" "$tree/init"
modules_into "$tree" virtio_pci virtio_blk ext4
pack "$tree" "$2.cpio"
gzip -9n <"$2.cpio" >"$2"
rm -f "$2.cpio"
