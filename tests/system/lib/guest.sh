#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/system, in the guest: runs the step of this boot, /scenario/N.sh. A step that returns ends in a reboot, the last
# one, and one that failed, in a power-off. What the console says in lines "system: ..." is the result.
set -u
exec </dev/null >/dev/console 2>&1

STATE=/var/lib/scenario
mkdir -p "$STATE"
boot=$(($(cat "$STATE/boot" 2>/dev/null || echo 0) + 1))
echo "$boot" >"$STATE/boot"
sync
echo "system: boot $boot of $(uname -r)"

# The limit also ends a step that waits for something; the machine has one of its own on the host.
status=0
# shellcheck disable=SC2016 # the shell of the step expands it
timeout -k 5 "$(cat /scenario/limit)" sh -eu -c '. /scenario/lib.sh; . "/scenario/$1.sh"' sh "$boot" || status=$?
[ "$status" -eq 0 ] || echo "system: FAIL step $boot ended with status $status"
sync
if [ "$status" -eq 0 ] && [ -e "/scenario/$((boot + 1)).sh" ]; then
	echo "system: reboot"
	systemctl reboot
else
	[ "$status" -ne 0 ] || echo "system: end"
	systemctl poweroff
fi
