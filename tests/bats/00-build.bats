#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The build and the multi-call binary: subsets, features, another directory, names, help, exit codes.
# shellcheck disable=SC2154 # stderr is set by `run --separate-stderr`
bats_require_minimum_version 1.5.0

# A second build, from scratch but for the libraries: two applets, local targets only, a directory of its own.
setup_file() {
	export ROOT="$BATS_TEST_DIRNAME/../.." SUB="$BATS_FILE_TMPDIR/elsewhere/o"
	export CRASHBOX="${CRASHBOX:-$ROOT/build/crashbox}"
	local from="${O:-$ROOT/build}/libs"
	unset O
	mkdir -p "$SUB/libs"
	ln -s "$(readlink -f "$from/prefix")" "$SUB/libs/prefix"
	ln -s "$(readlink -f "$from/kheaders")" "$SUB/libs/kheaders"
	touch "$SUB/libs/ready-local" "$SUB/libs/ready-all"
	# shellcheck disable=SC2119
	sub_make >"$BATS_FILE_TMPDIR/log" 2>&1 || {
		cat "$BATS_FILE_TMPDIR/log"
		return 1
	}
}

# shellcheck disable=SC2120 # run passes arguments
# The call an outer make leaves nothing to: no job server, no variables of its command line.
sub_make() {
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make --no-print-directory -C "$ROOT" -j 2 O="$SUB" \
		APPLETS="check vmcore_dmesg" WITH_NET=0 "$@"
}

