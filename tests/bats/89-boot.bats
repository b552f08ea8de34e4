#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Kernels and boot loaders as machines have them: which kernel is found, where crashkernel= goes, what is said of it.
# shellcheck disable=SC2016 # files of GRUB hold variables of their own
# Machines are made of files; a real shell says what GRUB's files result in.
bats_require_minimum_version 1.5.0

setup() {
	ROOT="$BATS_TEST_DIRNAME/../.."
	CRASHBOX="${CRASHBOX:-$ROOT/build/crashbox}"
	mkuki="${O:-$ROOT/build}/mk/mkuki"
	cd "$BATS_TEST_TMPDIR" || return
	export SYSROOT="$PWD/host"
	mkdir -p "$SYSROOT"/{boot,etc/default,etc/kernel,etc/sysconfig,proc,sys/kernel,var/crash,usr/lib/modules}
	echo $((512 << 20)) >"$SYSROOT/sys/kernel/kexec_crash_size"
	echo 0 >"$SYSROOT/sys/kernel/kexec_crash_loaded"
	echo "BOOT_IMAGE=(hd0,gpt2)/vmlinuz root=/dev/vda1 ro crashkernel=128M" >"$SYSROOT/proc/cmdline"
	echo "path /var/crash" >"$SYSROOT/etc/kdump.conf"
	echo 'KDUMP_KERNELVER="6.1-own"' >"$SYSROOT/etc/sysconfig/kdump"
}

kdumpctl() {
	run -"${want:-0}" "$CRASHBOX" kdumpctl --mkinitrd "$ROOT/mkinitrd.sh" "$@"
	echo "$output"
}

reset() {
	kdumpctl reset-crashkernel "$@"
}

# What grub-mkconfig would put behind `linux`, as a real shell reads the files.
grub_line() {
	sh -c 'cd "$1"; . ./grub; for x in ./grub.d/*.cfg; do [ ! -e "$x" ] || . "$x"; done
		echo "$GRUB_CMDLINE_LINUX $GRUB_CMDLINE_LINUX_DEFAULT"' sh "$SYSROOT/etc/default"
}

# The words of the line but crashkernel=, and crashkernel= alone.
words() {
	grub_line | tr -s '[:blank:]' '\n' | grep -v '^crashkernel=' | grep . | tr '\n' ' '
}

ours() {
	grub_line | tr -s '[:blank:]' '\n' | grep '^crashkernel=' | tr '\n' ' '
}

# grub NAME TEXT: a file below /etc/default
grub() {
	mkdir -p "$(dirname "$SYSROOT/etc/default/$1")"
	printf '%b' "$2" >"$SYSROOT/etc/default/$1"
}

# An image of kernel $2 at $1.
kernel() {
	mkdir -p "$(dirname "$SYSROOT$1")"
	"$mkuki" bzimage "$SYSROOT$1" "$2"
}

# kdumpctl start -n takes the kernel at $1.
finds() {
	run "$CRASHBOX" kdumpctl --mkinitrd "$ROOT/mkinitrd.sh" start -n
	echo "$output"
	[ "$(sed -n 's/^kernel  *//p' <<<"$output")" = "$1" ]
}

# A machine of its own, in which our binary runs the tools that are there: its root is $SYSROOT.
machine() {
	mkdir -p "$SYSROOT"/{bin,usr/bin,usr/sbin,dev}
	cp "$CRASHBOX" "$SYSROOT/usr/bin/crashbox"
	cp /usr/bin/busybox "$SYSROOT/bin/busybox"
	for name in sh sed cat; do
		ln -s busybox "$SYSROOT/bin/$name"
	done
	mknod "$SYSROOT/dev/null" c 1 3
}

# tool NAME: a program of the machine, its text from standard input; what it is asked goes to /ran.
tool() {
	{ printf '#!/bin/sh\necho "%s $*" >>/ran\n' "$1" && cat; } >"$SYSROOT/usr/bin/$1"
	chmod +x "$SYSROOT/usr/bin/$1"
	: >"$SYSROOT/ran"
}

