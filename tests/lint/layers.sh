#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The direction of includes: base <- iface <- {stages} <- dump <- {run, host} <- applets;
# stages never include each other, nor do run and host.
set -eu
# shellcheck source=tests/lint/lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2046 # paths without blanks
awk -v stages=' base iface conf dev net vmcore filter codec format sink dump run host ' '
	function may(dir, of) {
		if (dir == of || of == "base")
			return 1
		if (dir == "base")
			return 0
		if (of == "iface")
			return 1
		if (dir == "applets")
			return 1
		if (dir == "dump")
			return of != "run" && of != "host"
		return (dir == "run" && of != "host") || (dir == "host" && of != "run")
	}
	FNR == 1 {
		n = split(FILENAME, part, "/")
		dir = part[1] == "applets" ? "applets" : part[2]
		if (dir != "applets" && index(stages, " " dir " ") == 0)
			print FILENAME ":1: src/" dir " is not a directory of the architecture (docs/design.md)"
	}
	/^[ \t]*# *include[ \t]*"/ {
		split($0, q, "\"")
		if (q[2] == "version.h" || (q[2] == "applet.h" && dir == "applets"))
			next
		if (q[2] !~ /^[a-z]+\/[a-z0-9_]+\.h$/) {
			print FILENAME ":" FNR ": include \"" q[2] "\" is not written relative to src/"
			next
		}
		split(q[2], p, "/")
		if (dir == "applets" && (part[2] == p[1] || part[2] == p[1] ".c"))
			next # an applet and the directory of its name
		if (p[1] == "applets" || !may(dir, p[1]))
			print FILENAME ":" FNR ": " dir " must not include " q[2]
	}
' $(files '^(src|applets)/.*\.[ch]$') >>"$found"

# iface holds types: no code
# shellcheck disable=SC2046
files '^src/iface/' | grep -v '\.h$' | sed 's/$/:1: src\/iface holds types only/' >>"$found" || :
verdict
