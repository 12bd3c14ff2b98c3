/* atoms.join - several sets of atoms into one. */
#include "atoms/joined.h"
#include "kit/cells.h"
#include "kit/check.h"
#include <assert.h>
#include <stdio.h>

typedef struct params {
    loom_strings labels;
    const char *heading;
    double apart;
    int32_t lacking;
} params;
enum { LACKING_DROP, LACKING_FILL };
static const char *const lacking_choices[] = { "drop", "fill", NULL };
static const loom_param param_table[] = {
    LOOM_PARAM(params, labels, .text = "",
               .doc = "one for each set, kept with its atoms; empty: none"),
    LOOM_PARAM(params, heading, .text = "part", .doc = "name of the column of labels"),
    LOOM_PARAM(params, apart, .unit = "angstrom", .max = 100,
               .doc = "atoms closer than this to one of a set before are left out; 0: all stay"),
    LOOM_PARAM(params, lacking, .choices = lacking_choices,
               .doc = "columns that not every set has: left out, or filled with 0 (whole numbers "
                      "with -1) where they are lacking"),
    { 0 }
};
static const loom_port inputs[] = {
    { "atoms", "atoms", "sets of atoms, the ones that matter most first", LOOM_LIST }, { 0 }
};
static const loom_port outputs[] = { { "atoms", "atoms", "all their atoms, set after set", 0 },
                                     { 0 } };

/* Atoms closer than this are at one place for every op (kit/atoms.c). */
static const double one_place_A = 0.1;

/* ---- which atoms ----------------------------------------------------------------------------- */

static bool take_parts(atoms_joining *j)
{
    const loom_host *h = j->call->host;
    j->parts = h->input_count(j->call, "atoms");
    j->part = h->scratch(j->call, (size_t)j->parts * sizeof *j->part);
    for (int64_t i = 0; j->part && i < j->parts; i++) {
        if (loom_atoms_read_any(j->call, "atoms", i, 0, &j->part[i])) return false;
        j->all += j->part[i].n;
    }
    if (j->all > INT32_MAX)
        h->fail(j->call, LOOM_E_DATA, "atoms", "%lld atoms in all; expected at most %d",
                (long long)j->all, INT32_MAX);
    return j->part && j->all <= INT32_MAX;
}

static double *all_positions(const atoms_joining *j)
{
    double *x = j->call->host->scratch(j->call, (size_t)(3 * j->all + 1) * sizeof *x), *dst = x;
    for (int64_t i = 0; x && i < j->parts; dst += 3 * j->part[i++].n)
        memcpy(dst, j->part[i].position, (size_t)(3 * j->part[i].n) * sizeof *x);
    return x;
}

/* The set of atom `i` of all. */
static int64_t set_of(const atoms_joining *j, int64_t i)
{
    int64_t s = 0;
    assert(i >= 0 && i < j->all);
    while (i >= j->part[s].n) i -= j->part[s++].n;
    return s;
}

/* Is a kept atom of a set before this one within `radius` of atom `i`? */
static bool is_taken(const atoms_joining *j, const loom_cells *c, int64_t i, double radius,
                     int32_t *near)
{
    int64_t found = loom_cells_near(c, c->position + 3 * i, radius, near, j->all),
            set = set_of(j, i);
    for (int64_t k = 0; k < found; k++)
        if (near[k] < i && j->kept[near[k]] && set_of(j, near[k]) < set) return true;
    return false;
}

/* A duplicate that stays makes trouble later: say so now. */
static void warn_of_duplicates(const atoms_joining *j, const loom_cells *c, int32_t *near)
{
    int64_t pairs = 0, a = 0, b = 0;
    for (int64_t i = 0; i < j->all; i++) {
        int64_t found = loom_cells_near(c, c->position + 3 * i, one_place_A, near, j->all);
        for (int64_t k = 0; j->kept[i] && k < found; k++)
            if (near[k] > i && j->kept[near[k]] && !pairs++) a = i, b = near[k];
    }
    if (pairs)
        j->call->host->warn(
            j->call, "apart",
            "%lld pair%s of atoms at one place (closer than %g angstrom), the first of set %lld "
            "and set %lld at (%.3f, %.3f, %.3f); most ops refuse them: 'apart: 1 angstrom' keeps "
            "one of each",
            (long long)pairs, pairs == 1 ? "" : "s", one_place_A, (long long)set_of(j, a),
            (long long)set_of(j, b), c->position[3 * a], c->position[3 * a + 1],
            c->position[3 * a + 2]);
}

static loom_status choose(atoms_joining *j)
{
    const loom_host *h = j->call->host;
    double radius = fmax(j->apart, one_place_A), *x = all_positions(j);
    loom_cells cells;
    j->kept = h->scratch(j->call, (size_t)j->all + 1);
    int32_t *near = h->scratch(j->call, (size_t)(j->all + 1) * sizeof *near);
    if (!x || !j->kept || !near || !loom_cells_build(j->call, x, j->all, radius, &cells))
        return LOOM_E_MEMORY;
    for (int64_t i = 0; i < j->all; i++) {
        j->kept[i] = !(j->apart > 0) || !is_taken(j, &cells, i, j->apart, near);
        j->n += j->kept[i];
        if (i % 1024 == 0 && !h->progress(j->call, (double)i, (double)j->all))
            return LOOM_E_CANCELLED;
    }
    if (j->n < j->all)
        h->note(j->call, "%lld of %lld atoms are closer than %g angstrom to one before: left out",
                (long long)(j->all - j->n), (long long)j->all, j->apart);
    warn_of_duplicates(j, &cells, near);
    return LOOM_OK;
}

