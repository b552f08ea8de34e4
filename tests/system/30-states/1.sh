# SPDX-License-Identifier: GPL-2.0-or-later
# No memory is reserved: installing works and says so, the unit is not failed, kdumpctl explains.
# shellcheck shell=sh disable=SC2154

check "install the package" dpkg -i /scenario/crashbox.deb
check_says "the package says what is missing" "no memory is reserved"
check_not "the unit is not active" systemctl is-active kdump.service
check_not "the unit is not failed" systemctl is-failed kdump.service
check_not "kdumpctl start fails" kdumpctl start
check_says "kdumpctl start says why" "no memory is reserved for a capture kernel"
check_not "kdumpctl status fails" kdumpctl status
cat "$OUT"
check_not "not armed" armed
