#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A kdump_post hook: the saved file against the memory it was made of.
busybox cmp /proc/vmcore "$VMCORE" && echo "compare: vmcore equals memory, status $1"
