#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a server would refuse after a crash is refused when the image is built, by trying it: real servers in namespaces
# of their own, the machine that the image is for on a wire to them.
bats_require_minimum_version 1.5.0

setup_file() {
	# shellcheck source=tests/bats/image.sh disable=SC1091
	. "$BATS_TEST_DIRNAME/image.sh"
	image_begin
	local tree="$KROOT/lib/modules/6.0-test"
	mkdir -p "$tree/kernel/fs/nfs" "$tree/kernel/net/sunrpc"
	head -c 3000000 /dev/zero >"$tree/kernel/fs/nfs/nfsv4.ko"
	head -c 1000000 /dev/zero >"$tree/kernel/net/sunrpc/sunrpc.ko"
	: >"$tree/modules.alias"
	printf 'kernel/net/sunrpc/sunrpc.ko:\nkernel/fs/nfs/nfsv4.ko: kernel/net/sunrpc/sunrpc.ko\n' >"$tree/modules.dep"
	printf 'kernel/drivers/net/virtio_net.ko\nkernel/net/packet/af_packet.ko\nkernel/fs/nfs/nfs%s.ko\n' '' v3 \
		>"$tree/modules.builtin"
	export KROOT MACHINE
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	SERVERS="$PWD/servers" HOST="$PWD/host"
	mkdir -p "$SERVERS"
	make_host
}

teardown() {
	sh "$REPO/tests/net/sshd.sh" stop "$SERVERS/sshd"
	sh "$REPO/tests/net/ganesha.sh" stop "$SERVERS/ganesha"
}

# A machine with one card.
make_host() {
	local sys="$HOST/sys/devices/pci0000:00/0000:00:03.0"
	mkdir -p "$sys/net/eth0" "$HOST/sys/class/net" "$HOST/sys/drivers/virtio_net" "$HOST/sys/module/virtio_net" \
		"$HOST/proc/self" "$HOST/proc/net/vlan" "$HOST/etc/ssh" "$HOST/root/.ssh" "$HOST/dev"
	ln -sfn "$HOST/sys/module/virtio_net" "$HOST/sys/drivers/virtio_net/module"
	ln -sfn "$HOST/sys/drivers/virtio_net" "$sys/driver"
	ln -sfn "$sys" "$sys/net/eth0/device"
	ln -sfn "$sys/net/eth0" "$HOST/sys/class/net/eth0"
	echo 52:54:00:00:00:01 >"$sys/net/eth0/address"
	echo 1500 >"$sys/net/eth0/mtu"
	: >"$HOST/proc/self/mountinfo"
	: >"$HOST/etc/resolv.conf"
	printf '10.98.0.1 store\n' >"$HOST/etc/hosts"
}

# serve KIND [WORD…]: a server whose wire has the address 10.96.0.1
serve() {
	KIND=$1
	shift
	sh "$REPO/tests/net/$KIND.sh" start "$SERVERS/$KIND" "$@"
	[ "$KIND" != sshd ] || {
		cp "$SERVERS/sshd/key" "$HOST/root/.ssh/kdump_id_rsa"
		cp "$SERVERS/sshd/known" "$HOST/root/.ssh/known_hosts"
	}
}

# Runs mkinitrd.sh on the machine, which reaches the server over a wire.
mk() {
	# shellcheck disable=SC2016 # the inner shell expands
	SYSROOT="$HOST" run -"${want:-0}" unshare -n sh -euc '
		nsenter -t "$1" -n ip link add wire type veth peer name eth0 netns $$
		nsenter -t "$1" -n ip address replace 10.96.0.1/24 dev wire
		nsenter -t "$1" -n ip link set wire up
		ip link set lo up
		ip link set eth0 up
		ip address add 10.96.0.5/24 dev eth0
		ip route add default via 10.96.0.1
		shift
		exec "$@"' sh "$(cat "$SERVERS/$KIND/holder")" "$REPO/mkinitrd.sh" -f -c kdump.conf \
		--kernel-modules "$KROOT" --busybox none --reserved 0 --crashbox "$CRASHBOX" "$@" image 6.0-test
	echo "$output"
}

