/* store/store.h - values and actions on disk, so that nothing is computed twice.
 *
 * WHAT IT PROMISES
 *   What store_put returned is got again bit for bit, or not at all: every byte of a value, of the
 *   record of an action and of the journal is covered by a checksum that is looked at before the
 *   byte is believed. A half-written file is never seen. kill -9 of any process at any moment loses
 *   what was under way and nothing else. Any number of processes, on several machines that share a
 *   file system with POSIX locks, may use one store at once. The same value is the same file.
 *   What it does not promise: that a value is still there. Any value, any record and all of what is
 *   below but objects/ and actions/ may be removed at any time; a run makes again what it needs.
 *
 * WHAT IS WHERE (known to the files of store/ only; a house test looks)
 *   DIR/atomloom-store            says that DIR is a store, and its format
 *   DIR/objects/ab/cdef...h5      a value, named by its digest: an HDF5 file (object.h)
 *   DIR/actions/ab/cdef...json    what the action with this key gave, for people and as the truth
 *   DIR/actions/journal           the same in short, for look-ups in microseconds (action_log.h)
 *   DIR/files                     journal: SHA-256 of the user's files, by inode and times
 *   DIR/tmp/HOST.PID.TIME.N       files under way; swept when their writer is gone
 *   DIR/runs/HOST.PID.TIME        what a live run counts on
 *   DIR/last/FOLDER/NAME          notes for explanations (what the last run of a pipeline did)
 *   DIR/jobs/BUNDLE/              actions given to other machines, and what came of them (jobs.h)
 *   DIR/damaged/                  what was not what its name says, for whoever wants to look
 *   DIR/lock                      byte-range locks: gone with the process that held them (locks.h)
 * In a group store all but objects/, runs/ and lock lies in DIR/users/UID (group.c).
 *
 * STATES
 *   a value    absent -> (put: in tmp/, renamed) -> there -> (gc, rm) -> absent
 *                                                   there -> (read and found wrong) -> damaged/
 *   an action  unknown -> (claim) -> claimed -> (put) -> known -> (rm, gc) -> unknown
 *              known -> (its record is found wrong or gone) -> unknown, in the journal too
 *              (records are looked at by who prints what is in them, and where there are warnings)
 *   Known does not mean that its outputs are there: an action of which a value was removed or was
 *   damaged runs again when the value is wanted (plan.h: "lost").
 *   a run      store_begin_run -> announced -> store_end_run, or its process dies and the next run
 *              sweeps what it left
 *
 * WHO MAY CHANGE WHAT
 *   Objects never change: they appear by rename and go by unlink. Records of actions are replaced
 *   by rename, by whoever executed the action. Journals are appended to under their lock, by one
 *   write, and replaced under it; readers take no lock. Values and actions are removed under
 *   LOCK_UPKEEP held alone, which store_put and store_keep hold together: what a live run keeps, or
 *   used since it began, is not removed (gc.c). One exception: a run may take back what it alone
 *   made (discard.c). An executing process holds the claim of its action;
 *   everybody else waits for its record. Nothing here is removed because of its age alone.
 *
 *   Nothing is believed that somebody who is not trusted may have written (base/trust.h): a store
 *   that others may write to is not opened, a record or journal of theirs counts as damaged, their
 *   objects are copied before their digest is checked.
 *
 * WHEN THINGS FAIL
 *   The object or record is wrong        moved to damaged/ (LOOM_E_IO here); the run that met it
 *                                        makes it again
 *   The process lacks something          descriptors, memory, rights: nothing is known of the file,
 *   (base/io_error.h: io_is_shortage)    it stays, and the failure says what is missing
 *   The journal is damaged               made anew from the records; where that cannot be, the
 *                                        records are asked one by one
 *   The marker is gone or damaged        DIR is recognised by what it holds (marker.c)
 *   No space, no right to write          the call fails, tmp/ is cleaned, what was there stays; a
 *                                        store that may only be read can be read
 *   A power cut                          values above 64 KiB are on the disk before they have their
 *                                        name; smaller ones with the record of an action of 50 ms
 *                                        or more; what is lost before that is noticed when read
 *
 * REGRETS
 *   HDF5 interprets a file before its digest is checked, and needs guarding (h5_names.h, import.c).
 *   gc goes by the time of files, so a run touches the records it counts on, once a day.
 *
 * Functions return false or NULL with `e` set on failure; "not there" is not a failure where so
 * stated. A store is used by one thread at a time. [main] */
