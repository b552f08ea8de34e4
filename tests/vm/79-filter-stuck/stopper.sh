#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# In the capture kernel: stop the first process that reads /proc/vmcore after the log was saved. It is in the filter.
[ "${1:-}" = go ] || {
	busybox setsid busybox sh "$0" go >/dev/console 2>&1 </dev/null &
	exit 0
}
until busybox find /kdumproot -name vmcore-dmesg.txt | busybox grep -q .; do
	busybox usleep 50000
done
while :; do
	pid=$(busybox ls -l /proc/[0-9]*/fd/. 2>/dev/null |
		busybox awk '/^\/proc/ { split($0, at, "/") } / \/proc\/vmcore$/ { print at[3]; exit }')
	[ -n "$pid" ] || continue
	busybox usleep 100000
	kill -STOP "$pid" && echo "stopper: stops $pid"
	exit
done
