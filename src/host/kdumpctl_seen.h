/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: what the system looked like when an image was made.
 * A text that is the same as long as nothing that matters to the image has changed; a few milliseconds.
 */
#ifndef HOST_KDUMPCTL_SEEN_H
#define HOST_KDUMPCTL_SEEN_H

#include "host/kdumpctl.h"

#include <stddef.h>
#include <time.h>

/*
 * Gives in *RET (the caller frees it) identities of the image and of every `input` of the stamp, the
 * mounted devices, loaded modules, and, with a server as target, links, addresses and routes. A file
 * that changed at or after SINCE (NULL: no matter) gets a line that is never the same again: it may
 * have changed while the image was made. -ENOENT: there is no image or no stamp; -ENOMEM.
 */
int must_check seen_text(const struct service *s, const struct timespec *since, char **ret, size_t *len,
			 struct err *e);

#endif
