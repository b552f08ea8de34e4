# SPDX-License-Identifier: GPL-2.0-or-later
# Requests for the modules of a tree that a pattern names, with glob.awk.
# awk -v groups=,A,B, -v patterns=FILE -f glob.awk -f generic.awk modules.dep: FILE has lines
# `GROUP PATTERN`, patterns over paths.

BEGIN {
	while ((getline line < patterns) > 0) {
		split(line, f, " ")
		if (f[1] ~ /^[a-z]/ && index(groups, "," f[1] ",") && f[2] != "")
			pattern[++n] = f[2] ".ko"
	}
}

{
	path = $1
	sub(/:$/, "", path)
	sub(/\.(gz|xz|zst)$/, "", path)
	for (i = 1; i <= n; i++)
		if (glob_match(pattern[i], path)) {
			print "?" module_name(path)
			break
		}
}
