/* run/slurm_inside.h - the executor `slurm`: what its files share, and how it goes.
 *
 * An action given to `start` waits in its place until `poll` gathers what waits into bundles
 * (bundle.h): a folder in the store each, DIR/jobs/RUN-SEQUENCE-TASK. The bundles of one gathering
 * that ask for the same are one array of jobs, one call of sbatch. Their name says everything:
 * whoever reads the queue finds the folder of a job, and no number has to be remembered. A job is
 * `atomloom action`, which takes its folder (once), and leaves a result for each action.
 *
 * What is known, and from where:
 *
 *   an action is done          its result is in the folder, whatever Slurm says
 *   a job is under way         it is in the queue (one squeue for all, every 1 to 10 s)
 *   a job is over              the queue says so, or it has left the queue; then sacct is asked, if
 *                              results are missing
 *   nothing                    squeue failed, or printed what is not understood: nothing changes
 *
 * States of a submission (one sbatch):
 *
 *   TO_SEND -> SENDING -> SENT       sbatch said its number
 *                      -> DOUBTFUL   it did not answer, or the controller was away: it may have
 * been taken. Seen in the queue: SENT. Not seen: TO_SEND, after a while; should both be taken, a
 * folder is taken once
 *                      -> REFUSED    its actions fail, with what sbatch said
 *
 * One program of Slurm runs at a time, and nobody waits for it but `close`. Cancelling goes first,
 * then the queue, then submissions.
 *
 * Jobs that a dead coordinator left (slurm_foreign.c): when `start` is given an action that is in a
 * bundle under way, or has a good result there, the place joins that bundle. A bundle that is
 * neither is called off by taking it, so that a job that comes late finds it taken. A look at the
 * queue is out of date when it is read: a bundle that it does not show is doubted until the next
 * one, since what a dead coordinator submitted last may have come, and taken its folder, meanwhile.
 * Every run removes in the end what dead ones left: folders of jobs that are not in the queue and
 * hold no result that is good and not recorded. A run is dead when its lock in the store is free.
 */
#ifndef ATOMLOOM_RUN_SLURM_INSIDE_H
#define ATOMLOOM_RUN_SLURM_INSIDE_H
#include "base/capture.h"
#include "run/executor.h"
#include "run/job_result.h"
#include "run/slurm_profile.h"

enum { SLURM_NAME = 64, SLURM_JOB = 48, SLURM_WORD = 32, SLURM_MAX_ARRAY = 500 };

typedef enum place_state { PLACE_FREE, PLACE_WAITING, PLACE_IN_BUNDLE } place_state;

typedef struct slurm_place {
    place_state state;
    bool fresh;        /* whether others have it under way is not known yet */
    bool doubted;      /* nor after the last look at the queue */
    bool stop, killed; /* asked to stop; not awaited any more */
    bool ready;        /* its end is known: `result` */
    bool began;        /* as far as the coordinator knows */
    digest key;
    int32_t instance, node, threads, input_count;
    uint64_t limit_bytes;  /* of its own; 0: none */
    uint64_t memory_bytes; /* asked for; 0: as Slurm chooses */
    uint64_t expected_bytes;
    double limit_s, expected_s, time_s; /* time_s: least time of its job */
    int more_memory, more_time;         /* how often more was asked for */
    text order;                         /* bundle_describe */
    job_result result;
} slurm_place;

typedef enum submission_state { TO_SEND, SENDING, SENT, DOUBTFUL, REFUSED } submission_state;

typedef struct slurm_submission {
    struct slurm_submission *next;
    submission_state state;
    int sequence, bundles, threads, minutes;
    uint64_t memory_bytes;
    int alive; /* bundles that are not removed yet */
} slurm_submission;

typedef struct slurm_bundle {
    struct slurm_bundle *next;
    slurm_submission *submission; /* NULL: of another coordinator */
    char name[SLURM_NAME];        /* of its folder */
    char job[SLURM_JOB];          /* "12_3", for scancel and sacct; "": not known yet */
    char state[SLURM_WORD];       /* Slurm's word for it; "": never heard */
    bool seen;                    /* in the last look */
    bool over;                    /* its job is */
    bool asked;                   /* sacct has been */
    bool noted;                   /* that it was lost */
    bool cancel, cancelled;       /* to be cancelled; scancel has been called */
    double over_at;
    int count, next_result; /* results before this one are known */
    int joined;             /* of a bundle of others: how many are awaited here, or were */
    int *place;             /* by action; -1: nobody here waits for it */
} slurm_bundle;

/* A bundle of another coordinator, not joined. */
typedef struct slurm_foreign {
    char name[SLURM_NAME];
    digest *keys;
    int count;
    bool alive; /* in the queue, not over */
    /* for actions that wait: what was found after an earlier look at the queue, and after this */
    bool doubted, taken, judged, gone;
    char job[SLURM_JOB];
} slurm_foreign;

/* What actions of one node took in this run. */
typedef struct slurm_node {
    double sum_s;
    int count;
    uint64_t peak_bytes;
} slurm_node;

typedef enum slurm_call {
    CALL_NONE,
    CALL_QUEUE,
    CALL_SUBMIT,
    CALL_CANCEL,
    CALL_ACCOUNT
} slurm_call;

