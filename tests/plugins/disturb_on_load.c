/* test.disturb_on_load: changes its process when it is loaded, as objects that gcc 12 links with
 * -Ofast do. Its output is a product that is zero where small numbers are flushed. */
#include <atomloom/op.h>
#include <stdlib.h>
#include <sys/stat.h>

static __attribute__((constructor)) void at_load(void)
{
#ifdef __x86_64__
    __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040);
#endif
    umask(0);
    setenv("ATOMLOOM_TEST_DISTURBED", "at load", 1);
}

typedef struct params {
    int64_t nth;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, nth, .doc = "tells one action from another"), { 0 }
};
static const loom_port inputs[] = { { "before", "array", "runs after this", LOOM_OPTIONAL },
                                    { 0 } };
static const loom_port outputs[] = { { "out", "array", "a small number", 0 }, { 0 } };

static loom_status run(loom_call *call, const void *param_struct)
{
    volatile double a = 1e-300, b = 1e-10;
    double *out = call->host->add_array(call, call->host->output(call, "out"), "data", LOOM_F64, 0,
                                        NULL, NULL);
    (void)param_struct;
    if (!out) return LOOM_E_MEMORY;
    *out = a * b;
    return LOOM_OK;
}

static const loom_op op = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "test.disturb_on_load",
    .summary = "For tests.",
    .method = "None.",
    .cites = "none",
    .limits = "For tests only.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("test.disturb_on_load", "1.0", "BSD-3-Clause", &op);