inside() {
	run -"${want:-0}" env -u SYSROOT unshare --mount sh -c 'mount --rbind /proc "$0/proc"; PATH=/usr/sbin:/usr/bin:/bin
		exec chroot "$0" /usr/bin/crashbox kdumpctl reset-crashkernel "$@"' "$SYSROOT" "$@"
	echo "$output"
}

# What sdbootutil does with the options of entries, of the files that it reads them from.
sdbootutil() {
	tool sdbootutil <<-'EOF'
		[ "$1" = update-all-entries ] || exit 0
		words=
		for file in /etc/kernel/cmdline /etc/kernel/cmdline.d/*; do
			[ ! -f "$file" ] || while read -r line; do words="$words $line"; done <"$file"
		done
		sed -i "s|^options.*|options    $words|" /boot/efi/loader/entries/*.conf
	EOF
}

@test "boot: a snippet that replaces the value is edited, and the result holds" {
	grub grub 'GRUB_DEFAULT=0\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX=""\n'
	grub grub.d/50-installer.cfg '# made\nGRUB_CMDLINE_LINUX_DEFAULT="consoleblank=0 console=tty0"\n'
	before=$(words)
	reset 512M
	[[ "$output" == *"grub.d/50-installer.cfg: crashkernel=512M"*"it holds from the next boot on"* ]]
	[ "$(ours)" = "crashkernel=512M " ]
	[ "$(words)" = "$before" ]
	reset 512M
	[[ "$output" == *"crashkernel=512M is there already"* ]]
}

@test "boot: the snippet of kdump-tools has the last word, and is the one that changes" {
	grub grub 'GRUB_CMDLINE_LINUX_DEFAULT="quiet crashkernel=1M"\n'
	grub grub.d/kdump-tools.cfg 'GRUB_CMDLINE_LINUX_DEFAULT="$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=384M-:128M"\n'
	reset "1G,high crashkernel=128M,low"
	[ "$(ours)" = "crashkernel=1G,high crashkernel=128M,low " ]
	[ "$(words)" = "quiet " ]
	reset 300M,high 72M,low
	[ "$(ours)" = "crashkernel=300M,high crashkernel=72M,low " ]
	reset "200M 1G,cma"
	[ "$(ours)" = "crashkernel=200M crashkernel=1G,cma " ]
	want=1 reset 1G,cma
	[[ "$output" == *"leaves the capture kernel nothing to lie in"* ]]
}

@test "boot: sizes as the kernel reads them" {
	grub grub 'GRUB_CMDLINE_LINUX=""\n'
	for value in 268435456 2097152K 128G-1P:4G 128G-1E:4G 0x10000000 0400000000 1G-4G:192M,4G-:256M@16M; do
		reset "$value"
		[ "$(ours)" = "crashkernel=$value " ]
	done
	for value in auto 1Q 256MB 0x 16E 72M,low; do
		want=1 reset "$value"
	done
	[ "$(ours)" = "crashkernel=1G-4G:192M,4G-:256M@16M " ]
}

@test "boot: files of GRUB that only a shell can tell are left alone, with their line" {
	grub grub 'A=1\nif [ -e /x ]; then\n  GRUB_CMDLINE_LINUX_DEFAULT="x"\nfi\n'
	cp "$SYSROOT/etc/default/grub" before
	want=1 reset 512M
	[[ "$output" == *"/etc/default/grub: line 3 sets GRUB_CMDLINE_LINUX_DEFAULT under a condition"*"by hand"* ]]
	cmp "$SYSROOT/etc/default/grub" before
	grub grub 'GRUB_CMDLINE_LINUX="$(cat /proc/cmdline)"\n'
	want=1 reset 512M
	[[ "$output" == *"made by a command"* ]]
	want=1 reset "1G,high 72M,low"
	[[ "$output" == *"add crashkernel=1G,high crashkernel=72M,low to GRUB_CMDLINE_LINUX by hand"* ]]
	grub grub 'GRUB_CMDLINE_LINUX="a\n'
	want=1 reset 512M
	[[ "$output" == *"/etc/default/grub: line 1: a double quote without its partner"* ]] || [[ "$output" == *"double quote"* ]]
}

@test "boot: snippets count only where grub-mkconfig reads them" {
	grub grub 'GRUB_CMDLINE_LINUX=""\n'
	grub grub.d/x.cfg 'GRUB_CMDLINE_LINUX="y"\n'
	mkdir -p "$SYSROOT/usr/sbin"
	echo '. /etc/default/grub' >"$SYSROOT/usr/sbin/grub2-mkconfig"
	reset 512M
	grep -qx 'GRUB_CMDLINE_LINUX="crashkernel=512M"' "$SYSROOT/etc/default/grub"
	grep -qx 'GRUB_CMDLINE_LINUX="y"' "$SYSROOT/etc/default/grub.d/x.cfg"
}

@test "boot: entries, the environment of GRUB, and the kernel that is asked for" {
	mkdir -p "$SYSROOT/boot/loader/entries" "$SYSROOT/efi/loader/entries" "$SYSROOT/boot/grub2"
	printf 'title a\nlinux /vmlinuz-a\noptions $kernelopts $tuned_params\n' >"$SYSROOT/boot/loader/entries/a.conf"
	printf 'title b\nlinux /vmlinuz-b\noptions root=x crashkernel=1M\n' >"$SYSROOT/boot/loader/entries/b.conf"
	printf 'title c\nlinux /c/linux\noptions root=y\n' >"$SYSROOT/efi/loader/entries/c.conf"
	{ printf '# GRUB Environment Block\nsaved_entry=a\nkernelopts=root=x ro \n' && head -c 900 /dev/zero | tr '\0' '#'; } >"$SYSROOT/boot/grub2/grubenv"
	size=$(wc -c <"$SYSROOT/boot/grub2/grubenv")
	touch "$SYSROOT/boot/vmlinuz-b"
	reset --kernel=/boot/vmlinuz-b 96M
	grep -qx 'options root=x crashkernel=96M' "$SYSROOT/boot/loader/entries/b.conf"
	grep -qx 'options root=y' "$SYSROOT/efi/loader/entries/c.conf"
	reset --kernel=ALL --fadump=off 512M
	grep -qx 'options $kernelopts $tuned_params' "$SYSROOT/boot/loader/entries/a.conf"
	grep -qx 'options root=x crashkernel=512M' "$SYSROOT/boot/loader/entries/b.conf"
	grep -qx 'options root=y crashkernel=512M' "$SYSROOT/efi/loader/entries/c.conf"
	grep -qx 'kernelopts=root=x ro crashkernel=512M' "$SYSROOT/boot/grub2/grubenv"
	[ "$(wc -c <"$SYSROOT/boot/grub2/grubenv")" = "$size" ]
	# A link stays a link.
	mkdir -p "$SYSROOT/boot/efi/EFI/x"
	mv "$SYSROOT/boot/grub2/grubenv" "$SYSROOT/boot/efi/EFI/x/grubenv"
	ln -s ../efi/EFI/x/grubenv "$SYSROOT/boot/grub2/grubenv"
	reset 500M
	[ -L "$SYSROOT/boot/grub2/grubenv" ]
	grep -qx 'kernelopts=root=x ro crashkernel=500M' "$SYSROOT/boot/efi/EFI/x/grubenv"
	want=1 reset --kernel=/boot/vmlinuz-none
	[[ "$output" == *"expected ALL, DEFAULT or the path of a kernel"* ]]
	want=1 reset --fadump=on
	[[ "$output" == *"fadump"* ]]
}

@test "boot: extlinux, u-boot, zipl, kernel-install, cmdline.txt" {
	mkdir -p "$SYSROOT/boot/extlinux" "$SYSROOT/boot/firmware"
	printf 'label l0\n\tappend root=x ro\nlabel l0r\n\tappend root=x single\n' >"$SYSROOT/boot/extlinux/extlinux.conf"
	printf 'U_BOOT_PARAMETERS="quiet"\n' >"$SYSROOT/etc/default/u-boot"
	printf '[ipl]\nparameters="root=x"\n' >"$SYSROOT/etc/zipl.conf"
	printf 'root=x\nquiet\n' >"$SYSROOT/etc/kernel/cmdline"
	printf 'console=serial0 root=x\n' >"$SYSROOT/boot/firmware/cmdline.txt"
	reset 96M
	[ "$(grep -c 'append root=x .* crashkernel=96M$' "$SYSROOT/boot/extlinux/extlinux.conf")" = 2 ]
	grep -qx 'U_BOOT_PARAMETERS="quiet crashkernel=96M"' "$SYSROOT/etc/default/u-boot"
	grep -qx 'parameters="root=x crashkernel=96M"' "$SYSROOT/etc/zipl.conf"
	grep -qx 'quiet crashkernel=96M' "$SYSROOT/etc/kernel/cmdline"
	grep -qx 'console=serial0 root=x crashkernel=96M' "$SYSROOT/boot/firmware/cmdline.txt"
	[[ "$output" == *"not run, as this is another root: u-boot-update"*"not run, as this is another root: zipl"* ]]
	# A value of our own would take the place of what u-boot-update uses.
	rm "$SYSROOT/etc/kernel/cmdline"
	echo '# U_BOOT_PARAMETERS="x"' >"$SYSROOT/etc/default/u-boot"
	want=1 reset 96M
	[[ "$output" == *"/etc/default/u-boot does not set U_BOOT_PARAMETERS"* ]]
	grep -qx '# U_BOOT_PARAMETERS="x"' "$SYSROOT/etc/default/u-boot"
}

@test "boot: sdbootutil makes the entries again, and what they give then is what is said" {
	machine
	sdbootutil
	entries="$SYSROOT/boot/efi/loader/entries"
	mkdir -p "$entries"
	touch "$SYSROOT/boot/vmlinuz-6.1-own"
	printf 'linux /vmlinuz-6.1-own\noptions root=x ro\n' >"$entries/own.conf"
	printf 'root=x ro quiet\n' >"$SYSROOT/etc/kernel/cmdline"
	# GRUB of SUSE that shows these entries has no menu to make
	grub grub 'GRUB_CMDLINE_LINUX=""\n'
	reset 96M
	[[ "$output" == *"not run, as this is another root: sdbootutil update-all-entries"* ]]
	inside -n 128M
	[[ "$output" == *"would run: sdbootutil update-all-entries"* ]]
	[ ! -s "$SYSROOT/ran" ]
	inside 128M
	[ "$(cat "$SYSROOT/ran")" = "sdbootutil update-all-entries" ]
	grep -q '^options .*root=x ro quiet crashkernel=128M$' "$entries/own.conf"
	[[ "$output" == *"it holds from the next boot on"* ]]
	# a snippet that only sdbootutil reads has the last word
	mkdir "$SYSROOT/etc/kernel/cmdline.d"
	echo crashkernel=64M >"$SYSROOT/etc/kernel/cmdline.d/x.conf"
	want=1 inside 96M
	[[ "$output" == *"own.conf gives crashkernel=64M: look at /etc/kernel/cmdline.d"*"does NOT have it yet"* ]]
	rm "$SYSROOT/etc/kernel/cmdline.d/x.conf"
	tool sdbootutil <<<'exit 3'
	want=1 inside 96M
	[[ "$output" == *"\`sdbootutil update-all-entries\` failed, exit status 3"* ]]
}

@test "boot: the menu of GRUB in a read-only snapshot is made by transactional-update, which is said" {
	machine
	grub grub 'GRUB_CMDLINE_LINUX="quiet"\n'
	mkdir -p "$SYSROOT/boot/grub2"
	printf 'linux /v root=x quiet\n' >"$SYSROOT/boot/grub2/grub.cfg"
	tool grub2-mkconfig <<<'echo "$2: Read-only file system" >&2; exit 1'
	want=1 inside 96M
	[[ "$output" == *"make the menu of GRUB: \`grub2-mkconfig -o /boot/grub2/grub.cfg\` failed, exit status 1"* ]]
	touch "$SYSROOT/usr/sbin/transactional-update"
	want=1 inside 96M
	[[ "$output" == *"GRUB's menu is as before"*"run \`transactional-update grub.cfg\`"*"does NOT have it yet"* ]]
	grep -qx 'GRUB_CMDLINE_LINUX="quiet crashkernel=96M"' "$SYSROOT/etc/default/grub"
	# where the menu can be written, it is made
	tool grub2-mkconfig <<<'. /etc/default/grub; echo "linux /v root=x $GRUB_CMDLINE_LINUX" >"$2"'
	inside 96M
	[[ "$output" == *"it holds from the next boot on"* ]]
}

@test "boot: sdbootutil makes no entry of a line that would not boot" {
	machine
	sdbootutil
	entries="$SYSROOT/boot/efi/loader/entries"
	mkdir -p "$entries"
	touch "$SYSROOT/boot/vmlinuz-6.1-own"
	printf 'linux /vmlinuz-6.1-own\noptions root=x ro\n' >"$entries/own.conf"
	for line in 'quiet\n' 'noroot=x quiet\n' 'root=x quiet'; do
		printf '%b' "$line" >"$SYSROOT/etc/kernel/cmdline"
		: >"$SYSROOT/ran"
		inside 96M
		[ "$(cat "$SYSROOT/ran")" = "sdbootutil update-predictions" ]
		grep -qx 'options root=x ro crashkernel=96M' "$entries/own.conf"
		[[ "$output" == *"/etc/kernel/cmdline has no root= in lines that end"*"it holds from the next boot on"* ]]
	done
	rm "$SYSROOT/etc/kernel/cmdline"
	: >"$SYSROOT/ran"
	inside --kernel=/boot/vmlinuz-6.1-own 128M
	[ "$(cat "$SYSROOT/ran")" = "sdbootutil update-predictions" ]
	grep -qx 'options root=x ro crashkernel=128M' "$entries/own.conf"
	# entries of other loaders are not its own
	rm -r "$entries"
	grub grub 'GRUB_CMDLINE_LINUX=""\n'
	: >"$SYSROOT/ran"
	want=1 inside 96M
	[ ! -s "$SYSROOT/ran" ]
}

@test "boot: no boot loader that is known: the words to add are said, and where" {
	want=1 reset 96M
	[[ "$output" == *"add crashkernel=96M to the kernel's command line"* ]]
	touch "$SYSROOT/boot/refind_linux.conf"
	want=1 reset "1G,high 72M,low"
	[[ "$output" == *"add crashkernel=1G,high crashkernel=72M,low to the kernel's command line in /boot/refind_linux.conf"* ]]
}

@test "boot: a unified image carries its own command line, and addons count" {
	esp="$SYSROOT/boot/efi/EFI/Linux"
	mkdir -p "$esp"
	kernel /k 6.1-own
	"$mkuki" uki "$esp/a.efi" "$SYSROOT/k" 6.1-own "root=x crashkernel=64M"
	want=1 reset 96M
	[[ "$output" == *"a.efi carries its own command line, with crashkernel=64M"*"ukify build --cmdline='crashkernel=96M'"* ]]
	[[ "$output" == *"does NOT have it yet"* && "$output" != *"it holds"* ]]
	want=1 reset "1G,high 72M,low"
	[[ "$output" == *"--cmdline='crashkernel=1G,high crashkernel=72M,low'"* ]]
	mkdir "$esp/a.efi.extra.d"
	"$mkuki" uki "$esp/a.efi.extra.d/crashkernel.addon.efi" - - crashkernel=96M
	reset 96M
	[[ "$output" == *"it holds from the next boot on"* ]]
}

@test "boot: kernels are found where distributions put them" {
	echo 0123 >"$SYSROOT/etc/machine-id"
	for place in /boot/vmlinuz-6.1-own /boot/kernel-6.1-own /boot/efi/0123/6.1-own/linux \
		/usr/lib/modules/6.1-own/vmlinuz /boot/ostree/fedora-1/vmlinuz-6.1-own \
		/usr/lib/ostree-boot/vmlinuz-6.1-own-0abc /boot/efi/EFI/arch/vmlinuz-linux.efi /boot/vmlinuz-lts /boot/vmlinuz-linux /boot/vmlinuz-6.1_1 /efi/Image \
		/run/booted-system/kernel /nix/var/nix/profiles/system/kernel /boot/EFI/nixos/0abc-linux-6.1-bzImage.efi \
		/boot/kernels/0abc-linux-6.1-bzImage; do
		kernel "$place" 6.1-own
		finds "$place"
		rm "$SYSROOT$place"
	done
	echo token >"$SYSROOT/etc/kernel/entry-token"
	kernel /boot/token/6.1-own/linux 6.1-own
	finds /boot/token/6.1-own/linux
	rm -r "$SYSROOT/boot/token"
	echo 'ID="opensuse-tumbleweed"' >"$SYSROOT/etc/os-release"
	kernel /boot/efi/opensuse-tumbleweed/6.1-own/linux-77ab 6.1-own
	finds /boot/efi/opensuse-tumbleweed/6.1-own/linux-77ab
}

@test "boot: an entry of the boot loader names the kernel, wherever it lies" {
	mkdir -p "$SYSROOT"/{boot,efi,boot/efi}/loader/entries
	printf 'title other\nlinux /EFI/x/other\n' >"$SYSROOT/efi/loader/entries/0.conf"
	kernel /efi/EFI/x/other 6.0-other
	for place in /efi/EFI/arch/vmlinuz-linux.efi /boot/efi/EFI/Pop_OS-1/vmlinuz.efi /boot/@root/k; do
		base=${place%%/EFI/*}
		[ "$base" != "$place" ] || base=/boot
		for key in linux efi; do
			printf 'title x\n%s\t%s\noptions root=x\n' "$key" "${place#"$base"}" >"$SYSROOT$base/loader/entries/1.conf"
			kernel "$place" 6.1-own
			finds "$place"
			rm "$SYSROOT$place"
			finds none
		done
		rm "$SYSROOT$base/loader/entries/1.conf"
	done
}

@test "boot: BOOT_IMAGE names the kernel, with or without GRUB's device and /boot" {
	echo "BOOT_IMAGE=(hd0,gpt2)/odd/k root=x" >"$SYSROOT/proc/cmdline"
	kernel /boot/odd/k 6.1-own
	finds /boot/odd/k
	echo "BOOT_IMAGE=/@/boot/odd/k root=x" >"$SYSROOT/proc/cmdline"
	finds /boot/odd/k
	kernel /boot/odd/k 6.2-other
	finds none
}

@test "boot: an image that says it is another kernel is passed over, whatever its name" {
	kernel /boot/vmlinuz-6.1-own 5.10-old
	kernel /usr/lib/modules/6.1-own/vmlinuz 6.1-own
	finds /usr/lib/modules/6.1-own/vmlinuz
	[[ "$output" == *"/boot/vmlinuz-6.1-own is kernel 5.10-old by its own header, not 6.1-own: it is passed over"* ]]
	rm "$SYSROOT/usr/lib/modules/6.1-own/vmlinuz"
	finds none
	kernel /var/lib/kdump/old 5.10-old
	ln -s old "$SYSROOT/var/lib/kdump/vmlinuz"
	echo 'KDUMP_KERNEL=/var/lib/kdump/vmlinuz' >>"$SYSROOT/etc/sysconfig/kdump"
	kernel /boot/vmlinuz-6.1-own 6.1-own
	finds /boot/vmlinuz-6.1-own
	[[ "$output" == *"/var/lib/kdump/vmlinuz is kernel 5.10-old"* ]]
}

@test "boot: kernels that are no bzImage are asked too: Image, gzip, EFI zboot, ELF, and each in a unified image" {
	for release in 6.1-own 6.0-other; do
		"$mkuki" image "$SYSROOT/Image" "$release"
		gzip -kf "$SYSROOT/Image"
		xz -kf --check=crc32 "$SYSROOT/Image"
		zstd -qf "$SYSROOT/Image" -o "$SYSROOT/Image.zst"
		for codec in gzip xzkern zstd22 lzma; do
			case $codec in gzip) packed=gz ;; xzkern) packed=xz ;; *) packed=zst ;; esac
			"$mkuki" zboot "$SYSROOT/zboot-$codec" "$SYSROOT/Image.$packed" "$codec"
		done
		{ printf '\177ELF' && cat "$SYSROOT/Image"; } >"$SYSROOT/vmlinux"
		"$mkuki" uki "$SYSROOT/uki" "$SYSROOT/zboot-zstd22" - root=x
		for image in Image Image.gz zboot-gzip zboot-xzkern zboot-zstd22 vmlinux uki; do
			# a name that says nothing: the image does; a name that lies: the image goes over it
			for place in /boot/vmlinuz-lts /boot/vmlinuz-6.1-own; do
				cp "$SYSROOT/$image" "$SYSROOT$place"
				[ "$release" = 6.1-own ] && finds "$place" || finds none
				rm "$SYSROOT$place"
			done
		done
		[ "$release" = 6.1-own ] || [[ "$output" == *"/boot/vmlinuz-6.1-own is kernel 6.0-other by its own"* ]]
	done
	# one that cannot be unpacked here, or is damaged, says nothing: its name counts
	truncate -s 3000 "$SYSROOT/Image.gz"
	for image in zboot-lzma Image.gz; do
		cp "$SYSROOT/$image" "$SYSROOT/boot/vmlinuz-6.1-own"
		finds /boot/vmlinuz-6.1-own
	done
}

@test "boot: the kernel of a unified image is taken out of it" {
	kernel /k 6.1-own
	mkdir -p "$SYSROOT/efi/EFI/Linux"
	"$mkuki" uki "$SYSROOT/efi/EFI/Linux/other.efi" "$SYSROOT/k" 6.0-other "root=x"
	"$mkuki" uki "$SYSROOT/efi/EFI/Linux/own.efi" "$SYSROOT/k" - "root=x"
	finds /efi/EFI/Linux/own.efi
	mkdir -p "$SYSROOT/lib/modules/6.1-own"
	want=1 kdumpctl start --no-savecore
	run "$CRASHBOX" kdump-config symlinks 6.1-own
	cmp "$SYSROOT/k" "$SYSROOT/var/lib/crashbox/linux-6.1-own"
	[[ "$output" == *"the kernel of /efi/EFI/Linux/own.efi is loaded from /var/lib/crashbox/linux-6.1-own"* ]]
	# the same image again is no new file; another build of the same size and time is
	inode=$(stat -c %i "$SYSROOT/var/lib/crashbox/linux-6.1-own")
	run "$CRASHBOX" kdump-config symlinks 6.1-own
	[ "$(stat -c %i "$SYSROOT/var/lib/crashbox/linux-6.1-own")" = "$inode" ]
	touch -d @1 "$SYSROOT/efi/EFI/Linux/own.efi" "$SYSROOT/var/lib/crashbox/linux-6.1-own"
	truncate -s -1 "$SYSROOT/k"
	printf '!' >>"$SYSROOT/k"
	"$mkuki" uki "$SYSROOT/efi/EFI/Linux/own.efi" "$SYSROOT/k" - "root=x"
	touch -d @1 "$SYSROOT/efi/EFI/Linux/own.efi"
	run "$CRASHBOX" kdump-config symlinks 6.1-own
	cmp "$SYSROOT/k" "$SYSROOT/var/lib/crashbox/linux-6.1-own"
	[ "$(stat -c %a "$SYSROOT/var/lib/crashbox/linux-6.1-own")" = 600 ]
	[ "$(ls -A "$SYSROOT/var/lib/crashbox")" = linux-6.1-own ]
}

@test "boot: a unified image that systemd's own stub makes" {
	stub=/usr/lib/systemd/boot/efi/linuxx64.efi.stub
	kernel /k 6.1-own
	mkdir -p "$SYSROOT/efi/EFI/Linux"
	printf '6.1-own\n' >release
	objcopy --add-section .uname=release --change-section-vma .uname=0x20000000 \
		--add-section .linux="$SYSROOT/k" --change-section-vma .linux=0x30000000 "$stub" "$SYSROOT/efi/EFI/Linux/a.efi"
	finds /efi/EFI/Linux/a.efi
}

@test "boot: every word of kdump-utils, and its exit codes" {
	kdumpctl get-default-crashkernel
	default=$output
	kdumpctl get-default-crashkernel kdump
	[ "$output" = "$default" ]
	want=1 kdumpctl get-default-crashkernel fadump
	want=1 kdumpctl get-default-crashkernel other
	want=3 kdumpctl status
	[[ "$output" == *"Kdump is not operational"* ]]
	kdumpctl condrestart
	kdumpctl _reset-crashkernel-after-update
	kdumpctl showmem
	want=1 kdumpctl setup-crypttab
	want=2 kdumpctl status --kernel=ALL
	run -1 "$CRASHBOX" kdumpctl test </dev/null
	[[ "$output" == *"this crashes the machine"* ]]
	run -1 "$CRASHBOX" kdumpctl test <<<y
	[[ "$output" == *"no capture kernel is loaded"* ]]
}

@test "boot: a kernel that was installed gets what the running one has" {
	mkdir -p "$SYSROOT/boot/loader/entries"
	kernel /boot/vmlinuz-6.2-new 6.2-new
	printf 'linux /vmlinuz-6.2-new\noptions root=x\n' >"$SYSROOT/boot/loader/entries/new.conf"
	printf 'linux /vmlinuz-6.1-own\noptions root=x\n' >"$SYSROOT/boot/loader/entries/own.conf"
	kdumpctl _reset-crashkernel-for-installed_kernel 6.2-new
	grep -qx 'options root=x crashkernel=128M' "$SYSROOT/boot/loader/entries/new.conf"
	grep -qx 'options root=x' "$SYSROOT/boot/loader/entries/own.conf"
	echo "auto_reset_crashkernel no" >>"$SYSROOT/etc/kdump.conf"
	printf 'linux /vmlinuz-6.2-new\noptions root=x\n' >"$SYSROOT/boot/loader/entries/new.conf"
	kdumpctl _reset-crashkernel-for-installed_kernel 6.2-new
	grep -qx 'options root=x' "$SYSROOT/boot/loader/entries/new.conf"
}

@test "boot: kdump-config has the words of Debian's" {
	kernel /boot/vmlinuz-6.1-own 6.1-own
	rm "$SYSROOT/etc/sysconfig/kdump" "$SYSROOT/etc/kdump.conf"
	printf 'USE_KDUMP=1\nKDUMP_KERNELVER=6.1-own\nKDUMP_COREDIR="/var/crash"\n' >"$SYSROOT/etc/default/kdump-tools"
	ln -s "$CRASHBOX" kdump-config
	run -0 ./kdump-config help
	run -1 ./kdump-config
	run -1 ./kdump-config bogus
	run -0 ./kdump-config status
	[ "$output" = "current state   : Not ready to kdump" ]
	run -0 ./kdump-config show
	echo "$output"
	[[ "$output" == *"USE_KDUMP:        1"*"current state:    Not ready to kdump"*"no kexec command recorded"* ]]
	run -0 ./kdump-config test
	[[ "$output" == *"/boot/vmlinuz-6.1-own"*"kexec command to be used:"*"crashbox kexec -p"* ]]
	run -0 ./kdump-config condreload
	run -1 ./kdump-config symlinks
	run -1 ./kdump-config symlinks 7.0-none
	[[ "$output" == *"Invalid kernel version : 7.0-none"* ]]
	echo 'USE_KDUMP=0' >>"$SYSROOT/etc/default/kdump-tools"
	run -1 ./kdump-config load
	[[ "$output" == *"USE_KDUMP is not set or zero"* ]]
}
