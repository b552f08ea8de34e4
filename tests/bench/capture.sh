#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Measures the collector beside a current makedumpfile inside one capture kernel with one CPU: a crash in QEMU, then
# both dump the same /proc/vmcore to the same ext4 disk in turn, three times, until it is on the disk.
#
#   capture.sh [--kernel RELEASE]
#
# A table of least seconds and their ratio, never a verdict.
# shellcheck disable=SC1090,SC1091,SC2034,SC2154
set -eu

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
for part in ../lib kernel image workload qemu scenario judge power; do
	. "$ROOT/tests/vm/lib/$part.sh"
done

RELEASE=bookworm
case ${1:-} in
--kernel) RELEASE=${2:?} ;;
'') ;;
*)
	echo "usage: capture.sh [--kernel RELEASE]" >&2
	exit 2
	;;
esac
NAME=collectors
CAPTURE=collectors
CRASHKERNEL=
B=$VMO/bench-collectors-$RELEASE

# theirs_into TREE: the peer and the libraries of its own release
theirs_into() {
	peer=$(readlink -f "$(sh "$ROOT/tests/oracle/peer.sh")")
	if [ -d "${peer%/*}/usr" ]; then
		from=${peer%/*}
		cp -a "$from" "$1/peer"
		ln -s "/peer/${peer##*/}" "$1/bin/theirs"
		# What its own release did not bring comes from this machine.
		lib=usr/lib/x86_64-linux-gnu
		"$from/usr/lib64/ld-linux-x86-64.so.2" --library-path "$from/$lib" --list "$from/usr/bin/makedumpfile" |
			grep -o ' /[^ ]*' | grep -v "^ $from/" | while read -r file; do
			cp -L "$file" "$1/peer/$lib/"
		done
	else
		with_libraries "$1" "$peer" bin/theirs
	fi
}

capture_image() {
	tree=$VMO/tree/collectors.$$
	busybox_tree "$tree"
	install -m 755 "$ROOT/tests/bench/collectors/init" "$tree/init"
	install -m 755 "$O/crashbox" "$tree/bin/crashbox"
	printf '#!/bin/sh\nexec /bin/crashbox makedumpfile "$@"\n' >"$tree/bin/ours"
	chmod 755 "$tree/bin/ours"
	theirs_into "$tree"
	modules_into "$tree" virtio_pci virtio_blk ext4
	pack "$tree" "$1.cpio"
	gzip -1n <"$1.cpio" >"$1"
	rm -rf "$1.cpio" "$tree"
}

rm -rf "${B:?}"
mkdir -p "$B"
cd "$B"
trap judge_close EXIT
scenario_defaults
say "  bench    a crash of $RELEASE, dumped by both collectors in turn"
scenario_prepare ../bench/collectors "$RELEASE"
scenario_boot
expect
[ ! -s failures ] || sed 's/^/  bench    /' failures >&2
rm -f ./*.img

# "CODEC WHO FROM TO BYTES" of each good dump
tr -d '\r' <serial.log |
	sed -n 's/.*bench: \(-[clz]\) -d 31 \(.*\) bytes \([0-9]*\) status 0$/\1 \2 \3/p' |
	awk '{
		s = $4 - $3
		k = $1 " " $2
		if (!(k in least) || s < least[k])
			least[k] = s
		mib[k] = $5 / 1048576
	}
	END {
		printf "  %-24s %10s %10s %8s %10s %10s\n", \
			"in the capture kernel", "seconds", "theirs", "ratio", "MiB", "theirs"
		split("-l -c -z", codec)
		for (i = 1; i <= 3; i++) {
			a = codec[i] " ours"
			b = codec[i] " theirs"
			if (least[a] > 0)
				printf "  %-24s %10.2f %10.2f %8.2f %10.1f %10.1f\n", codec[i] " -d 31", least[a], \
					least[b], least[b] / least[a], mib[a], mib[b]
		}
	}'
