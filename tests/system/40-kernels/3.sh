# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154

check "one dump" test "$(dumps)" -eq 1
check "kdumpctl list" kdumpctl list
cat "$OUT"
check_says "list names the kernel" "$(uname -r)"
check "armed" armed
