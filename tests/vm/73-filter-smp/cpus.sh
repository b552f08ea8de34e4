#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A kdump_pre hook: one line for each CPU of the capture kernel.
while read -r word _; do
	[ "$word" != processor ] || echo "capture: cpu"
done </proc/cpuinfo
