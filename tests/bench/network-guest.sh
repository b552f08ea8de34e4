#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What a capture over a network costs, from real crashes in QEMU of the 1 GiB guest. Run by network.sh.
#
#   network-guest.sh size|init|share|reserve [--kernel RELEASE]
#
#   size     the image for an ssh target
#   init     /init starts -> the first byte at the server, with DHCP
#   share    where the time of a -d 31 capture goes, to a server and to a disk; the guest is looked at from outside
#   reserve  the smallest crashkernel= (some 20 crashes)
# shellcheck disable=SC1090,SC1091,SC2034,SC2154,SC2317
set -eu

ROOT=${ROOT:-$(cd "$(dirname "$0")/../.." && pwd)}
O=${O:-$ROOT/build}
W=${W:-$O/bench-network}
for part in ../lib kernel image workload qemu scenario judge dump power; do
	. "$ROOT/tests/vm/lib/$part.sh"
done
part=${1:?}
RELEASE=bookworm
[ "${2:-}" != --kernel ] || RELEASE=${3:?}
CAPTURE=crashbox
MIB=1048576
mkdir -p "$W"

# crash KIND [CRASHKERNEL]: one crash and capture with the target tests/bench/net-KIND, in W/KIND; true when it is whole
crash() (
	NAME=bench-$1
	CRASHKERNEL=${2:-}
	rm -rf "${W:?}/guest-$1"
	mkdir -p "$W/guest-$1"
	cd "$W/guest-$1"
	net_stop() { :; } # until disk.sh says how
	trap 'net_stop; judge_close' EXIT
	scenario_defaults
	say "  bench    a crash of $RELEASE, captured to $1${2:+ with crashkernel=$2}"
	scenario_prepare "../bench/net-$1" "$RELEASE"
	scenario_boot
	expect
	judge_close
	rm -f ./*.img
	[ ! -s failures ]
)

# number KIND KEY: of the report
number() {
	sed -n "s/^ *\"$2\": \([0-9]*\),*\$/\1/p" "$W/guest-$1/report.json" | head -n 1
}

# stage KIND NAME FIELD
stage() {
	sed -n "s/.*\"name\": \"$2\".*\"$3\": \([0-9]*\),.*/\1/p" "$W/guest-$1/report.json" | head -n 1
}

limit() {
	awk -v n="$1" '$1 == n { print $2 }' "$ROOT/config/limits"
}

size() {
	kernel_get "$RELEASE"
	mkdir -p "$W/host/root/.ssh"
	[ -e "$W/host/root/.ssh/kdump_id_rsa" ] || ssh-keygen -q -t ed25519 -N '' -f "$W/host/root/.ssh/kdump_id_rsa"
	echo "10.98.0.1 $(cut -d' ' -f1,2 "$W/host/root/.ssh/kdump_id_rsa.pub")" >"$W/host/root/.ssh/known_hosts"
	SYSROOT=$W/host CRASHBOX=${CRASHBOX:-$O/crashbox} sh "$ROOT/mkinitrd.sh" -c "$ROOT/tests/bench/net-ssh/conf" \
		--no-host-check --kernel-modules "$K_ROOT" --add-drivers 'virtio_pci virtio_net' --reserved 0 \
		--print-size '' "$K_VERSION" >"$W/image" 2>"$W/image.err" ||
		die "mkinitrd.sh: $(tail -n 3 "$W/image.err")"
	printf '| image for an ssh target, without modules and rescue shell | %d | %d |\n' \
		"$(awk '$1 == "base" || $1 == "site" { n += $3 } END { print n }' "$W/image")" "$(limit image-ssh)"
}

init() {
	echo "| /init starts → first byte to the server, DHCP | ms | of it modules | bar |"
	echo "|---|---|---|---|"
	for kind in ssh nfs; do
		crash "$kind" || die "$(cat "$W/guest-$kind/failures")"
		ms=$(($(stage "$kind" log start_ms) - $(number "$kind" init_ms)))
		printf '| %s | %d | %d | %d |\n' "$kind" "$ms" "$(number "$kind" module_ms)" \
			"$(limit init-to-server-ms)"
	done
}

