# SPDX-License-Identifier: GPL-2.0-or-later
# tests/vm: a line of faults/table as a scenario. Its path on every target is /srv/dump.
# shellcheck shell=sh disable=SC2034,SC2086,SC2154

# fault_row: sets F_FIRST … F_SAYS from the line of this scenario
fault_row()
{
	read -r F_FIRST F_THEN F_AT F_FAULT F_WHOLE F_SAYS <<-END
	$(awk -v name="${NAME#*-}" '$1 == name { $1 = ""; print }' "$VM/faults/table")
	END
	[ -n "$F_SAYS" ] || die "no line ${NAME#*-} in tests/vm/faults/table"
}

# fault_kind TARGET: the script of the server
fault_kind()
{
	case $1 in
	ssh*) echo sshd ;;
	nfs*) echo ganesha ;;
	esac
}

fault_conf()
{
	host=10.99.0.1
	[ "$F_FAULT" != nameless ] || host=nfs.example
	for target in "$F_FIRST" "$F_THEN"; do
		case $target in
		ssh*) echo 'ssh root@10.98.0.1' ;;
		nfs*) echo "nfs $host:/srv/dump" ;;
		disk) echo 'ext4 /dev/vda' ;;
		esac
	done
	echo 'path /srv/dump'
	echo 'core_collector makedumpfile -l --message-level 7 -d 31'
}

# fault_serve TARGET: its server, with the words behind the ':'
fault_serve()
{
	kind=$(fault_kind "$1")
	words=$(echo "$1" | cut -s -d: -f2- | tr : ' ')
	joined=${NET_ALL:-}
	# a card that is given whole streams would have them cut by the host, behind the rules
	[ "$F_FAULT" != narrow ] || NET_CARD=,gso=off,host_tso4=off,host_tso6=off
	case $1 in
	ssh*)
		net_server sshd port=22 size=300m $words
		net_ssh_keys
		case $words in
		*chroot*) net_in sshd sh -c 'mkdir -p /srv/srv/dump && mount --bind /srv/dump /srv/srv/dump' ;;
		esac
		;;
	nfs*)
		net_server ganesha size=300m $words
		;;
	disk) make_disk vda ext4 1G ;;
	esac
	[ -z "$joined" ] || [ -z "$kind" ] || net_join "$kind"
}

# How many KiB of the dump the first target has when it happens, by what the last dump of this kernel took, or the first
fault_kib()
{
	case $K_RELEASE in
	bookworm) total=27000 ;;
	trixie) total=54000 ;;
	*) total=41000 ;;
	esac
	total=$(cat "$VMO/fault-kib-$K_RELEASE" 2>/dev/null || echo "$total")
	echo $((total * F_AT / 100))
}

# What is done then
fault_command()
{
	kind=$(fault_kind "$F_FIRST")
	case $F_FAULT in
	link=*) echo "sh '$VM/faults/link' ${F_FAULT#*=}" ;;
	taken)
		echo "sh '$ROOT/tests/net/$kind.sh' in '$PWD/net-$kind'" \
			"sh -c 'cd /srv/dump/srv/dump/10* && mkdir -p vmcore/taken'"
		;;
	*) echo "sh '$ROOT/tests/net/fault.sh' $kind '$PWD/net-$kind' $(echo "$F_FAULT" | tr '=' ' ')" ;;
	esac
}

# What is wrong from the beginning
fault_before()
{
	[ "$F_AT" = - ] || return 0
	case $F_FAULT in
	-) ;;
	wrongkey)
		rm net-sshd/host net-sshd/host.pub
		sh "$ROOT/tests/net/sshd.sh" kill "$PWD/net-sshd"
		ssh-keygen -q -t ed25519 -N '' -f net-sshd/host
		sh "$ROOT/tests/net/sshd.sh" again "$PWD/net-sshd"
		;;
	wronguser)
		rm host/root/.ssh/kdump_id_rsa
		ssh-keygen -q -t ed25519 -N '' -f host/root/.ssh/kdump_id_rsa
		;;
	*) sh "$ROOT/tests/net/fault.sh" "$(fault_kind "$F_FIRST")" "$PWD/net-$(fault_kind "$F_FIRST")" "$F_FAULT" ;;
	esac
}

