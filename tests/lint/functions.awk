# SPDX-License-Identifier: GPL-2.0-or-later
# Reads what strip.awk prints; a line for each function: FILE LINE NAME LINES NESTING ARGUMENTS.
# The brace that opens a function stands alone in the first column, and so does the one that closes it.
# A control statement that is indented by N tabs is nested N deep.

function arguments(text,    depth, i, c, count, inner)
{
	count = 1
	inner = ""
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == "(")
			depth++
		else if (c == ")" && --depth == 0)
			break
		else if (c == "," && depth == 1)
			count++
		if (depth >= 1 && c != "(")
			inner = inner c
	}
	gsub(/[ \t]/, "", inner)
	return inner == "" || inner == "void" ? 0 : count
}

function opens(    head, name)
{
	head = signature
	gsub(/__attribute__ *\(\([^)]*(\([^)]*\))?[^)]*\)\)/, "", head)
	if (!match(head, /[A-Za-z_][A-Za-z_0-9]* *\(/))
		return 0
	name = substr(head, RSTART, RLENGTH - 1)
	sub(/ *$/, "", name)
	fn = name
	args = arguments(substr(head, RSTART + RLENGTH - 1))
	start = line
	deepest = 0
	return 1
}

{
	match($0, /^[^:]*:[0-9]+:/)
	text = substr($0, RLENGTH + 1)
	split(substr($0, 1, RLENGTH), where, ":")
	if (where[1] != file) {
		file = where[1]
		inside = 0
		signature = ""
	}
	line = where[2]
}

inside && text == "}" {
	print file, start, fn, line - start - 1, deepest, args
	inside = 0
	signature = ""
	next
}

inside {
	match(text, /^\t*/)
	if (RLENGTH > deepest && substr(text, RLENGTH + 1) ~ /^(} )?(if|for|while|switch|do)( |$)/)
		deepest = RLENGTH
	next
}

text == "{" {
	inside = opens()
	next
}

text ~ /^#/ || text ~ /[;}] *$/ || text == "" {
	signature = ""
	next
}

{ signature = signature " " text }
