#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Our copy ended with an fsync, so must this one.
where=$(awk '$1 == "/dev/vda" { print $2; exit }' /proc/mounts)
read -r from _ </proc/uptime
dd if=/proc/vmcore of="$where/dd.out" bs=1M conv=fsync 2>/dev/null
status=$?
read -r to _ </proc/uptime
seconds=$(awk -v a="$from" -v b="$to" 'BEGIN { print b - a }')
echo "bench: dd status $status seconds $seconds bytes $(wc -c <"$where/dd.out")"
rm -f "$where/dd.out"
