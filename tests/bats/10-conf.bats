#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# kdump.conf: what `crashbox check` says, what `crashbox plan` makes of it, over real files.

bats_require_minimum_version 1.5.0

setup() {
	: "${CRASHBOX:?CRASHBOX names the binary under test}"
	CORPUS=${CRASHBOX_CORPUS:-$BATS_TEST_DIRNAME/corpus}
	VERDICTS=$BATS_TEST_DIRNAME/10-conf.verdicts
	CONF=$BATS_TEST_TMPDIR/kdump.conf
}

# Writes its arguments as the lines of the configuration.
conf() {
	printf '%s\n' "$@" >"$CONF"
}

# The last run said exactly this about line $1.
said() {
	grep -qxF "$CONF:$1: $2" <<<"$output" || {
		echo "expected: $CONF:$1: $2"
		echo "said: $output"
		return 1
	}
}

need_corpus() {
	[ -f "$CORPUS/INDEX.md" ] || {
		echo "no corpus of kdump.conf files at $CORPUS; set CRASHBOX_CORPUS to its directory"
		return 1
	}
}

# A verdict from the last line of `crashbox check`: "VERDICT REFUSED WARNINGS".
verdict() {
	grep -v ': a capture would do the same: ' | sed -n '$ { s/.*: fine$/fine 0 0/p
		s/.*: \([0-9]*\) lines\{0,1\} refused$/refused \1 0/p
		s/.*: \([0-9]*\) warnings\{0,1\}$/warn 0 \1/p
		s/.*: \([0-9]*\) lines\{0,1\} refused, \([0-9]*\) warnings\{0,1\}$/refused \1 \2/p; }'
}

@test "what is not seen is named, with the word that was meant" {
	printf 'path /a\n\357\273\277core_collector makedumpfile -l\n' >"$CONF"
	run -1 "$CRASHBOX" check "$CONF"
	[[ "$output" == *"$CONF:2: "*"U+FEFF (byte order mark) before 'core_collector': remove it"* ]]
	printf 'KDUMP_SAVEDIR=/a\n\342\200\213KDUMP_DUMPLEVEL=1\n' >"$CONF"
	run -1 "$CRASHBOX" check --from auto "$CONF"
	[[ "$output" == *"$CONF:2: "*"KDUMP_DUMPLEVEL: U+200B (zero-width space) before the name: remove it"* ]]
}

@test "every corpus file gets the verdict of the table" {
	need_corpus
	wrong=0
	while IFS=$'\t' read -r name ours refused warned _; do
		case $name in '#'*) continue ;; esac
		status=0
		said=$("$CRASHBOX" check "$CORPUS/$name.conf" 2>&1) || status=$?
		got=$(verdict <<<"$said")
		want_status=0
		[ "$ours" = refused ] && want_status=1
		if [ "$got" != "$ours $refused $warned" ] || [ "$status" -ne "$want_status" ]; then
			echo "$name: expected $ours $refused $warned, got $got, exit $status"
			wrong=1
		fi
	done <"$VERDICTS"
	[ "$wrong" -eq 0 ]
}

@test "the table has a row for every corpus file and no other" {
	need_corpus
	diff <(sed -n '/^#/d; s/\t.*//p' "$VERDICTS" | sort) \
		<(cd "$CORPUS" && printf '%s\n' *.conf | sed 's/\.conf$//' | sort)
}

@test "the table names Fedora's verdict as the index has it, and a reason where ours differs" {
	need_corpus
	wrong=0
	while IFS=$'\t' read -r name ours _ _ fedora reason; do
		case $name in '#'*) continue ;; esac
		grep -q "^| $name |.*| $fedora | [^|]* |\$" "$CORPUS/INDEX.md" || { echo "$name: not $fedora"; wrong=1; }
		same=no
		case $ours/$fedora in refused/no:* | fine/ok | warn/ok) same=yes ;; esac
		case $same/$reason in
		yes/- | no/?[!-]*) ;;
		*) echo "$name: reason '$reason'"; wrong=1 ;;
		esac
	done <"$VERDICTS"
	[ "$wrong" -eq 0 ]
}

@test "exit codes: 0 fine, 0 with warnings, 1 refused, 1 unreadable, 2 usage" {
	conf 'path /var/crash'
	run "$CRASHBOX" check "$CONF"
	[ "$status" -eq 0 ]
	[ "$output" = "$CONF: fine" ]
	conf 'default halt'
	run "$CRASHBOX" check "$CONF"
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "$CONF: 1 warning" ]
	conf 'pth /var/crash' 'default halt'
	run "$CRASHBOX" check "$CONF"
	[ "$status" -eq 1 ]
	said 1 "unknown directive 'pth': did you mean 'path'?"
	[ "${lines[-1]}" = "$CONF: 1 line refused, 1 warning" ]
	run "$CRASHBOX" check "$BATS_TEST_TMPDIR/absent"
	[ "$status" -eq 1 ]
	[[ $output == *"$BATS_TEST_TMPDIR/absent: No such file or directory" ]]
	run "$CRASHBOX" check --no-such
	[ "$status" -eq 2 ]
	[[ $output == "Usage: crashbox check"* ]]
}

@test "check -q says nothing, - reads standard input" {
	conf 'nonsense'
	run "$CRASHBOX" check -q "$CONF"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	run "$CRASHBOX" check - <"$CONF"
	[ "$status" -eq 1 ]
	[[ $output == "standard input:1: unknown directive 'nonsense'"* ]]
}

