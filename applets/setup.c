/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: setup.
 * The few questions that make a machine ready, each with its reason; every answer also as an option.
 */
#include "applet.h"

#include "base/str.h"
#include "conf/conf.h"
#include "host/crashkernel.h"
#include "host/child.h"
#include "host/conf_source.h"
#include "host/kdumpctl_boot.h"
#include "host/setup.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct dialog {
	struct host host;
	const char *memory, *target, *path, *level, *action; /* options, or NULL: asked for */
	bool yes, dry, rehearse;
	struct setup_answers a;
	char crashkernel[SETUP_WORD]; /* to be set; "": stays */
	char *old;                    /* the configuration as it was, or NULL */
	size_t n;
	bool translated; /* from the file of another distribution */
};

extern const struct applet applet_setup;

static void say(void *arg, enum host_say kind, const char *sentence)
{
	(void)arg;
	fprintf(kind == HOST_SAY ? stdout : stderr, "%s%s\n", kind == HOST_WARN ? "warning: " : "", sentence);
}

static int fail(const char *sentence)
{
	(void)fflush(stdout);
	fprintf(stderr, "crashbox setup: %s\n", sentence);
	return EXIT_FAILED;
}

/* ---- questions ---- */

/* What "?" is answered with, by how the question begins. */
static const struct {
	const char *question, *help;
} helps[] = {
	{ "   crashkernel=", "as 256M, or 1G-4G:192M,4G-:512M; keep leaves the next boot as it is" },
	{ "   its file system", "what blkid calls it: ext4, xfs, btrfs, vfat" },
	{ "   device", "as blkid shows it: UUID=..., LABEL=..., PARTUUID=... or /dev/..." },
	{ "   partition", "as /dev/sdb1 or PARTUUID=...; everything on it is lost" },
	{ "   server", "as store.example:/srv/dumps; showmount -e SERVER lists exports" },
	{ "   user", "as kdump@store.example; the key is made later, by kdumpctl propagate" },
	{ "   directory", "a path that begins with /, as /var/crash; it is looked for on the target" },
	{ "   level", "a number from 0 (everything) to 31 (only what the kernel itself uses)" },
	{ "   action", "what happens when nothing could be saved: reboot, halt, poweroff, shell or dump_to_rootfs" },
	{ "", "an answer as the lines above describe it; an empty line takes what stands in brackets" },
};

static void say_help(const char *question)
{
	size_t i = 0;

	while (!str_starts(question, helps[i].question))
		i++;
	printf("   %s\n", helps[i].help);
}

/* Asks for a line, an empty one means USUAL, "?" shows help. False: the input has ended. */
static bool ask(const char *question, const char *usual, char answer[SETUP_WORD])
{
	char line[SETUP_WORD], *text;

	for (;;) {
		printf("%s [%s]: ", question, usual);
		(void)fflush(stdout);
		if (!fgets(line, sizeof(line), stdin)) {
			putchar('\n');
			return false;
		}
		line[strcspn(line, "\r\n")] = '\0';
		text = str_trim(line);
		if (strcmp(text, "?") != 0)
			break;
		say_help(question);
	}
	(void)str_fmt(answer, SETUP_WORD, "%s", *text ? text : usual);
	return true;
}

static bool ask_yes(const struct dialog *d, const char *question, bool usual)
{
	char answer[SETUP_WORD];

	if (d->yes)
		return usual;
	return ask(question, usual ? "yes" : "no", answer) && (*answer == 'y' || *answer == 'Y');
}

/* Why the answers so far cannot be used; true when they can. */
static bool usable(const struct dialog *d)
{
	struct err e = { 0 };

	if (setup_check(&d->a, &e) == 0)
		return true;
	printf("  That will not do: %s\n", e.text);
	return false;
}

static int take_memory(struct dialog *d, const char *value)
{
	struct err e = { 0 };

	d->crashkernel[0] = '\0';
	if (strcmp(value, "keep") == 0)
		return 0;
	if (crashkernel_set(value, d->crashkernel, sizeof(d->crashkernel), &e) == 0)
		return 0;
	d->crashkernel[0] = '\0';
	printf("  That will not do: %s (or keep)\n", e.text);
	return -EINVAL;
}

