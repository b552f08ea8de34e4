/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: kdump.conf, what it means.
 * Text to plan, for every directive of every release; what is refused leaves its default.
 */
#include "conf_heard.h"

#include <stdlib.h>

static void check_defaults(const struct plan *p)
{
	CHECK_INT(p->ntarget, 0);
	CHECK_STR(p->path, "/var/crash");
	CHECK_INT(p->path_given, false);
	CHECK_STR(p->sshkey, "/root/.ssh/kdump_id_rsa");
	CHECK_INT(p->collector.kind, COLLECT_FILTER);
	CHECK_INT(p->collector.codec, CODEC_LZO);
	CHECK_INT(p->collector.nlevel, 1);
	CHECK_INT(p->collector.level[0], 31);
	CHECK_INT(p->failure_action, ACTION_REBOOT);
	CHECK_INT(p->final_action, ACTION_REBOOT);
	CHECK(p->auto_reset_crashkernel);
	CHECK(!p->kdump_pre && !p->kdump_post && !p->kdump_emergency && !p->dracut_args &&
	      !p->fence_kdump_args);
}

/* A refused line leaves what it would have set at its default. */
static void check_refused_is_skipped(void)
{
	struct plan p;

	CHECK_INT(plan_defaults(&p), 0);
	check_defaults(&p);
	plan_free(&p);
	parse(&p, "");
	check_defaults(&p);
	plan_free(&p);
	parse(&p, "path a b\ncore_collector makedumpfile -z -d 99\nsshkey x\nfailure_action "
		  "x\nfinal_action shell\n"
		  "kdump_pre x\nauto_reset_crashkernel maybe\next4 x\nextra_modules a "
		  "b/c\nextra_bins /a b\n"
		  "dracut_args --add-drivers \"a b\" --mount \"/dev/a /b zfs\"\nfence_kdump_nodes "
		  "a !\n");
	check_defaults(&p);
	CHECK_INT(p.refused, 12);
	CHECK_INT(p.extra_modules.n + p.extra_bins.n + p.fence_kdump_nodes.n, 0);
	plan_free(&p);
	plan_free(NULL);
}

/* Nothing to see: the same plan with and without what does no harm. */
static void check_harmless(void)
{
	static const char text[] = "\xef\xbb\xbf# comment\r\n\r\n \t path\t /srv/x  \t# "
				   "why\r\nextra_bins /a\t/b # c\r\n"
				   "core_collector \"cp --sparse=always\"\r\nfinal_action halt";
	struct plan p;
	struct said s = parse(&p, text);

	CHECK_STR(s.all, "");
	CHECK_STR(p.path, "/srv/x");
	CHECK_INT(p.extra_bins.n, 2);
	CHECK_STR(p.extra_bins.word[1], "/b");
	CHECK_INT(p.collector.kind, COLLECT_COPY);
	CHECK_STR(p.collector.line, "cp --sparse=always");
	CHECK_INT(p.final_action, ACTION_HALT);
	plan_free(&p);
	s = parse_n(&p, "path /a\n\0\0path /b\0\nfinal_action halt\n", 37);
	CHECK_STR(s.all, "2: the line holds byte 0x00, which is no text\n");
	CHECK_STR(p.path, "/a");
	CHECK_INT(p.final_action, ACTION_HALT);
	plan_free(&p);
	parse(&p, "path \"/with blank\"\nkdump_post \"/my hook\"\n");
	CHECK_STR(p.path, "/with blank");
	CHECK_STR(p.kdump_post, "/my hook");
	plan_free(&p);
	parse(&p, "path //var///crash//\n");
	CHECK_STR(p.path, "/var/crash");
	plan_free(&p);
	parse(&p, "path /\n");
	CHECK_STR(p.path, "/");
	CHECK(p.path_given);
	plan_free(&p);
	parse(&p, "path var/crash\n");
	CHECK_STR(p.path, "/var/crash");
	plan_free(&p);
}

