# SPDX-License-Identifier: GPL-2.0-or-later
# What a change of memory or processors must have led to.
# shellcheck shell=sh disable=SC2154

# The time of the last load
load()
{
	grep '^when ' /run/crashbox/loaded
}

# wait_for COMMAND...: at most a minute
wait_for()
{
	for _ in $(seq 60); do
		! "$@" || return 0
		sleep 1
	done
	return 1
}

loaded_again()
{
	[ "$(load)" != "$before" ] && armed
}

# The steps themselves are a job too.
no_jobs()
{
	! systemctl list-jobs --no-legend | grep -q kdump.service
}

# judge_change cpu|memory: what the change must have led to
judge_change()
{
	udevadm settle
	if [ "$(cat "/sys/devices/system/$1/crash_hotplug" 2>/dev/null)" = 1 ]; then
		echo "system: kernel: $1 itself"
		check "$1: nothing is left to do" wait_for no_jobs
		check "$1: nothing was loaded" test "$(load)" = "$before"
	else
		echo "system: kernel: $1 again"
		check "$1: loaded again" wait_for loaded_again
		check "$1: the reload has ended" wait_for no_jobs
	fi
	check "$1: armed" armed
	check "$1: the unit is active" systemctl is-active kdump.service
}