#ifndef ATOMLOOM_STORE_STORE_H
#define ATOMLOOM_STORE_STORE_H
#include "base/text.h"
#include "store/value.h"

typedef struct store store;

/* $ATOMLOOM_STORE, else $XDG_CACHE_HOME/atomloom, else ~/.cache/atomloom. Owned. */
char *store_default_path(error *e);
/* What was given with --store, or the default where nothing was (NULL). A leading "~/" is the home
 * directory. Owned. */
char *store_path_of(const char *given, error *e);
/* Opens, and makes the directories where they are not there yet. Refuses a directory that holds
 * something else, or a store of a later format (both numbers named). Cheap: no scan, HDF5
 * untouched. Owned. */
store *store_open(const char *dir, error *e);
/* Makes a group store of a new or an empty directory: the members of the group (a name or a number)
 * share its values, and take each other's records where they trust each other (group.c,
 * base/trust.h). */
bool store_make_group(const char *dir, const char *group, error *e);
bool store_is_group(const store *s);
/* Where this user's own files of the default store lie, for what is no part of it (the cache of
 * plugins): in a group store not where the others' do. Owned. */
char *store_private_path(error *e);
/* May this user write to it? */
bool store_is_writable(const store *s);
void store_close(store *s);             /* NULL is fine; ends the run */
const char *store_path(const store *s); /* borrowed */

/* ---- values ---------------------------------------------------------------------------------- */

/* Write a value unless it is there already; its digest in *out. Hashing overlaps with writing. */
bool store_put(store *s, const loom_value *v, digest *out, error *e);
/* Read a value. `verify`: recompute the digest and fail on a difference (a flipped bit); values up
 * to 64 KiB are verified always. Missing and damaged objects are LOOM_E_IO, and gone afterwards.
 * Large arrays are mapped, read-only. Owned. */
loom_value *store_get(store *s, const digest *d, bool verify, error *e);
/* By name and length. One that was cut short is set aside: absent from then on. */
typedef enum object_state { OBJECT_ABSENT, OBJECT_CUT_SHORT, OBJECT_THERE } object_state;
object_state store_look(store *s, const digest *d);
bool store_has(store *s, const digest *d); /* by name only: one system call */
bool store_object_path(const store *s, const digest *d, text *out_path);
/* The same HDF5 form, as a file of the user's (atomloom get -o x.h5), and back. Any HDF5 file that
 * holds what a value holds can be read; one that makes the HDF5 library crash is a failure like any
 * other. */
bool value_write_h5(const loom_value *v, const char *path, error *e);
loom_value *value_read_h5(const char *path, error *e);

/* ---- actions --------------------------------------------------------------------------------- */

typedef struct action_output {
    const char *port;
    bool made;
    digest value;
} action_output;
/* where: a parameter or port of the op, or "" */
typedef struct action_warning {
    const char *where, *text;
} action_warning;
typedef struct action_record {
    digest key;
    int output_count;
    action_output *output;         /* in the op's order */
    double wall_s, cpu_s, started; /* started: seconds since 1970 */
    uint64_t peak_bytes;           /* largest resident size of the worker */
    const char *provenance;        /* JSON object (docs/records.md); NULL from store_find_action */
    const char *log;               /* NULL from store_find_action */
    int warning_count;
    action_warning *warning; /* NULL from store_find_action, which gives their number only */
    void *memory;
} action_record;

/* Fast look-up, for planning: outputs and times only; microseconds each. False without `e` set when
 * there is none. What is read is owned: action_record_free. */
bool store_find_action(store *s, const digest *key, action_record *out, error *e);
/* The same for a walk over many: sees what this store object has read of the journal already, so it
 * makes no system call. Where it finds nothing, store_find_action may. */
bool store_find_known(store *s, const digest *key, action_record *out, error *e);
/* Whole, with provenance and log. */
bool store_read_action(store *s, const digest *key, action_record *out, error *e);
/* Atomic; replaces. Refused: what could not be read back (action_json.h). */
bool store_put_action(store *s, const action_record *record, error *e);
void action_record_free(action_record *r);

/* Claim an action so that two runs do not both execute it. True: claimed, until store_release or
 * the death of this process (children do not inherit it). False without `e` set: another process
 * has it. */
bool store_claim(store *s, const digest *key, error *e);
void store_release(store *s, const digest *key);

