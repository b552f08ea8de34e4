#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
echo "pre hook: hangs"
while :; do sleep 1; done
