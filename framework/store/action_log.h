/* store/action_log.h - the journal of actions: key -> outputs and times, for look-ups in
 * microseconds. The truth is the JSON file of each action (action_json.h); a journal found damaged
 * is made anew from them. */
#ifndef ATOMLOOM_STORE_ACTION_LOG_H
#define ATOMLOOM_STORE_ACTION_LOG_H
#include "store/inside.h"

/* Both sides of every record, journal and JSON: refused when written, not believed when read. */
enum { ACTION_MAX_OUTPUTS = 1024, ACTION_MAX_PORT_NAME = 255 };

/* Opens the journal of a store that is being opened. False with `e` set. */
bool action_log_init(store *s, error *e);
/* What the journal knows of `key`, as read so far, without a system call: true and *out (outputs
 * and times; owned). False without `e` where it knows nothing. */
bool action_log_known(const store *s, const digest *key, action_record *out, error *e);
/* Reads what is new. A damaged journal is made anew first; where that cannot be (a store that may
 * only be read) it is left aside, so that nothing is known from it. */
bool action_log_refresh(store *s, error *e);
bool action_log_add(store *s, const action_record *r, error *e);
bool action_log_remove(store *s, const digest *key, error *e);
/* Every action that the journal knows; `visit` returns false to stop. False with `e` set, or when
 * stopped. */
bool action_log_each(store *s, bool (*visit)(void *user, const action_record *r), void *user,
                     error *e);
/* Makes it anew from the JSON files, where `always` or where it is damaged. */
bool action_log_rebuild(store *s, bool always, error *e);
/* Drops what is replaced or removed, when that is most of it. */
bool action_log_compact(store *s, error *e);
#endif
