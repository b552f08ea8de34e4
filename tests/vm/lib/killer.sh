#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016
# In the capture kernel: kill the process that has vmcore-incomplete open, once some of it is written,
# @TIMES@ time: the first or each. See killer_make in lib/scenario.sh.
busybox setsid busybox sh -c '
while :; do
	for file in /proc/[0-9]*/fd/*; do
		case $(busybox readlink "$file") in
		*/vmcore-incomplete)
			pid=${file#/proc/}
			busybox usleep 500000
			echo "killer: kills ${pid%%/*}"
			kill -KILL "${pid%%/*}"
			[ "$0" = each ] || exit
			;;
		esac
	done
	busybox usleep 100000
done' @TIMES@ >/dev/console 2>&1 </dev/null &
