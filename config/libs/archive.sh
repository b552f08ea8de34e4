#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Reads the Debian archive this machine already trusts, for any release, without touching its apt.
# Promise: every byte handed out was named by an index whose signature was verified; the address,
# the keyring and the proxy are the ones of the machine's own apt configuration.
#
#   archive.sh [--state DIR] [--arch ARCH] COMMAND
#     deb RELEASE PACKAGE... -- DIR              download binary packages (not installed) into DIR
#     depends RELEASE PACKAGE                    names the package depends on, one a line
#     source RELEASE SOURCE                      lines "VERSION FILE SHA256", newest version first
#     source RELEASE SOURCE=VERSION FILE... -- DIR   download files of a source package into DIR
#     update RELEASE [deb|deb-src]               read the indexes again now
#
# The private apt state is DIR, else $CRASHBOX_APT_STATE, else $O/apt, else build/apt of the source tree,
# wherever the caller stands. Several callers may share it. Indexes are read again when they are older
# than 12 hours or a download fails.
# CRASHBOX_ARCHIVE=URI replaces the archive address (a machine that is not Debian);
# CRASHBOX_ARCHIVE_KEYRING=FILE names its keyring, CRASHBOX_ARCHIVE_SECURITY=URI the security archive.
# Exit status: 0, 1 (failed; a sentence on standard error), 2 (usage), 4 (some file is not in the archive,
# the others were downloaded).

set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
state=${CRASHBOX_APT_STATE:-${O:-$top/build}/apt}
arch=
MAX_AGE_MIN=720

die() {
	printf 'archive: %s\n' "$*" >&2
	exit 1
}

usage() {
	sed -n '/^#   archive\.sh/,/^#     update/s/^# \{0,1\}//p' "$0" >&2
	exit 2
}

