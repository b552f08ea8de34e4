#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Waits until a server (sshd.sh, ganesha.sh) has so much of a dump, then does something to the guest that sends it.
#
#	when.sh RUN KIND KIB COMMAND...    COMMAND is run in RUN, the directory of the scenario
#
# The guest stands still meanwhile: however fast it sends, COMMAND meets it there. No more than 100 s.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
run=$1 kind=$2 kib=$3
shift 3
cd "$run"
# shellcheck disable=SC2016 # the inner shell expands
sh "$here/$kind.sh" in "$run/net-$kind" sh -c 'i=0
	while [ "$i" -lt 5000 ]; do
		have=$(find /srv/dump -name "vmcore-incomplete" -exec stat -c %b {} +)
		[ "${have:-0}" -lt "$1" ] || exit 0
		i=$((i + 1))
		sleep 0.02
	done
	exit 1' sh $((kib * 2))
sh "$here/../vm/monitor" . stop 2>>when.log
"$@"
sh "$here/../vm/monitor" . cont 2>>when.log
