# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$ROOT/tests/net/netns.sh"

disks_make()
{
	net_server sshd port=22 size=300m ${BENCH_CIPHER:+"Ciphers $BENCH_CIPHER"}
	net_ssh_keys
}
