/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: what the handlers of directives share.
 * A handler changes the plan only when it returns 0; otherwise it has refused its line.
 */
#ifndef CONF_CTX_H
#define CONF_CTX_H

#include "conf/conf.h"
#include "conf/lex.h"

#include <stdbool.h>
#include <stddef.h>

#define SHOWN_MAX 80 /* bytes of a value that a sentence repeats */

/* Scalars: each may be given once. SLOT_NONE may be repeated. */
enum conf_slot {
	SLOT_NONE,
	SLOT_PATH,
	SLOT_COLLECTOR,
	SLOT_SSHKEY,
	SLOT_FAILURE,
	SLOT_FINAL,
	SLOT_PRE,
	SLOT_POST,
	SLOT_EMERGENCY,
	SLOT_FENCE_ARGS,
	SLOT_REBUILD,
	SLOT_NO_REBUILD,
	SLOT_RESET,
	SLOT_RESETTABLE,
	SLOT_LINK_DELAY,
	SLOT_DISK_TIMEOUT,
	SLOT_DEBUG_MEM,
	SLOTS,
};

enum conf_shape {
	SHAPE_WORD, /* one word, or anything in one pair of double quotes */
	SHAPE_LIST, /* words */
	SHAPE_TEXT, /* the rest of the line */
	SHAPE_NONE, /* no value */
};

struct conf_ctx {
	struct plan *plan;
	const struct conf_sayer *who;
	unsigned line;         /* being read, for messages */
	bool warned;           /* this line has been counted in plan->warned */
	unsigned said;         /* complaints so far, at most CONF_SAID_MAX reach `who` */
	char *room, *room_end; /* of plan->text: for strings that are not in the file as such */
	char *dracut_end;      /* where the next dracut_args is appended */
	unsigned seen[SLOTS];  /* line that gave each scalar, 0: none */
};

struct conf_key {
	const char *name;
	enum conf_shape shape;
	enum conf_slot slot;
	int (*take)(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l);
	size_t field; /* offset in struct plan, for handlers that fill one field */
	const char *releases;
	const char *now;   /* deprecated: the new form, up to the value; NULL: current */
	const char *where; /* deprecated: what follows the value in that sentence */
	const char *help;
};

/* Say a sentence about the line being read. conf_refuse() gives -EINVAL for `return`. */
int conf_refuse(struct conf_ctx *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void conf_warn(struct conf_ctx *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void conf_note(struct conf_ctx *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * PREFIX followed by N bytes of S as a string that lives as long as the plan. Each line may ask
 * once, for as many bytes as its value has plus CONF_ROOM; the room is made for that.
 */
#define CONF_ROOM 8
char *conf_dup(struct conf_ctx *c, const char *prefix, const char *s, size_t n);

/* The table of directives (keys.c). */
const struct conf_key *conf_key(const char *name);
const struct conf_key *conf_key_at(unsigned i);

/* Refuses the unknown directive of L with the best advice there is (hint.c). */
int conf_unknown(struct conf_ctx *c, const struct conf_line *l);

/* The word of LIST (ends with NULL) or directive that WORD most likely was meant to be, or NULL. */
const char *conf_nearest(const char *word, const char *const *list);

/* Handlers by file: target.c */
int take_raw(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l);
int take_fs(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l);
int take_nfs(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l);
int take_ssh(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l);
int take_net(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l);

/* Adds T to the plan; the line is refused when it is there already or the table is full. */
int conf_add_target(struct conf_ctx *c, const struct plan_target *t);

/* Checks the parts of a target: sentences as for the directive called NAME. */
int conf_check_device(struct conf_ctx *c, const char *name, const char *where);
int conf_check_export(struct conf_ctx *c, const char *name, const char *where);

/* Refuses WORD behind the target WHERE as what it was meant to be. 0: it is nothing that is known. */
int conf_target_more(struct conf_ctx *c, const struct conf_key *k, const char *where, const char *word);

/* collector.c */
int take_collector(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l);

/* For each line that was refused: one that can have been core_collector and was to save less leaves the log alone. */
void conf_refused_collector(struct conf_ctx *c, const struct conf_line *l);

void conf_default_collector(struct plan_collector *ret);

/* dracut.c */
int take_dracut_args(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l);

/* value.c */
int take_path(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l);
int take_program(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l);
int take_fence_args(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l);
int take_failure(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l);
int take_final(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l);
int take_bins(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l);
int take_modules(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l);
int take_nodes(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l);
int take_options(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l);
int take_force(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l);
int take_yes_no(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l);
int take_seconds(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l);
int take_mem_level(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l);
int take_nothing(struct conf_ctx *c, const struct conf_key *k, struct conf_line *l);

/*
 * Adds the words of TEXT, which is cut in place, to LIST. CHECK refuses a bad word. Nothing is
 * added when the line is refused.
 */
int conf_add_words(struct conf_ctx *c, struct plan_list *list, char *text,
		   int (*check)(struct conf_ctx *c, const char *word));
int conf_check_module(struct conf_ctx *c, const char *word);
int conf_check_program(struct conf_ctx *c, const char *word);

#endif
