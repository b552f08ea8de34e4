/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: members of a JSON text.
 */
#include "check.h"

#include "host/json.h"

static char buf[64];

static const char *member(const char *text, const char *key)
{
	return json_member((struct json){ text, strlen(text) }, key, buf, sizeof(buf));
}

static void check_members(void)
{
	static const char text[] = " { \"a\": 1, \"b\" : \"x \\\"y\\\" \\u00e4\\\\\", "
				   "\"c\": { \"a\": [1, {}] },\n\"d\": true }";
	struct json v = { 0 }, w = { 0 };

	CHECK_STR(member(text, "a"), "1");
	CHECK_STR(member(text, "b"), "x \"y\" ?\\");
	CHECK_STR(member(text, "c"), "");
	CHECK_STR(member(text, "d"), "true");
	CHECK_STR(member(text, "e"), "");
	CHECK(json_get((struct json){ text, sizeof(text) - 1 }, "c", &v) && json_get(v, "a", &w));
	CHECK(json_at(w, 0, &v));
	CHECK_STR(json_text(v, buf, sizeof(buf)), "1");
	CHECK(json_at(w, 1, &v) && v.n == 2);
	CHECK(!json_at(w, 2, &v) && !json_at(v, 0, &w));
	CHECK_STR(json_member((struct json){ text, sizeof(text) - 1 }, "b", buf, 4), "x \"");
}

static void check_damaged(void)
{
	CHECK_STR(member("", "a"), "");
	CHECK_STR(member("{", "a"), "");
	CHECK_STR(member("{\"a", "a"), "");
	CHECK_STR(member("{\"a\"", "a"), "");
	CHECK_STR(member("{\"a\":", "a"), "");
	CHECK_STR(member("{\"a\":\"x", "a"), "");
	CHECK_STR(member("{\"a\":\"x\\", "a"), "");
	CHECK_STR(member("{\"a\":[1,", "a"), "");
	CHECK_STR(member("{\"a\":1", "a"), "1");
	CHECK_STR(member("[1]", "a"), "");
	CHECK_STR(member("{\"b\":[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]],\"a\":1}", "a"), "");
}

static void check_quote(void)
{

	CHECK_STR(json_quote(buf, sizeof(buf), "a\"b\\c"), "\"a\\\"b\\\\c\"");
	CHECK_STR(json_quote(buf, sizeof(buf), "gr\xc3\xbc\xc3\x9f\xe2\x82\xac"), "\"gr\xc3\xbc\xc3\x9f\xe2\x82\xac\"");
	CHECK_STR(json_quote(buf, sizeof(buf), "\x1b\xff\n"), "\"\\u001b\\u00ff\\u000a\"");
	CHECK_STR(json_quote(buf, sizeof(buf), "\xed\xa0\x80"), "\"\\u00ed\\u00a0\\u0080\"");
	CHECK_STR(json_quote(buf, 14, "0123456789"), "\"01234\"");
	CHECK_STR(json_quote(buf, 1, "x"), "");
	CHECK(JSON_QUOTED(sizeof("\x01\x01")) <= sizeof(buf));
	CHECK_STR(json_quote(buf, JSON_QUOTED(sizeof("\x01\x01")), "\x01\x01"), "\"\\u0001\\u0001\"");
}

int main(void)
{
	check_quote();
	check_members();
	check_damaged();
	return check_done();
}
