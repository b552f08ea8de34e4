/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links every built library into one static program and makes each do its work once.
 * Promise: exit status 0 means that the part of each library the product relies on gives right answers.
 *
 * check.sh compiles it with -DWITH_<LIBRARY> for each library that was built.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#if defined(WITH_ZLIB) || defined(WITH_LIBDEFLATE) || defined(WITH_ZSTD) || defined(WITH_LZO2)
#define PAGE 4096

/* A page with repetition and change in it, so that a compressor has something to do. */
static void make_page(unsigned char *page)
{
	uint32_t x = 1;

	for (size_t i = 0; i < PAGE; i++) {
		x = x * 1664525 + 1013904223;
		page[i] = i % 64 < 48 ? (unsigned char)(i / 64) : (unsigned char)(x >> 24);
	}
}
#endif

#ifdef WITH_ZLIB
#include <zlib.h>

static bool check_zlib(void)
{
	unsigned char in[PAGE], code[2 * PAGE], out[PAGE];
	uLongf n = sizeof(code), m = sizeof(out);

	make_page(in);
	return compress2(code, &n, in, PAGE, 1) == Z_OK && n < PAGE &&
	       uncompress(out, &m, code, n) == Z_OK && m == PAGE && !memcmp(in, out, PAGE);
}
#endif

#ifdef WITH_LIBDEFLATE
#include <libdeflate.h>

static bool check_libdeflate(void)
{
	struct libdeflate_compressor *c = libdeflate_alloc_compressor(1);
	struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
	unsigned char in[PAGE], code[2 * PAGE], out[PAGE];
	size_t n;
	bool ok;

	make_page(in);
	n = libdeflate_zlib_compress(c, in, PAGE, code, sizeof(code));
	ok = n && n < PAGE && !libdeflate_zlib_decompress(d, code, n, out, PAGE, NULL) && !memcmp(in, out, PAGE);
	n = libdeflate_gzip_compress(c, in, PAGE, code, sizeof(code));
	ok = ok && n && !libdeflate_gzip_decompress(d, code, n, out, PAGE, NULL) && !memcmp(in, out, PAGE);
	libdeflate_free_compressor(c);
	libdeflate_free_decompressor(d);
	return ok;
}
#endif

#ifdef WITH_ZSTD
#include <zstd.h>

/* Level 9 would use a strategy that is left out: it must fall back, not fail. */
static bool check_zstd(void)
{
	static const int levels[] = { -5, -1, 1, 3, 9 };
	unsigned char in[PAGE], code[2 * PAGE], out[PAGE];

	make_page(in);
	for (size_t i = 0; i < ARRAY_SIZE(levels); i++) {
		size_t n = ZSTD_compress(code, sizeof(code), in, PAGE, levels[i]);

		if (ZSTD_isError(n) || n >= PAGE || ZSTD_decompress(out, PAGE, code, n) != PAGE ||
		    memcmp(in, out, PAGE))
			return false;
	}
	return true;
}
#endif

#ifdef WITH_LZO2
#include <lzo/lzo1x.h>

static bool check_lzo2(void)
{
	static unsigned char work[LZO1X_1_MEM_COMPRESS];
	unsigned char in[PAGE], code[2 * PAGE], out[PAGE];
	lzo_uint n = 0, m = sizeof(out);

	make_page(in);
	return lzo_init() == LZO_E_OK && lzo1x_1_compress(in, PAGE, code, &n, work) == LZO_E_OK && n < PAGE &&
	       lzo1x_decompress_safe(code, n, out, &m, NULL) == LZO_E_OK && m == PAGE && !memcmp(in, out, PAGE);
}
#endif

#ifdef WITH_UTIL_LINUX
#include <blkid/blkid.h>

/* A swap area as mkswap(8) makes it: version 1 at 1024, the magic in the last 10 bytes of the first page. */
static bool check_util_linux(void)
{
	char name[] = "/tmp/libs-check-XXXXXX";
	unsigned char page[4096] = { 0 };
	const char *type = NULL;
	blkid_probe pr = NULL;
	int fd = mkstemp(name);
	bool ok;

	page[1024] = 1;
	page[1028] = 255;
	memcpy(page + 4086, "SWAPSPACE2", 10);
	ok = fd >= 0 && !unlink(name) && write(fd, page, sizeof(page)) == sizeof(page) && !ftruncate(fd, 1 << 20);
	if (ok)
		pr = blkid_new_probe();
	ok = ok && pr && !blkid_probe_set_device(pr, fd, 0, 0) && !blkid_do_safeprobe(pr) &&
	     !blkid_probe_lookup_value(pr, "TYPE", &type, NULL) && !strcmp(type, "swap");
	blkid_free_probe(pr);
	if (fd >= 0)
		close(fd);
	return ok;
}
#endif

