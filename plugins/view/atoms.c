/* view.atoms - atoms in space, in one or more stages, coloured by species or by a column. */
#include "columns.h"
#include "kit/atoms.h"

typedef struct params {
    const char *colour, *colour_label;
    loom_strings labels;
    double radius, low, high;
    bool inside;
    const char *title, *caption;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, colour, .text = "species", .doc = "the column that gives the colours"),
    LOOM_PARAM(params, colour_label, .doc = "what the colours mean; not given: the column's name"),
    LOOM_PARAM(params, labels, .doc = "names of the stages, in order; 1, 2, ... where not given"),
    LOOM_PARAM(params, radius, .unit = "angstrom", .def = 1.35, .min = 0.05, .max = 100,
               .doc = "of the spheres; half the distance of neighbours makes them touch"),
    LOOM_PARAM(params, low, .unit = "same as the column", .def = 0, .min = -1e30, .max = 1e30,
               .doc = "where low and high differ: the numbers at the ends of the colours"),
    LOOM_PARAM(params, high, .unit = "same as the column", .def = 0, .min = -1e30, .max = 1e30,
               .doc = "where low and high differ: the numbers at the ends of the colours"),
    LOOM_PARAM(params, inside, .def = true, .doc = "also show the half behind the middle"),
    LOOM_PARAM(params, title, .text = "Atoms", .doc = "heading of the panel"),
    LOOM_PARAM(params, caption, .doc = "what is seen; not given: counts of each species"),
    { 0 }
};
static const loom_port inputs[] = { { "atoms", "atoms", "one stage or more", LOOM_LIST }, { 0 } };
static const loom_port outputs[] = {
    { "panel", "panel", "for the report; picking an atom shows every column that all stages have",
      0 },
    { 0 }
};

static int64_t atom_count(loom_call *call, int64_t k)
{
    const loom_array *a = call->host->array(call->host->input(call, "atoms", k), "position");
    return a ? a->dim[0] : 0;
}

/* A column of that name, dtype and unit in every stage? */
static bool is_common(loom_call *call, const loom_array *a, int64_t stages)
{
    for (int64_t k = 0; k < stages; k++) {
        const loom_array *b = call->host->array(call->host->input(call, "atoms", k), a->name);
        if (!b || b->rank != 1 || b->dtype != a->dtype || b->dim[0] != atom_count(call, k))
            return false;
    }
    return true;
}

/* One array of all stages, one after another. */
static bool join(loom_call *call, loom_value *panel, const loom_array *like, int64_t stages,
                 int64_t all)
{
    int64_t dim[2] = { all, 3 };
    char *out =
        call->host->add_array(call, panel, like->name, like->dtype, like->rank, dim, like->unit);
    if (!out) return false;
    for (int64_t k = 0; k < stages; k++) {
        const loom_array *a = call->host->array(call->host->input(call, "atoms", k), like->name);
        if (!loom_need_finite(call, "atoms", a)) return false;
        size_t bytes = (size_t)loom_array_count(a) * loom_dtype_bytes(a->dtype);
        memcpy(out, a->data, bytes);
        out += bytes;
    }
    return true;
}

static bool join_columns(loom_call *call, loom_value *panel, int64_t stages, int64_t all)
{
    const loom_host *h = call->host;
    const loom_value *first = h->input(call, "atoms", 0);
    const loom_array *a;
    char key[256];
    for (int64_t i = 0; (a = h->array_at(first, i)); i++) {
        /* what the panel itself means by these names */
        if (!strcmp(a->name, "state") || !strcmp(a->name, "radius")) continue;
        bool position = !strcmp(a->name, "position");
        if (!position && !is_common(call, a, stages)) continue;
        if (!join(call, panel, a, stages, all)) return false;
        const char *words = view_words(call, first, a->name);
        snprintf(key, sizeof key, "categories.%s", a->name);
        if (words) h->set_text(call, panel, key, words);
    }
    char *symbols = view_symbols(call, first);
    if (symbols) h->set_text(call, panel, "categories.species", symbols);
    return symbols != NULL;
}