/* ---- labels and attributes ------------------------------------------------------------------- */

static loom_status check_labels(const atoms_joining *j, const params *p)
{
    const loom_host *h = j->call->host;
    if (!p->labels.n) return LOOM_OK;
    if (p->labels.n != j->parts)
        return h->fail(j->call, LOOM_E_PARAM, "labels",
                       "%lld labels for %lld sets of atoms; give one each, or none",
                       (long long)p->labels.n, (long long)j->parts);
    bool taken = !*p->heading;
    for (int64_t i = 0; i < j->parts; i++) taken |= !!h->array(j->part[i].value, p->heading);
    return taken ? h->fail(j->call, LOOM_E_PARAM, "heading",
                           "'%.80s' is %s; give the labels another heading", p->heading,
                           *p->heading ? "a column already" : "no name")
                 : LOOM_OK;
}

static bool label_atoms(const atoms_joining *j, const params *p)
{
    const loom_host *h = j->call->host;
    char key[LOOM_MAX_NAME + 16];
    size_t length = 1;
    for (int64_t i = 0; i < p->labels.n; i++) length += strlen(p->labels.v[i]) + 1;
    char *words = h->scratch(j->call, length);
    int32_t *part = h->add_array(j->call, j->out, p->heading, LOOM_I32, 1, &j->n, NULL);
    if (!words || !part) return false;
    for (int64_t i = 0; i < j->all; i++)
        if (j->kept[i]) *part++ = (int32_t)set_of(j, i);
    *words = 0;
    for (int64_t i = 0; i < p->labels.n; i++) strcat(strcat(words, i ? "\n" : ""), p->labels.v[i]);
    snprintf(key, sizeof key, "categories.%.64s", p->heading);
    h->set_text(j->call, j->out, key, words);
    return true;
}

static bool is_same(const loom_attribute *a, const loom_attribute *b)
{
    if ((a->text != NULL) != (b->text != NULL) || strcmp(a->unit, b->unit) != 0) return false;
    return a->text ? !strcmp(a->text, b->text) : a->number <= b->number && a->number >= b->number;
}

static bool all_have(const atoms_joining *j, const loom_attribute *a)
{
    const loom_attribute *b;
    for (int64_t i = 1; i < j->parts; i++) {
        bool found = false;
        for (int64_t k = 0; (b = j->call->host->attribute_at(j->part[i].value, k)); k++)
            found |= !strcmp(a->name, b->name) && is_same(a, b);
        if (!found) return false;
    }
    return true;
}

/* Those in which all sets agree; words were set with their columns. */
static void join_attributes(const atoms_joining *j)
{
    const loom_host *h = j->call->host;
    const loom_attribute *a;
    for (int64_t i = 0; (a = h->attribute_at(j->part[0].value, i)); i++) {
        if (!strncmp(a->name, "categories.", 11) || !strcmp(a->name, "symbols")) continue;
        if (!all_have(j, a))
            h->note(j->call, "attribute '%s' is not passed on: the sets differ", a->name);
        else if (a->text) h->set_text(j->call, j->out, a->name, a->text);
        else h->set_number(j->call, j->out, a->name, a->number, a->unit);
    }
}

/* ---- run ------------------------------------------------------------------------------------- */

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    atoms_joining j = { .call = call,
                        .apart = p->apart,
                        .fill = p->lacking == LACKING_FILL,
                        .out = call->host->output(call, "atoms") };
    if (!j.out) return LOOM_E_MEMORY;
    if (!take_parts(&j)) return LOOM_E_DATA;
    loom_status status = check_labels(&j, p);
    if (!status) status = choose(&j);
    if (!status) status = atoms_join_columns(&j);
    if (status) return status;
    join_attributes(&j);
    return !p->labels.n || label_atoms(&j, p) ? LOOM_OK : LOOM_E_MEMORY;
}

static const loom_op atoms_join = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "atoms.join",
    .summary = "Several sets of atoms joined into one.",
    .method =
        "The atoms of each set one after another. Symbols are put together, and species numbered "
        "anew; so are columns of words. A column that all sets have (name, type, shape, a unit of "
        "the same kind) is joined in the unit of the first. One that some sets lack is left out, "
        "with a warning, or filled (`lacking`). With `apart`, an atom closer than that to one of a "
        "set before is left out: the first sets decide. Atoms that are then still at one place "
        "(closer than 0.1 angstrom) are warned of. Attributes in which all agree are kept.",
    .cites = "none",
    .limits = "Positions are taken as they are: bring the sets into one frame first "
              "(`atoms.transform`). Within one set nothing is left out. Columns that count atoms "
              "of another set (`partner`) keep their numbers.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("atoms.join", "1.0", "BSD-3-Clause", &atoms_join);