static void check_joined(void)
{
	struct plan p;
	char *text;
	struct said s = parse(&p, "core_collector makedumpfile -c \\\r\n  --message-level 1 \\\n  "
				  "-d 17\n# no \\\npath /x\nbad");

	CHECK_STR(p.collector.line, "makedumpfile -c      --message-level 1     -d 17");
	CHECK_INT(p.collector.level[0], 17);
	CHECK_STR(p.path, "/x");
	CHECK_INT(s.line[CONF_REFUSE], 6);
	plan_free(&p);
	/* a file of continued lines is read in bounded time: it is cut into lines of 65 */
	text = malloc(CONF_MAX);
	CHECK(text != NULL);
	for (size_t i = 0; text && i < CONF_MAX; i++)
		text[i] = "x\\\n"[i % 3];
	s = parse_n(&p, text ? text : "", text ? CONF_MAX : 0);
	CHECK_INT(p.refused, (CONF_MAX / 3 + 65) / 65);
	plan_free(&p);
	free(text);
}

static void check_targets(void)
{
	struct plan p;

	parse(&p, "ext4 LABEL=\"my disk\"\nnfs [2001:db8::1]:/x\nssh root@2001:db8::1\nraw "
		  "PARTUUID=a-01\nvirtiofs tag\n"
		  "dracut_args --mount='h:/e /mnt nfs soft,vers=3' --add-drivers \"a b\" "
		  "--omit-drivers c --install /bin/x\n"
		  "dracut_args --force-drivers d\n");
	CHECK_INT(p.refused, 0);
	CHECK_INT(p.ntarget, 6);
	CHECK_STR(p.target[0].where, "LABEL=my disk");
	CHECK_STR(p.target[0].fstype, "ext4");
	CHECK_INT(p.target[1].kind, TARGET_NFS);
	CHECK_STR(p.target[1].fstype, "nfs");
	CHECK_STR(p.target[1].where, "[2001:db8::1]:/x");
	CHECK_INT(p.target[2].kind, TARGET_SSH);
	CHECK_INT(p.target[3].kind, TARGET_RAW);
	CHECK_INT(p.target[3].line, 4);
	CHECK_STR(p.target[4].fstype, "virtiofs");
	CHECK_INT(p.target[5].kind, TARGET_NFS);
	CHECK_STR(p.target[5].where, "h:/e");
	CHECK_STR(p.target[5].mountpoint, "/mnt");
	CHECK_STR(p.target[5].options, "soft,vers=3");
	CHECK_INT(p.extra_modules.n, 3);
	CHECK_STR(p.extra_modules.word[2], "d");
	CHECK_STR(p.blacklist.word[0], "c");
	CHECK_STR(p.extra_bins.word[0], "/bin/x");
	CHECK_STR(p.dracut_args,
		  "--mount='h:/e /mnt nfs soft,vers=3' --add-drivers \"a b\" --omit-drivers c "
		  "--install /bin/x --force-drivers d");
	plan_free(&p);
}

/* dracut writes the words of --mount into fstab, where a blank is \040; a shell has read the quotes before. */
static void check_mount_blanks(void)
{
	struct plan p;

	parse(&p, "dracut_args --mount \"LABEL=my\\040disk /my\\040dumps xfs noatime\"\n");
	CHECK_INT(p.refused, 0);
	CHECK_STR(p.target[0].where, "LABEL=my disk");
	CHECK_STR(p.target[0].mountpoint, "/my dumps");
	plan_free(&p);
}

/* Data that was to be erased is never saved in full because the line is refused. */
static void check_log_only(void)
{
	static const char *const less[] = {
		"core_collector makedumpfile -l -d 31 --config /etc/scrub.conf\n",
		"core_collector makedumpfile --conf=/etc/scrub.conf -d 31\n",
		"core_collector /sbin/makedumpfile --eppic x.c -d 1\n",
		"core_collector makedumpfile --config x | gzip\n",
		"core_collector makedumpfile --dump-dmesg\n",
		/* the line as such is refused, or its directive */
		"core_collector 'makedumpfile --config x'\n",
		"core_collector makedumpfile \xe2\x80\x94"
		"config x\n",
		"core_collector makedumpfile \xe2\x80\x93-config=x -d 31\n",
		"core_collector makedumpfile -l\xc2\xa0--eppic\xc2\xa0x\n",
		"core_collector makedumpfile \xef\xbc\x8d\xef\xbc\x8d"
		"config x\n",
		"core_collector makedumpfile \xef\xb9\xa3-eppic x\n",
		"core_collector makedumpfile --ep\xe2\x80\x8bpic x\n",
		"core_collector makedumpfile \x01 --eppic x\n",
		"core_collector makedumpfile --config \"x\n",
		"core_collector makedumpfile \"--config\" x \\ \n",
		"core_collector\xc2\xa0makedumpfile --config x\n",
		"core-collector makedumpfile --config x\n",
		"\xef\xbb\xbf\xef\xbb\xbf"
		"core_collector makedumpfile --config x\n",
		"core_collector = makedumpfile --config x\n",
		"core_collector makedumpfile -l\ncore_collector makedumpfile --config x\n",
	};
	struct plan p;

	for (unsigned i = 0; i < sizeof(less) / sizeof(less[0]); i++) {
		parse(&p, less[i]);
		CHECK_INT(p.refused, 1);
		CHECK(p.log_only && strstr(p.log_only, "core_collector was refused"));
		plan_free(&p);
	}
	parse(&p, "core_collector makedumpfile -d 99\n");
	CHECK(p.refused == 1 && !p.log_only);
	plan_free(&p);
	parse(&p, "core_collector makedumpfile -c -d 31\ndracut_args --config 'x\nfoo --config x\n");
	CHECK(!p.log_only);
	plan_free(&p);
}

