/* store/action_json.h - the record of an action as a JSON file, for people and as the truth.
 *
 * The last member, `sha256`, is the digest of all bytes before it, so that any changed bit is
 * noticed: a name of a member as much as a value. */
#ifndef ATOMLOOM_STORE_ACTION_JSON_H
#define ATOMLOOM_STORE_ACTION_JSON_H
#include "store/inside.h"

enum { ACTION_MAX_FILE = 256 << 20, ACTION_MAX_LOG = 16 << 20 };

/* The file's content. Refused with a message: more outputs, longer names or a larger provenance
 * than can be read back, provenance that is no JSON object. A log above ACTION_MAX_LOG is shortened
 * in the middle, which it says. */
bool action_to_json(const action_record *r, text *out, error *e);

typedef enum action_state {
    ACTION_WHOLE,
    ACTION_ABSENT,
    ACTION_OLDER,   /* of a version without checksums: not believed */
    ACTION_DAMAGED, /* any bit of it differs from what was written, or it is another action's */
    ACTION_FAILED   /* it could not be looked at: `e` says why */
} action_state;
/* The file of `key` as a record (owned where ACTION_WHOLE). `why`: what is wrong with a damaged
 * one; may be NULL. */
action_state action_from_file(const store *s, const digest *key, action_record *out, text *why,
                              error *e);

/* action.c: a record that cannot be believed counts as none from now on, here and in the journal,
 * so that the next run makes it again. */
void action_disown(store *s, const digest *key, action_state state);
#endif
