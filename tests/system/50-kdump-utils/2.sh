# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154

find /var/crash -type f
check "one dump" test "$(dumps)" -eq 1
check "their unit armed the machine" armed