# places: "FROM TO KIND" of the program's code, decimal, in order, from the map of its link
places() {
	awk '/^Linker script and memory map/ { on = 1; next }
		!on { next }
		/^ [.]text[^ ]*$/ { held = 1; next }
		held || /^ [.]text/ {
			address = held ? $1 : $2
			size = held ? $2 : $3
			file = held ? $3 : $4
			if (size ~ /^0x/ && size != "0x0" && file ~ /[.][ao]/)
				print address, size, file
			held = 0
		}' "$O/crashbox.map" | while read -r address size file; do
		case $file in
		*/libcrypto.a* | */libssh2.a*chacha* | */libssh2.a*poly1305*) kind=encryption ;;
		*/libssh2.a*) kind=protocol ;;
		*/libnfs.a* | *'(net_'*) kind=protocol ;;
		*/liblzo2.a* | */libzstd.a* | */libdeflate.a* | */libz.a*) kind=compression ;;
		*)
			kind=other
			member=${file##*/}
			member=${member#*(}
			member=${member%.o*}
			if [ -e "$ROOT/src/codec/$member.c" ]; then
				kind=compression
			elif [ -e "$ROOT/src/filter/$member.c" ] || [ "$member" = zero ]; then
				kind=filter
			fi
			;;
		esac
		echo "$((address)) $((address + size)) $kind"
	done | sort -n
}

# shares KIND TEXT: percent of the time between the log and the end of the dump
shares() {
	places >"$W/places"
	awk -v span="$(between "$W/guest-$1" 'vmcore-dmesg.txt saved' 'the dump is saved')" -v kind="$2" '
		function place(at,    lo, hi, mid) {
			hi = n
			while (hi - lo > 1) {
				mid = int((lo + hi) / 2)
				if (from[mid] <= at)
					lo = mid
				else
					hi = mid
			}
			return at >= from[lo] && at < to[lo] ? what[lo] : "other"
		}
		FNR == NR { from[n] = $1; to[n] = $2; what[n++] = $3; next }
		span != "-" && $1 > span { next }
		{
			all++
			if ($2)
				count["waiting"]++
			else if ($3 >= to[n - 1])
				count["kernel"]++
			else
				count[place($3)]++
		}
		END {
			if (!all) {
				print "| " kind " | no samples |"
				exit
			}
			printf "| %s | %s |", kind, span
			split("filter compression encryption protocol other kernel waiting", name, " ")
			for (i = 1; i <= 7; i++)
				printf " %.1f |", 100 * count[name[i]] / all
			printf " %d |\n", all
		}' "$W/places" "$W/guest-$1/samples"
}

share() {
	gcc -O2 -o "$W/samples" "$ROOT/tests/bench/samples.c"
	echo "| -d 31 capture, one CPU, to | s | filter % | compression | encryption | protocol | rest of ours |" \
		"kernel | waiting | looks |"
	echo "|---|---|---|---|---|---|---|---|---|---|"
	BENCH_WATCH="'$W/samples' mon 4 >samples 2>samples.err </dev/null &"
	for what in local ssh 'ssh aes128-gcm@openssh.com' nfs; do
		kind=${what%% *}
		BENCH_CIPHER=${what#"$kind"}
		BENCH_CIPHER=${BENCH_CIPHER# }
		crash "$kind" || die "$(cat "$W/guest-$kind/failures")"
		shares "$kind" "$what"
	done
}

# passes KIND MIB N: so many of so many
passes() {
	i=0
	while [ "$i" -lt "$3" ]; do
		crash "$1" "${2}M" >/dev/null 2>&1 || {
			say "  bench    $1: crashkernel=${2}M does not do:" \
				"$(head -n 1 "$W/guest-$1/failures" 2>/dev/null)"
			return 1
		}
		i=$((i + 1))
	done
}

# smallest KIND FROM: down from a size that should do, in steps of 4 MiB and one run each; what is left of that has to
# pass twice more, or the next larger one three times
smallest() {
	mib=$2
	while [ "$mib" -gt 40 ] && passes "$1" $((mib - 4)) 1; do
		mib=$((mib - 4))
	done
	again=2
	[ "$mib" -lt "$2" ] || again=3
	until passes "$1" "$mib" "$again"; do
		mib=$((mib + 4))
		again=3
		[ "$mib" -le 160 ] || die "no size captures to $1"
	done
	echo "$mib"
}

reserve() {
	echo "| smallest crashkernel=, 3 of 3 | MiB | more than a disk | bar |"
	echo "|---|---|---|---|"
	disk=$(smallest local 80)
	printf '| local | %d | | |\n' "$disk"
	for kind in ssh nfs; do
		mib=$(smallest "$kind" 84)
		printf '| %s | %d | %d | 16 |\n' "$kind" "$mib" $((mib - disk))
	done
}

case $part in
size | init | share | reserve) "$part" ;;
*)
	sed -n 's/^#   //p' "$0" >&2
	exit 2
	;;
esac