recipe() {
	"$CRASHBOX" cpio --cat /etc/crashbox/recipe image
}

@test "ssh: a server that takes this machine: nothing is said, nothing is left there" {
	serve sshd port=22
	echo "ssh root@10.98.0.1" >kdump.conf
	mk
	run -1 grep -E 'not tried|refused' <<<"$output"
	[ "$(grep -c 'Accepted publickey' "$SERVERS/sshd/log")" -eq 1 ]
	[ -z "$(sh "$REPO/tests/net/sshd.sh" in "$SERVERS/sshd" find /srv/dump /run/home -mindepth 1)" ]
	mk --no-try
	[ "$(grep -c 'Accepted publickey' "$SERVERS/sshd/log")" -eq 1 ]
}

@test "ssh: another key of the server, a login that is not granted, an algorithm that is not spoken" {
	serve sshd port=22
	echo "ssh root@10.98.0.1" >kdump.conf
	ssh-keygen -q -t ed25519 -N '' -f other
	cp other "$HOST/root/.ssh/kdump_id_rsa"
	want=1 mk
	[[ "$output" == *"refused: target 1 (ssh root@10.98.0.1): tried now, as after a crash: "*"takes none of 1 keys"* ]]
	[ ! -e image ]
	cp "$SERVERS/sshd/key" "$HOST/root/.ssh/kdump_id_rsa"
	printf '10.98.0.1 %s\n' "$(cut -d' ' -f1,2 other.pub)" >"$HOST/root/.ssh/known_hosts"
	want=1 mk
	[[ "$output" == *"the key of 10.98.0.1 port 22 is not the one in known_hosts"* ]]
	cat "$SERVERS/sshd/known" >"$HOST/root/.ssh/known_hosts"
	printf '@revoked 10.98.0.1 %s\n' "$(cut -d' ' -f1,2 "$SERVERS/sshd/host.pub")" >>"$HOST/root/.ssh/known_hosts"
	want=1 mk
	[[ "$output" == *"the key of 10.98.0.1 port 22 is marked @revoked in known_hosts"* ]]
	cp "$SERVERS/sshd/known" "$HOST/root/.ssh/known_hosts"
	sh "$REPO/tests/net/sshd.sh" stop "$SERVERS/sshd"
	serve sshd port=22 'KexAlgorithms sntrup761x25519-sha512@openssh.com'
	want=1 mk
	[[ "$output" == *"refused: target 1 (ssh root@10.98.0.1): tried now, as after a crash: "*handshake* ]]
	want=0 mk --no-try
	[ -e image ]
}

@test "ssh: hashed names, another port and an alias are found as after a crash" {
	serve sshd port=2222
	ssh-keygen -q -H -f "$HOST/root/.ssh/known_hosts"
	printf 'Host store\n\tHostName 10.98.0.1\n\tPort 2222\n' >"$HOST/root/.ssh/config"
	echo "ssh root@store" >kdump.conf
	mk
	run -1 grep -E 'not tried|refused' <<<"$output"
	[ "$(grep -c 'Accepted publickey' "$SERVERS/sshd/log")" -eq 1 ]
	printf 'dumps %s\n' "$(cut -d' ' -f1,2 "$SERVERS/sshd/host.pub")" >"$HOST/root/.ssh/known_hosts"
	printf 'Match originalhost store\n\tHostName 10.98.0.1\n\tPort 2222\n\tHostKeyAlias dumps\n' \
		>"$HOST/root/.ssh/part"
	echo "Include $HOST/root/.ssh/part" >"$HOST/root/.ssh/config"
	mk
	run -1 grep -E 'not tried|refused' <<<"$output"
	recipe | grep -qx 'ssh root@store server=10.98.0.1 port=2222 alias=dumps key=/etc/crashbox/ssh/key.1'
}

