#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What can befall a server (sshd.sh, ganesha.sh) and the way to it.
#
#	fault.sh KIND DIR FAULT [SECONDS]   KIND sshd or ganesha, started in DIR; with SECONDS it passes after so long
#
#	kill      the server and its connections are gone; passes: it is started again
#	hang      it is there and answers nothing; passes: it goes on
#	reset     each packet to it is answered with a reset
#	once N    one packet to it is answered with a reset, after N that are not
#	silence   each packet to it is lost
#	loss      one packet of twenty is lost, to it and from it
#	narrow    packets of more than 1300 bytes are lost, and nobody is told
#	acks      packets to it that carry data are lost
#	nameless  questions for names and their answers are lost
#	newkey    the server (sshd) is started again with another key of its own
#	clear     the way is free again
#	count     prints how many packets met a rule, also after it was cleared
set -eu

here=$(cd "$(dirname "$0")" && pwd)
kind=$1 dir=$2 fault=$3 seconds=${4:-}

server() {
	command=$1
	shift
	sh "$here/$kind.sh" "$command" "$dir" "$@"
}

# The rules that are there, or that were there last
met() {
	server in nft list table inet fault 2>/dev/null || cat "$dir/met"
}

clear() {
	met >"$dir/met.new" && mv "$dir/met.new" "$dir/met"
	server in nft delete table inet fault
}

# rules LINE...: the only rules of the way, for what comes in; "out LINE" for what goes out
rules() {
	server in nft delete table inet fault 2>/dev/null || :
	rm -f "$dir/met"
	{
		echo 'table inet fault {'
		for hook in input output; do
			printf 'chain %s { type filter hook %s priority 0;\n' "$hook" "$hook"
			for line; do
				case $line in
				"$hook "*) echo "${line#* }" ;;
				esac
			done
			echo '}'
		done
		echo '}'
	} | server in nft -f -
}

port=2049
[ "$kind" != sshd ] || port=$(cat "$dir/port")
case $fault in
kill)
	server kill KILL
	undo='again'
	;;
hang)
	server kill STOP
	undo='kill CONT'
	;;
reset) rules "input tcp dport $port counter reject with tcp reset" ;;
once)
	rules "input tcp dport $port numgen inc mod 100000 == $seconds counter reject with tcp reset"
	seconds=''
	;;
silence) rules "input tcp dport $port counter drop" "output tcp sport $port counter drop" ;;
loss)
	lost='numgen random mod 20 == 0 counter drop'
	rules "input tcp dport $port $lost" "output tcp sport $port $lost"
	;;
narrow) rules "input tcp dport $port meta length > 1300 counter drop" ;;
acks) rules "input tcp dport $port meta length > 120 counter drop" ;;
nameless) rules 'input udp dport 53 counter drop' 'input tcp dport 53 counter drop' ;;
newkey)
	server kill KILL
	rm -f "$dir/host" "$dir/host.pub"
	ssh-keygen -q -t ed25519 -N '' -f "$dir/host"
	server again
	;;
clear) clear ;;
count) met | awk '{ for (i = 1; i < NF; i++) if ($i == "packets") n += $(i + 1) } END { print n + 0 }' ;;
*)
	echo "fault.sh: $fault: unknown" >&2
	exit 2
	;;
esac
[ -n "$seconds" ] || exit 0
# shellcheck disable=SC2086 # words
(
	sleep "$seconds"
	if [ -n "${undo:-}" ]; then server $undo; else clear; fi
) >/dev/null 2>&1 </dev/null 3>&- &
