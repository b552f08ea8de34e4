# SPDX-License-Identifier: GPL-2.0-or-later
#
# Rewrites OpenSSL's table of object identifiers (crypto/objects/obj_dat.h): what no source file names goes, and the
# table that had a place for every number becomes a short one behind an index. Numbers stay as they are; obj_dat.c then
# reads kept_objs[nid_index[n]] where it read nid_objs[n].
# Usage: awk -f openssl-objects.awk NAMES obj_dat.h; NAMES has one name a line, without NID_ or the like.

FNR == NR {
	named[$1] = 1
	next
}

# A row of the table, `{"short", "long", NID_name, …},`; rows of numbers that were never given out begin with NULL.
/nid_objs\[NUM_NID\]/ {
	table = 1
	print "static const ASN1_OBJECT kept_objs[] = {"
	print "    { \"UNDEF\", \"undefined\", NID_undef },"
	next
}

table && /^};/ {
	print
	print "static const unsigned short nid_index[NUM_NID] = {"
	for (i = 0; i < rows; i++)
		print "    " at[i] + 0 ","
	print "};"
	table = 0
	next
}

table && /\{/ {
	name = match($0, /NID_[A-Za-z0-9_]+/) ? substr($0, RSTART + 4, RLENGTH - 4) : "undef"
	if (name != "undef" && (name in named || name ~ /^(aes_|sha|hmac)/)) {
		print
		at[rows] = ++kept
	}
	rows++
	next
}

# The sorted lists of numbers: those that are left, with their count.
/^#define NUM_(SN|LN|OBJ)/ { next }

/_objs\[NUM_(SN|LN|OBJ)\]/ {
	list = 1
	sub(/NUM_(SN|LN|OBJ)/, "")
	match($0, /[a-z]+_objs/)
	which = substr($0, RSTART, RLENGTH - 5)
	print
	next
}

list && /^};/ {
	print
	printf "#define NUM_%s (sizeof(%s_objs) / sizeof(%s_objs[0]))\n", toupper(which), which, which
	list = 0
	next
}

list {
	n = $1 + 0
	if (n && !at[n])
		next
}

{ print }

END {
	if (rows < 1000 || kept < 200 || kept > rows / 2) {
		print "openssl-objects.awk: kept " kept " of " rows " rows; the table looks different" >"/dev/stderr"
		exit 1
	}
}
