# SPDX-License-Identifier: GPL-2.0-or-later
# Memory goes, then the machine crashes.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154

. /scenario/change.sh

memory_off()
{
	for block in /sys/devices/system/memory/memory*; do
		if [ "$(cat "$block/removable")" = 1 ] && echo offline 2>/dev/null >"$block/state"; then
			echo "${block##*/}"
			return 0
		fi
	done
	return 1
}

check "install the package" dpkg -i /scenario/crashbox.deb
check "armed" armed
check "nothing else is under way" wait_for no_jobs

before=$(load)
check "memory goes offline" memory_off
cat "$OUT"
judge_change memory
crash
