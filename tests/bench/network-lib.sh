# SPDX-License-Identifier: GPL-2.0-or-later
# tests/bench: what the measurements with servers share. Sourced; W is the directory of the run.
# shellcheck shell=sh disable=SC2154

# note NAME COMMAND...: runs it, appends its "WALL CPU PEAK STATUS" to W/NAME.runs when it succeeded
note() {
	name=$1
	shift
	"$@" >"$W/out" 2>"$W/err" || :
	line=$(tail -n 1 "$W/out")
	case $line in
	*' 0') echo "$line" >>"$W/$name.runs" ;;
	*) echo "bench: $name failed: $line $(tail -n 2 "$W/err")" >&2 ;;
	esac
}

# least NAME FIELD: of its runs; 1 is wall, 2 is CPU seconds
least() {
	[ ! -s "$W/$1.runs" ] || awk -v f="$2" 'NR == 1 || $f < min { min = $f } END { print min }' "$W/$1.runs"
}

# pair TEXT OURS THEIRS BAR-WALL BAR-CPU: one row; ratios are theirs by ours for wall, ours by theirs for CPU
pair() {
	awk -v text="$1" -v a="$(least "$2" 1)" -v b="$(least "$3" 1)" -v c="$(least "$2" 2)" -v d="$(least "$3" 2)" \
		-v wall="$4" -v cpu="$5" 'BEGIN {
		if (a == "" || b == "" || c <= 0 || d <= 0) {
			print "| " text " | failed | | | | | | | |"
			exit
		}
		printf "| %s | %.2f | %.2f | %.2f | %s | %.2f | %.2f | %.2f | %s |\n", \
			text, a, b, b / a, wall, c, d, c / d, cpu
	}'
}
