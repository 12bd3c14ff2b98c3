/* view.difference - what became of the atoms between two stages. */
#include "columns.h"
#include "kit/atoms.h"

typedef struct params {
    double radius, small;
    const char *title, *caption;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, radius, .unit = "angstrom", .def = 1.35, .min = 0.05, .max = 100,
               .doc = "of atoms that changed"),
    LOOM_PARAM(params, small, .unit = "angstrom", .def = 0.3, .min = 0, .max = 100,
               .doc = "of atoms that stayed as they were"),
    LOOM_PARAM(params, title, .text = "What changed", .doc = "heading of the panel"),
    LOOM_PARAM(params, caption,
               .doc = "what is seen; not given: how many disappeared, are new, or changed species"),
    { 0 }
};
static const loom_port inputs[] = {
    { "before", "atoms",
      "from structure.match: the earlier stage with the columns fate and partner", 0 },
    { "after", "atoms", "from structure.match: the later stage in its pose, with the same", 0 },
    { 0 }
};
static const loom_port outputs[] = {
    { "panel", "panel", "for the report: both stages in one picture, coloured by fate", 0 }, { 0 }
};

/* structure.match: 0 consistent, 1 inconsistent, 2 disappeared, 3 new */
enum { STAYED, CHANGED, DISAPPEARED, NEW, FATES };
typedef struct stage {
    loom_atoms atoms;
    const int32_t *fate;
} stage;

static loom_status read_stage(loom_call *call, const char *port, stage *s)
{
    loom_status status = loom_atoms_read(call, port, 0, &s->atoms);
    if (status != LOOM_OK) return status;
    s->fate = loom_atoms_column(call, &s->atoms, "fate", LOOM_I32, "structure.match");
    for (int64_t i = 0; s->fate && i < s->atoms.n; i++)
        if (s->fate[i] < 0 || s->fate[i] >= FATES)
            return call->host->fail(call, LOOM_E_DATA, port,
                                    "fate of atom %lld is %d; expected 0 to 3", (long long)i,
                                    s->fate[i]);
    return s->fate ? LOOM_OK : LOOM_E_DATA;
}

/* All of the later stage, and of the earlier one what is gone. */
static bool is_shown(const stage *s, bool later, int64_t i)
{
    return later || s->fate[i] == DISAPPEARED;
}

static int64_t count_shown(const stage *s, bool later, int64_t fates[FATES])
{
    int64_t n = 0;
    for (int64_t i = 0; i < s->atoms.n; i++)
        if (is_shown(s, later, i)) n++, fates[s->fate[i]]++;
    return n;
}

static void fill(const stage *s, bool later, const params *p, double **r, double **radius,
                 int32_t **fate, int32_t **species)
{
    for (int64_t i = 0; i < s->atoms.n; i++) {
        if (!is_shown(s, later, i)) continue;
        memcpy(*r, s->atoms.position + 3 * i, 3 * sizeof **r);
        *r += 3;
        *(*radius)++ = s->fate[i] == STAYED ? p->small : p->radius;
        *(*fate)++ = s->fate[i];
        *(*species)++ = s->atoms.species[i];
    }
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const loom_host *h = call->host;
    const params *p = param_struct;
    stage before, after;
    int64_t fates[FATES] = { 0 };
    loom_status status = read_stage(call, "before", &before);
    if (status == LOOM_OK) status = read_stage(call, "after", &after);
    if (status != LOOM_OK) return status;
    int64_t n = count_shown(&before, false, fates);
    n += count_shown(&after, true, fates);
    loom_value *panel =
        *p->caption ? loom_panel(call, "panel", "points", p->title, "%s", p->caption)
                    : loom_panel(call, "panel", "points", p->title,
                                 "%lld atoms stayed with their species (small), %lld places "
                                 "changed species, %lld atoms disappeared, %lld are new.",
                                 (long long)fates[STAYED], (long long)fates[CHANGED],
                                 (long long)fates[DISAPPEARED], (long long)fates[NEW]);
    double *r =
        panel ? h->add_array(call, panel, "position", LOOM_F64, 2, (int64_t[]){ n, 3 }, "angstrom")
              : NULL;
    double *radius = r ? loom_panel_reals(call, panel, "radius", "angstrom", n) : NULL;
    int32_t *fate = radius ? loom_panel_codes(call, panel, "fate",
                                              "stayed\nchanged species\ndisappeared\nnew", n)
                           : NULL;
    char *symbols = fate ? view_symbols(call, after.atoms.value) : NULL;
    int32_t *species = symbols ? loom_panel_codes(call, panel, "species", symbols, n) : NULL;
    if (!species) return LOOM_E_MEMORY;
    fill(&before, false, p, &r, &radius, &fate, &species);
    fill(&after, true, p, &r, &radius, &fate, &species);
    h->set_text(call, panel, "colour", "fate");
    h->set_number(call, panel, "inside", 1, "");
    h->set_number(call, panel, "radius", p->radius, "angstrom");
    return LOOM_OK;
}

static const loom_op view_difference = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "view.difference",
    .summary = "Atoms that disappeared, are new, or changed species between two stages.",
    .method = "The later stage as structure.match gives it, with the atoms of the earlier one that "
              "have no partner, coloured by fate. "
              "Atoms that stayed are small, so that the others can be seen inside.",
    .cites = "none",
    .limits = "An atom that moved further than structure.match allows counts as one that "
              "disappeared and a new one.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("view.difference", "1.0", "BSD-3-Clause", &view_difference);