/* What can only mean something else is refused with the line that is meant. */
static void check_exports(void)
{
	struct plan p;
	struct said s = parse(&p, "nfs nfs://192.0.2.7/srv/dumps\n");

	CHECK_INT(p.refused, 1);
	CHECK(strstr(s.all, "write 'nfs 192.0.2.7:/srv/dumps'"));
	plan_free(&p);
	s = parse(&p, "nfs 192.0.2.7:/srv/dumps,vers=4.1,soft\n");
	CHECK_INT(p.refused, 1);
	CHECK(strstr(s.all, "write 'nfs 192.0.2.7:/srv/dumps', or 'dracut_args --mount"));
	plan_free(&p);
	parse(&p, "nfs 192.0.2.7:/srv/a,b\npath nfs://x/y\nmariner_2_initrd_use_suffix yes\n");
	CHECK_INT(p.refused, 1);
	CHECK_INT(p.warned, 1);
	CHECK_INT(p.ntarget, 1);
	plan_free(&p);
}

static void check_collectors(void)
{
	struct plan p;

	parse(&p, "core_collector /usr/sbin/makedumpfile -Fcd31,17 --num-threads=4 --message-level "
		  "7 -b 4 -D -f\n");
	CHECK_INT(p.refused, 0);
	CHECK_INT(p.collector.codec, CODEC_ZLIB);
	CHECK_INT(p.collector.nlevel, 2);
	CHECK_INT(p.collector.level[1], 17);
	CHECK_INT(p.collector.threads, 4);
	CHECK(p.collector.flat && !p.collector.elf);
	plan_free(&p);
	parse(&p, "core_collector makedumpfile -E -d 31\n");
	CHECK(p.collector.elf);
	CHECK_INT(p.collector.codec, CODEC_NONE);
	plan_free(&p);
	parse(&p, "core_collector makedumpfile -p\n");
	CHECK_INT(p.collector.codec, CODEC_SNAPPY);
	CHECK_INT(p.collector.nlevel, 1);
	CHECK_INT(p.collector.level[0], 0);
	plan_free(&p);
	parse(&p, "core_collector makedumpfile --codec=auto --order=pfn --mem-limit 64M -L 2G -d 31,17\n");
	CHECK_INT(p.refused + p.warned, 0);
	CHECK_INT(p.collector.codec, CODEC_AUTO);
	CHECK_INT(p.collector.order, ORDER_PFN);
	CHECK_INT(p.collector.mem_limit, 64 << 20);
	CHECK_INT(p.collector.size_limit, 2ll << 30);
	CHECK_STR(p.collector.line, "makedumpfile --codec=auto --order=pfn --mem-limit 64M -L 2G -d 31,17");
	plan_free(&p);
	parse(&p, "core_collector makedumpfile --codec=zstd:-3\n");
	CHECK_INT(p.collector.codec, CODEC_ZSTD);
	CHECK(p.collector.codec_level_given);
	CHECK_INT(p.collector.codec_level, -3);
	plan_free(&p);
	parse(&p, "core_collector makedumpfile -z -d 0\n");
	CHECK_STR(conf_codec_name(p.collector.codec), "zstd");
	plan_free(&p);
	parse(&p, "core_collector /opt/bin/mysaver --fast\n");
	CHECK_INT(p.collector.kind, COLLECT_EXTERNAL);
	CHECK_STR(p.collector.line, "/opt/bin/mysaver --fast");
	plan_free(&p);
	for (unsigned i = 0; i < 4; i++) {
		static const char *const copier[] = { "cp", "dd bs=1M", "/usr/bin/scp -C", "cat" };
		char text[64];

		snprintf(text, sizeof(text), "core_collector %s", copier[i]);
		parse(&p, text);
		CHECK_INT(p.collector.kind, COLLECT_COPY);
		plan_free(&p);
	}
}