# Prints the sources of the machine's apt as "KIND|URI|KEYRING LINE" with KIND main or security. Reads deb822
# stanzas (with an inline key folded by \001) and one-line lists; third-party archives do not match, since
# only suites named like a Debian release with the component main count.
machine_sources() {
	dirs=$(apt-config shell LIST Dir::Etc::sourcelist/f PARTS Dir::Etc::sourceparts/d)
	list=$(printf '%s\n' "$dirs" | sed -n "s/^LIST='\(.*\)'\$/\1/p")
	parts=$(printf '%s\n' "$dirs" | sed -n "s/^PARTS='\(.*\)'\$/\1/p")
	set --
	for f in "$list" "${parts%/}"/*.list; do
		[ -f "$f" ] && set -- "$@" "$f"
	done
	[ $# -eq 0 ] || sed -e 's/#.*//' "$@" | one_line_sources
	set --
	for f in "${parts%/}"/*.sources; do
		[ -f "$f" ] && set -- "$@" "$f"
	done
	for f in "$@"; do
		deb822_sources <"$f"
	done
}

# Which names are suites of Debian; shared by the readers of both formats.
SUITE_AWK='
function kind(s) {
	if (s ~ /(-security|\/updates)$/)
		return "security"
	if (s ~ /^(sid|(old|oldold)?stable|testing|unstable)$/)
		return "main"
	if (s ~ /^(bullseye|bookworm|trixie|forky|duke)$/)
		return "main"
	return ""
}
function offer(uri, suite, key) {
	if (kind(suite) != "" && uri != "")
		print kind(suite) "|" uri "|" key
}'

one_line_sources() {
	awk "$SUITE_AWK"'
	$1 == "deb" || $1 == "deb-src" {
		key = ""
		line = $0
		if (match(line, /\[[^]]*\]/)) {
			opts = substr(line, RSTART + 1, RLENGTH - 2)
			line = substr(line, 1, RSTART - 1) substr(line, RSTART + RLENGTH)
			if (match(opts, /signed-by=[^ ]+/))
				key = substr(opts, RSTART + 10, RLENGTH - 10)
		}
		n = split(line, w, " ")
		for (i = 4; i <= n; i++)
			if (w[i] == "main")
				offer(w[2], w[3], key)
	}'
}

deb822_sources() {
	awk "$SUITE_AWK"'
	function flush_stanza(	u, s, i, j) {
		if (v["enabled"] !~ /no/ && v["components"] ~ /(^| )main( |$)/) {
			split(v["uris"], u, " ")
			n = split(v["suites"], s, " ")
			for (i = 1; i <= n; i++)
				offer(u[1], s[i], v["signed-by"])
		}
		split("", v)
	}
	/^#/ { next }
	/^[ \t]*$/ { flush_stanza(); next }
	/^[ \t]/ { v[f] = v[f] (f == "signed-by" ? "\001" : "") $0; next }
	{
		f = tolower(substr($0, 1, index($0, ":") - 1))
		v[f] = substr($0, index($0, ":") + 1)
		sub(/^[ \t]+/, "", v[f])
	}
	END { flush_stanza() }'
}

# Prints the best "URI|KEYRING" of KIND $1: one signed by the distribution's own keyring first.
machine_archive() {
	machine_sources | awk -F'|' -v want="$1" '
	$1 == want {
		score = ($3 ~ /debian-archive-keyring/) ? 3 : ($2 ~ /\/debian(-security)?\/?$/) ? 2 : 1
		if (score > best) {
			best = score
			got = $2 "|" $3
		}
	}
	END { if (got != "") print got }'
}

# One deb822 stanza: URI $1, suite $2, keyring $3 (may be empty or an inline key), type $4.
stanza() {
	printf 'Types: %s\nURIs: %s\nSuites: %s\nComponents: main\n' "$4" "$1" "$2"
	[ -z "$3" ] || printf 'Signed-By: %s\n' "$3" | tr '\001' '\n'
	printf '\n'
}

write_sources() {
	release=$1
	type=$2
	main=${CRASHBOX_ARCHIVE:+$CRASHBOX_ARCHIVE|${CRASHBOX_ARCHIVE_KEYRING:-}}
	[ -n "$main" ] || main=$(machine_archive main)
	[ -n "$main" ] ||
		die "no Debian archive among the apt sources of this machine; name one in CRASHBOX_ARCHIVE"
	stanza "${main%%|*}" "$release" "${main#*|}" "$type"
	case $release in
	sid | unstable | experimental) return ;;
	esac
	sec=${CRASHBOX_ARCHIVE_SECURITY:+$CRASHBOX_ARCHIVE_SECURITY|${CRASHBOX_ARCHIVE_KEYRING:-}}
	[ -n "$sec" ] || [ -n "${CRASHBOX_ARCHIVE:-}" ] || sec=$(machine_archive security)
	[ -z "$sec" ] || stanza "${sec%%|*}" "$release-security" "${sec#*|}" "$type"
}

# apt with the private state $dir; everything else (proxy, certificates) comes from the machine.
private_apt() {
	tool=$1
	shift
	"$tool" -c "$dir/apt.conf" "$@"
}

# Prepares $dir, the state for RELEASE $1 and TYPE $2 (deb or deb-src), and its indexes.
# $3 = force reads the indexes again even when they are fresh.
open_state() {
	dir=$state/$1-$2${arch:+-$arch}
	mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" "$dir/parts" "$dir/prefs"
	dir=$(cd "$dir" && pwd)
	exec 9>"$dir/lock"
	flock 9
	write_sources "$1" "$2" >"$dir/new.sources"
	if ! cmp -s "$dir/new.sources" "$dir/parts/debian.sources"; then
		rm -f "$dir/stamp"
		cp "$dir/new.sources" "$dir/parts/debian.sources"
	fi
	rm -f "$dir/new.sources"
	[ -e "$dir/status" ] || : >"$dir/status"
	write_conf >"$dir/apt.conf.new"
	mv "$dir/apt.conf.new" "$dir/apt.conf"
	fresh=$(find "$dir/stamp" -mmin "-$MAX_AGE_MIN" 2>/dev/null || :)
	if [ -z "$fresh" ] || [ "${3:-}" = force ]; then
		rm -f "$dir/stamp"
		read_indexes "$1"
		# Fills the package cache once, while this process holds the lock.
		private_apt apt-cache gencaches >/dev/null
		: >"$dir/stamp"
	fi
	# Shared from here on: no other caller rewrites the indexes while this one reads them.
	flock -s 9
}

# apt-get update succeeds with a warning when only some index could not be read: that is a failure here.
read_indexes() {
	rc=0
	private_apt apt-get -q update >"$dir/update.log" 2>&1 || rc=$?
	if [ "$rc" -ne 0 ] || grep -q '^[EW]: .*\(fetch\|sign\)' "$dir/update.log"; then
		grep '^[EW]:' "$dir/update.log" >&2 || :
		die "the index of Debian $1 could not be read or verified"
	fi
}

# The hooks of the machine's apt configuration speak about its own state, so they are cleared; the machine's
# preferences could hold back a version of another release.
write_conf() {
	cat <<-CONF
	#clear APT::Update::Post-Invoke;
	#clear APT::Update::Post-Invoke-Success;
	#clear DPkg::Post-Invoke;
	Dir::State "$dir";
	Dir::State::lists "$dir/lists";
	Dir::State::status "$dir/status";
	Dir::Cache "$dir/cache";
	Dir::Cache::pkgcache "pkgcache.bin";
	Dir::Cache::srcpkgcache "srcpkgcache.bin";
	Dir::Etc::sourcelist "/dev/null";
	Dir::Etc::sourceparts "$dir/parts";
	Dir::Etc::preferences "/dev/null";
	Dir::Etc::preferencesparts "$dir/prefs";
	Acquire::Languages "none";
	Acquire::Retries "3";
	Acquire::AllowInsecureRepositories "false";
	APT::Get::AllowUnauthenticated "false";
	Debug::NoLocking "true";
	CONF
	[ "$(id -u)" -ne 0 ] || printf 'APT::Sandbox::User "root";\n'
	if [ -n "$arch" ]; then
		printf 'APT::Architecture "%s";\n' "$arch"
	fi
	printf '#clear APT::Architectures;\nAPT::Architectures { "%s"; };\n' "${arch:-$(dpkg --print-architecture)}"
}

# Splits "WORD... -- DIR": sets $words (separated by spaces; package names hold none) and $into.
split_into() {
	words=
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		words="$words $1"
		shift
	done
	if [ $# -ne 2 ] || [ -z "$words" ]; then
		usage
	fi
	mkdir -p "$2"
	into=$(cd "$2" && pwd)
}

cmd_deb() {
	release=$1
	shift
	split_into "$@"
	part=$into/.archive.$$
	mkdir "$part"
	trap 'rm -rf "$part"' EXIT
	open_state "$release" deb
	# shellcheck disable=SC2086 # package names hold no spaces
	if ! download_debs $words; then
		open_state "$release" deb force
		# shellcheck disable=SC2086
		download_debs $words || {
			grep -h '^E:' "$part/log" >&2 || :
			die "cannot download$words from Debian $release"
		}
	fi
	for f in "$part"/*.deb; do
		mv "$f" "$into/"
	done
}

download_debs() (
	cd "$part"
	private_apt apt-get -q download "$@" >log 2>&1
)

cmd_depends() {
	[ $# -eq 2 ] || usage
	open_state "$1" deb
	private_apt apt-cache show --no-all-versions "$2" >"$dir/show.$$" 2>&1 || {
		rm -f "$dir/show.$$"
		die "Debian $1 has no package $2"
	}
	sed -n 's/^Depends: //p' "$dir/show.$$" | tr ',' '\n' | sed 's/^ *//; s/[ (:|].*//' | sort -u
	rm -f "$dir/show.$$"
}

# Prints "VERSION FILE SHA256 DIRECTORY" for each file of every version of SOURCE $1 that the signed indexes of the
# release and its security suite name, newest version first (by Debian's own order).
index_files() {
	records=$(private_apt apt-cache showsrc --only-source "$1" 2>/dev/null | awk '
	function flush_record(	i) {
		for (i = 1; i <= n; i++)
			print version, file[i], sum[i], directory
		n = 0
	}
	/^$/ { flush_record() }
	{ field = (/^ / ? field : $1) }
	/^Version:/ { version = $2 }
	/^Directory:/ { directory = $2 }
	/^ / && field == "Checksums-Sha256:" { n++; file[n] = $3; sum[n] = $1 }
	END { flush_record() }')
	[ -n "$records" ] || return 1
	for v in $(printf '%s\n' "$records" | cut -d' ' -f1 | sort -u | newest_first); do
		printf '%s\n' "$records" | awk -v v="$v" '$1 == v'
	done
}

newest_first() {
	order=
	while read -r v; do
		before=''
		after=''
		for o in $order; do
			if dpkg --compare-versions "$o" gt "$v"; then
				before="$before $o"
			else
				after="$after $o"
			fi
		done
		order="$before $v $after"
	done
	# shellcheck disable=SC2086 # versions hold no spaces
	printf '%s\n' $order
}

cmd_source() {
	release=$1
	spec=$2
	open_state "$release" deb-src
	files=$dir/files.$$
	trap 'rm -f "$files" "$files.dirs" "$files.uris"' EXIT
	if [ $# -eq 2 ]; then
		index_files "$spec" >"$files" || die "Debian $release has no source package $spec"
		awk '!seen[$1, $2]++ { print $1, $2, $3 }' "$files"
		return
	fi
	shift 2
	split_into "$@"
	download_source "${spec%%=*}" "${spec#*=}"
}

# Downloads the files $words of SOURCE $1 VERSION $2 into $into. A file that the index names and the server does
# not have is no reason to lose the others.
download_source() {
	index_files "$1" >"$files" || :
	if ! cut -d' ' -f1 "$files" | grep -qxF -e "$2"; then
		open_state "$release" deb-src force
		index_files "$1" >"$files" || :
	fi
	missing=0
	for f in $words; do
		if ! download_listed "$f" "$2"; then
			printf 'archive: %s of %s %s is not in the archive\n' "$f" "$1" "$2" >&2
			missing=4
		fi
	done
	return "$missing"
}

# Downloads the file $1 of version $2. An archive may lack a file at one place and hold the same bytes at another (the
# release and its security suite share .orig files), so every place that an index names for this hash is tried.
download_listed() {
	sum=$(awk -v v="$2" -v f="$1" '$1 == v && $2 == f { print $3; exit }' "$files")
	[ -n "$sum" ] || return 1
	awk -v f="$1" -v s="$sum" '$2 == f && $3 == s { print $4 }' "$files" | sort -u >"$files.dirs"
	sed -n 's/^URIs: //p' "$dir/parts/debian.sources" >"$files.uris"
	while read -r d; do
		while read -r base; do
			download_file "${base%/}/$d/$1" "$into/$1" "$sum" </dev/null && return 0
		done <"$files.uris"
	done <"$files.dirs"
	return 1
}

# Downloads URI $1 as file $2 with SHA-256 $3 by apt's own methods. `+` and `~` are quoted as apt quotes them;
# its method "file" gives a path and no copy, so "copy" stands in.
download_file() {
	helper=$(apt-config shell BIN Dir::Bin::methods/d | sed -n "s/^BIN='\(.*\)'\$/\1/p")
	helper=${helper%/methods*}/apt-helper
	uri=$(printf '%s\n' "$1" | sed 's/^file:/copy:/; s/+/%2b/g; s/~/%7e/g')
	rc=0
	private_apt "$helper" -q download-file "$uri" "$2.part" "SHA256:$3" >"$2.log" 2>&1 || rc=$?
	if [ "$rc" -eq 0 ]; then
		mv "$2.part" "$2"
	elif ! grep -q '404\|not found' "$2.log"; then
		grep '^E:' "$2.log" >&2 || :
	fi
	rm -f "$2.part" "$2.part.FAILED" "$2.log"
	return "$rc"
}

while [ $# -gt 0 ]; do
	case $1 in
	--state) [ $# -ge 2 ] || usage; state=$2; shift 2 ;;
	--arch) [ $# -ge 2 ] || usage; arch=$2; shift 2 ;;
	*) break ;;
	esac
done
[ $# -ge 2 ] || usage
command=$1
shift
case $command in
deb) cmd_deb "$@" ;;
depends) cmd_depends "$@" ;;
source) [ $# -ge 2 ] || usage; cmd_source "$@" ;;
update) open_state "$1" "${2:-deb}" force ;;
*) usage ;;
esac
