/* io.write_csv - atoms as a table of text with their symbols. */
#include <atomloom/op.h>
#include "io/builder.h"
#include "kit/atoms.h"
#include "kit/check.h"
#include <stdlib.h>

typedef struct params {
    loom_strings columns;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, columns,
               .doc =
                   "columns to write after species, x, y, z; not given: all that have one number "
                   "or word for each atom"),
    { 0 }
};
static const loom_port inputs[] = { { "atoms", "atoms", "atoms with any columns", 0 }, { 0 } };
static const loom_port outputs[] = { { "file", "file", "comma-separated text", 0 }, { 0 } };

static bool is_column(const loom_array *a, int64_t n)
{
    return a->rank == 1 && a->dim[0] == n && strcmp(a->name, "species") != 0;
}

static bool is_wanted(const params *p, const loom_array *a)
{
    for (int64_t i = 0; i < p->columns.n; i++)
        if (!strcmp(p->columns.v[i], a->name)) return true;
    return !p->columns.n;
}

static bool columns_exist(loom_call *call, const params *p, const loom_atoms *atoms)
{
    for (int64_t i = 0; i < p->columns.n; i++) {
        const loom_array *a = call->host->array(atoms->value, p->columns.v[i]);
        if (a && is_column(a, atoms->n)) continue;
        call->host->fail(call, LOOM_E_PARAM, "columns",
                         "the atoms have no column '%s' with one entry for each of them",
                         p->columns.v[i]);
        return false;
    }
    return true;
}

/* In quotes where it holds what separates; quotes within stand twice. Behind an apostrophe where a
 * spreadsheet would take it for a formula and compute it. */
static void print_word(io_text *t, const char *s, size_t n)
{
    bool formula = n > 1 && memchr("=+-@", *s, 4);
    bool quote = !n || formula || memchr(s, ',', n) || memchr(s, '"', n) || *s == '#';
    if (quote) io_print(t, "\"");
    if (formula) io_print(t, "'");
    for (size_t i = 0; i < n; i++) io_print(t, s[i] == '"' ? "\"\"" : "%c", s[i]);
    if (quote) io_print(t, "\"");
}

/* The shortest text that reads back as the same number. */
static void print_real(io_text *t, double x, bool single)
{
    char s[40];
    for (int digits = single ? 6 : 15; digits <= 17; digits++) {
        snprintf(s, sizeof s, "%.*g", digits, x);
        if (single ? strtof(s, NULL) == (float)x : strtod(s, NULL) == x) break;
    }
    io_print(t, "%s", s);
}

static const char *word_of(const char *words, int32_t code)
{
    for (; code > 0 && words; code--) {
        words = strchr(words, '\n');
        if (words) words++;
    }
    return code < 0 ? NULL : words;
}

static void print_field(io_text *t, const loom_array *a, const char *words, int64_t i)
{
    const char *word;
    switch (a->dtype) {
    case LOOM_U8: io_print(t, "%d", ((const uint8_t *)a->data)[i]); return;
    case LOOM_I64: io_print(t, "%lld", (long long)((const int64_t *)a->data)[i]); return;
    case LOOM_F32: print_real(t, (double)((const float *)a->data)[i], true); return;
    case LOOM_F64: print_real(t, ((const double *)a->data)[i], false); return;
    default:
        word = word_of(words, ((const int32_t *)a->data)[i]);
        if (word) print_word(t, word, strcspn(word, "\n"));
        else io_print(t, "%d", (int)((const int32_t *)a->data)[i]);
    }
}

static void print_heading(io_text *t, const params *p, const loom_atoms *atoms)
{
    const loom_host *h = t->call->host;
    const loom_array *a;
    char name[256];
    io_print(t, "species,x [angstrom],y [angstrom],z [angstrom]");
    for (int64_t k = 0; (a = h->array_at(atoms->value, k)); k++) {
        if (!is_column(a, atoms->n) || !is_wanted(p, a)) continue;
        int n = snprintf(name, sizeof name, *a->unit ? "%s [%s]" : "%s", a->name, a->unit);
        io_print(t, ",");
        print_word(t, name, n < (int)sizeof name ? (size_t)n : sizeof name - 1);
    }
    io_print(t, "\n");
}

static void print_atom(io_text *t, const params *p, const loom_atoms *atoms, int64_t i)
{
    const loom_host *h = t->call->host;
    const loom_array *a;
    char symbol[16], key[256];
    loom_symbols_word(atoms->symbols, atoms->species[i], symbol);
    io_print(t, "%s", symbol);
    for (int k = 0; k < 3; k++) {
        io_print(t, ",");
        print_real(t, atoms->position[3 * i + k], false);
    }
    for (int64_t k = 0; (a = h->array_at(atoms->value, k)); k++) {
        if (!is_column(a, atoms->n) || !is_wanted(p, a)) continue;
        snprintf(key, sizeof key, "categories.%s", a->name);
        io_print(t, ",");
        print_field(t, a, h->text(atoms->value, key), i);
    }
    io_print(t, "\n");
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    loom_atoms atoms;
    loom_status status = loom_atoms_read(call, "atoms", 0, &atoms);
    io_text t = { .call = call };
    if (status) return status;
    if (!columns_exist(call, p, &atoms)) return LOOM_E_PARAM;
    print_heading(&t, p, &atoms);
    for (int64_t i = 0; i < atoms.n && !t.failed; i++) {
        print_atom(&t, p, &atoms, i);
        if (i % 65536 == 0 && !call->host->progress(call, (double)i, (double)atoms.n))
            return LOOM_E_CANCELLED;
    }
    return t.failed ? LOOM_E_MEMORY : io_finish_file(call, t.data, t.n, "text/csv", "csv");
}

static const loom_op io_write_csv = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "io.write_csv",
    .summary = "Atoms as comma-separated text with their symbols.",
    .method =
        "The first line names the columns with their units: `species`, `x [angstrom]`, `y`, `z`, "
        "then every column with one number or word for each atom. Species are symbols, numbers "
        "read back exactly. `io.read_xyz` reads the file again as it is.",
    .cites = "none",
    .limits = "Columns with several numbers for each atom, and attributes, are not written: .xyz "
              "has the former, .h5 has all.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .writes_type = "atoms",
    .writes_extension = "csv",
    .run = run,
};
LOOM_PLUGIN("io.write_csv", "1.0", "BSD-3-Clause", &io_write_csv);
