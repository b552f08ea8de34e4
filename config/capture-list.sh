#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints config/capture-cmdline as a C string, without comments: what src/host/capture_line.h calls the list.
set -eu

printf '\nconst char capture_list[] =\n'
sed -e 's/[[:space:]]*#.*//' -e '/^$/d' -e 's/[[:space:]]\{1,\}/ /g' -e 's/.*/\t"&\\n"/' \
	"$(dirname "$0")/capture-cmdline"
printf '\t;\n'
