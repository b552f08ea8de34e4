/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: the files of GRUB as a real shell reads them.
 * Files are put together from pieces at random (a fixed seed); whatever grub_set() takes, /bin/sh must agree with.
 */
#include "check.h"

#include "host/grub_default.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FILES  3
#define TRIALS 600

static const char *const names[] = { "GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT", NULL };

static const char *const piece[] = {
	"A=1\n",
	"GRUB_CMDLINE_LINUX=",
	"GRUB_CMDLINE_LINUX_DEFAULT=",
	"GRUB_CMDLINE_LINUX+=",
	"export ",
	"\"quiet splash\"\n",
	"'a b'\n",
	"\n",
	"\n",
	" ",
	"\"",
	"'",
	"\\\n",
	"\\",
	"x",
	"crashkernel=1M",
	"crashkernel=2M,high ",
	"\"$GRUB_CMDLINE_LINUX_DEFAULT c\"\n",
	"\"${GRUB_CMDLINE_LINUX:+$GRUB_CMDLINE_LINUX }d\"\n",
	"${A:-q}",
	"$A",
	"$",
	"# c\n",
	"#",
	";",
	"if true; then\n",
	"if false; then\n",
	"else\n",
	"fi\n",
	"true && ",
	"false || ",
	"false &&\n",
	"f() {\n",
	"}\n",
	"case x in x)\n",
	";; esac\n",
	"true",
	"`echo e`",
	"\"$(echo 'g h')\"",
	"(",
	")",
	"|",
	"{ ",
	"\t",
};

static const char *const line[] = {
	"GRUB_CMDLINE_LINUX=\"a crashkernel=3M b\"\n",
	"GRUB_CMDLINE_LINUX_DEFAULT='crashkernel=4M'\n",
	"GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n",
	"GRUB_CMDLINE_LINUX_DEFAULT=quiet # c\n",
	"GRUB_CMDLINE_LINUX=\n",
	"GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT crashkernel=384M-:128M\"\n",
	"GRUB_CMDLINE_LINUX_DEFAULT=\"${GRUB_CMDLINE_LINUX_DEFAULT:+$GRUB_CMDLINE_LINUX_DEFAULT }e\"\n",
	"GRUB_CMDLINE_LINUX=\"$A ${B-c} ${A+d}\"x'y'\n",
	"if [ -e / ]; then GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX f\"; fi\n",
	"if [ -e / ]; then\nGRUB_CMDLINE_LINUX=g\nfi\n",
	"[ -n \"$A\" ] && A=\"$A h\"\n",
	"for x in 1 2; do A=$x; done\n",
	"case $A in (1) A=2;; i|j) A=3;; *) A=; esac\n",
	"GRUB_CMDLINE_LINUX=k true\n",
	"true GRUB_CMDLINE_LINUX=l\n",
	"GRUB_CMDLINE_LINUX=m | true\n",
	"(GRUB_CMDLINE_LINUX=n)\n",
	"export A=1 GRUB_CMDLINE_LINUX='o p'\n",
	"A=\"q \\\n r \\\" \\$ \\x\"\n",
	"A='s\nGRUB_CMDLINE_LINUX=\"t\"\n'\n",
	"A=`echo u`\nB=\"$(echo \"v\" 'w)')\"\n",
	"f() { GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX y\"; }\nf\n",
	"GRUB_CMDLINE_LINUX=\"z\"; A=1;B=2\n",
};

static unsigned long long seed = 20260214;

static unsigned roll(unsigned n)
{
	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned)(seed >> 33) % n;
}

static void make_text(char *buf, size_t size)
{
	size_t at = 0;

	buf[0] = '\0';
	for (unsigned i = roll(8); i; i--) {
		bool whole = roll(8) != 0;
		unsigned n = whole ? sizeof(line) / sizeof(*line) : sizeof(piece) / sizeof(*piece);
		const char *s = (whole ? line : piece)[roll(n)];

		at += (size_t)snprintf(buf + at, size - at, "%s", s);
	}
}

static void write_file(unsigned i, const char *text, size_t n)
{
	char name[16];
	FILE *f;

	snprintf(name, sizeof(name), "./%u.cfg", i);
	f = fopen(name, "w");
	CHECK(f && fwrite(text, 1, n, f) == n && fclose(f) == 0);
}

/* The words of the command line as the shell sees them: those of ours, or the others. False: the shell gives up. */
static bool ask_shell(bool ours, char *buf, size_t size)
{
	FILE *f = popen("sh -c 'for f in ./0.cfg ./1.cfg ./2.cfg; do . \"$f\"; done >/dev/null 2>&1; set -f; "
			"for w in $GRUB_CMDLINE_LINUX + $GRUB_CMDLINE_LINUX_DEFAULT; do echo \"$w\"; done; echo end' "
			"2>/dev/null </dev/null",
			"r");
	char said[4096];
	bool end = false;
	size_t at = 0;

	buf[0] = '\0';
	while (f && fgets(said, sizeof(said), f)) {
		size_t n = strcspn(said, "\n");
		bool is_ours = strncmp(said, "crashkernel=", 12) == 0;

		said[n] = '\0';
		end = strcmp(said, "end") == 0;
		if (!end && is_ours == ours)
			at += (size_t)snprintf(buf + at, size - at, "%s%s", at ? " " : "", said + (ours ? 12 : 0));
	}
	if (f)
		pclose(f);
	return end;
}

static unsigned trial(const char *value)
{
	char text[FILES][1024], before[8192], after[8192], said[8192];
	struct grub_file f[FILES];
	unsigned taken;
	bool runs;

	for (unsigned i = 0; i < FILES; i++) {
		make_text(text[i], sizeof(text[i]));
		f[i] = (struct grub_file){ .path = "f", .text = text[i], .n = strlen(text[i]) };
	}
	taken = grub_set(f, FILES, names, value, NULL) == 0;
	if (!taken)
		return 0;
	for (unsigned i = 0; i < FILES; i++)
		write_file(i, text[i], f[i].n);
	runs = ask_shell(false, before, sizeof(before));
	for (unsigned i = 0; i < FILES; i++)
		write_file(i, f[i].edited, f[i].edited_n);
	if (runs) { /* else no shell takes the text: there is nothing to compare */
		CHECK(ask_shell(true, said, sizeof(said)));
		CHECK(ask_shell(false, after, sizeof(after)));
		CHECK_STR(said, value);
		CHECK_STR(after, before);
	}
	if (runs && (strcmp(said, value) != 0 || strcmp(after, before) != 0))
		printf("of:\n0: %s\n1: %s\n2: %s\n", text[0], text[1], text[2]);
	grub_files_free(f, FILES);
	return runs;
}

int main(void)
{
	char dir[] = "/tmp/grub-shell-XXXXXX";
	unsigned taken = 0;

	CHECK(mkdtemp(dir) && chdir(dir) == 0);
	for (unsigned i = 0; i < TRIALS; i++)
		taken += trial(i % 2 ? "256M" : "1G,high 128M,low");
	CHECK(taken > TRIALS / 10);
	CHECK(unlink("0.cfg") == 0 && unlink("1.cfg") == 0 && unlink("2.cfg") == 0 && rmdir(dir) == 0);
	return check_done();
}
