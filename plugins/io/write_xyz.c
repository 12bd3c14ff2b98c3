/* io.write_xyz - atoms as an extended XYZ file with every per-atom column. */
#include <atomloom/op.h>
#include "io/builder.h"
#include "kit/check.h"
#include "kit/elements.h"

static const loom_port inputs[] = { { "atoms", "atoms", "atoms with any columns", 0 }, { 0 } };
static const loom_port outputs[] = { { "file", "file", "extended XYZ", 0 }, { 0 } };
enum { MOST_COLUMNS = 64 };

typedef struct column { const loom_array *array; const char *words; } column; /* words: of a column of codes, one per line; or NULL */

/* Names hold no blanks or colons in a Properties list. */
static void print_name(io_text *t, const char *name)
{
    for (const char *c = name; *c; c++) io_print(t, "%c", *c <= ' ' || *c == ':' || *c == '"' || *c == '=' ? '_' : *c);
}

static int find_columns(const loom_host *h, const loom_value *atoms, int64_t n, column out[MOST_COLUMNS])
{
    const loom_array *a;
    char key[256];
    int count = 0;
    for (int64_t i = 0; (a = h->array_at(atoms, i)) && count < MOST_COLUMNS; i++) {
        if (a->rank != 1 || a->dim[0] != n || !strcmp(a->name, "species")) continue;
        snprintf(key, sizeof key, "categories.%s", a->name);
        out[count++] = (column){ a, a->dtype == LOOM_I32 ? h->text(atoms, key) : NULL };
    }
    return count;
}

/* The word of that number, with blanks made underscores; X where there is none. */
static void print_word(io_text *t, const char *words, int64_t index)
{
    for (; index > 0 && words; index--) {
        words = strchr(words, '\n');
        if (words) words++;
    }
    size_t length = words && index == 0 ? strcspn(words, "\n") : 0;
    for (size_t i = 0; i < length; i++) io_print(t, "%c", words[i] <= ' ' ? '_' : words[i]);
    if (!length) io_print(t, "X");
}

static void print_field(io_text *t, const column *c, int64_t i)
{
    const loom_array *a = c->array;
    io_print(t, " ");
    switch (a->dtype) {
    case LOOM_U8: io_print(t, "%d", ((const uint8_t *)a->data)[i]); break;
    case LOOM_I32:
        if (c->words) print_word(t, c->words, ((const int32_t *)a->data)[i]);
        else io_print(t, "%d", (int)((const int32_t *)a->data)[i]);
        break;
    case LOOM_I64: io_print(t, "%lld", (long long)((const int64_t *)a->data)[i]); break;
    case LOOM_F32: io_print(t, "%.9g", (double)((const float *)a->data)[i]); break;
    default: io_print(t, "%.12g", ((const double *)a->data)[i]);
    }
}

static void print_heading(io_text *t, int64_t n, const column *columns, int count)
{
    io_print(t, "%lld\nProperties=species:S:1:pos:R:3", (long long)n);
    for (int k = 0; k < count; k++) {
        io_print(t, ":");
        print_name(t, columns[k].array->name);
        io_print(t, ":%c:1", columns[k].words ? 'S' : columns[k].array->dtype == LOOM_F32 ||
                 columns[k].array->dtype == LOOM_F64 ? 'R' : 'I');
    }
    io_print(t, " pbc=\"F F F\"\n");
}

static loom_status run(loom_call *call, const void *param_struct)
{
    (void)param_struct;
    const loom_host *h = call->host;
    const loom_value *atoms = h->input(call, "atoms", 0);
    const loom_array *position = loom_need(call, "atoms", "position"), *species = loom_need(call, "atoms", "species");
    if (!position || !species) return LOOM_E_DATA;
    const double *x = position->data;
    const int32_t *kind = species->data;
    const char *symbols = h->text(atoms, "symbols");
    int64_t n = position->dim[0];
    io_text t = { .call = call };
    column columns[MOST_COLUMNS];
    int count = find_columns(h, atoms, n, columns);
    print_heading(&t, n, columns, count);
    for (int64_t i = 0; i < n && !t.failed; i++) {
        char symbol[16];
        if (kind[i] < 0 || !loom_symbols_word(symbols ? symbols : "", kind[i], symbol))
            return h->fail(call, LOOM_E_DATA, "atoms", "atom %lld has species %d, but the symbols are '%s'", (long long)i, (int)kind[i],
                           symbols ? symbols : "");
        io_print(&t, "%s %.8f %.8f %.8f", symbol, x[3 * i], x[3 * i + 1], x[3 * i + 2]);
        for (int k = 0; k < count; k++) print_field(&t, &columns[k], i);
        io_print(&t, "\n");
        if (i % 65536 == 0 && !h->progress(call, (double)i, (double)n)) return LOOM_E_CANCELLED;
    }
    return t.failed ? LOOM_E_MEMORY : io_finish_file(call, t.data, t.n, "chemical/x-xyz", "xyz");
}

static const loom_op io_write_xyz = {
    .size = sizeof(loom_op), .revision = 1, .id = "io.write_xyz",
    .summary = "Atoms as an extended XYZ file with every per-atom column.",
    .method = "One line per atom: symbol, x, y, z in angstrom, then the columns named in `Properties=` of the second line, as OVITO and ASE "
              "read them. Columns of words are written as words.",
    .cites = "none",
    .limits = "Positions to 1e-8 angstrom; columns to 12 digits. Blanks and colons in names and words become underscores.",
    .inputs = inputs, .outputs = outputs, .writes_type = "atoms", .writes_extension = "xyz", .run = run,
};
LOOM_PLUGIN("io.write_xyz", "1.0", "BSD-3-Clause", &io_write_xyz);
