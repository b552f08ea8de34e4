# SPDX-License-Identifier: GPL-2.0-or-later
# The dump is there. Then a processor goes; an emulated machine does not live on from there through a crash.
# shellcheck shell=sh disable=SC1091,SC2034,SC2154

. /scenario/change.sh

cpu_gone()
{
	[ ! -e /sys/devices/system/cpu/cpu1 ]
}

check "one dump" test "$(dumps)" -eq 1
check "armed after the crash" armed
check "nothing else is under way" wait_for no_jobs

# A processor that is switched off stays in the list, so nothing has to be done on any kernel.
before=$(load)
check "a processor is switched off" sh -c 'echo 0 >/sys/devices/system/cpu/cpu1/online'
udevadm settle
check "off: nothing is left to do" wait_for no_jobs
check "off: nothing was loaded" test "$(load)" = "$before"
check "a processor is switched on" sh -c 'echo 1 >/sys/devices/system/cpu/cpu1/online'

before=$(load)
check "a processor is taken out" sh -c 'echo 1 >/sys/devices/system/cpu/cpu1/firmware_node/eject'
check "it is gone" wait_for cpu_gone
judge_change cpu
