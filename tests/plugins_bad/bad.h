/* tests/plugins_bad/bad.h - an op that keeps the contract, for each plugin here to break one rule
 * of it. */
#ifndef ATOMLOOM_TESTS_BAD_H
#define ATOMLOOM_TESTS_BAD_H
#include "kit/check.h"

/* What copy_all made: `dst` holds the content of `src`, `scratch` as many bytes. */
typedef struct parts {
    const loom_host *h;
    const loom_value *in;
    const loom_array *src;
    loom_value *out;
    void *dst, *scratch;
    size_t bytes;
} parts;

/* The input `in` as output `out`, by way of scratch; empty and not finite ones are refused. */
__attribute__((unused)) static loom_status copy_all(loom_call *call, const char *content, parts *p)
{
    const loom_host *h = call->host;
    *p = (parts){ .h = h, .in = h->input(call, "in", 0), .src = loom_need(call, "in", content) };
    if (!p->src || !loom_need_finite(call, "in", p->src)) return LOOM_E_DATA;
    p->bytes = (size_t)loom_array_count(p->src) * loom_dtype_bytes(p->src->dtype);
    if (!p->bytes) return h->fail(call, LOOM_E_DATA, "in", "'in' is empty");
    p->out = h->output(call, "out");
    p->dst =
        h->add_array(call, p->out, content, p->src->dtype, p->src->rank, p->src->dim, p->src->unit);
    p->scratch = h->scratch(call, p->bytes);
    if (!p->dst || !p->scratch) return LOOM_E_MEMORY;
    memcpy(p->scratch, p->src->data, p->bytes);
    memcpy(p->dst, p->scratch, p->bytes);
    if (!h->progress(call, 1, 1)) return LOOM_E_CANCELLED;
    return loom_pass_rest(call, p->in, p->out) ? LOOM_OK : LOOM_E_MEMORY;
}

#define BAD_OP_WITH(ID, FROM, TO, RUN, ...) \
    static const loom_port inputs[] = { { "in", FROM, "anything", 0 }, { 0 } }; \
    static const loom_port outputs[] = { { "out", TO, "the same", 0 }, { 0 } }; \
    static const loom_op op = { .size = sizeof(loom_op), \
                                .revision = 1, \
                                .id = ID, \
                                .summary = "Breaks one rule.", \
                                .method = "None.", \
                                .cites = "none", \
                                .limits = "For tests only.", \
                                .inputs = inputs, \
                                .outputs = outputs, \
                                .run = RUN, \
                                __VA_ARGS__ }; \
    LOOM_PLUGIN(ID, "1.0", "none", &op)
#define BAD_OP(ID, FROM, TO, RUN) BAD_OP_WITH(ID, FROM, TO, RUN, .params = NULL)
#endif
