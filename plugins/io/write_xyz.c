/* io.write_xyz - atoms as an extended XYZ file with every per-atom column. */
#include <atomloom/op.h>
#include "io/builder.h"
#include "kit/check.h"
#include "kit/elements.h"
#include <stdlib.h>

static const loom_port inputs[] = { { "atoms", "atoms", "atoms with any columns", 0 }, { 0 } };
static const loom_port outputs[] = { { "file", "file", "extended XYZ", 0 }, { 0 } };
enum { MAX_COLUMNS = 64, NAME_ROOM = 96 };

typedef struct column {
    const loom_array *array; /* [atom] or [atom][fields] */
    const char *words;       /* of a column of codes, one per line; or NULL */
    char name[NAME_ROOM];    /* as written, no two alike */
} column;

/* ---- which columns -----------------------------------------------------------------------------
 */

static bool is_taken(const column *columns, int count, const char *name)
{
    static const char *const reserved[] = { "species", "element", "pos", "Z" };
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (!strcmp(reserved[i], name)) return true;
    for (int k = 0; k < count; k++)
        if (!strcmp(columns[k].name, name)) return true;
    return false;
}

/* Names hold no blanks, colons or quotes in Properties; those that would then be alike are
 * numbered. */
static void name_column(column *columns, int k)
{
    char plain[NAME_ROOM - 16];
    size_t n = 0;
    for (const char *c = columns[k].array->name; *c && n + 1 < sizeof plain; c++)
        plain[n++] = *c <= ' ' && *c >= 0 ? '_' : *c == ':' || strchr("\"'=", *c) ? '_' : *c;
    plain[n] = 0;
    snprintf(columns[k].name, NAME_ROOM, "%s", plain);
    for (int i = 2; is_taken(columns, k, columns[k].name); i++)
        snprintf(columns[k].name, NAME_ROOM, "%s_%d", plain, i);
}

/* The per-atom columns; -1 after failing. */
static int find_columns(loom_call *call, const loom_value *atoms, int64_t n,
                        column out[MAX_COLUMNS])
{
    const loom_host *h = call->host;
    const loom_array *a;
    char key[256];
    int count = 0;
    for (int64_t i = 0; (a = h->array_at(atoms, i)); i++) {
        if (!strcmp(a->name, "species") || !strcmp(a->name, "position")) continue;
        if (a->rank < 1 || a->rank > 2 || a->dim[0] != n || (a->rank == 2 && a->dim[1] < 1)) {
            h->note(call, "'%s' is not a column of the atoms and is not written", a->name);
            continue;
        }
        if (count == MAX_COLUMNS)
            return h->fail(call, LOOM_E_DATA, "atoms",
                           "the atoms have more than %d columns; export "
                           "them as .h5",
                           MAX_COLUMNS),
                   -1;
        snprintf(key, sizeof key, "categories.%s", a->name);
        out[count] = (column){ .array = a };
        if (a->dtype == LOOM_I32 && a->rank == 1) out[count].words = h->text(atoms, key);
        name_column(out, count);
        count++;
    }
    return count;
}

/* ---- fields ------------------------------------------------------------------------------------
 */

/* The shortest text that reads back as the same number. */
static void print_real(io_text *t, double x, bool single)
{
    char s[40];
    for (int digits = single ? 6 : 15; digits <= 17; digits++) {
        snprintf(s, sizeof s, "%.*g", digits, x);
        if (single ? strtof(s, NULL) == (float)x : strtod(s, NULL) == x) break;
    }
    io_print(t, " %s", s);
}

/* The word of that code, with blanks made underscores. False where there is none. */
static bool print_word(io_text *t, const char *words, int32_t code)
{
    for (int32_t k = code; k > 0 && words; k--) {
        words = strchr(words, '\n');
        if (words) words++;
    }
    size_t length = words && code >= 0 ? strcspn(words, "\n") : 0;
    io_print(t, " ");
    for (size_t i = 0; i < length; i++)
        io_print(t, "%c", words[i] == ' ' || words[i] == '\t' ? '_' : words[i]);
    return length > 0;
}

