/* @id@ - every voxel times a factor. Replace this line, and what follows, with your method. */
#include <atomloom/op.hpp>
#include <kit/check.h>
#include <exception>
#include <new>

namespace
{

/* The parameters, as `run` reads them. The host fills the struct from the table: nothing is parsed
 * here. */
struct params { double factor; };
constexpr loom_param param_table[] = {
    LOOM_ROW(params, factor).def(1).range(-1e6, 1e6).doc("what every voxel is multiplied by"),
    {}
};

constexpr loom_port inputs[] = { { "volume", "volume", "any density", 0 }, {} };
constexpr loom_port outputs[] = {
    { "volume", "volume", "the density times the factor; same grid", 0 }, {}
};

/* Kernels cannot fail. The result must not depend on the number of threads. */
void scale(int64_t n, const float *src, float factor, float *dst)
{
    for (int64_t i = 0; i < n; i++) dst[i] = factor * src[i];
}

/* Check first, then get memory from the host, then compute. */
loom_status work(loom_call *call, const params &p)
{
    const loom_host *h = call->host;
    const loom_array *density = loom_need(call, "volume", "density");
    if (!density || !loom_need_finite(call, "volume", density)) return LOOM_E_DATA;
    loom_value *out = h->output(call, "volume");
    void *dst = h->add_array(call, out, "density", LOOM_F32, density->rank, density->dim,
                             density->unit);
    if (!dst) return LOOM_E_MEMORY;
    /* voxel size, origin, what else there is */
    if (!loom_pass_rest(call, h->input(call, "volume", 0), out)) return LOOM_E_MEMORY;
    scale(loom_array_count(density), static_cast<const float *>(density->data),
          static_cast<float>(p.factor), static_cast<float *>(dst));
    return LOOM_OK;
}

/* No exception may leave it. */
loom_status run(loom_call *call, const void *param_struct)
{
    try {
        return work(call, *static_cast<const params *>(param_struct));
    } catch (const std::bad_alloc &) {
        return call->host->fail(call, LOOM_E_MEMORY, nullptr, "out of memory");
    } catch (const std::exception &e) {
        return call->host->fail(call, LOOM_E_BUG, nullptr, "%s", e.what());
    }
}

/* The texts are the documentation: `atomloom describe @id@` shows them. Raise `revision` whenever
 * the same input gives other bytes. */
constexpr loom_op @family@_@name@ = loom::op("@id@", run)
    .revision(1)
    .summary("Every voxel of a volume times a factor.")
    .method("Multiplication in single precision.")
    .cites("none") /* or .citations(a table of loom_citation) */
    .limits("One factor for the whole volume.")
    .ports(inputs, outputs)
    .params<params>(param_table);

} // namespace

LOOM_PLUGIN("@id@", "0.1", "BSD-3-Clause", &@family@_@name@);
