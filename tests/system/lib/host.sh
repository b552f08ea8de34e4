# SPDX-License-Identifier: GPL-2.0-or-later
# tests/system: one scenario on the host: a folder -> disks, boots, verdict.
# shellcheck shell=sh disable=SC1091,SC2034,SC2086

SYSTEM=$ROOT/tests/system

# system_image: sets SYS, the directory of the system's disk, and K_VERSION
system_image()
{
	sh "$SYSTEM/image.sh" "$RELEASE" ${VARIANT:+"$VARIANT" $PACKAGES}
	SYS=$O/system/$RELEASE${VARIANT:+-$VARIANT}
	K_VERSION=$(cat "$SYS/version")
	KERNEL=$SYS/vmlinuz
	INITRD=$SYS/initrd.img
}

# What the env file of a scenario may change
system_defaults()
{
	VM_MEM=768		# MiB of the machine
	VM_SMP=1
	VM_DEADLINE=1200	# seconds for each boot, with the crash and the capture that it ends in
	VM_RESET=		# a reset ends the boot; the next one is a machine that was just switched on
	VM_QEMU=
	STEP_LIMIT=900		# seconds for one step
	CRASHKERNEL=160M	# empty: nothing is reserved
	WORDS=			# more words of the kernel command line
	FILES=			# files of the host that the steps find in /scenario
	VARIANT=		# not empty: a disk of its own with more PACKAGES
	PACKAGES=
}

# Words that spare an emulated machine what it does slowly and what no scenario is about.
EMULATED='mitigations=off init_on_alloc=0 nowatchdog no_timer_check'
EMULATED="$EMULATED systemd.show_status=false systemd.default_timeout_start_sec=300s"

# What a scenario may do on the host. scenario_files: set FILES when the system is known. disks_make: vdc.img and on, in
# the current directory. before_boot N: change the variables above. expect: judge the console, serial.log, and the
# system's disk, which TREE shows.
scenario_files()
{
	:
}

disks_make()
{
	:
}

before_boot()
{
	:
}

expect()
{
	:
}

system_prepare()
{
	system_defaults
	cp -r "$SYSTEM/$NAME/." .
	[ ! -e env ] || . ./env
	system_image
	scenario_files
	scenario_disk
	cp --reflink=auto --sparse=always "$SYS/disk.img" vda.img
	disks_make
}

# scenario_disk: vdb.img with the steps, their library and the package
scenario_disk()
{
	mkdir scenario
	cp "$SYSTEM/lib/guest.sh" scenario/guest.sh
	cp "$SYSTEM/lib/steps.sh" scenario/lib.sh
	cp ./[0-9].sh scenario/
	for file in $FILES; do
		cp -r "$file" scenario/
	done
	echo "$STEP_LIMIT" >scenario/limit
	sh "$ROOT/config/deb.sh" "$O/crashbox" 0.1.0 scenario >deb.log 2>&1 || die "the package: $(tail -n 1 deb.log)"
	mv scenario/crashbox_*.deb scenario/crashbox.deb
	truncate -s "$(($(du -sm scenario | cut -f 1) * 5 / 4 + 8))M" vdb.img
	mke2fs -q -t ext4 -L scenario -d scenario vdb.img
	rm -rf scenario
}

# system_boot: the machine is switched on until the last step ends, and keeps its place among the guests. A machine that
# resets before its step began, as emulated kernels do now and then, is switched on again; such retries are counted.
system_boot()
{
	slot_take
	CRASHBOX_VM_SLOT=${CRASHBOX_VM_SLOT:-held}
	boot=1
	RETRIES=0
	while [ -e "$boot.sh" ]; do
		before_boot "$boot"
		boot_once "$boot"
		if died_early "boot-$boot/serial.log"; then
			RETRIES=$((RETRIES + 1))
			mv "boot-$boot/serial.log" "retry-$RETRIES.log"
			continue
		fi
		cat "boot-$boot/serial.log" >>serial.log
		[ "$STATUS" -eq 0 ] || fail "boot $boot: no end in $VM_DEADLINE s: $(tail -n 2 serial.log | head -n 1)"
		boot_goes_on "$boot" || break
		boot=$((boot + 1))
	done
	exec 9>&-
}

died_early()
{
	[ "$STATUS" -eq 0 ] && [ "$RETRIES" -lt 2 ] && ! grep -q 'system: boot' "$1"
}

# boot_once N: the console is in boot-N/serial.log
boot_once()
{
	mkdir -p "boot-$1"
	STATUS=0
	for image in vd?.img; do
		ln -sf "../$image" "boot-$1/$image"
	done
	guest "boot-$1" "$KERNEL" "$INITRD" "root=LABEL=system rw console=ttyS0 loglevel=4 panic=-1 $EMULATED \
		${CRASHKERNEL:+crashkernel=$CRASHKERNEL} $WORDS" || STATUS=$?
}

boot_goes_on()
{
	[ "$STATUS" -eq 0 ] && ! grep -q 'system: end\|system: FAIL step' "boot-$1/serial.log"
}

judge_console()
{
	sed -n 's/.*system: FAIL /FAIL /p' serial.log >>failures
	grep -q 'system: end' serial.log || fail "the last step was not reached: $(tail -n 1 serial.log)"
	grep -q 'system: ok ' serial.log || fail "no check was made"
}

# judge_disk: the file system of the system is whole, TREE shows it
judge_disk()
{
	e2fsck -fp vda.img >fsck.log 2>&1 || [ $? -eq 1 ] || fail "e2fsck: $(tail -n 2 fsck.log | head -n 1)"
	disk_open vda.img
}

# judge_dump DIRECTORY: the files of a whole dump; a current makedumpfile reads it to the end and finds the same log
judge_dump()
{
	DUMP=$1
	judge_saved
	judge_refilter_current "$DUMP/vmcore"
	judge_dmesg refiltered "$DUMP/vmcore-dmesg.txt"
	rm -f refiltered
}
