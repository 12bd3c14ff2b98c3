/* run/slurm_text.c - see slurm_inside.h: the words that programs of Slurm are given, and what they
 * print. */
#include "run/slurm_inside.h"
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char prefix[] = "atomloom-"; /* of the names of our jobs */

/* ---- words ----------------------------------------------------------------------------------- */

void words_add(words *w, const char *format, ...)
{
    va_list args;
    text t = { 0 };
    if (w->count + 2 > w->room) {
        size_t room = w->room ? 2 * w->room : 32;
        char **more = realloc(w->word, room * sizeof *more);
        if (!more) {
            w->failed = true;
            return;
        }
        w->word = more;
        w->room = room;
    }
    va_start(args, format);
    text_vprintf(&t, format, args);
    va_end(args);
    w->word[w->count] = text_take(&t);
    w->failed |= !w->word[w->count];
    w->count += w->word[w->count] != NULL;
    w->word[w->count] = NULL;
    assert(w->count < w->room);
}

void words_free(words *w)
{
    for (size_t i = 0; i < w->count; i++) free(w->word[i]);
    free(w->word);
    *w = (words){ 0 };
}

/* ---- the queue ------------------------------------------------------------------------------- */

/* All jobs of this user, finished ones as long as Slurm remembers them, a line for each task. */
void slurm_queue_words(words *w)
{
    words_add(w, "squeue");
    words_add(w, "--noheader");
    words_add(w, "--array");
    words_add(w, "--states=all");
    words_add(w, "--user=%lu", (unsigned long)getuid());
    words_add(w, "--format=%%i|%%T|%%r|%%j");
}

/* The field that ends at `end`, or at the end of the line: false where it does not fit. */
static bool next_field(const char **at, const char *stop, char end, char *out, size_t room)
{
    const char *to = end ? memchr(*at, end, (size_t)(stop - *at)) : stop;
    if (!to || (size_t)(to - *at) >= room) return false;
    memcpy(out, *at, (size_t)(to - *at));
    out[to - *at] = 0;
    *at = to + (end != 0);
    return true;
}

static bool is_number(const char *s) { return *s && !s[strspn(s, "0123456789")]; }

/* RUN-SEQUENCE, as this program makes them. */
static bool is_our_name(const char *name)
{
    return !strncmp(name, prefix, sizeof prefix - 1) && name[sizeof prefix - 1]
           && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")];
}

/* "12_5", "12_[1,4-9%2]": the number of an array and its tasks. "12": those of its tasks that have
 * no line of their own, which were cancelled before they began. */
static bool read_tasks(const char *field, size_t n, slurm_line *out)
{
    size_t digits = strspn(field, "0123456789");
    if (!digits || digits >= sizeof out->number) return false;
    memcpy(out->number, field, digits);
    out->number[digits] = 0;
    if (digits == n) return true;
    if (digits + 1 >= n || field[digits] != '_') return false;
    out->tasks = field + digits + 1;
    out->tasks_length = n - digits - 1;
    return strspn(out->tasks, "0123456789[]-,%") >= out->tasks_length;
}

bool slurm_queue_line(const char *line, size_t n, slurm_line *out, bool *bad)
{
    const char *at = line, *stop = line + n;
    *out = (slurm_line){ 0 };
    *bad = false;
    if (!memmem(line, n, prefix, sizeof prefix - 1)) return false;
    const char *id_end = memchr(at, '|', n), *reason, *name = memrchr(line, '|', n);
    *bad = true;
    if (!id_end || (size_t)(stop - ++name) >= sizeof out->name) return false;
    at = id_end + 1;
    if (!next_field(&at, stop, '|', out->state, sizeof out->state) || !*out->state) return false;
    reason = at;
    if (name <= reason) return false;
    *bad = false;
    memcpy(out->name, name, (size_t)(stop - name));
    if (!is_our_name(out->name)) return false; /* somebody else's, though the word is in it */
    snprintf(out->reason, sizeof out->reason, "%.*s", (int)(name - 1 - reason), reason);
    *bad = !read_tasks(line, (size_t)(id_end - line), out);
    return !*bad;
}

/* Is the number in a list such as "[1,4-9%2]"? */
static bool is_in_list(unsigned long number, const char *list, size_t n)
{
    const char *at = list, *stop = list + n;
    while (at < stop && *at != '%' && *at != ']') {
        char *end;
        if (*at == '[' || *at == ',') at++;
        unsigned long first = strtoul(at, &end, 10), last = first;
        if (end == at) return false;
        if (end < stop && *end == '-') last = strtoul(end + 1, &end, 10);
        if (first <= number && number <= last) return true;
        at = end;
    }
    return false;
}

