#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Prints the C table of the applets named as arguments (file names without .c, sorted).
set -eu

printf '#include "applet.h"\n\n#include <stddef.h>\n\n'
for a in "$@"; do
	printf 'extern const struct applet applet_%s;\n' "$a"
done
printf '\nconst struct applet *const applet_table[] = {\n'
for a in "$@"; do
	printf '\t&applet_%s,\n' "$a"
done
printf '\tNULL,\n};\n'
