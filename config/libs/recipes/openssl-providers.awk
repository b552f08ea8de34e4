# SPDX-License-Identifier: GPL-2.0-or-later
#
# Drops rows from the algorithm tables of OpenSSL's default provider (providers/defltprov.c): what neither an SSH client
# nor a TLS 1.2/1.3 client asks for. A row begins with `{` or `ALG` and may go over several lines; it ends where its
# brackets close. Objects no table names are then left out by the linker.

function balance(s,	open, shut) {
	open = gsub(/[{(]/, "", s)
	shut = gsub(/[})]/, "", s)
	return open - shut
}

BEGIN {
	# Digests and their MACs and key derivations.
	drop = "SHA2_256_192|SHA2_512_224|SHA2_512_256|SHA3_|KECCAK|SHAKE|GMAC|KMAC"
	drop = drop "|SSKDF|PKCS12KDF|SSHKDF|X963KDF|KBKDF|X942KDF|KRB5KDF"
	# Cipher modes of AES other than CBC, ECB, CTR and GCM.
	drop = drop "|AES_[0-9]+_(CBC_CTS|OFB|CFB|CFB1|CFB8|XTS|WRAP|CBC_HMAC|CCM)"
	# Random generators other than CTR_DRBG, unused curves, signature variants.
	drop = drop "|HMAC_DRBG|HASH_DRBG|TEST_RAND|DHX|X448|ED448|ED25519ph|ED25519ctx"
	drop = drop "|RSA_SHA3|RSA_SHA512_|ECDSA_SHA3|RSA_PSS_X"
	drop = "PROV_NAMES_(" drop ")|ossl_(ec|ecx|rsa)_asym_kem"
	# Keys are read and never written; ways of storing them other than files in memory.
	drop = drop "|#include \"(encoders|stores)[.]inc\""
}

skipping {
	depth += balance($0)
	skipping = depth > 0
	next
}

$0 ~ drop && /^[ \t]*(\{|ALG|#)/ {
	depth = balance($0)
	skipping = depth > 0
	dropped++
	next
}

{ print }

END {
	if (dropped < 50) {
		printf "openssl-providers.awk: only %d rows matched; the tables look different\n",
			dropped >"/dev/stderr"
		exit 1
	}
}
