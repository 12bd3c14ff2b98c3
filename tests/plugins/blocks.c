/* Ops for tests of what becomes of damaged objects: values of any size, and one that is another one
 * each time. */
#include <atomloom/op.h>
#include <time.h>

static const loom_port outputs[] = { { "out", "array", "numbers", 0 }, { 0 } };
static const loom_port list_input[] = {
    { "terms", "array", "their first numbers are added", LOOM_LIST | LOOM_OPTIONAL }, { 0 }
};

static double first_numbers(loom_call *call)
{
    const loom_host *h = call->host;
    double sum = 0;
    for (int64_t i = 0; i < h->input_count(call, "terms"); i++)
        sum += *(const double *)h->array(h->input(call, "terms", i), "data")->data;
    return sum;
}

static double *make(loom_call *call, int64_t n)
{
    const loom_host *h = call->host;
    return h->add_array(call, h->output(call, "out"), "data", LOOM_F64, 1, &n, NULL);
}

typedef struct block_params {
    double add;
    int64_t count;
} block_params;
static const loom_param block_table[] = {
    LOOM_PARAM(block_params, add, .doc = "added to the sum of the inputs' first numbers"),
    LOOM_PARAM(block_params, count, .def = 1, .min = 1, .max = 1e8, .doc = "numbers in the value"),
    { 0 }
};

static loom_status block_run(loom_call *call, const void *params)
{
    const block_params *p = params;
    double first = first_numbers(call) + p->add, *data = make(call, p->count);
    if (!data) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < p->count; i++) data[i] = first + (double)i;
    return LOOM_OK;
}

static const loom_op block = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "test.block",
    .summary = "Numbers.",
    .method = "Counting.",
    .cites = "none",
    .limits = "None.",
    .inputs = list_input,
    .outputs = outputs,
    .params = block_table,
    .params_size = sizeof(block_params),
    .run = block_run,
};

/* Never the same twice, which no op may do. */
static loom_status clock_run(loom_call *call, const void *params)
{
    struct timespec t;
    double *data = make(call, 1);
    (void)params;
    if (!data) return LOOM_E_MEMORY;
    clock_gettime(CLOCK_MONOTONIC, &t);
    *data = (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
    return LOOM_OK;
}

typedef struct no_params {
    double unused;
} no_params;
static const loom_param no_table[] = { LOOM_PARAM(no_params, unused, .doc = "changes nothing"),
                                       { 0 } };

static const loom_op clock_op = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "test.clock",
    .summary = "The time.",
    .method = "A clock.",
    .cites = "none",
    .limits = "None.",
    .inputs = (const loom_port[]){ { 0 } },
    .outputs = outputs,
    .params = no_table,
    .params_size = sizeof(no_params),
    .run = clock_run,
};

LOOM_PLUGIN("test.blocks", "1.0", "BSD-3-Clause", &block, &clock_op);
