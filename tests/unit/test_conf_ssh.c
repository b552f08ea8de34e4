/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: known_hosts files and ssh_config files.
 * The hashed names were written by ssh-keygen -H of OpenSSH 9.2.
 */
#include "check.h"

#include "base/sha1.h"
#include "conf/known_hosts.h"
#include "conf/ssh_config.h"

#include <errno.h>
#include <stdint.h>

/* "ssh-ed25519" and 32 bytes of one value, as the wire has it and in base64 */
#define KEY_A "AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"
#define KEY_B "AAAAC3NzaC1lZDI1NTE5AAAAIAICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIC"

static void key_bytes(uint8_t key[51], uint8_t fill)
{
	static const uint8_t head[19] = "\0\0\0\013ssh-ed25519\0\0\0\040";

	memcpy(key, head, sizeof(head));
	memset(key + sizeof(head), fill, 32);
}

static struct known_hosts look(const char *text, const char *name, unsigned port)
{
	return (struct known_hosts){ { text }, { strlen(text) }, 1, name, port };
}

/* What TEXT says of key A of NAME at PORT. */
static enum known_verdict ask(const char *text, const char *name, unsigned port)
{
	struct known_hosts k = look(text, name, port);
	uint8_t key[51];

	key_bytes(key, 1);
	return known_hosts_check(&k, key, sizeof(key));
}

static void check_hmac(void)
{
	/* RFC 2202, cases 1 and 3, and one of more than a block */
	static const uint8_t one[] = "\xb6\x17\x31\x86\x55\x05\x72\x64\xe2\x8b"
				     "\xc0\xb6\xfb\x37\x8c\x8e\xf1\x46\xbe\x00";
	static const uint8_t three[] = "\x12\x5d\x73\x42\xb9\xac\x11\xcd\x91\xa3"
				       "\x9a\xf4\x8a\xa1\x7b\x4f\x63\xf1\x75\xd3";
	uint8_t key[20], data[50], got[SHA1_SIZE];

	memset(key, 0x0b, sizeof(key));
	hmac_sha1(key, 20, "Hi There", 8, got);
	CHECK(memcmp(got, one, SHA1_SIZE) == 0);
	memset(key, 0xaa, sizeof(key));
	memset(data, 0xdd, sizeof(data));
	hmac_sha1(key, 20, data, sizeof(data), got);
	CHECK(memcmp(got, three, SHA1_SIZE) == 0);
}

static void check_names(void)
{
	CHECK_INT(ask("host ssh-ed25519 " KEY_A "\n", "host", 0), KNOWN_MATCH);
	CHECK_INT(ask("host ssh-ed25519 " KEY_A, "HOST", 22), KNOWN_MATCH);
	CHECK_INT(ask("  host ssh-ed25519 " KEY_A " words of a comment\r\n", "host", 0), KNOWN_MATCH);
	CHECK_INT(ask("a,host,b ssh-ed25519 " KEY_A, "host", 0), KNOWN_MATCH);
	CHECK_INT(ask("host ssh-ed25519 " KEY_A, "hos", 0), KNOWN_NONE);
	CHECK_INT(ask("host ssh-ed25519 " KEY_A, "hosts", 0), KNOWN_NONE);
	CHECK_INT(ask("#host ssh-ed25519 " KEY_A, "host", 0), KNOWN_NONE);
	CHECK_INT(ask("host ssh-ed25519 " KEY_B, "host", 0), KNOWN_CHANGED);
	CHECK_INT(ask("host ssh-ed25519 " KEY_B "\nhost ssh-ed25519 " KEY_A, "host", 0), KNOWN_MATCH);
	CHECK_INT(ask("", "host", 0), KNOWN_NONE);
	CHECK_INT(ask("host ssh-ed25519", "host", 0), KNOWN_NONE);
	CHECK_INT(ask("host ssh-ed25519 !!!!", "host", 0), KNOWN_CHANGED);
}

static void check_patterns(void)
{
	CHECK_INT(ask("*.example.org ssh-ed25519 " KEY_A, "db.example.org", 0), KNOWN_MATCH);
	CHECK_INT(ask("*.example.org ssh-ed25519 " KEY_A, "example.org", 0), KNOWN_NONE);
	CHECK_INT(ask("d?.*.org ssh-ed25519 " KEY_A, "db.a.b.org", 0), KNOWN_MATCH);
	CHECK_INT(ask("*.org,!db.* ssh-ed25519 " KEY_A, "db.example.org", 0), KNOWN_NONE);
	CHECK_INT(ask("!db.*,*.org ssh-ed25519 " KEY_A, "web.example.org", 0), KNOWN_MATCH);
	CHECK_INT(ask("*a*a*a*a*b ssh-ed25519 " KEY_A, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 0), KNOWN_NONE);
	CHECK_INT(ask("! ssh-ed25519 " KEY_A, "host", 0), KNOWN_NONE);
}