#ifdef WITH_XZ_UTILS
#include <lzma.h>

/* "xz --check=crc32" of 100 times "crashbox\n", which check.sh makes with xz(1). */
static const unsigned char xz_sample[] = {
#include "xz-sample.h"
};

static bool check_xz_utils(void)
{
	char out[1000], want[900];
	size_t in_pos = 0, out_pos = 0;
	uint64_t limit = 64 << 20;

	for (size_t i = 0; i < sizeof(want); i++)
		want[i] = "crashbox\n"[i % 9];
	return lzma_stream_buffer_decode(&limit, 0, NULL, xz_sample, &in_pos, sizeof(xz_sample), (uint8_t *)out,
					 &out_pos, sizeof(out)) == LZMA_OK &&
	       out_pos == sizeof(want) && !memcmp(out, want, sizeof(want));
}
#endif

#ifdef WITH_OPENSSL
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>

/* AES-128-GCM of 16 zero bytes under key and IV of zeros: test case 2 of the GCM specification by McGrew and Viega. */
static bool gcm_is_right(void)
{
	static const unsigned char want[] = { 0x03, 0x88, 0xda, 0xce, 0x60, 0xb6, 0xa3, 0x92,
					      0xf3, 0x28, 0xc2, 0xb9, 0x71, 0xb2, 0xfe, 0x78 };
	static const unsigned char zero[16];
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	unsigned char out[32];
	int n = 0;
	bool ok = c && EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, zero, zero) == 1 &&
		  EVP_EncryptUpdate(c, out, &n, zero, sizeof(zero)) == 1 && n == sizeof(want) &&
		  !memcmp(out, want, sizeof(want));

	EVP_CIPHER_CTX_free(c);
	return ok;
}

/* A long buffer takes the unrolled code paths: what was encrypted in one piece must decrypt in another cut. */
static bool gcm_round_trip(void)
{
	static unsigned char in[65536], code[65536], out[65536];
	static const unsigned char key[16] = "0123456789abcdef";
	EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
	unsigned char tag[16];
	int n = 0, m = 0, rest = 0;
	bool ok;

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (unsigned char)(i * 7 + i / 251);
	ok = c && EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, key, key) == 1 &&
	     EVP_EncryptUpdate(c, code, &n, in, sizeof(in)) == 1 && EVP_EncryptFinal_ex(c, code + n, &m) == 1 &&
	     EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_GET_TAG, sizeof(tag), tag) == 1 &&
	     EVP_DecryptInit_ex(c, EVP_aes_128_gcm(), NULL, key, key) == 1 &&
	     EVP_DecryptUpdate(c, out, &n, code, 100) == 1 &&
	     EVP_DecryptUpdate(c, out + 100, &m, code + 100, sizeof(code) - 100) == 1 &&
	     EVP_CIPHER_CTX_ctrl(c, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag) == 1 &&
	     EVP_DecryptFinal_ex(c, out + n + m, &rest) == 1 && !memcmp(in, out, sizeof(in));
	EVP_CIPHER_CTX_free(c);
	return ok;
}

static bool key_type_works(const char *type, const char *group)
{
	EVP_PKEY *key = group ? EVP_PKEY_Q_keygen(NULL, NULL, type, group) : EVP_PKEY_Q_keygen(NULL, NULL, type);
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	const EVP_MD *digest = group ? EVP_sha256() : NULL;
	unsigned char sig[512];
	size_t len = sizeof(sig);
	bool ok = key && md && EVP_DigestSignInit(md, NULL, digest, NULL, key) == 1 &&
		  EVP_DigestSign(md, sig, &len, (const unsigned char *)"dump", 4) == 1;

	EVP_MD_CTX_free(md);
	md = EVP_MD_CTX_new();
	ok = ok && md && EVP_DigestVerifyInit(md, NULL, digest, NULL, key) == 1 &&
	     EVP_DigestVerify(md, sig, len, (const unsigned char *)"dump", 4) == 1;
	EVP_MD_CTX_free(md);
	EVP_PKEY_free(key);
	return ok;
}