static void check_old_forms(void)
{
	struct plan p;

	parse(&p, "net u@h\nlink_delay 60\ndisk_timeout 30\ndebug_mem_level 2\noptions a b=1 "
		  "c=2\noptions d e\n"
		  "blacklist x y\nblacklist z\ndefault mount_root_run_init\nnfs4 h:/x\n");
	CHECK_INT(p.refused, 0);
	CHECK_INT(p.warned, 10);
	CHECK_INT(p.target[0].kind, TARGET_SSH);
	CHECK_STR(p.target[1].fstype, "nfs4");
	CHECK_INT(p.link_delay_s, 60);
	CHECK_INT(p.disk_timeout_s, 30);
	CHECK_INT(p.debug_mem_level, 2);
	CHECK_INT(p.noption, 2);
	CHECK_STR(p.option[0].module, "a");
	CHECK_STR(p.option[0].text, "b=1 c=2");
	CHECK_INT(p.blacklist.n, 3);
	CHECK_INT(p.failure_action, ACTION_MOUNT_ROOT_RUN_INIT);
	plan_free(&p);
}

/* Lists and repeated lines end at the size of the plan, with a sentence. */
static void check_full(void)
{
	char text[4096] = "extra_modules";
	struct plan p;
	struct said s;

	for (unsigned i = 0; i <= PLAN_WORDS; i++)
		strcat(text, " m");
	s = parse(&p, text);
	CHECK_STR(s.text[CONF_REFUSE], "more than 128 words in all lines of this directive");
	CHECK_INT(p.extra_modules.n, 0);
	plan_free(&p);
	text[0] = '\0';
	for (unsigned i = 0; i <= PLAN_OPTIONS; i++)
		strcat(text, "options a b=1\n");
	s = parse(&p, text);
	CHECK_STR(s.text[CONF_REFUSE], "more than 32 lines of 'options'");
	CHECK_INT(p.noption, PLAN_OPTIONS);
	plan_free(&p);
}

static void check_large(void)
{
	size_t n = CONF_MAX + 100;
	char *text = malloc(n);
	struct plan p;
	struct said s;

	CHECK(text != NULL);
	if (!text)
		return;
	memset(text, '#', n);
	memcpy(text, "path /a\n", 8);
	s = parse_n(&p, text, n);
	CHECK_STR(s.all, "2: the file is longer than 1 MiB: nothing behind this line is read\n");
	CHECK_STR(p.path, "/a");
	plan_free(&p);
	for (size_t i = 0; i < n; i++)
		text[i] = i % 2 ? '\n' : 'x';
	s = parse_n(&p, text, n);
	CHECK_INT(p.refused, CONF_MAX / 2 + 1);
	CHECK_STR(s.text[CONF_NOTE], "more complaints from here on, not shown");
	CHECK_INT(s.line[CONF_NOTE], CONF_SAID_MAX + 1);
	plan_free(&p);
	free(text);
}

/* What `crashbox check --directives` prints. */
static void check_table(void)
{
	struct conf_help h;
	unsigned n = 0;

	for (; conf_help(n, &h); n++) {
		CHECK(h.name[0] && h.text[0]);
		CHECK_INT(strspn(h.releases, "56789F "), strlen(h.releases));
	}
	CHECK_INT(n, 37);
	CHECK(!conf_help(n, &h));
	CHECK_STR(conf_action_name(ACTION_DUMP_TO_ROOTFS), "dump_to_rootfs");
	CHECK_STR(conf_target_name(TARGET_SSH), "ssh");
}

int main(void)
{
	check_refused_is_skipped();
	check_harmless();
	check_joined();
	check_targets();
	check_mount_blanks();
	check_collectors();
	check_log_only();
	check_exports();
	check_old_forms();
	check_full();
	check_large();
	check_table();
	return check_done();
}
