# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Programs for the image, each with its interpreter and its shared libraries, at the paths they have here.
# Needs: $work, $SYSROOT, $conf, $busybox.

# Words of archive lists end at blanks: these, and backslashes, are written as \ooo there. No list holds a line end.
list_word() {
	case $1 in
	*[[:space:]\\]*) printf '%s\n' "$1" | LC_ALL=C sed -e 's/\\/\\134/g' -e "s/$tab/\\\\011/g" -e 's/ /\\040/g' \
		-e "s/$carriage/\\\\015/g" -e "s/$formfeed/\\\\014/g" -e "s/$vertical/\\\\013/g" ;;
	*) printf '%s\n' "$1" ;;
	esac
}

tab=$(printf '\t') carriage=$(printf '\r') formfeed=$(printf '\f') vertical=$(printf '\v')
newline='
'

file_line() {
	case $1$3 in
	*"$newline"*) refuse "$(printf '%s' "$3" | tr '\n' '?'): a name with a line end cannot go into the image" ;;
	*[[:space:]\\]*) printf 'file %s %s %s\n' "$(list_word "$1")" "$2" "$(list_word "$3")" ;;
	*) printf 'file %s %s %s\n' "$1" "$2" "$3" ;;
	esac
}

# The path without "/./", "/../" and "//": libraries are named like that by run paths.
clean_path() {
	case $1 in
	*/../* | */./* | *//*) printf '%s/%s\n' "$(readlink -f "${1%/*}")" "${1##*/}" ;;
	*) printf '%s\n' "$1" ;;
	esac
}

# A program at path $2 in the image, from file $3, that $1 needs.
program() {
	if [ ! -e "$3" ]; then
		refuse "$1: $2 does not exist"
	elif [ ! -f "$3" ]; then
		refuse "$1: $2 is not a file"
	elif [ ! -x "$3" ]; then
		refuse "$1: $2 is not executable"
	elif ! grep -qxF "$2" "$work/programs"; then
		printf '%s\n' "$2" >>"$work/programs"
		file_line "$2" 0755 "$3"
		program_needs "$1" "$3"
	fi
}

program_needs() {
	case $(head -c 4 "$2" | tr -d '\0') in
	?ELF)
		program_libraries "$1" "$2"
		return 0
		;;
	esac
	script_looks "$1" "$2" || return 0
	case $(head -c 2 "$2") in
	'#!') program_interpreter "$1, script $2" "$(head -c 256 "$2" | head -n 1 | cut -c3-)" ;;
	*) [ -e "$work/has-sh" ] || program "$1, script $2" /bin/sh /bin/sh ;; # as a shell runs it
	esac
}

# Fails, with a refusal, where file $2 of $1 is no text, or one whose first line is not what it looks like.
script_looks() {
	head -c 256 "$2" | head -n 1 >"$work/first-line"
	if [ ! -s "$2" ]; then
		refuse "$1: $2 is empty"
	elif [ -n "$(head -c 256 "$2" | LC_ALL=C tr '\000' '\001' | LC_ALL=C tr -d '\t-\r\033 -~\200-\377')" ]; then
		refuse "$1: $2 is neither a script nor an ELF program"
	elif grep -q "$carriage\$" "$work/first-line"; then
		refuse "$1: $2: \\r at the end of the first line (line ends of DOS):" \
			"sed -i 's/\\r\$//' '$2' removes them"
	elif [ "$(head -c 3 "$2" | od -An -tx1 | tr -d ' ')" = efbbbf ]; then
		refuse "$1: $2: U+FEFF (byte order mark) before the first line: remove it"
	else
		return 0
	fi
	return 1
}

# $2: the words behind "#!".
program_interpreter() {
	printf '%s\n' "$2" >"$work/interpreter"
	read -r interpreter argument rest <"$work/interpreter" || :
	case $interpreter in
	/bin/sh | /usr/bin/sh) [ ! -e "$work/has-sh" ] || return 0 ;;
	esac
	needed=$1
	inner=$argument
	[ "$argument" != -S ] || inner=${rest%% *}
	program "$needed" "$interpreter" "$interpreter"
	case $interpreter in
	*/env) program_in_path "$needed" "$inner" ;;
	esac
}

