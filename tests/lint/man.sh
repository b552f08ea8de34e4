#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# mandoc has nothing to say of the man pages.
set -eu
# shellcheck source=tests/lint/lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

# A page has no date of its own: it belongs to a version.
# shellcheck disable=SC2046 # paths without blanks
mandoc -Tlint -Wwarning $(files '^(docs|config)/.*\.[1-9]$') >"$O/lint/man.raw" 2>&1 || :
sed '/: WARNING: missing date/d; s/^mandoc: \([^:]*:[0-9]*\):[0-9]*: /\1: /' "$O/lint/man.raw" >>"$found"
verdict
