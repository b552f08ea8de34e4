# SPDX-License-Identifier: GPL-2.0-or-later
# Puts modules and all they need into load order, with glob.awk.
# awk -v tree=DIR -v want=FILE -v drop=FILE -f glob.awk -f closure.awk: DIR is lib/modules/VERSION.
# FILE `want` has one request a line: `NAME`, `?NAME` (may be missing), `A|B|C` (the first there is).
# FILE `params` has lines `NAME TEXT`: these modules are listed even when only others need them.
# `drop` has modules that must not be loaded. Out, in load order, fields separated by a blank:
#   load NAME PATH   asked for, or wanted softly by another one
#   dep NAME PATH    needed by one of these
#   builtin NAME     part of the kernel
#   missing NAME     nowhere

function read_tree(    line, f, n, i, name) {
	while ((getline line < (tree "/modules.dep")) > 0) {
		n = split(line, f, /[: ]+/)
		name = module_name(f[1])
		path[name] = f[1]
		for (i = n; i > 1; i--)
			if (f[i] != "")
				deps[name] = deps[name] " " module_name(f[i])
	}
	while ((getline line < (tree "/modules.builtin")) > 0)
		builtin[module_name(line)] = 1
	while ((getline line < (tree "/modules.softdep")) > 0) {
		n = split(line, f, /[ \t]+/)
		when = ""
		for (i = 3; f[1] == "softdep" && i <= n; i++) {
			if (f[i] == "pre:" || f[i] == "post:")
				when = f[i]
			else if (f[i] != "")
				soft[module_name(f[2]), when] = soft[module_name(f[2]), when] " " f[i]
		}
	}
	while ((getline line < (tree "/modules.alias")) > 0) {
		split(line, f, " ")
		if (f[1] == "alias" && f[2] !~ /:/)
			named[++nnamed] = f[2] " " module_name(f[3])
	}
}

# Names by which modules ask for each other: "crc32c", "fs-ext3"; device aliases hold a colon.
function by_alias(name,    i, f, out) {
	for (i = 1; i <= nnamed; i++) {
		split(named[i], f, " ")
		if (f[1] == name && !((" " out " ") ~ (" " f[2] " ")))
			out = out " " f[2]
	}
	return out
}

function visit(name, how,    f, n, i) {
	if (done[name] || dropped[name])
		return
	done[name] = 1
	soften(soft[name, "pre:"])
	n = split(deps[name], f, " ")
	for (i = 1; i <= n; i++)
		visit(f[i], "dep")
	print (how == "load" || (name in param) ? "load" : "dep"), name, path[name]
	soften(soft[name, "post:"])
}

function soften(list,    f, n, i) {
	n = split(list, f, " ")
	for (i = 1; i <= n; i++)
		find(f[i])
}

# True when NAME is known under some name; what it stands for is visited.
function find(name,    plain, f, n, i) {
	plain = module_name(name)
	if (dropped[plain])
		return 1
	if (plain in path) {
		visit(plain, "load")
		return 1
	}
	if (plain in builtin) {
		if (!done[plain]++)
			print "builtin", plain
		return 1
	}
	n = split(by_alias(name), f, " ")
	for (i = 1; i <= n; i++)
		if (f[i] in path)
			visit(f[i], "load")
	return n > 0
}

BEGIN {
	read_tree()
	while ((getline line < drop) > 0)
		dropped[module_name(line)] = 1
	while ((getline line < params) > 0) {
		split(line, f, " ")
		param[module_name(f[1])] = 1
	}
	while ((getline line < want) > 0) {
		maybe = sub(/^\?/, "", line)
		n = split(line, choice, "|")
		for (i = 1; i <= n; i++)
			if (find(choice[i]))
				break
		if (i > n && !maybe && line != "")
			print "missing", choice[1]
	}
}