program_in_path() {
	case $2 in
	'') refuse "$1: env is given no program" ;;
	sh) [ -e "$work/has-sh" ] || program "$1" /bin/sh /bin/sh ;;
	*)
		found=$(command -v "$2") || found=
		case $found in
		/*) program "$1" "$found" "$found" ;;
		*) refuse "$1: no program $2 in PATH" ;;
		esac
		;;
	esac
}

# ldd asks the program's own loader, so run paths and loader configuration count as they do here.
program_libraries() {
	ldd "$2" >"$work/ldd" 2>/dev/null || return 0   # static
	while read -r soname arrow path _; do
		case $soname:$arrow:$path in
		*:'=>':/*) library "$path" ;;
		*:'=>':not) refuse "$1: $2 needs the shared library $soname, which is not found" ;;
		/*:*) library "$soname" ;;
		esac
	done <"$work/ldd"
}

library() {
	library_path=$(clean_path "$1")
	grep -qxF "$library_path" "$work/programs" && return 0
	printf '%s\n' "$library_path" >>"$work/programs"
	file_line "$library_path" 0755 "$1"
}

is_static() {
	! ldd "$1" >"$work/ldd" 2>&1 || grep -q 'statically linked' "$work/ldd"
}

# /bin/sh of the image: busybox with all its names, else a shell of this system, else nothing: /init
# has a small prompt of its own.
shell_list() {
	case $busybox in
	none) return 0 ;;
	'')
		for path in /bin/busybox /usr/bin/busybox /usr/lib/initramfs-tools/bin/busybox; do
			[ -n "$busybox" ] || [ ! -x "$path" ] || ! is_static "$path" || busybox=$path
		done
		;;
	*)
		[ -x "$busybox" ] || die "--busybox $busybox: not an executable file"
		is_static "$busybox" || die "--busybox $busybox: not statically linked"
		;;
	esac
	if [ -n "$busybox" ]; then
		busybox_list
	elif [ -x /bin/sh ]; then
		program "rescue shell" /bin/sh "$(readlink -f /bin/sh)"
		: >"$work/has-sh"
	fi
}

# Names that the binary has itself stay its own, and nothing may replace /init.
busybox_list() {
	: >"$work/has-sh"
	printf '%s\n' /bin/sh >>"$work/programs"
	# Packed: /init unpacks it when a hook or the shell needs it, not while memory is shortest.
	gzip -9 -n -c "$busybox" >"$work/busybox.gz"
	file_line /bin/busybox.gz 0644 "$work/busybox.gz"
	"$crashbox" --list >"$work/applets"
	echo init >>"$work/applets"
	"$busybox" --list | grep -vxF -f "$work/applets" | while read -r name; do
		[ "$name" = busybox ] || printf 'link /bin/%s busybox\n' "$name"
	done
}

hooks_list() {
	for hook in kdump_pre kdump_post kdump_emergency; do
		path=$(conf_one "$hook")
		[ -z "$path" ] || program "$hook" "$path" "$path"
	done
	conf_all extra_bin >"$work/bins"
	conf_all collector | awk -F '\t' '$1 == "external" { print $2 }' >"$work/collector"
	while read -r path; do
		case $path in
		/*) program core_collector "$path" "$path" ;;
		*) program_in_path core_collector "$path" ;;
		esac
	done <"$work/collector"
	while read -r path; do
		case $path in
		/*) program extra_bins "$path" "$path" ;;
		*) program_in_path extra_bins "$path" ;;
		esac
	done <"$work/bins"
	for dir in pre.d post.d emergency.d; do
		hook_dir "/etc/kdump/$dir"
	done
}

hook_dir() {
	for path in "$SYSROOT$1/"*; do
		[ -f "$path" ] || continue
		if [ -x "$path" ]; then
			program "$1" "$1/${path##*/}" "$path"
		else
			note "$1/${path##*/} is not executable: left out"
		fi
	done
}

# Dump directories carry local time.
localtime_list() {
	path=$SYSROOT/etc/localtime
	[ ! -f "$path" ] || file_line /etc/localtime 0644 "$(readlink -f "$path")"
}
