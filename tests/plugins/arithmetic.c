/* Ops that cost nothing, for tests and benchmarks of the framework: numbers and their sums. */
#include <atomloom/op.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

typedef struct number_params {
    double value;
    bool extra;
    loom_path file;
    double unused;
} number_params;
static const loom_param number_table[] = {
    LOOM_PARAM(number_params, value, .def = 1, .min = -1e6, .max = 1e6, .doc = "the number"),
    LOOM_PARAM(number_params, extra, .doc = "also makes the optional output"),
    LOOM_PARAM(number_params, file, .doc = "a file whose content is part of the key"),
    LOOM_PARAM(number_params, unused, .flags = LOOM_NO_EFFECT, .doc = "changes nothing"),
    { 0 }
};
static const loom_port none[] = { { 0 } };
static const loom_port number_outputs[] = { { "number", "array", "one number", 0 },
                                            { "extra", "array", "the same, on demand",
                                              LOOM_OPTIONAL },
                                            { 0 } };

static loom_status make(loom_call *call, const char *port, double v)
{
    const loom_host *h = call->host;
    double *data = h->add_array(call, h->output(call, port), "data", LOOM_F64, 0, NULL, NULL);
    if (!data) return LOOM_E_MEMORY;
    *data = v;
    return LOOM_OK;
}

static loom_status number_run(loom_call *call, const void *params)
{
    const number_params *p = params;
    call->host->note(call, "the number is %g", p->value);
    loom_status status = make(call, "number", p->value);
    return status == LOOM_OK && p->extra ? make(call, "extra", p->value) : status;
}

static const loom_op number = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "test.number",
    .summary = "A number.",
    .method = "None.",
    .cites = "none",
    .limits = "None.",
    .inputs = none,
    .outputs = number_outputs,
    .params = number_table,
    .params_size = sizeof(number_params),
    .run = number_run,
};

typedef struct sum_params {
    double add, seconds;
    bool round;
    const char *count;
} sum_params;
static const loom_param sum_table[] = {
    LOOM_PARAM(sum_params, add, .doc = "added to the sum"),
    LOOM_PARAM(sum_params, seconds, .unit = "second", .max = 60, .doc = "how long it takes"),
    LOOM_PARAM(sum_params, round, .doc = "rounds the sum down to a whole number"),
    LOOM_PARAM(sum_params, count, .flags = LOOM_NO_EFFECT,
               .doc = "a file that gets a line with `add` at every execution"),
    { 0 }
};
static const loom_port sum_inputs[] = {
    { "terms", "array", "the numbers to add", LOOM_LIST | LOOM_OPTIONAL }, { 0 }
};
static const loom_port sum_outputs[] = { { "sum", "array", "their sum", 0 }, { 0 } };

/* One write of a short line: others that write at the same time do not mix with it. */
static bool count(const char *path, double added)
{
    char line[32];
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    int n = snprintf(line, sizeof line, "%g\n", added);
    bool good = fd >= 0 && write(fd, line, (size_t)n) == n;
    if (fd >= 0) close(fd);
    return good;
}

static loom_status sum_run(loom_call *call, const void *params)
{
    const loom_host *h = call->host;
    const sum_params *p = params;
    double sum = p->add;
    for (int64_t i = 0; i < h->input_count(call, "terms"); i++)
        sum += *(const double *)h->array(h->input(call, "terms", i), "data")->data;
    if (p->seconds > 0)
        nanosleep(&(struct timespec){ (time_t)p->seconds,
                                      (long)(1e9 * (p->seconds - (double)(time_t)p->seconds)) },
                  NULL);
    if (p->count && *p->count && !count(p->count, p->add))
        return h->fail(call, LOOM_E_IO, "count", "cannot be written to");
    if (p->round) sum = (double)(int64_t)sum;
    return make(call, "sum", sum);
}

static const loom_op sum = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "test.sum",
    .summary = "A sum.",
    .method = "Addition.",
    .cites = "none",
    .limits = "None.",
    .inputs = sum_inputs,
    .outputs = sum_outputs,
    .params = sum_table,
    .params_size = sizeof(sum_params),
    .run = sum_run,
};

typedef struct steps_params {
    int64_t steps;
    double seconds;
} steps_params;
static const loom_param steps_table[] = {
    LOOM_PARAM(steps_params, steps, .def = 3, .min = 1, .max = 1e6, .flags = LOOM_ITERATIONS,
               .doc = "how many steps"),
    LOOM_PARAM(steps_params, seconds, .unit = "second", .max = 60, .flags = LOOM_NO_EFFECT,
               .doc = "how long each takes"),
    { 0 }
};

static loom_status steps_run(loom_call *call, const void *params)
{
    const steps_params *p = params;
    int64_t done = 0;
    while (done < p->steps) {
        nanosleep(&(struct timespec){ 0, (long)(1e9 * p->seconds) }, NULL);
        done++;
        if (!call->host->progress(call, (double)done, (double)p->steps)) return LOOM_E_CANCELLED;
        if (call->host->finish(call, done)) break;
    }
    return make(call, "number", (double)done);
}

static const loom_port steps_outputs[] = { { "number", "array", "how many steps it went", 0 },
                                           { 0 } };
static const loom_op steps = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "test.steps",
    .summary = "Counts its steps, and may be ended early.",
    .method = "None.",
    .cites = "none",
    .limits = "None.",
    .inputs = none,
    .outputs = steps_outputs,
    .params = steps_table,
    .params_size = sizeof(steps_params),
    .run = steps_run,
};

LOOM_PLUGIN("test.arithmetic", "1.0", "BSD-3-Clause", &number, &sum, &steps);
