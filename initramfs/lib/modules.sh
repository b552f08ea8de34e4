# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Kernel modules and firmware of one kernel version, from text files only: no modprobe, no kmod.
# Needs: $lib, $work, $kroot, $version, $hostcheck, $SYSROOT; sets $tree.

modules_init() {
	tree=${kroot%/}/lib/modules/$version
	: >"$work/modules"
	: >"$work/drop"
	: >"$work/params"
	[ -r "$tree/modules.dep" ] ||
		die "$tree/modules.dep: cannot be read: is kernel $version installed? (depmod makes it)"
	conf_all blacklist >"$work/drop"
	[ "$hostcheck" = 0 ] || modprobe_options >"$work/params"
}

# Parameters that this system gives to modules, a line each: NAME TEXT. What kdump.conf itself gives
# (`options`) takes their place and is applied by /init. A file in /etc hides its namesake in /lib.
modprobe_options() {
	conf_all option | cut -f1 | tr - _ >"$work/own"
	for dir in etc run lib; do
		for path in "$SYSROOT/$dir/modprobe.d/"*.conf; do
			[ -f "$path" ] && printf '%s %s\n' "${path##*/}" "$path"
		done
	done | awk '!seen[$1]++ { print $2 }' | sort >"$work/modprobe"
	while read -r path; do
		awk -v own="$work/own" 'BEGIN { while ((getline m < own) > 0) skip[m] = 1 }
			$1 != "options" || NF < 3 { next }
			{ gsub(/-/, "_", $2); $1 = "" }
			!($2 in skip) { print substr($0, 2) }' "$path"
	done <"$work/modprobe"
}

# Modules that answer to the device aliases on standard input.
modules_of_aliases() {
	cat >"$work/ask"
	[ -s "$work/ask" ] && [ -r "$tree/modules.alias" ] || return 0
	awk -v ask="$work/ask" -f "$lib/glob.awk" -f "$lib/alias.awk" "$tree/modules.alias"
}

# Resolves the requests on standard input (see closure.awk) for WHAT ($1), remembers every file that
# the image needs, and prints the modules that the recipe names, in load order.
modules_resolve() {
	cat >"$work/want"
	awk -v tree="$tree" -v want="$work/want" -v drop="$work/drop" -v params="$work/params" \
		-f "$lib/glob.awk" -f "$lib/closure.awk" >"$work/order"
	cat "$work/order" >>"$work/modules"
	while read -r how name path; do
		trace "$1: $how $name $path"
		case $how in
		load) echo "$name" ;;
		missing) refuse "$1: module $name is neither in $tree nor built into kernel $version" ;;
		esac
	done <"$work/order"
}

# Requests for every module that a pattern of generic-modules names, of the groups $1 ("storage,fs").
modules_generic() {
	awk -v groups=",$1," -v patterns="$lib/../generic-modules" -f "$lib/glob.awk" \
		-f "$lib/generic.awk" "$tree/modules.dep"
}

unpack_module() {
	case $1 in
	*.gz) gzip -dc "$1" ;;
	*.xz) xz -dc "$1" ;;
	*.zst) zstd -dqc "$1" ;;
	*) cat "$1" ;;
	esac
}

# A large module stays packed: memory is shortest while the kernel unpacks the image, and /init loads
# it as it is. $1: below lib/modules/VERSION.
module_line() {
	as=$1
	if [ "$(wc -c <"$modules_dir/$1")" -gt 262144 ]; then
		gzip -9 -n -c "$modules_dir/$1" >"$modules_dir/$1.gz"
		as=$1.gz
	fi
	printf 'file /lib/modules/%s/%s 0644 %s\n' "$version" "$as" "$modules_dir/$as"
}

# Lists the module files, unpacked, and the tables cut to what is there, for the host segment.
modules_list() {
	modules_dir=$work/tree/lib/modules/$version
	mkdir -p "$modules_dir"
	awk '($1 == "load" || $1 == "dep") { print $3 }' "$work/modules" | sort -u >"$work/paths"
	while read -r path; do
		plain=$(printf '%s\n' "$path" | sed 's/\.\(gz\|xz\|zst\)$//')
		mkdir -p "$modules_dir/${plain%/*}"
		unpack_module "$tree/$path" >"$modules_dir/$plain" ||
			die "$tree/$path: cannot be unpacked (xz and zstd modules need the tool of that name)"
		module_line "$plain"
	done <"$work/paths"
	modules_tables
	for table in dep alias softdep builtin; do
		printf 'file /lib/modules/%s/modules.%s 0644 %s\n' "$version" "$table" \
			"$modules_dir/modules.$table"
	done
}

modules_tables() {
	awk -v paths="$work/paths" 'BEGIN { while ((getline p < paths) > 0) have[p ":"] = 1 }
		$1 in have { gsub(/\.ko\.(gz|xz|zst)/, ".ko"); print }' "$tree/modules.dep" |
		sort >"$modules_dir/modules.dep"
	for table in alias softdep; do
		[ -r "$tree/modules.$table" ] || continue
		awk -v paths="$work/paths" -f "$lib/glob.awk" -f "$lib/table.awk" "$tree/modules.$table" \
			>"$modules_dir/modules.$table"
	done
	[ -e "$modules_dir/modules.alias" ] || : >"$modules_dir/modules.alias"
	[ -e "$modules_dir/modules.softdep" ] || : >"$modules_dir/modules.softdep"
	awk '$1 == "builtin" { print "kernel/" $2 ".ko" }' "$work/modules" |
		sort -u >"$modules_dir/modules.builtin"
}

# Names that the modules in the image give in their `firmware:` fields. The fields of the .modinfo
# section are NUL-terminated strings.
firmware_names() {
	find "$modules_dir" -name '*.ko' | sort | while read -r path; do
		tr '\0' '\n' <"$path" | grep -a '^firmware=[A-Za-z0-9]' | sed 's/^firmware=//' || :
	done | sort -u
}

firmware_list() {
	firmware_names >"$work/firmware"
	while read -r name; do
		firmware_one "$name"
	done <"$work/firmware"
}

firmware_one() {
	case $1 in
	*[!A-Za-z0-9._/@+-]* | *..*) return 0 ;;
	esac
	for dir in "updates/$version" updates "$version" .; do
		for suffix in '' .xz .zst; do
			path=${kroot%/}/lib/firmware/$dir/$1$suffix
			[ -f "$path" ] || continue
			mkdir -p "$work/tree/lib/firmware/$(dirname "$1")"
			unpack_module "$path" >"$work/tree/lib/firmware/$1"
			printf 'file /lib/firmware/%s 0644 %s\n' "$1" "$work/tree/lib/firmware/$1"
			return 0
		done
	done
	trace "firmware $1: not on this system"
}