static bool ask_memory(struct dialog *d)
{
	char line[SETUP_WORD], answer[SETUP_WORD] = "";
	const char *usual = boot_default_crashkernel(), *has;

	host_line(&d->host, "/proc/cmdline", line, sizeof(line));
	has = strstr(line, "crashkernel=");
	puts("\n1. Memory\n"
	     "   Some memory is set aside at boot for the kernel that saves a crash. Nothing else can use it.\n"
	     "   The value below suits any machine: little on a small one, more on a large one.");
	printf("   This boot: %.*s\n", (int)(has ? strcspn(has, " ") : 16), has ? has : "nothing reserved");
	do {
		if (!ask("   crashkernel=, or keep", has ? "keep" : usual, answer))
			return false;
	} while (take_memory(d, answer));
	return true;
}

/* The numbers of the menu, and what has to follow. */
static const struct {
	const char *question, *word;
} place[] = {
	{ NULL, "local" },
	{ "   device (UUID=... is best)", "" },
	{ "   partition (it is overwritten)", "raw" },
	{ "   server and export, HOST:/EXPORT", "nfs" },
	{ "   user and server, USER@HOST", "ssh" },
};

static bool ask_place(struct dialog *d, unsigned which)
{
	char answer[SETUP_WORD], type[SETUP_WORD] = "";

	if (!place[which].question) {
		(void)str_fmt(d->a.target, sizeof(d->a.target), "local");
		return true;
	}
	if (!*place[which].word && !ask("   its file system (ext4, xfs, btrfs, ...)", "ext4", type))
		return false;
	if (!ask(place[which].question, "none", answer))
		return false;
	(void)str_fmt(d->a.target, sizeof(d->a.target), "%.60s %.400s", *type ? type : place[which].word, answer);
	return true;
}

static bool ask_target(struct dialog *d)
{
	char answer[SETUP_WORD], was[SETUP_WORD], question[600];

	(void)str_fmt(was, sizeof(was), "%s", d->a.target);
	puts("\n2. Where dumps go\n"
	     "   1  the file system that holds the directory below: simplest\n"
	     "   2  another file system of a local disk: a full / cannot be in the way\n"
	     "   3  a raw partition: needs no file system that works; recovered at the next boot\n"
	     "   4  an NFS server\n"
	     "   5  an ssh server: the dump crosses the network encrypted");
	(void)str_fmt(question, sizeof(question), "   1 to 5, or keep (%.400s)", was);
	do {
		(void)str_fmt(d->a.target, sizeof(d->a.target), "%s", was);
		if (!ask(question, "keep", answer))
			return false;
		if (answer[0] >= '1' && answer[0] <= '5' && !answer[1] && !ask_place(d, (unsigned)(answer[0] - '1')))
			return false;
	} while (!usable(d));
	return true;
}

static bool ask_path(struct dialog *d)
{
	char was[SETUP_WORD];

	(void)str_fmt(was, sizeof(was), "%s", d->a.path);
	puts("   A directory for each crash is made below this one; a raw partition is recovered into it.");
	do {
		if (!ask("   directory", was, d->a.path))
			return false;
	} while (!usable(d));
	return true;
}

static int take_level(struct dialog *d, const char *value)
{
	uint64_t level;

	if (str_u64(value, 31, &level)) {
		printf("  '%s' will not do: a number from 0 to 31\n", value);
		return -EINVAL;
	}
	if (level != d->a.level)
		d->a.collector[0] = '\0';
	d->a.level = (unsigned)level;
	return 0;
}

static bool ask_level(struct dialog *d)
{
	char answer[SETUP_WORD], usual[12];

	puts("\n3. What is saved\n"
	     "   The sum of what is left out: 1 zeros, 2 and 4 file cache, 8 programs' data, 16 free memory.\n"
	     "   31  the kernel's own memory: enough for nearly everything, a tenth of the size or less\n"
	     "   23  programs' data as well: what ran can be looked at, and passwords in it too\n"
	     "   0   every byte");
	snprintf(usual, sizeof(usual), "%u", d->a.level);
	do {
		if (!ask("   level", usual, answer))
			return false;
	} while (take_level(d, answer));
	return true;
}

static int take_action(struct dialog *d, const char *value)
{
	if (conf_action(value, &d->a.action) == 0 && d->a.action <= ACTION_DUMP_TO_ROOTFS)
		return 0;
	printf("  '%s' will not do: reboot, halt, poweroff, shell or dump_to_rootfs\n", value);
	return -EINVAL;
}

