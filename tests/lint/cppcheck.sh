#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# cppcheck of every C file.
set -eu
# shellcheck source=tests/lint/lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

mkdir -p "$O/lint/cppcheck"
# Headers of the system are not read, so what they initialise or declare is not judged.
# shellcheck disable=SC2046 # paths without blanks
cppcheck --quiet --error-exitcode=1 --std=c11 --language=c -j 2 --inline-suppr \
	--enable=warning,performance,portability --cppcheck-build-dir="$O/lint/cppcheck" \
	--suppress=legacyUninitvar --suppress=ctuuninitvar --suppress=missingIncludeSystem --suppress=missingInclude \
	-D_GNU_SOURCE -D__linux__ -D__x86_64__ -U__cplusplus -Isrc -Iapplets -Itests/unit -I"$O/gen" \
	--template='{file}:{line}: {message} ({id})' \
	$(files '^(src|applets|tests)/.*\.c$') 2>"$O/lint/cppcheck.raw" || :
grep -E '^[^ ]+:[0-9]+: ' "$O/lint/cppcheck.raw" >>"$found" || :
verdict
