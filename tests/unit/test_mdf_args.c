/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: makedumpfile's options on a command line.
 */
#include "check.h"

#include "base/str.h"
#include "conf/mdf_args.h"

#include <errno.h>
#include <stdint.h>

#define WORDS 24

static char warned[1024];

static void hear(void *arg, const char *text)
{
	size_t n = strlen(warned);

	(void)arg;
	snprintf(warned + n, sizeof(warned) - n, "%s;", text);
}

/* Reads LINE, cut at blanks into the buffer TEXT that the answer points into. */
static int read_line(struct mdf_args *ret, const char *line, char *text, struct err *e)
{
	const struct mdf_caller who = { .conf = false, .warn = hear };
	const char *word[WORDS];
	char *cursor = text;
	unsigned n = 0;

	snprintf(text, 512, "%s", line);
	while (n < WORDS && (word[n] = str_word(&cursor)))
		n++;
	warned[0] = '\0';
	*e = (struct err){ 0 };
	return mdf_parse(ret, n, word, &who, e);
}

static void check_grouped(void)
{
	static const char *const same[] = {
		"-ld31 core dump",
		"-l -d 31 core dump",
		"-ld 31 core dump",
		"core -l dump -d31",
		"core dump -l --   -d31",
		"-d 31 -l -- core dump",
		"-ld31 -D core dump",
		"-fld31 core dump",
	};
	struct mdf_args a;
	struct err e;
	char text[512];

	for (unsigned i = 0; i < ARRAY_LEN(same); i++) {
		int rc = read_line(&a, same[i], text, &e);

		if (i == 4) { /* behind -- there are only files */
			CHECK_INT(rc, -EINVAL);
			CHECK_STR(e.text, "'-d31': one file too many, expected VMCORE and DUMPFILE");
			continue;
		}
		CHECK_INT(rc, 0);
		CHECK_INT(a.command, MDF_DUMP);
		CHECK_INT(a.how.codec, CODEC_LZO);
		CHECK_INT(a.how.nlevel, 1);
		CHECK_INT(a.how.level[0], 31);
		CHECK_INT(a.nfile, 2);
		CHECK_STR(a.file[0], "core");
		CHECK_STR(a.file[1], "dump");
	}
	CHECK_INT(read_line(&a, "-cd 1,31 a b", text, &e), 0);
	CHECK_INT(a.how.nlevel, 2);
	CHECK_INT(a.how.level[0], 1);
	CHECK_INT(a.how.level[1], 31);
	CHECK_INT(a.how.codec, CODEC_ZLIB);
	CHECK_INT(a.say, MDF_SAY_DEFAULT);
	CHECK_INT(read_line(&a, "a b", text, &e), 0);
	CHECK_INT(a.how.nlevel, 1);
	CHECK_INT(a.how.level[0], 0);
	CHECK_INT(a.how.codec, CODEC_NONE);
	CHECK_INT(a.how.threads, 0);
}

static void check_settings(void)
{
	struct mdf_args a;
	struct err e;
	char text[512];

	CHECK_INT(read_line(&a, "-EfD --num-threads=0 --message-level 16 -L 0x10K --dry-run --show-stats a", text,
			    &e),
		  0);
	CHECK(a.how.elf && a.force && a.dry_run && a.show_stats);
	CHECK_INT(a.how.threads, 1);
	CHECK_INT(a.say, MDF_SAY_REPORT);
	CHECK_INT(a.how.size_limit, 16384);
	CHECK_INT(read_line(&a, "-D -i info a b", text, &e), 0);
	CHECK_INT(a.say, MDF_SAY_DEFAULT | MDF_SAY_DEBUG);
	CHECK_STR(a.vmcoreinfo, "info");
	CHECK_INT(read_line(&a, "--codec=zstd:-7 --order important --mem-limit=8m --progress=json a b", text, &e), 0);
	CHECK_INT(a.how.codec, CODEC_ZSTD);
	CHECK_INT(a.how.codec_level, -7);
	CHECK_INT(a.how.order, ORDER_IMPORTANT);
	CHECK_INT(a.how.mem_limit, 8 << 20);
	CHECK_INT(a.progress, MDF_PROGRESS_JSON);
	CHECK_INT(read_line(&a, "--codec=zstd:3 -z -c a b", text, &e), 0);
	CHECK(!a.how.codec_level_given);
	CHECK_STR(warned, "two compressions, the last one counts: -c (zlib);");
	/* what has no effect here */
	CHECK_INT(read_line(&a, "-b 4 --cyclic-buffer 1024 --non-cyclic --non-mmap --work-dir /tmp a b", text, &e), 0);
	CHECK_STR(warned, "");
	CHECK_INT(a.nfile, 2);
	/* long options may be cut while they are unique */
	CHECK_INT(read_line(&a, "--message=1 --num 3 --cyc 5 a b", text, &e), 0);
	CHECK_INT(a.say, 1);
	CHECK_INT(a.how.threads, 3);
}