static bool ask_action(struct dialog *d)
{
	char answer[SETUP_WORD], usual[40];

	puts("\n4. When the dump fails\n"
	     "   reboot          back to work, the console has said why\n"
	     "   dump_to_rootfs  once more, to the file system of /\n"
	     "   shell           wait for somebody at the console\n"
	     "   halt, poweroff  stay down");
	(void)str_fmt(usual, sizeof(usual), "%s", conf_action_name(d->a.action));
	do {
		if (!ask("   action", usual, answer))
			return false;
	} while (take_action(d, answer));
	return true;
}

/* ---- answers ---- */

/* Options first; -EINVAL: one of them makes no sense. */
static int take_options(struct dialog *d)
{
	if (d->memory && take_memory(d, d->memory))
		return -EINVAL;
	if ((d->target && str_fmt(d->a.target, sizeof(d->a.target), "%s", d->target)) ||
	    (d->path && str_fmt(d->a.path, sizeof(d->a.path), "%s", d->path)))
		return -ENAMETOOLONG;
	if ((d->level && take_level(d, d->level)) || (d->action && take_action(d, d->action)))
		return -EINVAL;
	return usable(d) ? 0 : -EINVAL;
}

/* What no option has said. False: the input has ended. */
static bool ask_rest(struct dialog *d)
{
	char line[SETUP_WORD];

	if (d->yes) {
		host_line(&d->host, "/proc/cmdline", line, sizeof(line));
		if (!d->memory && !strstr(line, "crashkernel="))
			(void)str_fmt(d->crashkernel, sizeof(d->crashkernel), "%s", boot_default_crashkernel());
		return true;
	}
	return (d->memory || ask_memory(d)) && (d->target || ask_target(d)) && (d->path || ask_path(d)) &&
	       (d->level || ask_level(d)) && (d->action || ask_action(d));
}

static int read_old(struct dialog *d, struct err *e)
{
	struct conf_source s;
	struct plan p;
	bool none;
	int rc = conf_source_read(&s, d->host.root, NULL, e);

	if (rc && rc != -ENOENT)
		return rc;
	none = rc == -ENOENT;
	rc = conf_parse(&p, s.text ? s.text : "", s.n, NULL, e);
	if (rc == 0) {
		setup_from_plan(&d->a, &p);
		if (none)
			d->a.collector[0] = '\0';
		plan_free(&p);
		d->old = s.text;
		d->n = s.n;
		d->translated = !str_ends(s.file, CONF_FILE);
	} else {
		conf_source_free(&s);
	}
	return rc;
}

/* ---- what comes of it ---- */

static void show(const char *text)
{
	puts("\n/etc/kdump.conf will hold, besides its comments:\n");
	for (const char *s = text; *s;) {
		size_t len = strcspn(s, "\n");

		if (len && *s != '#')
			printf("    %.*s\n", (int)len, s);
		s += len + (s[len] == '\n');
	}
	putchar('\n');
}

static void complain(void *arg, enum conf_severity s, unsigned line, const char *text)
{
	(void)arg;
	if (s != CONF_NOTE)
		printf("line %u: %s%s\n", line, s == CONF_WARN ? "warning: " : "is refused: ", text);
}

/* What is wrong with lines that no question was about; more than one target, too. */
static void judge(const char *text)
{
	const struct conf_sayer who = { .say = complain };
	struct err e = { 0 };
	struct plan p;

	if (conf_parse(&p, text, strlen(text), &who, &e))
		return;
	if (p.ntarget > 1)
		printf("%u targets are tried in order, one of them from a line that stays.\n", p.ntarget);
	plan_free(&p);
}

static int run_self(const char *command, struct err *e)
{
	char self[HOST_PATH];
	const char *run[] = { self, "kdumpctl", command, NULL };
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return err_sys(e, "/proc/self/exe");
	self[n] = '\0';
	(void)fflush(stdout);
	return child_run(&(struct child_ask){ .argv = run, .terminal = true }, e);
}