bool slurm_line_means(const slurm_line *line, const char *bundle, char job[SLURM_JOB])
{
    const char *own = line->name + sizeof prefix - 1;
    size_t n = strlen(own);
    if (strncmp(own, bundle, n) != 0 || bundle[n] != '-' || !is_number(bundle + n + 1))
        return false;
    if (line->tasks
        && !is_in_list(strtoul(bundle + n + 1, NULL, 10), line->tasks, line->tasks_length))
        return false;
    return snprintf(job, SLURM_JOB, "%s_%s", line->number, bundle + n + 1) < SLURM_JOB;
}

/* ---- finished jobs --------------------------------------------------------------------------- */

void slurm_account_words(const slurm_bundle *bundles, words *w)
{
    enum { AT_ONCE = 200 };
    int n = 0;
    text jobs = { 0 };
    for (const slurm_bundle *b = bundles; b && n < AT_ONCE; b = b->next)
        if (b->over && !b->asked && *b->job) text_printf(&jobs, "%s%s", n++ ? "," : "", b->job);
    words_add(w, "sacct");
    words_add(w, "--noheader");
    words_add(w, "--parsable2");
    words_add(w, "--allocations");
    words_add(w, "--format=JobID,State");
    words_add(w, "--jobs=%s", jobs.data ? jobs.data : "");
    text_free(&jobs);
}

/* "12_3|CANCELLED by 1000": the first word is the state. */
bool slurm_account_line(const char *line, size_t n, char job[SLURM_JOB], char state[SLURM_WORD])
{
    const char *at = line, *stop = line + n;
    char words_of_it[128];
    if (!next_field(&at, stop, '|', job, SLURM_JOB)
        || !next_field(&at, stop, 0, words_of_it, sizeof words_of_it))
        return false;
    words_of_it[strcspn(words_of_it, " +")] = 0;
    size_t length = strlen(words_of_it);
    if (!length || length >= SLURM_WORD) return false;
    memcpy(state, words_of_it, length + 1);
    return true;
}

bool slurm_is_over(const char *state)
{
    static const char *const over[] = { "BOOT_FAIL", "CANCELLED",     "COMPLETED", "DEADLINE",
                                        "FAILED",    "LAUNCH_FAILED", "NODE_FAIL", "OUT_OF_MEMORY",
                                        "PREEMPTED", "REVOKED",       "TIMEOUT" };
    for (size_t i = 0; i < sizeof over / sizeof *over; i++)
        if (!strcmp(over[i], state)) return true;
    return false;
}

/* ---- submitting ------------------------------------------------------------------------------ */

/* "123", or "123;cluster". */
bool slurm_submitted(const char *printed, char job[SLURM_JOB])
{
    size_t n = printed ? strspn(printed, "0123456789") : 0;
    if (!n || n >= SLURM_JOB - 8 || (printed[n] && !strchr(";\n", printed[n]))) return false;
    memcpy(job, printed, n);
    job[n] = 0;
    return true;
}

static bool says_one(const capture *p, const char *const *phrases)
{
    for (; p->err.data && *phrases; phrases++)
        if (strstr(p->err.data, *phrases)) return true;
    return false;
}

bool slurm_is_full(const capture *p)
{
    static const char *const full[] = { "submit limit", "MaxSubmitJob", "SubmitJobsPerUser", NULL };
    return says_one(p, full);
}

bool slurm_is_away(const capture *p)
{
    static const char *const away[] = {
        "Unable to contact",
        "Connection refused",
        "timed out",
        "Connection timed",
        "temporarily unable",
        "temporarily unavailable",
        "Zero Bytes",
        "connection failure",
        "not responding",
        "Unable to establish",
        "in standby",
        "Insane message",
        "Protocol authentication error",
        "Munge",
        "munge",
        NULL,
    };
    return p->fault || slurm_is_full(p) || says_one(p, away);
}

/* "sbatch: error: no" is "no". */
static const char *without_name(const char *line, size_t n)
{
    static const char mark[] = ": error: ";
    const char *found = memmem(line, n, mark, sizeof mark - 1);
    return found && !memchr(line, ' ', (size_t)(found - line)) ? found + sizeof mark - 1 : line;
}

void slurm_explain(const capture *p, text *out)
{
    enum { LINES = 2, LONGEST = 200 };
    int lines = 0;
    for (const char *at = p->err.data, *end; !p->fault && at && *at && lines < LINES;
         at = end + (*end != 0)) {
        end = at + strcspn(at, "\n");
        const char *says = without_name(at, (size_t)(end - at));
        size_t n = (size_t)(end - says);
        assert(says <= end);
        if (!n) continue;
        if (lines++) text_puts(out, "; ");
        text_add(out, says, n < LONGEST ? n : LONGEST);
    }
    if (!lines) capture_explain(p, out);
}