static void check_commands(void)
{
	static const struct {
		const char *line;
		enum mdf_command command;
		unsigned nfile;
	} row[] = {
		{ "-F core", MDF_DUMP, 1 },
		{ "-R dump", MDF_REBUILD, 1 },
		{ "-Rf dump", MDF_REBUILD, 1 },
		{ "--split --splitblock-size 1024 core a b c", MDF_SPLIT, 4 },
		{ "--reassemble a b out", MDF_REASSEMBLE, 3 },
		{ "--dump-dmesg core log", MDF_DMESG, 2 },
		{ "--partial-dmesg core log", MDF_DMESG, 2 },
		{ "--dump-dmesg -F core", MDF_DMESG, 1 },
		{ "--mem-usage /proc/kcore", MDF_MEM_USAGE, 1 },
		{ "-v", MDF_VERSION, 0 },
		{ "-h", MDF_HELP, 0 },
		{ "--help", MDF_HELP, 0 },
		{ "--check-params -l -d 31", MDF_DUMP, 0 },
		{ "--dry-run -d 31 core", MDF_DUMP, 1 },
	};
	struct mdf_args a;
	struct err e;
	char text[512];

	for (unsigned i = 0; i < ARRAY_LEN(row); i++) {
		CHECK_INT(read_line(&a, row[i].line, text, &e), 0);
		CHECK_INT(a.command, row[i].command);
		CHECK_INT(a.nfile, row[i].nfile);
		CHECK_INT(a.partial, strncmp(row[i].line, "--partial", 9) == 0);
	}
	CHECK_INT(read_line(&a, "--split --splitblock-size 1024 core a b c", text, &e), 0);
	CHECK_INT(a.split_block, 1 << 20);
}

