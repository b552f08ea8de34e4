# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154

dpkg-deb -x /scenario/crashbox.deb /root/crashbox
cp -r /root/crashbox/usr/lib/crashbox /usr/lib/
cp /root/crashbox/usr/sbin/crashbox /usr/sbin/
for part in usr etc var; do
	cp -r "/scenario/kdump-utils/$part/." "/$part/"
done
cp /scenario/kdump-utils/kdump.service /etc/systemd/system/
ln -sf /usr/lib/crashbox/mkinitrd.sh /usr/sbin/mkdumprd
systemctl daemon-reload

check "mkdumprd is mkinitrd.sh" mkdumprd --help
timed "their unit starts" systemctl start kdump.service
journalctl -b -o cat -u kdump.service
check "armed" armed
check "their kdumpctl says so" kdumpctl status
check "their kdumpctl builds again" kdumpctl rebuild
systemctl enable kdump.service
crash
