# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# kdump.conf, through the eyes of the binary: `crashbox check` judges it, `crashbox plan --list`
# gives facts, one a line, fields separated by TAB. Needs: $crashbox, $conf, $work, $SYSROOT.

# Without /etc/kdump.conf: what the file of another distribution amounts to.
conf_find() {
	[ "$conf" = /etc/kdump.conf ] || return 0
	conf=$SYSROOT$conf
	[ ! -e "$conf" ] || return 0
	for file in "$SYSROOT/etc/sysconfig/kdump" "$SYSROOT/etc/default/kdump-tools"; do
		[ ! -r "$file" ] || conf_convert "$file" || continue
		[ ! -s "$work/converted" ] || return 0
	done
}

# Fails when $1 says nothing of where dumps go, as Fedora's file does.
conf_convert() {
	if "$crashbox" check --from auto "$1" >"$work/converted" 2>"$work/check"; then
		note "no $conf: $1 is taken (crashbox check --from auto $1 shows what it amounts to)"
		conf=$work/converted
	else
		[ -s "$work/converted" ] || return 1
		cat "$work/check" >&2
		die "no $conf, and $1 cannot be carried over whole: write $conf"
	fi
}

conf_load() {
	conf_find
	[ -r "$conf" ] || die "$conf: cannot be read"
	"$crashbox" check --capture "$conf" >"$work/check" 2>&1 || {
		cat "$work/check" >&2
		die "$conf is refused: an error seen now is one less after a crash"
	}
	grep -v ': fine$' "$work/check" >&2 || :
	"$crashbox" plan --list -c "$conf" >"$work/facts" || die "$conf: crashbox plan failed"
}

# The values of every fact of one kind, a line each (the rest of the line behind the kind).
conf_all() {
	awk -F '\t' -v k="$1" '$1 == k { sub(/^[^\t]*\t/, ""); print }' "$work/facts"
}

# The first field of the last fact of one kind.
conf_one() {
	conf_all "$1" | awk -F '\t' '{ v = $1 } END { print v }'
}

# The rules for old dumps, in the words of /etc/sysconfig/kdump.
settings_list() {
	"$crashbox" retain --settings --root "$SYSROOT" >"$work/settings" ||
		die "the rules for old dumps cannot be read"
	file_line /etc/crashbox/settings 0600 "$work/settings"
}
