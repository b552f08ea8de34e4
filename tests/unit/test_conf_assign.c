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
	check_bounds();
	assign_free(&a);
	assign_free(NULL);
	return check_done();
}
