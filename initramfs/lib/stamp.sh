# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# What an image was made of, so that only what changed is built again (--update).
# Needs: $work $stamp $update $image $crashbox $here $lib $tree $version $SYSROOT; conf.sh, modules.sh.
#
# The stamp is text, a fact a line:
#   crashbox-stamp 1
#   image SHA256              of the whole image
#   segment NAME KEY BYTES    base, host, site, in their order; KEY is the sum of what went in
#   program PATH | shell      what the host segment holds that hooks need not bring again
#   firmware NAME             what its modules ask for
#   input PATH                a file or directory whose change can change the image

sum_of() {
	sha256sum | cut -d ' ' -f 1
}

# What changes when somebody touches a file.
identity() {
	stat -L -c '%n %s %Y %Z %i' "$@" 2>/dev/null || :
}

# The program itself and these scripts are part of every key.
key_common() {
	echo "$version $kroot"
	identity "$crashbox" "$here/mkinitrd.sh" "$lib"/*.sh "$lib"/*.awk "$lib/../files.list" "$lib/../generic-modules"
}

module_files() {
	awk '($1 == "load" || $1 == "dep") { print $3 }' "$work/modules" | sort -u | sed "s:^:$tree/:"
}

# Every place where a firmware file can lie, whether there is one or not.
firmware_files() {
	[ -s "$1" ] || return 0
	while read -r name; do
		for dir in "updates/$version" updates "$version" .; do
			printf '%s\n' "${kroot%/}/lib/firmware/$dir/$name" "${kroot%/}/lib/firmware/$dir/$name.xz" \
				"${kroot%/}/lib/firmware/$dir/$name.zst"
		done
	done <"$1"
}

shells() {
	printf '%s\n' "${busybox_asked:-/bin/busybox}" /usr/bin/busybox /usr/lib/initramfs-tools/bin/busybox /bin/sh
}

key_base() {
	key_common
}

# $1: names of firmware
key_host() {
	key_common
	echo "shell $busybox_asked"
	grep '^builtin ' "$work/modules" || :
	for table in dep alias softdep builtin; do
		echo "$tree/modules.$table"
	done >"$work/key.files"
	{
		module_files
		firmware_files "$1"
		shells
	} >>"$work/key.files"
	tr '\n' '\0' <"$work/key.files" | xargs -0 stat -L -c '%n %s %Y %Z %i' 2>/dev/null || :
}

# The files of the site part, with the blanks that list_word() wrote as \ooo.
site_files() {
	awk "$octal_awk"' $1 == "file" { print octal_text($4) }' "$work/site.list"
}

# Everything here is small, so its content counts.
key_site() {
	key_common
	sed "s:$work::" "$work/site.list"
	site_files | tr '\n' '\0' | xargs -0 sha256sum | sed "s:$work::"
}

# The stamp of the image that is there; none when the image is not the one that it tells of.
stamp_load() {
	busybox_asked=$busybox
	: >"$work/stamp.old"
	: >"$work/firmware"
	[ "$update" = 1 ] && [ -r "$stamp" ] && [ -f "$image" ] || return 0
	[ "$(head -n 1 "$stamp")" = 'crashbox-stamp 1' ] || return 0
	[ "$(awk '$1 == "image" { print $2 }' "$stamp")" = "$(sum_of <"$image")" ] || return 0
	cp "$stamp" "$work/stamp.old"
	awk '$1 == "firmware" { print $2 }' "$stamp" >"$work/firmware"
}

segment_same() {
	case $1 in
	base) key_base ;;
	host) key_host "$work/firmware" ;;
	site) key_site ;;
	esac >"$work/$1.facts"
	sum_of <"$work/$1.facts" >"$work/$1.key"
	[ "$(awk -v s="$1" '$1 == "segment" && $2 == s { print $3 }' "$work/stamp.old")" = "$(cat "$work/$1.key")" ]
}

segment_bytes() {
	awk -v s="$1" '$1 == "segment" && $2 == s { print $4 }' "$work/stamp.old"
}

# Takes a segment out of the old image.
segment_keep() {
	from=1
	for before in base host site; do
		[ "$before" != "$1" ] || break
		from=$((from + $(segment_bytes "$before")))
	done
	# A service ignores SIGPIPE: tail would complain that head has enough.
	tail -c +"$from" "$image" 2>/dev/null | head -c "$(segment_bytes "$1")" >"$work/$1.cpio"
	trace "segment $1 is as it was"
}

# What host_list() would have left behind for the hooks.
stamp_shell() {
	awk '$1 == "program" { print $2 }' "$work/stamp.old" >"$work/programs"
	! grep -qx shell "$work/stamp.old" || : >"$work/has-sh"
	module_files | sed "s:^$tree/::" >"$work/paths"
}

# The host's key once more, now that the firmware is known.
stamp_write() {
	[ -n "$stamp" ] || return 0
	key_host "$work/firmware" | sum_of >"$work/host.key"
	mkdir -p "$(dirname "$stamp")"
	stamp_new=$(mktemp "$stamp.XXXXXX")
	{
		echo 'crashbox-stamp 1'
		echo "image $(sum_of <"$work/image")"
		for part in base host site; do
			echo "segment $part $(cat "$work/$part.key") $(wc -c <"$work/$part.cpio" | tr -d ' ')"
		done
		sed 's/^/program /' "$work/host.programs"
		[ ! -e "$work/has-sh" ] || echo shell
		sed 's/^/firmware /' "$work/firmware"
		inputs | grep -v "^$work/" | awk '!seen[$0]++ { print "input " $0 }'
	} >"$stamp_new"
	mv -f "$stamp_new" "$stamp"
}

inputs() {
	printf '%s\n' "$conf" "$crashbox" "$here/mkinitrd.sh" "$lib"/*.sh "$lib"/*.awk "$lib/../files.list" \
		"$lib/../generic-modules"
	cat "$work/key.files"
	site_files
	for path in kdump.conf sysconfig/kdump default/kdump-tools fstab hosts resolv.conf localtime kdump/pre.d \
		kdump/post.d kdump/emergency.d modprobe.d ssh/ssh_config ssh/ssh_known_hosts; do
		echo "$SYSROOT/etc/$path"
	done
	printf '%s\n' "$SYSROOT/run/modprobe.d" "$SYSROOT/lib/modprobe.d" "$SYSROOT/etc/modprobe.d"/*.conf \
		"$SYSROOT/lib/modprobe.d"/*.conf /root/.ssh/config /root/.ssh/known_hosts
	conf_one sshkey
}