@test "ssh: only the authority of a certificate is known: refused with the line to write" {
	serve sshd port=22
	ssh-keygen -q -t ed25519 -N '' -f authority
	ssh-keygen -q -s authority -I host -h -n 10.98.0.1 "$SERVERS/sshd/host.pub"
	printf '@cert-authority * %s\n' "$(cut -d' ' -f1,2 authority.pub)" >"$HOST/root/.ssh/known_hosts"
	echo "ssh root@10.98.0.1" >kdump.conf
	want=1 mk
	[[ "$output" == *"known_hosts has only @cert-authority lines for 10.98.0.1: certificates of servers are not"* ]]
	[[ "$output" == *"(ssh-keyscan 10.98.0.1 >>/root/.ssh/known_hosts, and compare it)"* ]]
	# beside the server's own key the line does no harm
	cat "$SERVERS/sshd/known" >>"$HOST/root/.ssh/known_hosts"
	mk
	run -1 grep -E 'not tried|refused' <<<"$output"
}

@test "ssh: a jump host or a proxy is refused with the line to write, one that is switched off is none" {
	serve sshd port=22
	echo "ssh root@10.98.0.1" >kdump.conf
	printf 'Host 10.98.0.1\n\tProxyJump jump@192.0.2.77\n' >"$HOST/root/.ssh/config"
	want=1 mk
	# shellcheck disable=SC2016 # the sentence has them
	[[ "$output" == *'ssh_config reaches 10.98.0.1 through `proxyjump jump@'*'192.0.2.77'*'which no capture kernel can'* ]]
	# shellcheck disable=SC2016 # the sentence has them
	[[ "$output" == *'write `Host 10.98.0.1` and `ProxyJump none` at the top of /root/.ssh/config'* ]]
	printf 'Host 10.98.0.1\n\tProxyCommand nc %%h %%p\n' >"$HOST/root/.ssh/config"
	want=1 mk
	# shellcheck disable=SC2016 # the sentence has them
	[[ "$output" == *'through `proxycommand nc %h %p`'* ]]
	printf 'Host 10.98.0.1\n\tProxyJump none\nHost *\n\tProxyJump jump@192.0.2.77\n' >"$HOST/root/.ssh/config"
	mk
	run -1 grep -E 'not tried|refused' <<<"$output"
}

@test "ssh: keys that cannot be used after a crash, and one that others may read" {
	serve sshd port=22
	echo "ssh root@10.98.0.1" >kdump.conf
	chmod 644 "$HOST/root/.ssh/kdump_id_rsa"
	mk
	[[ "$output" == *"kdump_id_rsa can be read by others (chmod 600 "* ]]
	rm "$HOST/root/.ssh/kdump_id_rsa"
	ssh-keygen -q -t ed25519 -N secret -f "$HOST/root/.ssh/kdump_id_rsa"
	want=1 mk
	[[ "$output" == *"kdump_id_rsa is no private key, or needs a passphrase, "*"incorrect passphrase"* ]]
	echo "no key" >"$HOST/root/.ssh/kdump_id_rsa"
	want=1 mk
	[[ "$output" == *"kdump_id_rsa is no private key, or needs a passphrase, "*"error in libcrypto"* ]]
}

@test "a server that is off is not waited for: the image is built, and the line says that it was not tried" {
	serve sshd port=22
	sh "$REPO/tests/net/sshd.sh" kill "$SERVERS/sshd" KILL
	echo "ssh root@10.98.0.1" >kdump.conf
	mk
	[[ "$output" == *"note: target 1 (ssh root@10.98.0.1): not tried: "*"connect to 10.98.0.1 port 22: Connection refused"* ]]
	# packets go nowhere
	sh "$REPO/tests/net/sshd.sh" in "$SERVERS/sshd" ip route add blackhole 10.96.0.5/32
	SECONDS=0
	mk
	[[ "$output" == *"note: target 1 (ssh root@10.98.0.1): not tried: "* ]]
	[ "$SECONDS" -lt 30 ]
}

@test "NFS: every version that is spoken is found, an export that is not there or not allowed is refused" {
	serve ganesha protocols=3,4
	for options in vers=3 vers=4.0; do
		echo "dracut_args --mount \"10.99.0.1:/srv/dump /mnt nfs $options\"" >kdump.conf
		mk
		run -1 grep -E 'not tried|refused' <<<"$output"
		recipe | grep -qx "nfs 10.99.0.1:/srv/dump $options"
	done
	echo "nfs 10.99.0.1:/srv/nowhere" >kdump.conf
	want=1 mk
	[[ "$output" == *"refused: target 1 (nfs 10.99.0.1:/srv/nowhere): tried now, as after a crash: "* ]]
}