/* A key for an ssh server, then every target tried, on request. */
static int try_out(struct dialog *d)
{
	struct err e = { 0 };
	int rc = 0;

	if (str_starts(d->a.target, "ssh ") && ask_yes(d, "Bring an ssh key to the server now?", false))
		rc = run_self("propagate", &e);
	if (rc == 0 && (d->rehearse || ask_yes(d, "Build the image and try the target now?", false))) {
		rc = run_self("rebuild", &e);
		if (rc == 0)
			rc = run_self("rehearse", &e);
	}
	if (rc < 0)
		return fail(e.text);
	puts("Next: reboot where memory was not reserved yet, then `systemctl enable --now kdump' arms this machine.");
	return rc ? EXIT_FAILED : EXIT_OK;
}

static int write_all(struct dialog *d, const char *text)
{
	const struct boot_ask ask = { .value = d->crashkernel, .dry = d->dry };
	bool holds = false;
	struct err e = { 0 };
	int rc = d->dry ? 0 : setup_write(&d->host, text, &e);

	if (rc)
		return fail(e.text);
	if (!d->dry)
		printf("/etc/kdump.conf is written%s.\n",
		       d->old && !d->translated ? ", the old one is /etc/kdump.conf.old" : "");
	if (d->crashkernel[0] && boot_set_crashkernel(&d->host, &ask, &holds, &e))
		return fail(e.text);
	if (!d->dry && d->crashkernel[0] && !holds)
		return fail("crashkernel= is not set everywhere yet: do what is said above, then call setup again");
	if (d->dry) {
		puts("Nothing was written (--dry-run).");
		return EXIT_OK;
	}
	return try_out(d);
}

static int setup(struct dialog *d)
{
	struct err e = { 0 };
	char *text = NULL;
	int rc = read_old(d, &e);

	if (rc)
		return fail(e.text);
	if (take_options(d))
		return EXIT_USAGE;
	if (!ask_rest(d))
		return fail("the input has ended: nothing was written (--yes takes what is proposed)");
	if (!usable(d))
		return EXIT_FAILED;
	if (setup_text(&text, &d->a, d->old ? d->old : "", d->n, &e))
		return fail(e.text);
	show(text);
	judge(text);
	if (!d->dry && !ask_yes(d, "Write it?", true))
		rc = fail("nothing was written");
	else
		rc = write_all(d, text);
	free(text);
	return rc;
}

static int setup_main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "memory", required_argument, NULL, 'm' },
		{ "target", required_argument, NULL, 't' },
		{ "path", required_argument, NULL, 'p' },
		{ "level", required_argument, NULL, 'l' },
		{ "action", required_argument, NULL, 'a' },
		{ "yes", no_argument, NULL, 'y' },
		{ "dry-run", no_argument, NULL, 'n' },
		{ "rehearse", no_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	const char *root = getenv("SYSROOT");
	struct dialog d = { .host = { .root = root ? root : "", .say = say } };
	int c, rc;

	while ((c = getopt_long(argc, argv, "yn", options, NULL)) != -1)
		switch (c) {
		case 'm': d.memory = optarg; break;
		case 't': d.target = optarg; break;
		case 'p': d.path = optarg; break;
		case 'l': d.level = optarg; break;
		case 'a': d.action = optarg; break;
		case 'y': d.yes = true; break;
		case 'n': d.dry = true; break;
		case 'r': d.rehearse = true; break;
		default: return applet_usage(&applet_setup);
		}
	if (optind < argc)
		return applet_usage(&applet_setup);
	rc = setup(&d);
	free(d.old);
	return rc;
}

const struct applet applet_setup = {
	.name = "setup",
	.synopsis = "[OPTION...]",
	.help = "make this machine ready, question by question\n"
		"  --memory VALUE   crashkernel= of the next boots, or keep\n"
		"  --target TARGET  local, or a line of kdump.conf: \"nfs HOST:/EXPORT\", \"ssh USER@HOST\"\n"
		"  --path DIR       directory on the target\n"
		"  --level N        kinds of memory that are left out, 0 to 31\n"
		"  --action A       when the dump fails: reboot, halt, poweroff, shell, dump_to_rootfs\n"
		"  -y, --yes        ask nothing: what is not given is as it was, or as proposed\n"
		"  -n, --dry-run    show what would be written, and where\n"
		"  --rehearse       then build the image and try the target\n"
		"Questions whose answer is an option are not asked. The old kdump.conf stays as kdump.conf.old.\n",
	.main = setup_main,
};