static bool print_field(io_text *t, const column *c, int64_t i)
{
    const loom_array *a = c->array;
    switch (a->dtype) {
    case LOOM_U8: io_print(t, " %d", ((const uint8_t *)a->data)[i]); return true;
    case LOOM_I32:
        if (c->words) return print_word(t, c->words, ((const int32_t *)a->data)[i]);
        io_print(t, " %d", (int)((const int32_t *)a->data)[i]);
        return true;
    case LOOM_I64: io_print(t, " %lld", (long long)((const int64_t *)a->data)[i]); return true;
    case LOOM_F32: print_real(t, (double)((const float *)a->data)[i], true); return true;
    default: print_real(t, ((const double *)a->data)[i], false); return true;
    }
}

static int64_t fields_of(const column *c) { return c->array->rank == 2 ? c->array->dim[1] : 1; }

static void print_heading(io_text *t, int64_t n, const column *columns, int count)
{
    io_print(t, "%lld\nProperties=species:S:1:pos:R:3", (long long)n);
    for (int k = 0; k < count; k++) {
        loom_dtype dtype = columns[k].array->dtype;
        char kind = columns[k].words ? 'S' : dtype == LOOM_F32 || dtype == LOOM_F64 ? 'R' : 'I';
        io_print(t, ":%s:%c:%lld", columns[k].name, kind, (long long)fields_of(&columns[k]));
    }
    io_print(t, " pbc=\"F F F\"\n");
}

static loom_status print_atom(io_text *t, const char *symbol, const double x[3],
                              const column *columns, int count, int64_t i)
{
    io_print(t, "%s %.8f %.8f %.8f", symbol, x[0], x[1], x[2]);
    for (int k = 0; k < count; k++)
        for (int64_t j = 0, m = fields_of(&columns[k]); j < m; j++)
            if (!print_field(t, &columns[k], i * m + j))
                return t->call->host->fail(t->call, LOOM_E_DATA, "atoms",
                                           "atom %lld has code %d in "
                                           "'%s', for which there is no word",
                                           (long long)i,
                                           (int)((const int32_t *)columns[k].array->data)[i],
                                           columns[k].array->name);
    io_print(t, "\n");
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    (void)param_struct;
    const loom_host *h = call->host;
    const loom_value *atoms = h->input(call, "atoms", 0);
    const loom_array *position = loom_need(call, "atoms", "position");
    const loom_array *species = loom_need(call, "atoms", "species");
    if (!position || !species) return LOOM_E_DATA;
    const double *x = position->data;
    const int32_t *kind = species->data;
    const char *symbols = h->text(atoms, "symbols");
    int64_t n = position->dim[0];
    io_text t = { .call = call };
    column columns[MAX_COLUMNS];
    int count = find_columns(call, atoms, n, columns);
    if (count < 0) return LOOM_E_DATA;
    print_heading(&t, n, columns, count);
    for (int64_t i = 0; i < n && !t.failed; i++) {
        char symbol[16];
        if (kind[i] < 0 || !loom_symbols_word(symbols ? symbols : "", kind[i], symbol))
            return h->fail(call, LOOM_E_DATA, "atoms",
                           "atom %lld has species %d, but the symbols are "
                           "'%s'",
                           (long long)i, (int)kind[i], symbols ? symbols : "");
        if (print_atom(&t, symbol, x + 3 * i, columns, count, i) != LOOM_OK) return LOOM_E_DATA;
        if (i % 65536 == 0 && !h->progress(call, (double)i, (double)n)) return LOOM_E_CANCELLED;
    }
    return t.failed ? LOOM_E_MEMORY : io_finish_file(call, t.data, t.n, "chemical/x-xyz", "xyz");
}

static const loom_op io_write_xyz = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "io.write_xyz",
    .summary = "Atoms as an extended XYZ file with every per-atom column.",
    .method =
        "One line per atom: symbol, x, y, z in angstrom, then the columns named in `Properties=` "
        "of the second line, as OVITO and ASE read them: a column [atom] is one field, [atom][k] "
        "are k. Columns of words are written as words, numbers so that they read back exactly.",
    .cites = "none",
    .limits =
        "Positions to 1e-8 angstrom. Blanks, colons and quotes in names, and blanks in words, "
        "become underscores. Attributes and arrays that are not columns are not written, which the "
        "log notes; at most 64 columns.",
    .inputs = inputs,
    .outputs = outputs,
    .writes_type = "atoms",
    .writes_extension = "xyz",
    .run = run,
};
LOOM_PLUGIN("io.write_xyz", "1.0", "BSD-3-Clause", &io_write_xyz);