/* ---- runs ------------------------------------------------------------------------------------ */

/* A run announces itself, so that gc keeps what it may need, and says which actions and values it
 * counts on. gc leaves alone what is listed here, and whatever was written or used since the oldest
 * live run began. Keep first, then ask store_has: after that order nothing can go away. `key` may
 * be NULL and keys may stand among the values: one call does for a whole plan (~20 us).
 * store_begin_run also sweeps what dead processes left behind. */
bool store_begin_run(store *s, error *e);
bool store_keep(store *s, const digest *key, const digest *values, int count, error *e);
void store_end_run(store *s);
/* Removes a value that action `key` of this announced run made, where it is nobody else's: no other
 * live run counts on it or on the action, and no other action made the same value. *gone: it was
 * removed. Not being alone with it is no failure. */
bool store_discard(store *s, const digest *key, const digest *value, bool *gone, error *e);
/* Sweeps what killed runs left, where there is anything and the store may be written. One directory
 * is read when there is not. */
void store_sweep_runs(store *s);

/* ---- notes ----------------------------------------------------------------------------------- */

/* Small files for explanations: losing one loses no result, so a failure is only `false`. `folder`
 * and `name` are file names. Written aside and renamed, not synced. */
bool store_note_write(store *s, const char *folder, const char *name, const void *bytes, size_t n);
bool store_note_read(const store *s, const char *folder, const char *name, text *out); /* appends */
void store_note_remove(store *s, const char *folder, const char *name);
/* Every folder of notes; `visit` returns false to stop. False where they cannot be listed. */
bool store_note_folders(const store *s, bool (*visit)(void *user, const char *folder), void *user);

/* ---- files ----------------------------------------------------------------------------------- */

/* SHA-256 of a file of the user's; unchanged files (device, inode, size, mtime, ctime in ns) are
 * not read again. */
bool store_hash_file(store *s, const char *path, digest *out, error *e);

/* ---- upkeep ---------------------------------------------------------------------------------- */

typedef struct store_stats {
    uint64_t objects, object_bytes, actions, action_bytes, temporary_files, temporary_bytes,
        damaged;
} store_stats;
/* Walks the whole store. False with `e` where it cannot be read. */
bool store_count(store *s, store_stats *out, error *e);

/* 0: that rule is off */
typedef struct gc_request {
    uint64_t max_bytes;
    double older_than_s;
    bool dry_run;
} gc_request;
typedef struct gc_result {
    uint64_t objects, object_bytes; /* there were, before */
    uint64_t objects_removed, actions_removed, bytes_freed, kept_for_runs;
} gc_result;
/* Removes the least recently used values first; actions stay (small, and needed to resume) unless
 * none of their outputs has been used for ten times as long. Never touches what a live run
 * announced. Sweeps temporary files of dead writers, and what lies in damaged/ for a week. */
bool store_gc(store *s, const gc_request *request, gc_result *out, error *e);

/* Recompute every digest; damaged objects are moved to damaged/ and reported through `found`. */
bool store_verify(store *s, void (*found)(void *user, const digest *d, const char *problem),
                  void *user, uint64_t *checked, uint64_t *damaged, error *e);

/* What store_verify_actions found. */
typedef struct action_check {
    uint64_t records, damaged;
    uint64_t older; /* of a version without checksums; made again when wanted */
    uint64_t outputs_missing, actions_without; /* values that are not there, of so many actions */
    /* The journal against the records: bytes that are no record; an unfinished record at the end,
     * as a killed process leaves it; records that say something else, that have no file, that it
     * lacked. */
    uint64_t journal_bytes_damaged, journal_bytes_torn, journal_differs, journal_alone,
        not_in_journal;
} action_check;
/* Checks the records of actions against their checksums and against the journal, and that their
 * outputs are there. Damaged records are moved to damaged/ and reported through `found`; a journal
 * that says anything else is made anew. */
bool store_verify_actions(store *s,
                          void (*found)(void *user, const digest *key, const char *problem),
                          void *user, action_check *out, error *e);

/* Removes a value or an action. E_PARAM where there is none of that name; E_IO while a live run
 * counts on it. */
bool store_remove(store *s, const digest *value_or_key, error *e);
/* Every object, in order of digest: `visit` returns false to stop. `used`: seconds since 1970. */
bool store_each_object(store *s,
                       bool (*visit)(void *user, const digest *d, uint64_t bytes, double used),
                       void *user, error *e);
#endif
