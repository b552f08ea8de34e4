# bash completion for crashbox(8), kdumpctl(8) and kdump-config(8)
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# The applets and their options are asked of the program itself.

_crashbox_options() {
	"$1" "$2" --help 2>/dev/null | grep -oE -- '(^|[[:space:][|])-{1,2}[A-Za-z][A-Za-z-]*' | grep -oE -- '-{1,2}[A-Za-z-]+' |
		sort -u
}

_crashbox() {
	local word=${COMP_WORDS[COMP_CWORD]} program=${COMP_WORDS[0]} applet=${COMP_WORDS[1]-}
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$("$program" --list 2>/dev/null) --help --list --version" -- "$word")
	elif [[ $applet == kdumpctl && $COMP_CWORD -eq 2 ]]; then
		_crashbox_commands
	elif [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_crashbox_options "$program" "$applet")" -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}

_crashbox_commands() {
	local commands="start stop restart reload status rebuild propagate estimate showmem get-default-crashkernel \
reset-crashkernel setup-crypttab test rehearse list"
	mapfile -t COMPREPLY < <(compgen -W "$commands" -- "${COMP_WORDS[COMP_CWORD]}")
}

_kdumpctl() {
	COMPREPLY=()
	[ "$COMP_CWORD" -ne 1 ] || _crashbox_commands
}

_kdump_config() {
	local commands="help test show status load unload reload condreload savecore propagate symlinks"
	COMPREPLY=()
	[ "$COMP_CWORD" -ne 1 ] ||
		mapfile -t COMPREPLY < <(compgen -W "$commands" -- "${COMP_WORDS[COMP_CWORD]}")
}

complete -F _kdump_config kdump-config
complete -o filenames -F _crashbox crashbox
complete -F _kdumpctl kdumpctl
