# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# What a server would refuse after a crash is refused now, by trying it: the code of a capture as far as the login or
# the mount. Needs: network.sh, ssh.sh, targets.sh; $crashbox $conf $work $hostcheck $try $kernel_nfs.

# Tries target $1 of $work/recipe, which $2 needs. The result of `crashbox reach`: 0 taken or not to be tried, 1
# refused, 3 not reached, 4 only the kernel's NFS client can; its sentence is in $work/tried.
try_reach() {
	[ "$hostcheck$try" = 11 ] || return 0
	trace "$2: the server is tried"
	set -- "$1" 0
	"$crashbox" reach -c "$conf" -r "$work/recipe" --files "$work/try" --target "$1" \
		>"$work/tried.line" 2>"$work/tried.error" || set -- "$1" $?
	[ -s "$work/tried.line" ] || cp "$work/tried.error" "$work/tried.line"
	sed 's/^.*: \(refused\|not tried\|for the kernel.s own client\): //' "$work/tried.line" >"$work/tried"
	case $2 in
	0 | 1 | 3 | 4) return "$2" ;;
	*) return 3 ;;
	esac
}

# The same for target $1, and what is to be said of it. $2: what needs it.
try_server() {
	set -- "$1" "$2" 0
	try_reach "$1" "$2" || set -- "$1" "$2" $?
	[ "$3" = 0 ] || try_say "$2" "$3"
}

# Says what came of trying the server of $1; $2: as try_reach() ended.
try_say() {
	if [ "$2" = 3 ]; then
		note "$1: not tried: $(cat "$work/tried") (kdumpctl rehearse tries it later)"
	else
		refuse "$1: tried now, as after a crash: $(cat "$work/tried") (--no-try builds the image all the same)"
	fi
}

# The files of ssh that target $1 needs, where its recipe says that they are.
try_ssh_files() (
	[ "$hostcheck$try" = 11 ] || exit 0
	mkdir -p "$work/try/etc/crashbox/ssh"
	awk -v path="/etc/crashbox/ssh/key.$1" '$1 == "file" && $2 == path { print $4 }' "$work/ssh.list" \
		>"$work/try.key"
	read -r path <"$work/try.key" || exit 0
	cp "$path" "$work/try/etc/crashbox/ssh/key.$1"
	cp "$work/known_hosts" "$work/try/etc/crashbox/ssh/known_hosts"
)
