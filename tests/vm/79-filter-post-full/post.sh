#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
echo "post hook: $# argument, status $1"
exit 1
