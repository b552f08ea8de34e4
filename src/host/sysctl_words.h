/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: KDUMP_SYSCTL, settings of the running kernel that are made once a capture kernel is loaded.
 */
#ifndef HOST_SYSCTL_WORDS_H
#define HOST_SYSCTL_WORDS_H

#include "host/host.h"

/*
 * Sets each NAME=VALUE of WORDS, as sysctl(8) -w does: parts of a NAME are parted by dots, or all by slashes; in the
 * first form a slash stands for a dot. What cannot be set is said with FILE, where the words are from, and is no error:
 * the machine is armed.
 */
void sysctl_words_set(const struct host *h, const char *file, const char *words);

#endif