@test "NFS 4.1 and newer only: the kernel's client is taken by itself, with what it costs" {
	serve ganesha protocols=4 minor=1,2
	echo "nfs 10.99.0.1:/srv/dump" >kdump.conf
	mk
	[[ "$output" == *"target 1 (nfs 10.99.0.1:/srv/dump): the server speaks NFS 4.1 and newer only: the kernel's own client goes into the image, 3.8 MiB of memory at most"* ]]
	recipe | grep -qx 'kernel-nfs 10.99.0.1:/srv/dump'
	recipe | grep -qx 'module nfsv4'
	# a share that is mounted here: its version says what the kernel chose, the trial what there is
	echo "40 1 0:60 / /net rw - nfs4 10.99.0.1:/srv/dump rw,vers=4.2,rsize=65536,addr=10.99.0.1,sec=sys,soft" \
		>"$HOST/proc/self/mountinfo"
	mk
	recipe | grep -qx 'kernel-nfs 10.99.0.1:/srv/dump vers=4.2,rsize=65536'
	echo 'dracut_args --mount "10.99.0.1:/srv/dump /mnt nfs vers=4"' >kdump.conf
	mk
	recipe | grep -qx 'kernel-nfs 10.99.0.1:/srv/dump'
	echo 'dracut_args --mount "10.99.0.1:/srv/dump /mnt nfs vers=4.0"' >kdump.conf
	want=1 mk
	[[ "$output" == *"the server speaks NFS 4.1 and newer only, and the options ask for another version (vers=4.0)"* ]]
}

@test "NFS 4.2 is mounted here, and the server speaks 4.0 as well: no kernel client" {
	serve ganesha protocols=4
	echo "nfs 10.99.0.1:/srv/dump" >kdump.conf
	echo "40 1 0:60 / /net rw - nfs4 10.99.0.1:/srv/dump rw,vers=4.2,rsize=65536,addr=10.99.0.1,sec=sys,soft" \
		>"$HOST/proc/self/mountinfo"
	mk
	recipe | grep -qx 'nfs 10.99.0.1:/srv/dump vers=4.2,rsize=65536'
}

@test "an image that is there is tried as well" {
	serve sshd port=22
	printf '%s\n' "ssh root@10.98.0.1" "nfs 10.99.0.1:/srv/dump" >kdump.conf
	mk
	[[ "$output" == *"target 2 (nfs 10.99.0.1:/srv/dump): not tried: "* ]]
	run -3 sh "$REPO/tests/net/sshd.sh" in "$SERVERS/sshd" "$CRASHBOX" reach --timeout 2 "$PWD/image"
	[[ "$output" == *"ssh root@10.98.0.1: takes this machine"* ]]
	[[ "$output" == *"nfs 10.99.0.1:/srv/dump: not tried: "* ]]
	: >"$SERVERS/sshd/key.pub"
	run -1 sh "$REPO/tests/net/sshd.sh" in "$SERVERS/sshd" "$CRASHBOX" reach --timeout 2 "$PWD/image"
	[[ "$output" == *"ssh root@10.98.0.1: refused: "* ]]
}

@test "a server that is asked has a limit of memory" {
	serve sshd port=22
	printf '%s\n' "ssh root@10.98.0.1" >kdump.conf
	mk
	# it takes the connection and says nothing
	kill -STOP "$(cat "$SERVERS/sshd/pid")"
	sh "$REPO/tests/net/sshd.sh" in "$SERVERS/sshd" "$CRASHBOX" reach --timeout 5 "$PWD/image" >said 2>&1 3>&- &
	timeout 5 sh -c 'until pgrep -x try; do sleep 0.05; done' >pid
	# shellcheck disable=SC2016
	run -0 awk '/^Max data size/ { print $4 }' "/proc/$(tail -n 1 pid)/limits"
	kill -CONT "$(cat "$SERVERS/sshd/pid")"
	wait $! || :
	[ "$output" -le $((200 << 20)) ]
}
