/* Uses an optional input without asking whether it is connected. */
#include "bad.h"

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    const loom_array *weight = call->host->array(call->host->input(call, "weight", 0), "density");
    p.h->set_number(call, p.out, "weight", ((const float *)weight->data)[0], NULL);
    return LOOM_OK;
}
static const loom_port inputs[] = { { "in", "volume", "anything", 0 },
                                    { "weight", "volume", "anything", LOOM_OPTIONAL },
                                    { 0 } };
static const loom_port outputs[] = { { "out", "volume", "the same", 0 }, { 0 } };
static const loom_op op = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "bad.needs_optional",
    .summary = "Breaks one rule.",
    .method = "None.",
    .cites = "none",
    .limits = "For tests only.",
    .inputs = inputs,
    .outputs = outputs,
    .run = run,
};
LOOM_PLUGIN("bad.needs_optional", "1.0", "none", &op);
