# SPDX-License-Identifier: GPL-2.0-or-later
# Cuts modules.alias or modules.softdep down to the modules in the image, with glob.awk.
# awk -v paths=FILE -f glob.awk -f table.awk TABLE: FILE lists the module files.

BEGIN {
	while ((getline line < paths) > 0)
		have[module_name(line)] = 1
}

$1 == "alias" && (module_name($NF) in have)
$1 == "softdep" && (module_name($2) in have)