@test "check --capture names what is not built in" {
	conf 'raw /dev/vda5' 'core_collector makedumpfile -F -p -d 31'
	run "$CRASHBOX" check --capture "$CONF"
	[ "$status" -eq 0 ]
	[[ $output != *"not built in: target raw"* ]]
	[[ $output == *"not built in: snappy compression; the capture takes LZO in its place"* ]]
	conf 'ext4 /dev/vda1' 'core_collector cp'
	run "$CRASHBOX" check --capture "$CONF"
	[ "$output" = "$CONF: fine" ]
}

@test "check --directives lists every directive with its releases" {
	run "$CRASHBOX" check --directives
	[ "$status" -eq 0 ]
	for d in raw ext4 xfs nfs ssh net path core_collector default failure_action final_action kdump_pre \
		kdump_post kdump_emergency link_delay disk_timeout options blacklist debug_mem_level; do
		grep -q "^$d  *[5-9F]" <<<"$output"
	done
}

@test "plan --list gives the facts that the image builder reads" {
	conf 'ext4 UUID=1-2' 'dracut_args --mount "/dev/vdb /mnt xfs rw,noatime"' 'ssh u@h' 'path crash//x/' \
		'kdump_pre /bin/pre' 'extra_bins /bin/a /bin/b' 'extra_modules m1 m2' 'blacklist bad' \
		'options mod a=1 b=2' 'failure_action shell' 'core_collector cp --sparse=always' \
		'fence_kdump_nodes n1 n2' 'fence_kdump_args -p 7410'
	run "$CRASHBOX" plan --list -c "$CONF"
	[ "$status" -eq 0 ]
	diff - <(printf '%s\n' "$output") <<-EOF
	target	1	fs	ext4	UUID=1-2	-
	target	2	fs	xfs	/dev/vdb	rw,noatime
	target	3	ssh	-	u@h	-
	path	/crash/x	1
	collector	copy	cp	cp --sparse=always
	sshkey	/root/.ssh/kdump_id_rsa
	failure_action	shell
	final_action	reboot
	kdump_pre	/bin/pre
	extra_bin	/bin/a
	extra_bin	/bin/b
	extra_module	m1
	extra_module	m2
	blacklist	bad
	option	mod	a=1 b=2
	dracut_args	--mount "/dev/vdb /mnt xfs rw,noatime"
	fence_kdump_args	-p 7410
	fence_kdump_nodes	n1 n2
	force_rebuild	0
	force_no_rebuild	0
	auto_reset_crashkernel	1
	EOF
}

@test "plan shows targets in order with the steps of the recipe" {
	conf 'ext4 UUID=1-2' 'failure_action dump_to_rootfs'
	printf '%s\n' 'crashbox-recipe 1' 'kernel 6.1.0' 'mode host' 'module virtio_pci' 'target 1' \
		'module virtio_blk' 'device UUID=1-2' 'mount ext4 rw' 'path /sub' 'rootfs' 'teleport x' >"$CONF.recipe"
	run "$CRASHBOX" plan -c "$CONF" -r "$CONF.recipe"
	[ "$status" -eq 0 ]
	order=$(grep -nE 'virtio_pci|ext4 UUID=1-2|virtio_blk|wait for|mount as|save below|root file system|NOT KNOWN' \
		<<<"$output" | cut -d: -f2- | sed 's/^ *//; s/  */ /g')
	diff - <(printf '%s\n' "$order") <<-EOF
	load module virtio_pci
	1 ext4 UUID=1-2 (line 1)
	load module virtio_blk
	wait for UUID=1-2
	mount as ext4 rw
	save below /sub
	then the root file system
	NOT KNOWN: teleport x
	EOF
}

@test "plan refuses a recipe of another version, a missing file and unknown arguments" {
	conf 'path /var/crash'
	echo 'crashbox-recipe 2' >"$CONF.recipe"
	run "$CRASHBOX" plan -c "$CONF" -r "$CONF.recipe"
	[ "$status" -eq 1 ]
	[[ $output == "crashbox plan: recipe of version 2, this program reads version 1: build the image with the"* ]]
	run "$CRASHBOX" plan -c "$CONF" -r "$CONF.absent"
	[ "$status" -eq 1 ]
	[[ $output == *"No such file or directory" ]]
	run "$CRASHBOX" plan --frob
	[ "$status" -eq 2 ]
}

@test "plan takes what is left of a damaged configuration and says so" {
	# noise, the same each time
	LC_ALL=C awk 'BEGIN { s = 7; while (i++ < 20000) { s = s * 16807 % 2147483647; printf "%c", int(s / 256) % 256 } }' >"$CONF"
	printf '\npath /srv/crash\n' >>"$CONF"
	run "$CRASHBOX" plan -c "$CONF"
	[ "$status" -eq 0 ]
	[[ $output == *"refused, 'crashbox check' says why"* ]]
	[[ $output == *"Directory        /srv/crash"* ]]
}

@test "the sample configuration is fine, and so is every example in it" {
	sample=$BATS_TEST_DIRNAME/../../config/kdump.conf
	run "$CRASHBOX" check "$sample"
	[ "$status" -eq 0 ]
	[ "$output" = "$sample: fine" ]
	# It asks for the built-in collector, whose files all readers open.
	: >"$CONF"
	diff <("$CRASHBOX" plan -c "$sample" | grep -A1 ^Collector) <("$CRASHBOX" plan -c "$CONF" | grep -A1 ^Collector)
	# An example is a comment line that starts with "#" and a directive, without a blank between.
	n=0
	while read -r line; do
		printf '%s\n' "$line" >"$CONF"
		run "$CRASHBOX" check "$CONF"
		[ "$status" -eq 0 ] || { echo "$line: $output"; return 1; }
		n=$((n + 1))
	done < <(sed -n 's/^#\([a-z]\)/\1/p' "$sample")
	[ "$n" -ge 15 ]
}
