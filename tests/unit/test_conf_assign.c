/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: files of shell assignments.
 */
#include "check.h"

#include "conf/assign.h"

#include <stdlib.h>

static struct assigns a;

static void parse_n(const char *text, size_t n)
{
	assign_free(&a);
	CHECK_INT(assign_parse(&a, text, n, NULL), 0);
}

static const char *value(const char *text, const char *name)
{
	parse_n(text, strlen(text));
	return assign_get(&a, name);
}

static void check_plain(void)
{
	CHECK_STR(value("# a comment\n\nA=1\n  B=two # not this\nexport C=3;D=4", "A"), "1");
	CHECK_STR(assign_get(&a, "B"), "two");
	CHECK_STR(assign_get(&a, "C"), "3");
	CHECK_STR(assign_get(&a, "D"), "4");
	CHECK(!assign_get(&a, "E") && !assign_get(&a, ""));
	CHECK_INT(a.n, 4);
	CHECK_INT(a.faults, 0);
	CHECK_INT(a.v[0].line, 3);
	CHECK_INT(a.v[3].line, 5);
	CHECK_STR(value("A=\nB=''\r\nC=x\r\n", "A"), "");
	CHECK_STR(assign_get(&a, "B"), "");
	CHECK_STR(assign_get(&a, "C"), "x");
	CHECK_STR(value("A=1\nA=2", "A"), "2");
	CHECK_STR(value("A=a#b", "A"), "a#b");
}

static void check_quotes(void)
{
	CHECK_STR(value("A=\"irqpoll nr_cpus=1\"", "A"), "irqpoll nr_cpus=1");
	CHECK_STR(value("A='$x `y` \\ \"z\"'", "A"), "$x `y` \\ \"z\"");
	CHECK_STR(value("A=a'b c'\"d e\"f", "A"), "ab cd ef");
	CHECK_STR(value("A=\"\\\"\\$\\\\\\`\\n\"", "A"), "\"$\\`\\n");
	CHECK_STR(value("A=a\\ b\\;c", "A"), "a b;c");
	CHECK_STR(value("A=\"one \\\ntwo\" B=3", "A"), "one two");
	CHECK_STR(assign_get(&a, "B"), "3");
	CHECK_STR(value("A='line 1\nline 2'\nB=1", "A"), "line 1\nline 2");
	CHECK_INT(a.v[1].line, 3);
	CHECK_STR(value("A=one\\\ntwo", "A"), "onetwo");
}

static void check_variables(void)
{
	CHECK_STR(value("A=1\nB=\"$A ${A}2 $C$\"", "B"), "1 12 $");
	CHECK_STR(value("A=1\nA=\"$A 2\"", "A"), "1 2");
	CHECK_STR(value("A=1\nA+=' 2'", "A"), "1 2");
	CHECK_STR(value("A+=x", "A"), "x");
	CHECK_STR(value("AB=1\nC=$A-", "C"), "-");
}

static void faulty(const char *text, const char *fault)
{
	(void)value(text, "A");
	CHECK_INT(a.faults, 1);
	CHECK(a.n >= 1 && a.v[0].fault && strstr(a.v[0].fault, fault) && !a.v[0].value);
	CHECK(!assign_get(&a, "A"));
}

static void check_faults(void)
{
	faulty("A=$(reboot)", "only a shell");
	faulty("A=`reboot`", "a command");
	faulty("A=\"`reboot`\"", "a command");
	faulty("A=${B:-2}", "only a shell");
	faulty("A=$1", "only a shell");
	faulty("A=1 && reboot", "needs quotes");
	faulty("A=a&b", "operator");
	faulty("A=irqpoll quiet", "needs quotes");
	faulty("A=\"open\n", "double quote");
	faulty("A='open", "single quote");
	faulty("if true; then\n", "not an assignment");
	faulty("A =1", "not an assignment");
	faulty("1A=1", "not an assignment");
	CHECK_STR(value("A=$(x)\nB=2\n", "B"), "2");
	parse_n("A=a\0b", 5);
	CHECK(a.v[0].fault && strstr(a.v[0].fault, "NUL"));
}