# fault_open TARGET: sets DUMP to the directory of the dump there
fault_open()
{
	case $1 in
	ssh*)
		net_fetch sshd
		dump_find .
		;;
	nfs*)
		net_fetch ganesha
		dump_find srv/dump
		;;
	disk)
		disk_open vda.img
		dump_find srv/dump
		;;
	esac
}

# It did happen: in time, and some packet met the rules
fault_happened()
{
	if [ "$F_AT" != - ]; then
		grep -q 'guest: command ended with status 0: .*/when.sh' serial.log || fail "nothing befell the server"
	fi
	case $F_FAULT in
	reset* | silence | loss | narrow | nameless)
		kind=$(fault_kind "$F_FIRST")
		[ "$(sh "$ROOT/tests/net/fault.sh" "$kind" "$PWD/net-$kind" count)" -gt 0 ] ||
			fail "no packet met the rules of $F_FAULT"
		;;
	esac
}

# Nothing on the first target looks like a whole dump
fault_broken()
{
	F_HAS=0
	net_fetch "$(fault_kind "$F_FIRST")"
	whole=$(find "$TREE" -type f \( -name vmcore -o -name vmcore.flat \))
	[ -z "$whole" ] || fail "what broke off has the name of a whole dump: $whole"
	broken=$(find "$TREE" -name vmcore-incomplete)
	[ -z "$broken" ] || F_HAS=$(($(stat -c %b "$broken") / 2))
	log=$(find "$TREE" -name vmcore-dmesg.txt)
	# a server that renames nothing
	[ "$F_SAYS" != 'rename /' ] || log=$(find "$TREE" -name vmcore-dmesg-incomplete.txt)
	case $F_FAULT in
	wrongkey | wronguser | nameless) [ -z "$log$broken" ] || fail "the server was sent something: $log $broken" ;;
	*) [ -s "$log" ] || fail "the log of the kernel is not there" ;;
	esac
}

# fault_whole TARGET: it has all of the dump, and the report tells what happened before
fault_whole()
{
	fault_open "$1" || return 0
	case $1 in
	*sftp=no)
		[ "$(dump_format "$DUMP/vmcore.flat")" = flat ] || fail "vmcore.flat is not flattened"
		makedumpfile -R "$DUMP/vmcore" <"$DUMP/vmcore.flat" >/dev/null ||
			fail "makedumpfile cannot put vmcore.flat together"
		chmod 600 "$DUMP/vmcore"
		;;
	*squash=root)
		[ "$(find "$DUMP" -user 1234 -group 1234 -type f | wc -l)" -ge 4 ] || fail "root is not squashed"
		;;
	esac
	judge_served kdump
	console_says '==== the dump is saved ===='
	F_TOTAL=$(($(stat -c %s "$DUMP/vmcore") / 1024))
	mkdir -p "$VMO"
	echo "$F_TOTAL" >"$VMO/fault-kib-$K_RELEASE"
	[ "$F_SAYS" = - ] || grep -qF -e "$F_SAYS" "$DUMP/crashbox-report.json" ||
		fail "the report does not say: $F_SAYS"
}

# The server was really gone when it had so much of the dump
fault_percent()
{
	[ "$F_AT" != - ] && [ "$F_FAULT" != taken ] && [ "${F_TOTAL:-0}" -gt 0 ] || return 0
	percent=$((F_HAS * 100 / F_TOTAL))
	if [ "$percent" -lt $((F_AT - 10)) ] || [ "$percent" -gt $((F_AT + 20)) ] || [ "$percent" -gt 100 ]; then
		fail "it happened at $percent %, asked was $F_AT %"
	fi
}

# The sentences of the console without its line ends
fault_console()
{
	sed -n 's/^\[[^]]*\] crashbox: *//p' serial.log | tr -s ' \n' '  '
	echo
}

# What the first server tells of it
fault_after()
{
	accepted=$(grep -c 'Accepted publickey' net-sshd/log 2>/dev/null || :)
	case $F_FAULT in
	wrongkey | wronguser) [ "$accepted" -eq 0 ] || fail "the server was logged in to" ;;
	newkey) [ "$accepted" -le 3 ] || fail "the server with another key was logged in to" ;;
	esac
}
