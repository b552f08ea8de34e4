# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# kdump.conf, through the eyes of the binary: `crashbox check` judges it, `crashbox plan --list`
# gives facts, one a line, fields separated by TAB. Needs: $crashbox, $conf, $work.

conf_load() {
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