static loom_status check_stages(loom_call *call, int64_t stages, int64_t *all)
{
    const char *symbols = call->host->text(call->host->input(call, "atoms", 0), "symbols");
    for (int64_t k = 0; k < stages; k++) {
        const char *own = call->host->text(call->host->input(call, "atoms", k), "symbols");
        if (!own || !symbols || strcmp(own, symbols) != 0)
            return call->host->fail(call, LOOM_E_DATA, "atoms",
                                    "stage %lld has the species '%s', the first one '%s'; stages "
                                    "of one picture have the same in the same order",
                                    (long long)k + 1, own ? own : "", symbols ? symbols : "");
        *all += atom_count(call, k);
    }
    return LOOM_OK;
}

/* "335 atoms: 268 Pd, 67 Ir", of one stage. */
static void describe_stage(loom_call *call, int64_t k, const char *lines, char *out, size_t room)
{
    const loom_array *species = call->host->array(call->host->input(call, "atoms", k), "species");
    int64_t n = atom_count(call, k);
    size_t used = (size_t)snprintf(out, room, "%lld atoms:", (long long)n);
    for (int64_t s = 0; *lines && used < room; s++) {
        size_t length = strcspn(lines, "\n");
        int64_t count = 0;
        for (int64_t i = 0; i < n; i++) count += ((const int32_t *)species->data)[i] == s;
        used += (size_t)snprintf(out + used, room - used, "%s %lld %.*s", s ? "," : "",
                                 (long long)count, (int)length, lines);
        lines += length + (lines[length] != 0);
    }
}

static loom_value *make_panel(loom_call *call, const params *p, int64_t stages, int64_t all)
{
    char first[300], last[320] = "";
    char *lines = view_symbols(call, call->host->input(call, "atoms", 0));
    if (!lines) return NULL;
    if (*p->caption) return loom_panel(call, "panel", "points", p->title, "%s", p->caption);
    describe_stage(call, 0, lines, first, sizeof first);
    if (stages > 1) {
        strcpy(last, "; last ");
        describe_stage(call, stages - 1, lines, last + strlen(last), sizeof last - 8);
    }
    return loom_panel(
        call, "panel", "points", p->title,
        "%lld %s%s%s, %lld atoms in all. Colour: %s; spheres of radius %g \xc3\x85.%s",
        (long long)stages, stages > 1 ? "stages, the first " : "stage, ", first, last,
        (long long)all, view_title(p->colour_label, p->colour), p->radius,
        p->inside ? " Inside: the half behind the middle." : "");
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    int64_t stages = h->input_count(call, "atoms"), all = 0;
    loom_status status = check_stages(call, stages, &all);
    for (int64_t k = 0; k < stages && status == LOOM_OK; k++)
        if (!view_column(call, "atoms", k, p->colour, "colour")) status = LOOM_E_PARAM;
    if (status != LOOM_OK) return status;
    loom_value *panel = make_panel(call, p, stages, all);
    char *names = stages > 1 ? loom_label_lines(call, p->labels, stages) : NULL;
    if (!panel || (stages > 1 && !names) || !join_columns(call, panel, stages, all))
        return LOOM_E_MEMORY;
    if (!h->array(panel, p->colour))
        return h->fail(call, LOOM_E_PARAM, "colour",
                       "the stages have columns '%s' of different kinds", p->colour);
    int32_t *state = stages > 1 ? loom_panel_codes(call, panel, "state", names, all) : NULL;
    if (stages > 1 && !state) return LOOM_E_MEMORY;
    for (int64_t k = 0, at = 0; state && k < stages; k++)
        for (int64_t i = 0; i < atom_count(call, k); i++) state[at++] = (int32_t)k;
    h->set_number(call, panel, "radius", p->radius, "angstrom");
    h->set_number(call, panel, "inside", p->inside, "");
    h->set_text(call, panel, "colour", p->colour);
    h->set_text(call, panel, "colour_label", view_title(p->colour_label, p->colour));
    if (p->low < p->high) {
        h->set_number(call, panel, "colour_low", p->low, "");
        h->set_number(call, panel, "colour_high", p->high, "");
    }
    return LOOM_OK;
}

static const loom_op view_atoms = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "view.atoms",
    .summary = "Atoms as spheres, by stage, coloured by species or by any column.",
    .method =
        "A column of words or species gives a colour per word, a column of numbers a scale of "
        "colours (with two ends around zero where it has negative numbers). All stages have "
        "the same view and the same scale.",
    .cites = "none",
    .limits = "Bonds are not drawn. At most 64 stages; more than eight species repeat colours.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("view.atoms", "1.0", "BSD-3-Clause", &view_atoms);
