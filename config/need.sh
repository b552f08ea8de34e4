#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Sees to the host packages that a purpose needs: need.sh [--install] build|demo|all
# Debian as root: installs what is missing. Elsewhere: names the packages and the commands they must give.
set -eu

here=$(dirname "$0")
install=no
if [ "${1:-}" = --install ]; then
	install=yes
	shift
fi
purpose=${1:-all}

lists() {
	case $purpose in
	build) cat "$here/libs/packages" ;;
	demo) cat "$here/libs/packages" "$here/../tests/vm/packages" ;;
	*)
		cat "$here/libs/packages" "$here/../tests/vm/packages" "$here/../tests/packages" \
			"$here/../tests/oracle/packages"
		;;
	esac | sed 's/[[:space:]]*#.*//; /^$/d' | sort -u
}

on_debian() {
	command -v dpkg-query >/dev/null && command -v apt-get >/dev/null && [ -f /etc/debian_version ]
}

missing() {
	for p in $(lists); do
		dpkg-query -W -f '${db:Status-Status}\n' "$p" 2>/dev/null | grep -qx installed || printf '%s ' "$p"
	done
}

if ! on_debian; then
	if command -v musl-gcc >/dev/null; then
		[ "$purpose" != build ] || exit 0
		! command -v qemu-system-x86_64 >/dev/null || exit 0
	fi
	echo "need.sh: this is not Debian; install what these Debian packages hold, then run the command again:" >&2
	lists | sed 's/^/  /' >&2
	exit 1
fi

want=$(missing)
[ -n "$want" ] || exit 0
if [ "$install" = no ] || [ "$(id -u)" -ne 0 ]; then
	echo "need.sh: missing packages, install them as root: apt-get install $want" >&2
	exit 1
fi
echo "  install  $want"
export DEBIAN_FRONTEND=noninteractive
# A package that brings a server (sshd, radvd, rpcbind) starts it on this machine, which none of the purposes wants: the
# tests start their own. A policy that is there already stays, as does what it says.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
	trap 'rm -f "$policy"' EXIT
	trap 'exit 1' HUP INT TERM
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
fi
apt-get -q update >/dev/null
# Word splitting is wanted: one argument a package.
# shellcheck disable=SC2086
apt-get -q -y --no-install-recommends install $want >/dev/null
