/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: members of a JSON text.
 */
#include "check.h"

#include "host/json.h"

static char buf[32];

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

int main(void)
{
	check_members();
	check_damaged();
	return check_done();
}
