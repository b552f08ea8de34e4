#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Scripts: shellcheck of every sh, bash and bats file, and no eval.
set -eu
# shellcheck source=tests/lint/lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

{
	scripts sh
	scripts bash
	scripts bats
} | sort -u >"$O/lint/scripts"
[ "$(wc -l <"$O/lint/scripts")" -ge 20 ] || die "found only $(wc -l <"$O/lint/scripts") scripts"
xargs -P 2 -n 12 shellcheck -x -f gcc <"$O/lint/scripts" >"$O/lint/shellcheck" || :
sed 's/^\([^:]*:[0-9]*\):[0-9]*: [a-z]*: /\1: /' "$O/lint/shellcheck" >>"$found"
# The first command word of a line or after a separator.
xargs grep -nE '(^|[;&|({]|then|do)[[:space:]]*eva[l][[:space:]]' <"$O/lint/scripts" |
	sed 's/^\([^:]*:[0-9]*\):.*/\1: text that is run as code/' >>"$found" || :
verdict