static void check_ports(void)
{
	CHECK_INT(ask("[host]:2222 ssh-ed25519 " KEY_A, "host", 2222), KNOWN_MATCH);
	CHECK_INT(ask("[host]:2222 ssh-ed25519 " KEY_A, "host", 22), KNOWN_NONE);
	CHECK_INT(ask("[host]:2222 ssh-ed25519 " KEY_A, "host", 2223), KNOWN_NONE);
	CHECK_INT(ask("host ssh-ed25519 " KEY_A, "host", 2222), KNOWN_MATCH);
	CHECK_INT(ask("host ssh-ed25519 " KEY_B, "host", 2222), KNOWN_NONE);
	CHECK_INT(ask("[host]:2222 ssh-ed25519 " KEY_B "\nhost ssh-ed25519 " KEY_A, "host", 2222), KNOWN_CHANGED);
	CHECK_INT(ask("[fe80::1]:2222 ssh-ed25519 " KEY_A, "FE80::1", 2222), KNOWN_MATCH);
}

static struct ssh_config *read_config(const char *host, const char *text)
{
	static struct ssh_config c;

	memset(&c, 0, sizeof(c));
	c.host = host;
	c.home = "/u";
	ssh_config_read(&c, text, strlen(text));
	return &c;
}

/* A line with a character before its names that is not seen names no host, and the sentence says why. */
static void check_unseen(void)
{
	struct known_hosts k = look("\xef\xbb\xbfhost ssh-ed25519 " KEY_A "\n", "host", 0);
	struct ssh_config *c = read_config("h", "\xef\xbb\xbfHost h\nPort 4\n");
	struct err e = { 0 };
	uint8_t key[51];
	char text[256];

	key_bytes(key, 1);
	CHECK_INT(known_hosts_trust(&k, key, sizeof(key), &e), -EACCES);
	CHECK_STR(e.text, "no key of host port 22 is in known_hosts, where a line has U+FEFF (byte order mark) before "
			  "the name: remove it");
	k = look("host ssh-ed25519 " KEY_B "\n\xc2\xa0 x ssh-ed25519 " KEY_A, "y", 0);
	CHECK_INT(known_hosts_trust(&k, key, sizeof(key), &e), -EACCES);
	CHECK(strstr(e.text, "U+00A0 (no-break space) before the name"));
	CHECK(ssh_config_doubt(c, "f", text, sizeof(text)));
	CHECK_STR(text, "f:1: U+FEFF (byte order mark) before the name: remove it");
	c = read_config("h", "Port 4\n\xc2\xa0User x\n");
	CHECK_STR(c->user, "");
	CHECK(ssh_config_doubt(c, "f", text, sizeof(text)));
	CHECK_STR(text, "f:2: U+00A0 (no-break space) before the name: remove it");
}

static void check_hashes(void)
{
	static const char text[] = "|1|jIPq1WzvN5MdOQZxvTbn8PdKLkA=|WRONGWRONGWRONGWRONGWRONGWR= ssh-ed25519 " KEY_A;
	char line[256] = "|1|AQIDBAUGBwgJCgsMDQ4PEBESExQ=|", *p = line + strlen(line);
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint8_t salt[20], hash[21] = { 0 };

	CHECK_INT(ask(text, "host", 0), KNOWN_NONE);
	for (unsigned i = 0; i < 20; i++)
		salt[i] = (uint8_t)(i + 1);
	hmac_sha1(salt, sizeof(salt), "[host]:2222", 11, hash);
	for (unsigned i = 0; i < 21; i += 3) {
		uint32_t v = (uint32_t)hash[i] << 16 | (uint32_t)hash[i + 1] << 8 | hash[i + 2];

		*p++ = digits[v >> 18];
		*p++ = digits[v >> 12 & 63];
		*p++ = digits[v >> 6 & 63];
		*p++ = i == 18 ? '=' : digits[v & 63];
	}
	strcpy(p, " ssh-ed25519 " KEY_A);
	CHECK_INT(ask(line, "Host", 2222), KNOWN_MATCH);
	CHECK_INT(ask(line, "host", 22), KNOWN_NONE);
	CHECK_INT(ask("|1| ssh-ed25519 " KEY_A, "host", 0), KNOWN_NONE);
	CHECK_INT(ask("|1|| ssh-ed25519 " KEY_A, "host", 0), KNOWN_NONE);
}

