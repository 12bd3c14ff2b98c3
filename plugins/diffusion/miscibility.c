/* diffusion.miscibility - how far below melting two metals begin to mix. */
#include "kit/check.h"

typedef struct params {
    loom_strings labels;
    loom_reals critical_temperature, melting_temperature;
} params;
static const char *const old_critical[] = { "critical", NULL }, *const old_melting[] = { "melting",
                                                                                         NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, labels, .text = "",
               .doc = "one for each pair of temperatures, such as bulk, nanoparticle"),
    LOOM_PARAM(params, critical_temperature, .renamed_from = old_critical, .unit = "kelvin",
               .text = "", .def = 0, .min = 0, .max = 1e5,
               .doc = "temperatures T_c above which the two mix"),
    LOOM_PARAM(params, melting_temperature, .renamed_from = old_melting, .unit = "kelvin",
               .text = "", .def = 0, .min = 0, .max = 1e5, .doc = "melting temperatures T_m"),
    { 0 }
};
static const loom_port inputs[] = { { 0 } };
static const loom_port outputs[] = { { "summary", "table", "label, T_c, T_m and T_c/T_m", 0 },
                                     { 0 } };

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    int64_t n = p->labels.n;
    if (!n)
        return h->fail(call, LOOM_E_PARAM, "labels", "labels is empty; name at least one material");
    if (p->critical_temperature.n != n || p->melting_temperature.n != n)
        return h->fail(call, LOOM_E_PARAM,
                       p->critical_temperature.n != n ? "critical_temperature"
                                                      : "melting_temperature",
                       "%lld labels, %lld critical and %lld melting temperatures; give one of each",
                       (long long)n, (long long)p->critical_temperature.n,
                       (long long)p->melting_temperature.n);
    loom_value *out = h->output(call, "summary");
    int32_t *label = h->add_array(call, out, "material", LOOM_I32, 1, &n, NULL);
    double *critical = h->add_array(call, out, "T_c", LOOM_F64, 1, &n, "kelvin"),
           *melting = h->add_array(call, out, "T_m", LOOM_F64, 1, &n, "kelvin");
    double *ratio = h->add_array(call, out, "ratio", LOOM_F64, 1, &n, NULL);
    size_t length = 1;
    for (int64_t i = 0; i < n; i++) length += strlen(p->labels.v[i]) + 1;
    char *words = h->scratch(call, length);
    if (!label || !critical || !melting || !ratio || !words) return LOOM_E_MEMORY;
    words[0] = 0;
    for (int64_t i = 0; i < n; i++) {
        if (p->melting_temperature.v[i] <= 0)
            return h->fail(call, LOOM_E_PARAM, "melting_temperature",
                           "the melting temperature of '%s' is %g K, expected above 0",
                           p->labels.v[i], p->melting_temperature.v[i]);
        label[i] = (int32_t)i;
        critical[i] = p->critical_temperature.v[i];
        melting[i] = p->melting_temperature.v[i];
        ratio[i] = critical[i] / melting[i];
        strcat(strcat(words, i ? "\n" : ""), p->labels.v[i]);
    }
    h->set_text(call, out, "categories.material", words);
    return LOOM_OK;
}

static const loom_op diffusion_miscibility = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "diffusion.miscibility",
    .summary = "Ratio of miscibility to melting temperature, side by side for several materials.",
    .method = "T_c/T_m of each; a smaller ratio means mixing begins further below melting.",
    .cites = "none",
    .limits = "The temperatures are given, not computed.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("diffusion.miscibility", "1.0", "BSD-3-Clause", &diffusion_miscibility);