static void check_refusals(void)
{
	static const struct {
		const char *line, *sentence;
	} row[] = {
		{ "-p core dump", "-p: snappy is read here and not written: use -l, or --codec=auto" },
		{ "-x vmlinux core dump", "-x: symbols come from the vmcore: leave it out, or give the vmcoreinfo of a "
					  "dump without one with -i" },
		{ "-x", "-x: symbols come from the vmcore: leave it out, or give the vmcoreinfo of a dump without one "
			"with -i" },
		{ "-g info -x vmlinux", "-g: it writes vmcoreinfo only" },
		{ "-ce core dump", "-e: vmemmap is kept, debuggers need it: leave it out" },
		{ "--config erase.conf core dump", "--config: data is not erased here, and a vmcore that should be "
						   "erased is not saved in full" },
		{ "--eppic x.c core dump", "--eppic: data is not erased here, and a vmcore that should be erased is "
					   "not saved in full" },
		{ "--extension x.so core dump", "--extension: extensions are not run here" },
		{ "-X core dump", "-X: Xen is not known here" },
		{ "-E --xen-syms s core dump", "--xen-syms: Xen is not known here" },
		{ "--xen-vmcoreinfo=s core dump", "--xen-vmcoreinfo: Xen is not known here" },
		{ "--xen_phys_start 0 core dump", "--xen_phys_start: Xen is not known here" },
		{ "--diskset=a core dump", "--diskset: sadump is not known here" },
		{ "--vtop 0 core", "--vtop: addresses are translated by crash(8): its command vtop" },
		{ "-d 32 a b", "'-d 32': expected a dump level from 0 to 31, or several as 31,17" },
		{ "-d", "-d needs a value" },
		{ "-q a b", "makedumpfile here has no option -q (in '-q')" },
		{ "--splitt a b", "makedumpfile here has no option --splitt: did you mean --split?" },
		{ "--xen a b", "--xen is the beginning of several options" },
		{ "--split=3 a b", "--split takes no value" },
		{ "-c -E a b", "-E (ELF) cannot be compressed: remove -E, or -c, -l, -p and -z" },
		{ "--codec=auto -E a b", "-E (ELF) cannot be compressed: remove -E, or -c, -l, -p and -z" },
		{ "-R --reassemble a b c", "-R and --reassemble exclude each other" },
		{ "--split -F core a b", "--split makes kdump-compressed files: remove -F" },
		{ "--split -E core a b", "--split makes kdump-compressed files: remove -E" },
		{ "-R -F a", "-R writes a plain file: remove -F" },
		{ "--reassemble -F a b c", "--reassemble writes a plain file: remove -F" },
		{ "--dry-run -R a", "--dry-run and -R exclude each other" },
		{ "-d 31", "no file is named: expected VMCORE and DUMPFILE" },
		{ "-d 31 core", "a file name is missing: expected VMCORE and DUMPFILE" },
		{ "-F", "no file is named: expected VMCORE" },
		{ "-F core dump", "'dump': one file too many, expected VMCORE: with -F the output is standard output" },
		{ "core dump more", "'more': one file too many, expected VMCORE and DUMPFILE" },
		{ "--split core a", "a file name is missing: expected VMCORE and two DUMPFILEs or more" },
		{ "--reassemble a b", "a file name is missing: expected two split DUMPFILEs or more, then the new "
				      "DUMPFILE" },
		{ "--dump-dmesg core", "a file name is missing: expected VMCORE and LOGFILE" },
		{ "--num-threads=-1 a b", "'--num-threads -1': expected a number from 0 to 1024" },
		{ "--splitblock-size 1M a b", "'--splitblock-size 1M': expected a number from 0 to 4294967295" },
		{ "-L 99999999999E a b", "'-L 99999999999E': expected bytes as 500M or 2G" },
		{ "--codec=zstd: a b", "'--codec=zstd:': expected a number behind the colon" },
		{ "--progress=maybe a b", "'--progress=maybe': expected json, tty or none" },
		{ "--frob\x1b[0m", "makedumpfile here has no option --frob?[0m" },
	};
	struct mdf_args a;
	struct err e;
	char text[512];

	for (unsigned i = 0; i < ARRAY_LEN(row); i++) {
		CHECK_INT(read_line(&a, row[i].line, text, &e), -EINVAL);
		CHECK_STR(e.text, row[i].sentence);
	}
}

static void check_files_limit(void)
{
	const struct mdf_caller who = { .conf = false };
	const char *word[MDF_FILES + 2];
	struct mdf_args a;
	struct err e = { 0 };

	word[0] = "--split";
	for (unsigned i = 1; i < ARRAY_LEN(word); i++)
		word[i] = "f";
	CHECK_INT(mdf_parse(&a, MDF_FILES + 1, word, &who, &e), 0);
	CHECK_INT(a.nfile, MDF_FILES);
	CHECK_INT(mdf_parse(&a, MDF_FILES + 2, word, &who, &e), -EINVAL);
	CHECK_STR(e.text, "more than 128 file names: a dump is split into 127 files at most");
}

static void check_sizes(void)
{
	static const struct {
		const char *text;
		int rc;
		uint64_t value;
	} row[] = {
		{ "0", 0, 0 },
		{ "4096", 0, 4096 },
		{ "1k", 0, 1024 },
		{ "3M", 0, 3u << 20 },
		{ "2G", 0, 2ull << 30 },
		{ "15E", 0, 15ull << 60 },
		{ "1T", 0, 1ull << 40 },
		{ "1p", 0, 1ull << 50 },
		{ "0xffK", 0, 255u << 10 },
		{ "16E", -ERANGE, 0 },
		{ "18446744073709551616", -ERANGE, 0 },
		{ "18446744073709551615", 0, UINT64_MAX },
		{ "", -EINVAL, 0 },
		{ "K", -EINVAL, 0 },
		{ "1KB", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "1.5G", -EINVAL, 0 },
		{ "0x", -EINVAL, 0 },
		{ "1+", -EINVAL, 0 },
		{ "1 ", -EINVAL, 0 },
	};

	for (unsigned i = 0; i < ARRAY_LEN(row); i++) {
		uint64_t v = 0;

		CHECK_INT(mdf_size(row[i].text, &v), row[i].rc);
		CHECK(v == row[i].value);
	}
}

int main(void)
{
	check_grouped();
	check_settings();
	check_commands();
	check_refusals();
	check_files_limit();
	check_sizes();
	return check_done();
}
