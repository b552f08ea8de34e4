# SPDX-License-Identifier: GPL-2.0-or-later
# After the crash: the dump is there and listed, the machine is armed again. Then the package goes.
# shellcheck shell=sh disable=SC2154

find /var/crash
check "one dump" test "$(dumps)" -eq 1
check "armed after the crash" armed
check "kdumpctl list" kdumpctl list
cat "$OUT"
check_says "list names the kernel" "$(uname -r)"
check_says "list names the panic" "sysrq triggered crash"
cp -r /var/crash "$STATE/crash"
timed "purge the package" dpkg --purge crashbox
check_not "not armed after the purge" armed
rm -rf /var/crash
all_files >"$STATE/after"
check "no trace" diff "$STATE/before" "$STATE/after"