static void check_markers(void)
{
	struct known_hosts k = look("@revoked * ssh-ed25519 " KEY_A "\n", "host", 0);
	uint8_t key[51];
	struct err e = { 0 };

	CHECK_INT(ask("host ssh-ed25519 " KEY_A "\n@revoked * ssh-ed25519 " KEY_A, "host", 0), KNOWN_REVOKED);
	CHECK_INT(ask("host ssh-ed25519 " KEY_A "\n@revoked * ssh-ed25519 " KEY_B, "host", 0), KNOWN_MATCH);
	CHECK_INT(ask("@cert-authority host ssh-ed25519 " KEY_A, "host", 0), KNOWN_CA);
	CHECK_INT(ask("@cert-authority host ssh-ed25519 " KEY_A "\nhost ssh-ed25519 " KEY_A, "host", 0), KNOWN_MATCH);
	CHECK_INT(ask("@something host ssh-ed25519 " KEY_A, "host", 0), KNOWN_NONE);
	key_bytes(key, 1);
	CHECK_INT(known_hosts_trust(&k, key, sizeof(key), &e), -EACCES);
	CHECK(strstr(e.text, "@revoked") != NULL);
	k = look("host ssh-ed25519 " KEY_A "\n", "host", 0);
	CHECK_INT(known_hosts_trust(&k, key, sizeof(key), &e), 0);
	CHECK_INT(known_hosts_check(&k, key, sizeof(key) - 1), KNOWN_CHANGED);
}

static void check_algorithms(void)
{
	struct known_hosts k = look("host ssh-rsa AAAA\nother ecdsa-sha2-nistp256 AAAA\nhost ssh-ed25519 AAAA\n"
				    "@revoked host ecdsa-sha2-nistp384 AAAA\n",
				    "host", 0);
	char buf[256];

	CHECK_INT(known_hosts_algorithms(&k, buf, sizeof(buf)), 0);
	CHECK_STR(buf, "ssh-ed25519,rsa-sha2-512,rsa-sha2-256");
	CHECK_INT(known_hosts_algorithms(&k, buf, 20), -ENAMETOOLONG);
	k.name = "nobody";
	CHECK_INT(known_hosts_algorithms(&k, buf, sizeof(buf)), 0);
	CHECK_STR(buf, "");
	k = look("* ssh-ed25519 A\n* ecdsa-sha2-nistp256 A\n* ecdsa-sha2-nistp384 A\n* ecdsa-sha2-nistp521 A\n"
		 "* ssh-rsa A\n",
		 "host", 2222);
	CHECK_INT(known_hosts_algorithms(&k, buf, sizeof(buf)), 0);
	CHECK(strlen(buf) > 90);
}

static void check_config(void)
{
	const struct ssh_config *c =
		read_config("store1", "# words\n\n Host a b\nPort 1\nHOST store? !store2\n\tHostName=%h.example.org\n"
				      "User = \"me too\"\nPort 22022\nPort 1\nIdentityFile ~/.ssh/a\n"
				      "IdentityFile %d/b%%\nHostKeyAlias x\nUserKnownHostsFile /a ~/b\n"
				      "GlobalKnownHostsFile none\nHost *\nUser other\nIdentityFile /c\nCiphers +x\r\n");

	CHECK_STR(c->hostname, "store1.example.org");
	CHECK_STR(c->user, "me too");
	CHECK_INT(c->port, 22022);
	CHECK_STR(c->alias, "x");
	CHECK_INT(c->nkey, 3);
	CHECK_STR(c->key[0], "/u/.ssh/a");
	CHECK_STR(c->key[1], "/u/b%");
	CHECK_STR(c->key[2], "/c");
	CHECK_INT(c->nknown_user, 2);
	CHECK_STR(c->known_user[1], "/u/b");
	CHECK_INT(c->nknown_global, 1);
	CHECK_INT(c->match + c->include + c->proxy + c->bad, 0);
	c = read_config("store2", "Host store? !store2\nPort 5\n");
	CHECK_INT(c->port, 0);
}

static void check_doubts(void)
{
	char text[256];
	const struct ssh_config *c = read_config("h", "Include x\nMatch host h\nPort 4\nMatch all\nPort 6\n");

	CHECK_INT(c->port, 6);
	CHECK_INT(c->match, 2);
	CHECK_INT(c->include, 1);
	CHECK(ssh_config_doubt(c, "f", text, sizeof(text)));
	CHECK_STR(text, "f:2: Match is not understood: its lines are passed over");
	CHECK_INT(read_config("h", "User a\nProxyCommand nc\n")->proxy, 2);
	CHECK_INT(read_config("h", "ProxyJump none\nProxyCommand nc\n")->proxy, 2);
	CHECK_INT(read_config("h", "ProxyJump none\nHost *\nProxyJump j\n")->proxy, 0);
	CHECK_INT(read_config("h", "ProxyCommand none\nProxyCommand nc\nProxyJump j\n")->proxy, 0);
	CHECK_INT(read_config("h", "Port 70000\n")->bad, 1);
	CHECK_INT(read_config("h", "Port\n")->bad, 1);
	CHECK_INT(read_config("h", "IdentityFile %Z\n")->bad, 1);
	CHECK_INT(read_config("h", "User \"x\n")->bad, 1);
	CHECK(!ssh_config_doubt(read_config("h", "Port 1\n"), "f", text, sizeof(text)));
}

int main(void)
{
	check_hmac();
	check_names();
	check_unseen();
	check_patterns();
	check_ports();
	check_hashes();
	check_markers();
	check_algorithms();
	check_config();
	check_doubts();
	return check_done();
}
