/* Its citation has no author. */
#include <atomloom/op.h>

static const loom_port none[] = { { 0 } };
static const loom_port outputs[] = { { "out", "array", "nothing", 0 }, { 0 } };
static loom_status run(loom_call *call, const void *params)
{
    (void)call;
    (void)params;
    return LOOM_OK;
}
static const loom_citation citations[] = {
    LOOM_CITATION(.doi = "10.1234/5678", .authors = "Scott et al.", .title = "A title",
                  .journal = "A journal", .year = 2012),
    { 0 }
};
static const loom_op op = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "bad.citation",
    .summary = "Cites badly.",
    .method = "None.",
    .limits = "None.",
    .inputs = none,
    .outputs = outputs,
    .run = run,
    .citations = citations,
};
LOOM_PLUGIN("bad.citation", "1.0", "BSD-3-Clause", &op);
