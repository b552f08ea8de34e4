# SPDX-License-Identifier: GPL-2.0-or-later
# Shell patterns and module names for the other awk programs here; no rules of its own.

# "kernel/fs/crc-t10dif.ko.xz" -> "crc_t10dif": the kernel treats '-' and '_' alike.
function module_name(path) {
	sub(/.*\//, "", path)
	sub(/\.ko(\.gz|\.xz|\.zst)?$/, "", path)
	gsub(/-/, "_", path)
	return path
}

# The characters before the first wildcard: a cheap test before the expression is compiled.
function glob_prefix(g) {
	return match(g, /[*?[]/) ? substr(g, 1, RSTART - 1) : g
}

function glob_regex(g,    i, c, re) {
	re = "^"
	for (i = 1; i <= length(g); i++) {
		c = substr(g, i, 1)
		if (c == "*")
			re = re ".*"
		else if (c == "?")
			re = re "."
		else if (index(".+(){}|^$\\", c))
			re = re "\\" c
		else
			re = re c
	}
	return re "$"
}

function glob_match(g, s,    p) {
	p = glob_prefix(g)
	if (substr(s, 1, length(p)) != p)
		return 0
	return p == g ? s == g : s ~ glob_regex(g)
}