static bool check_openssl(void)
{
	static const char *const needed[] = { "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256",
					      "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384" };
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
	SSL *ssl = ctx ? SSL_new(ctx) : NULL;
	EVP_PKEY *x = EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
	bool ok = ssl && x && gcm_is_right() && gcm_round_trip() && key_type_works("ED25519", NULL) &&
		  key_type_works("EC", "P-256") && key_type_works("EC", "P-384");

	for (size_t i = 0; ok && i < ARRAY_SIZE(needed); i++) {
		const char *name = NULL;

		for (int j = 0; (name = SSL_get_cipher_list(ssl, j)); j++)
			if (!strcmp(name, needed[i]))
				break;
		ok = name;
	}
	EVP_PKEY_free(x);
	SSL_free(ssl);
	SSL_CTX_free(ctx);
	return ok;
}
#endif

#ifdef WITH_LIBSSH2
#include <libssh2.h>

static bool ssh_has(LIBSSH2_SESSION *s, int method, const char *name)
{
	const char **algs = NULL;
	int n = libssh2_session_supported_algs(s, method, &algs);
	bool found = false;

	for (int i = 0; i < n; i++)
		found = found || !strcmp(algs[i], name);
	if (n > 0)
		libssh2_free(s, algs);
	return found;
}

static bool check_libssh2(void)
{
	LIBSSH2_SESSION *s = libssh2_init(0) ? NULL : libssh2_session_init();
	bool ok = s && ssh_has(s, LIBSSH2_METHOD_HOSTKEY, "ssh-ed25519") &&
		  ssh_has(s, LIBSSH2_METHOD_HOSTKEY, "rsa-sha2-512") &&
		  ssh_has(s, LIBSSH2_METHOD_KEX, "curve25519-sha256") &&
		  ssh_has(s, LIBSSH2_METHOD_CRYPT_CS, "aes128-gcm@openssh.com");

	if (s)
		libssh2_session_free(s);
	libssh2_exit();
	return ok;
}
#endif

#ifdef WITH_LIBNFS
#include <nfsc/libnfs.h>

static bool check_libnfs(void)
{
	struct nfs_context *nfs = nfs_init_context();
	struct nfs_url *url = nfs ? nfs_parse_url_full(nfs, "nfs://192.0.2.1/export/dump?version=4") : NULL;
	bool ok = url && !strcmp(url->server, "192.0.2.1") && !strcmp(url->path, "/export") &&
		  !strcmp(url->file, "/dump");

	nfs_destroy_url(url);
	nfs_destroy_context(nfs);
	return ok;
}
#endif

#ifdef WITH_CURL
#include <curl/curl.h>

static bool check_curl(void)
{
	static const char *const needed[] = { "ftp", "ftps", "http", "https" };
	const curl_version_info_data *v = NULL;
	CURL *c = NULL;
	bool ok;

	ok = !curl_global_init(CURL_GLOBAL_DEFAULT) && (c = curl_easy_init()) &&
	     (v = curl_version_info(CURLVERSION_NOW)) &&
	     curl_easy_setopt(c, CURLOPT_URL, "https://192.0.2.1/") == CURLE_OK &&
	     curl_easy_setopt(c, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
	     strcmp(curl_easy_strerror(CURLE_COULDNT_CONNECT), "Error");
	for (size_t i = 0; ok && i < ARRAY_SIZE(needed); i++) {
		bool found = false;

		for (const char *const *p = v->protocols; *p; p++)
			found = found || !strcmp(*p, needed[i]);
		ok = found;
	}
	curl_easy_cleanup(c);
	curl_global_cleanup();
	return ok;
}
#endif

static const struct {
	const char *name;
	bool (*works)(void);
} checks[] = {
#ifdef WITH_ZLIB
	{ "zlib", check_zlib },
#endif
#ifdef WITH_LIBDEFLATE
	{ "libdeflate", check_libdeflate },
#endif
#ifdef WITH_ZSTD
	{ "zstd", check_zstd },
#endif
#ifdef WITH_LZO2
	{ "lzo2", check_lzo2 },
#endif
#ifdef WITH_UTIL_LINUX
	{ "util-linux", check_util_linux },
#endif
#ifdef WITH_XZ_UTILS
	{ "xz-utils", check_xz_utils },
#endif
#ifdef WITH_OPENSSL
	{ "openssl", check_openssl },
#endif
#ifdef WITH_LIBSSH2
	{ "libssh2", check_libssh2 },
#endif
#ifdef WITH_LIBNFS
	{ "libnfs", check_libnfs },
#endif
#ifdef WITH_CURL
	{ "curl", check_curl },
#endif
};

int main(void)
{
	int bad = 0;

	for (size_t i = 0; i < ARRAY_SIZE(checks); i++) {
		bool ok = checks[i].works();

		printf("libs: %-11s %s\n", checks[i].name, ok ? "works" : "FAILS");
		bad += !ok;
	}
	return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
