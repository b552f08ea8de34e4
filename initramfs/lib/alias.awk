# SPDX-License-Identifier: GPL-2.0-or-later
# Gives the modules that answer to device aliases, with glob.awk.
# awk -v ask=FILE -f glob.awk -f alias.awk modules.alias: FILE holds one alias a line; names come out.

BEGIN {
	while ((getline line < ask) > 0)
		if (line != "")
			alias[++n] = line
	close(ask)
}

$1 == "alias" && NF >= 3 {
	name = $NF
	for (i = 1; i <= n; i++) {
		if (!glob_match($2, alias[i]))
			continue
		gsub(/-/, "_", name)
		if (!(name in seen))
			print name
		seen[name] = 1
	}
}
