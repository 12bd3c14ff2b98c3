/* Its op says nothing about one of its ports. */
#include <atomloom/op.h>
static loom_status run(loom_call *call, const void *params)
{
    (void)call;
    (void)params;
    return LOOM_OK;
}
static const loom_port inputs[] = { { 0 } }, outputs[] = { { "out", "array", "", 0 }, { 0 } };
static const loom_op op = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "bad.documentation",
    .summary = "Not documented.",
    .method = "None.",
    .cites = "none",
    .limits = "None.",
    .inputs = inputs,
    .outputs = outputs,
    .run = run,
};
LOOM_PLUGIN("bad.documentation", "1.0", "none", &op);
