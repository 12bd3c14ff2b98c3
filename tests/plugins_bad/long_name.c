/* Its op has a port whose name is longer than LOOM_MAX_NAME. */
#include <atomloom/op.h>
static loom_status run(loom_call *call, const void *params)
{
    (void)call;
    (void)params;
    return LOOM_OK;
}
#define TEN "abcdefghij"
static const loom_port inputs[] = { { 0 } }, outputs[] = {
    { TEN TEN TEN TEN TEN TEN "abcde", "array", "65 characters", 0 }, { 0 }
};
static const loom_op op = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "bad.name",
    .summary = "Too long a name.",
    .method = "None.",
    .cites = "none",
    .limits = "None.",
    .inputs = inputs,
    .outputs = outputs,
    .run = run,
};
LOOM_PLUGIN("bad.name", "1.0", "none", &op);
