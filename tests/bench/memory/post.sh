#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The greatest sum over processes that are ours, of what each has resident. Names of the hook's own tools do not count.
awk '
	function over(    p, now, n) {
		for (p in ours) {
			if (!ours[p] || !rss[p])
				continue
			now += rss[p]
			n++
		}
		if (now > most) { most = now; procs = n }
		for (p in ours) { delete ours[p]; delete rss[p] }
	}
	$1 == "sample" { over(); samples++; next }
	{
		split($1, at, ":")
		if ($1 ~ /Name:$/)
			ours[at[1]] = $2 !~ /^(sh|sleep|grep|awk|setsid|pre[.]sh|post[.]sh|busybox)$/
		else if ($1 ~ /VmHWM:$/) {
			if (ours[at[1]] && $2 > hwm[at[1]])
				hwm[at[1]] = $2
		} else
			rss[at[1]] += $2
	}
	END {
		over()
		for (p in hwm)
			list = list (list == "" ? "" : "+") hwm[p]
		print "bench: resident " most " processes " procs " samples " samples
		print "bench: highs " list
	}' /tmp/samples
