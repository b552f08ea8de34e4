# SPDX-License-Identifier: GPL-2.0-or-later
# tests/system, in the guest: what the steps of the scenarios use. Each check is one line on the console.
# shellcheck shell=sh

# shellcheck disable=SC2034 # for the steps
STATE=/var/lib/scenario
OUT=/var/lib/scenario/out

fail()
{
	echo "system: FAIL $*"
}

# check WHAT COMMAND...: the command must succeed; what it said is shown when it does not
check()
{
	what=$1
	shift
	if "$@" >"$OUT" 2>&1; then
		echo "system: ok $what"
	else
		fail "$what: status $?: $(tail -n 3 "$OUT" | tr '\n' ' ')"
	fi
}

# check_not WHAT COMMAND...: the command must fail, and not by a signal
check_not()
{
	what=$1
	shift
	status=0
	"$@" >"$OUT" 2>&1 || status=$?
	if [ "$status" -gt 0 ] && [ "$status" -lt 124 ]; then
		echo "system: ok $what"
	else
		fail "$what: status $status: $(tail -n 3 "$OUT" | tr '\n' ' ')"
	fi
}

# check_says WHAT TEXT: the command checked last said TEXT
check_says()
{
	if grep -qF -e "$2" "$OUT"; then
		echo "system: ok $1"
	else
		fail "$1: it said: $(tail -n 3 "$OUT" | tr '\n' ' ')"
	fi
}

# hundredths: the clock of the machine since its start
hundredths()
{
	read -r up _ </proc/uptime
	echo "$((${up%.*} * 100 + 1${up#*.} - 100))"
}

# timed NAME COMMAND...: the time is told, it is emulated and judged by nobody
timed()
{
	timed_name=$1
	timed_start=$(hundredths)
	shift
	check "$timed_name" "$@"
	timed_end=$(($(hundredths) - timed_start))
	echo "system: time $timed_name: $((timed_end / 100)).$(printf %02d $((timed_end % 100))) s"
}

armed()
{
	[ "$(cat /sys/kernel/kexec_crash_loaded)" = 1 ]
}

# restart WHAT: the unit is started again; when that fails, its journal says why
restart()
{
	timed "$1" systemctl restart kdump.service
	systemctl -q is-active kdump.service || journalctl -b -o cat -n 40 -u kdump.service
}

# crash: never returns
crash()
{
	check "armed before the crash" armed
	armed
	sync
	echo "system: crash"
	echo c >/proc/sysrq-trigger
	sleep 60
	fail "the machine did not crash"
	exit 1
}

# dumps [DIRECTORY]: the number of directories below it, or /var/crash, that hold a complete vmcore
dumps()
{
	find "${1:-/var/crash}" -name vmcore -type f -size +100k 2>/dev/null | wc -l
}

# all_files: what is on the disk, less what a system without anything of ours writes by itself
all_files()
{
	find / -xdev ! -path "$STATE*" ! -path '/tmp/*' ! -path '/var/tmp/*' ! -path '/var/log/*' \
		! -path '/var/lib/dpkg/*' \
		! -path '/var/lib/systemd/timers/*' ! -path /var/lib/systemd/random-seed | sort
}
