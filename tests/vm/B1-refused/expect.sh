# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# Two guests that do not crash: one without crashkernel=, one locked down. Every refusal is a sentence.

# In place of a crash and a capture
scenario_boot()
{
	RETRIES=0
	VM_WATCH_TEXT=
	guest . "$K_VMLINUZ" first.img "console=ttyS0 panic=-1 $VM_QUIET" -e 'first: asked' || :
	mv serial.log bare.log
	guest . "$K_VMLINUZ" first.img \
		"console=ttyS0 panic=-1 $VM_QUIET crashkernel=$VM_CRASHKERNEL lockdown=integrity" \
		-e 'first: asked' || :
}

says()
{
	grep -qF -e "$2" "$1" || fail "$1 does not say: $2"
}

expect()
{
	says bare.log 'no memory is reserved for a capture kernel: boot with crashkernel='
	says bare.log 'first: kexec 1'
	says bare.log 'first: start 1'
	says bare.log 'first: disabled 1'
	says bare.log 'no capture kernel is loaded: no memory is reserved'
	says serial.log 'first: damaged 1'
	grep -q 'load /boot/vmlinuz-[^ ]*: .*\(signature\|locked down\)' serial.log ||
		fail "serial.log does not explain why a damaged kernel is refused under lockdown"
	says serial.log 'kernel.kexec_load_disabled is 1'
}