@test "a subset of applets is a binary of its own, in the directory O names" {
	[ -x "$SUB/crashbox" ]
	run -0 "$SUB/crashbox" --list
	[ "$output" = "check
vmcore-dmesg" ]
	[ "$(wc -c <"$SUB/crashbox")" -lt "$(wc -c <"$CRASHBOX")" ]
	run -2 "$SUB/crashbox" cpio
	[[ $output == "crashbox: no applet cpio"* ]]
}

@test "a second make has nothing to do" {
	run -0 sub_make
	[[ $output != *"  cc "* ]]
	[[ $output != *"  link "* ]]
	[[ $output != *"  built "* ]]
}

@test "a changed list of applets relinks and compiles what is new only" {
	run -0 sub_make APPLETS="check"
	[[ $output == *"  link "* ]]
	[[ $output != *"  cc       src/"* ]]
	[ "$("$SUB/crashbox" --list)" = check ]
	run -0 sub_make
	[ "$("$SUB/crashbox" --list | wc -l)" -eq 2 ]
}

@test "network libraries are linked by a build with networking only" {
	run -0 sub_make -n -B
	[[ $output == *"-lblkid"* ]]
	[[ $output != *"-lcurl"* ]]
	[[ $output != *"-lssh2"* ]]
	[[ $output != *"-lnfs"* ]]
	run -0 sub_make -n -B WITH_NET=1
	[[ $output == *"-lssh2"*"-lnfs"*"-lcurl"*"-lcrypto"* ]]
	run nm "$SUB/crashbox.debug"
	[[ $output != *" curl_easy_init"* ]]
	[[ $output != *" SSL_new"* ]]
	[[ $output != *" nfs_init_context"* ]]
	[[ $output != *" libssh2_session"* ]]
}

@test "the binary is static, stripped, and its stack cannot be executed" {
	run -0 readelf -lSW "$CRASHBOX"
	[[ $output != *INTERP* ]]
	[[ $output != *" .symtab"* ]]
	[[ $output != *" .debug_info"* ]]
	[[ $output =~ GNU_STACK\ +0x0+\ 0x0+\ 0x0+\ 0x0+\ 0x[0-9a-f]+\ RW\  ]]
}

@test "the binary works without any file beside it" {
	mkdir "$BATS_TEST_TMPDIR/root"
	cp "$CRASHBOX" "$BATS_TEST_TMPDIR/root/crashbox"
	run -0 chroot "$BATS_TEST_TMPDIR/root" /crashbox --version
	[[ $output == "crashbox "[0-9]* ]]
}

@test "make says what it can do" {
	run -0 sub_make help
	for target in demo test test-full test-crash unit bats vm fuzz lint size bench libs pins setup clean; do
		[[ $output == *"make $target "* ]]
	done
}

@test "an applet is called by the name of a link" {
	for applet in $("$CRASHBOX" --list); do
		ln -s "$CRASHBOX" "$BATS_TEST_TMPDIR/$applet"
		run -0 "$BATS_TEST_TMPDIR/$applet" --help
		[[ ${lines[0]} == "Usage: crashbox $applet"* ]]
	done
	printf 'ext4 /dev/vda\n' >"$BATS_TEST_TMPDIR/conf"
	run -0 "$BATS_TEST_TMPDIR/check" -q "$BATS_TEST_TMPDIR/conf"
}

@test "the list is sorted, and every file of applets/ is on it" {
	run -0 "$CRASHBOX" --list
	[ "$output" = "$(sort <<<"$output")" ]
	for file in "$ROOT"/applets/*.c; do
		name=$(basename "$file" .c)
		[ "$name" = main ] || [[ $'\n'$output$'\n' == *$'\n'"${name//_/-}"$'\n'* ]]
	done
	[ "$(wc -l <<<"$output")" -eq "$(($(printf '%s\n' "$ROOT"/applets/*.c | wc -l) - 1))" ]
}

@test "every applet has help: usage, one line of what it does, every option of the usage" {
	for applet in $("$CRASHBOX" --list); do
		run --separate-stderr -0 "$CRASHBOX" "$applet" --help
		[ -z "$stderr" ]
		[[ ${lines[0]} == "Usage: crashbox $applet"* ]]
		[ "${#lines[1]}" -gt 10 ]
		body=$(tail -n +2 <<<"$output")
		for option in $(tr -d '[]|' <<<"${lines[0]}"); do
			[[ $option == -* ]] || continue
			grep -qE -- "(^|[ ,])$option([ ,=]|\$)" <<<"$body" || {
				echo "$applet --help does not explain $option"
				return 1
			}
		done
	done
}

@test "an option that does not exist is a usage error of every applet" {
	for applet in $("$CRASHBOX" --list); do
		run --separate-stderr "$CRASHBOX" "$applet" --no-such-option </dev/null
		usage=2
		[ "$applet" != makedumpfile ] || usage=1 # callers know that of makedumpfile
		[ "$status" -eq "$usage" ] || {
			echo "$applet --no-such-option: exit $status"
			return 1
		}
		[ -z "$output" ]
		[[ $stderr == *"Usage: crashbox $applet"* ]] || {
			echo "$applet --no-such-option says: $stderr"
			return 1
		}
	done
}

@test "an applet that does not exist: what was meant, exit 2" {
	run -2 "$CRASHBOX" chekc
	[ "$output" = "crashbox: no applet chekc, did you mean check?" ]
	run -2 "$CRASHBOX" vmcore-dmseg
	[ "$output" = "crashbox: no applet vmcore-dmseg, did you mean vmcore-dmesg?" ]
	run -2 "$CRASHBOX" something-else
	[ "$output" = "crashbox: no applet something-else; crashbox --list names them" ]
	run -2 "$CRASHBOX" "$(head -c 5000 /dev/zero | tr '\0' x)"
	[[ $output == "crashbox: no applet xxx"* ]]
}

@test "without arguments: an overview on standard error and exit 2; --help gives it as an answer" {
	run --separate-stderr -2 "$CRASHBOX"
	[ -z "$output" ]
	overview=$stderr
	run --separate-stderr -0 "$CRASHBOX" --help
	[ -z "$stderr" ]
	[ "$output" = "$overview" ]
	for applet in $("$CRASHBOX" --list); do
		[[ $output == *$'\n'"  $applet "* ]]
	done
}

@test "what is missing is said before anything is compiled, with several jobs too" {
	mkdir -p "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\nexit 1\n' >"$BATS_TEST_TMPDIR/bin/dpkg-query"
	chmod +x "$BATS_TEST_TMPDIR/bin/dpkg-query"
	cd "$BATS_TEST_DIRNAME/../.."
	run env PATH="$BATS_TEST_TMPDIR/bin:$PATH" make --no-print-directory -j2 O="$BATS_TEST_TMPDIR/out"
	[ "$status" -ne 0 ]
	[[ "$output" == *"need.sh: missing packages, install them as root: apt-get install "* ]]
	[[ "$output" != *"  cc  "* ]]
}
