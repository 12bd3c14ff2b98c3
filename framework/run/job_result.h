/* run/job_result.h - what came of an action in a job, as a text that the job leaves in the store:
 * everything of executor_outcome, and what the op noted and warned of meanwhile.
 *
 *   {"atomloom_result": 1, "key", "host", "started", "replied", "good", "store_failed",
 *    "lost_input", "wall_s", "cpu_s", "peak_bytes", "outputs": [SHA-256 or null], "reason",
 *    "signal", "failure": [status, where, message, todo], "log", "notes": [...],
 *    "warnings": [[where, line]]}
 *
 * and a last line with the checksum (sealed.h). Whoever reads it checks every member: it may be of
 * another action, another version, or damaged. */
#ifndef ATOMLOOM_RUN_JOB_RESULT_H
#define ATOMLOOM_RUN_JOB_RESULT_H
#include "run/executor.h"

enum { JOB_RESULT_MAX_BYTES = 8 << 20, JOB_RESULT_MAX_NOTES = 100 };

/* Lists of texts, each with its NUL. Zero-initialise; job_result_free in the end. */
typedef struct job_result {
    executor_outcome outcome; /* `made` points to `made` below; host and started are there */
    action_made *made;        /* owned */
    int note_count, warning_count;
    text notes, warnings; /* warnings: where, then the line */
} job_result;

void job_result_note(job_result *r, const char *line); /* beyond the most: dropped */
void job_result_warning(job_result *r, const char *where, const char *line);
bool job_result_write(const job_result *r, const digest *key, text *out, error *e);
/* Of the action with this key, whose op has these ports. False: it is none. */
bool job_result_read(const char *bytes, size_t n, const digest *key, const loom_op *op,
                     int32_t input_count, job_result *out);
/* Is the text a result of an action that succeeded? */
bool job_result_is_good(const char *bytes, size_t n);
void job_result_free(job_result *r);
#endif