typedef struct slurm_executor {
    executor base;
    const graph *graph;
    store *store;
    slurm_profile profile;               /* of the setup, or the usual one; not owned */
    char run[24];                        /* TIME-RANDOM: names of this run's jobs begin with it */
    char program[4096], directory[4096]; /* this one, for the jobs, and where it runs */
    int sequence;
    slurm_place *place;
    slurm_bundle *bundles;
    slurm_submission *submissions;
    slurm_foreign *foreign;
    size_t foreigns;
    slurm_node *node;
    capture call;
    slurm_call doing;
    slurm_submission *sending;
    char trouble[512]; /* what was said of it last; "": there is none */
    bool away;         /* Slurm did not answer, since the queue was read last */
    bool noted_reason; /* why a job waits: once is enough */
    double pace;       /* seconds between two looks at the queue, while nothing changes */
    double last_look, next_look, next_scan, next_gather, next_submit, next_cancel;
} slurm_executor;

/* ---- slurm_text.c: what programs of Slurm are asked, and what they print --------------------- */

/* A list of words for capture_start. Zero-initialise; words_free in the end. */
typedef struct words {
    char **word; /* NULL-terminated */
    size_t count, room;
    bool failed;
} words;
void words_add(words *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
void words_free(words *w);

/* A line of squeue: tasks of an array, "5" or "[1,4-9]"; NULL: all that have no line of their own.
 * A reason is cut to what fits. */
typedef struct slurm_line {
    char number[20], name[SLURM_NAME], state[SLURM_WORD], reason[SLURM_WORD];
    const char *tasks; /* borrowed: what stands after the number and '_' */
    size_t tasks_length;
} slurm_line;
void slurm_queue_words(words *w);
/* True for a job of ours, of any run; *bad where a line that names one is not understood. */
bool slurm_queue_line(const char *line, size_t n, slurm_line *out, bool *bad);
/* Is the bundle of this name one of its tasks? Then `job` is what scancel calls it. */
bool slurm_line_means(const slurm_line *line, const char *bundle, char job[SLURM_JOB]);
void slurm_account_words(const slurm_bundle *bundles, words *w);
bool slurm_account_line(const char *line, size_t n, char job[SLURM_JOB], char state[SLURM_WORD]);
/* The number of a job, from what `sbatch --parsable` printed. */
bool slurm_submitted(const char *printed, char job[SLURM_JOB]);
bool slurm_is_over(const char *state); /* the job will not run any more */
/* Does what sbatch, squeue or scancel wrote say that Slurm is away or busy, so that it is to be
 * asked again? */
bool slurm_is_away(const capture *p);
/* Does it say that this user has as many jobs as he may have? Then it is away as well. */
bool slurm_is_full(const capture *p);
/* Why a program of Slurm failed, for people: its first two errors, without its name. */
void slurm_explain(const capture *p, text *out);

/* ---- slurm_submit.c -------------------------------------------------------------------------- */

/* Makes bundles of what waits, as far as max_jobs allow. False with `e`: the store fails. */
bool slurm_gather(slurm_executor *x, error *e);
void slurm_submit_words(slurm_executor *x, const slurm_submission *s, words *w);
/* Removes bundle and folder, and the submission after its last one. */
void slurm_drop(slurm_executor *x, slurm_bundle *b, bool folder);

/* ---- slurm_foreign.c ------------------------------------------------------------------------- */

/* Folders that are new; until the queue says otherwise none is under way. */
bool slurm_foreign_read(slurm_executor *x, error *e);
void slurm_foreign_free(slurm_executor *x);
/* A line of the queue, of which some task may be a bundle of others. */
void slurm_foreign_seen(slurm_executor *x, const slurm_line *line);
/* After a look at the queue: fresh places whose actions are under way, or done, in bundles of
 * others join them. None is fresh afterwards. */
void slurm_foreign_join(slurm_executor *x);
/* Removes what dead runs left and nobody will ask for. Last of all. */
void slurm_foreign_sweep(slurm_executor *x);

/* ---- slurm_results.c ------------------------------------------------------------------------- */

/* Reads the results that are new; true where there was one. */
bool slurm_scan(slurm_executor *x);
/* What is to become of actions whose job is over without a result. */
void slurm_settle(slurm_executor *x);
/* Tells the coordinator of everything that is `ready`; true where there was something. */
bool slurm_report(slurm_executor *x);
/* Its actions fail for this reason, and it is gone. */
void slurm_refuse(slurm_executor *x, const slurm_submission *s, const error *why);
/* The end of an action without a result. */
void slurm_end(slurm_place *p, run_failure reason, loom_status status, const char *todo,
               const char *format, ...) __attribute__((format(printf, 5, 6)));

/* ---- slurm_calls.c --------------------------------------------------------------------------- */

void slurm_hear(slurm_executor *x);       /* the answer of the call under way, if it is over */
void slurm_begin_call(slurm_executor *x); /* the next one, if none is under way */
/* One look that is waited for: false with `e` where Slurm cannot be used here at all. */
bool slurm_try_queue(slurm_executor *x, error *e);
/* Ends the call under way, and cancels what is still to be, if Slurm answers. */
void slurm_cancel_last(slurm_executor *x);
#endif
