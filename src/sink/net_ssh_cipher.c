/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: which cipher is cheapest on this processor.
 * What the processor says it has is asked first, then the clock: in an emulator one AES instruction takes as long as
 * dozens of others.
 */
#include "sink/net_ssh_cipher.h"

#include "base/clock.h"

#include <openssl/evp.h>
#include <stdint.h>
#ifdef __aarch64__
#include <sys/auxv.h>
#endif

#define SAMPLE  16384
#define TRIES   3   /* the least counts: another process may have had the processor */
#define SLOW_US 250 /* for a sample, 65 MB/s: qemu takes 440 to 700, an AMD EPYC 6 */

/* Whether AES and the multiplication that GCM needs are instructions of this processor. */
static bool has_aes(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_cpu_init();
	return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
#elif defined(__aarch64__)
	return (getauxval(AT_HWCAP) & (1ul << 3 | 1ul << 4)) == (1ul << 3 | 1ul << 4); /* asm/hwcap.h: AES, PMULL */
#else
	return true;
#endif
}

/* Microseconds that a sample takes with C, at least; INT64_MAX: it cannot be done. */
static int64_t time_gcm(EVP_CIPHER_CTX *c)
{
	static const uint8_t key[16], nonce[12];
	uint8_t buf[SAMPLE] = { 0 };
	int64_t least = INT64_MAX;
	int n;

	for (int i = 0; i < TRIES; i++) {
		int64_t start = clock_us(), took;

		if (EVP_EncryptInit_ex(c, EVP_aes_128_gcm(), NULL, key, nonce) != 1 ||
		    EVP_EncryptUpdate(c, buf, &n, buf, SAMPLE) != 1)
			return INT64_MAX;
		took = clock_us() - start;
		least = took < least ? took : least;
	}
	return least;
}

bool ssh_gcm_first(void)
{
	EVP_CIPHER_CTX *c;
	bool fast;

	if (!has_aes())
		return false;
	c = EVP_CIPHER_CTX_new();
	fast = c && time_gcm(c) < SLOW_US;
	EVP_CIPHER_CTX_free(c);
	return fast;
}
