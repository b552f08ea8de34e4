#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# clang-format leaves every C file as it is.
set -eu
# shellcheck source=tests/lint/lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

# shellcheck disable=SC2046 # paths without blanks
clang-format --dry-run -Werror $(files '^(src|applets|tests|config)/.*\.[ch]$') 2>"$O/lint/format.raw" || :
sed -n 's/^\([^ :]*:[0-9]*\):[0-9]*: error: .*/\1: clang-format -i would change this/p' "$O/lint/format.raw" |
	sort -u >>"$found"
[ -s "$found" ] || [ ! -s "$O/lint/format.raw" ] || sed 's/^/.clang-format:1: /' "$O/lint/format.raw" >>"$found"
verdict