/* What only a shell can decide, and everything that belongs to it, is left out; what follows counts again. */
static void left_out(const char *block, const char *fault)
{
	char text[600];

	snprintf(text, sizeof(text), "A=1\n%s\nZ=9\n", block);
	CHECK_STR(value(text, "A"), "1");
	CHECK_STR(assign_get(&a, "Z"), "9");
	CHECK_INT(a.faults, 1);
	CHECK(a.n == 3 && a.v[1].fault && strstr(a.v[1].fault, fault));
	CHECK(a.n == 3 && a.v[1].line == 2 && a.v[2].line == a.v[1].last + 1);
}

static void check_blocks(void)
{
	left_out("if [ -f /x ]; then\n\tA=\"$A fips=1\"\nelse\n\tA=3\nfi", "an if block");
	left_out("if a\nthen if b; then A=2; fi; A=4\nfi # end", "an if block");
	left_out("case $(uname -r) in\n5.*|6.*) A=2 ;;\n(*)\n\tA=3\n;;\nesac", "a case block");
	left_out("for i in 1 2 3; do A=$i; done", "a loop");
	left_out("while read -r A\ndo\nA=2\ndone </etc/x", "a loop");
	left_out("f() {\n\tA=2\n}", "a function");
	left_out("function f\n{\n\tA=2\n}", "a function");
	left_out("{ A=2\nA=3; }", "a group");
	left_out("(\nA=2\n)", "a group");
	left_out("[ -f /x ] && A=2", "&&");
	left_out("[ -f /x ] &&\n\n\tA=2", "&&");
	left_out("test -f /x ||\\\nA=2", "&&");
	left_out("grep x /y | while read -r b; do\nA=2\ndone", "&&");
	left_out("[[ -f /x &&\n-f /y ]] && A=2", "&&");
	left_out("cat >/x <<EOF\nA=2\nif\nEOF", "not an assignment");
	left_out("cat <<-'E O' <<B\nA=2\n\tE O\nA=3\nB", "not an assignment");
	left_out("echo \"\nA=2\n\"", "not an assignment");
	left_out("echo 'it\nA=2' \\\nA=3", "not an assignment");
	left_out("echo $(\nA=2\nif x; then A=3; fi\n) `\nA=4\n`", "not an assignment");
	left_out(". /etc/other", "not an assignment");
	left_out("source /etc/other", "not an assignment");
	left_out("B=(1\nA=2\n)", "operator");
	left_out("B=$(\nA=2\n)", "only a shell");
	left_out("A=2 &&\nA=3", "needs quotes");
	left_out("A=~/x", "~");
	CHECK_STR(value("A=1\nA=2 B=3 reboot\n", "A"), "1");
	CHECK(!assign_get(&a, "B"));
	CHECK_INT(a.faults, 2);
	/* a shell reads no further */
	CHECK_STR(value("A=1\nexit 0\nA=2\n", "A"), "1");
	CHECK(a.n == 2 && strstr(a.v[1].fault, "nothing behind it counts"));
	/* without an end, the rest belongs to it */
	CHECK_STR(value("A=1\nif x; then\nA=2\n", "A"), "1");
	CHECK(a.n == 2 && strstr(a.v[1].fault, "without its end"));
}

static void check_words(void)
{
	CHECK_STR(value("A=1\nexport A\nreadonly B=2\ndeclare -x C=3 # c\nunset A D\nexport E F=6\n", "A"), "");
	CHECK_STR(assign_get(&a, "B"), "2");
	CHECK_STR(assign_get(&a, "C"), "3");
	CHECK_STR(assign_get(&a, "F"), "6");
	CHECK_INT(a.faults, 0);
}

static void check_bounds(void)
{
	size_t n = ASSIGN_VALUE_MAX + 8;
	char *text = malloc(n);

	if (!text)
		return;
	memset(text, 'x', n);
	memcpy(text, "A=", 2);
	parse_n(text, n);
	CHECK(a.v[0].fault && strstr(a.v[0].fault, "too long"));
	parse_n(text, ASSIGN_VALUE_MAX + 1);
	CHECK(!a.v[0].fault);
	for (size_t i = 0; i + 4 <= n; i += 4)
		memcpy(text + i, "A=1\n", 4);
	parse_n(text, n);
	CHECK_INT(a.n, ASSIGN_ENTRIES);
	CHECK_INT(a.faults, n / 4 - ASSIGN_ENTRIES);
	free(text);
	parse_n("", 0);
	CHECK_INT(a.n, 0);
}

int main(void)
{
	check_plain();
	check_quotes();
	check_variables();
	check_faults();
	check_blocks();
	check_words();
	check_bounds();
	assign_free(&a);
	assign_free(NULL);
	return check_done();
}
