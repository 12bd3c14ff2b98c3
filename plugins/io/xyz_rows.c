/* io/xyz_rows.c - lines of fields to atoms. */
#include "io/xyz.h"
#include "kit/elements.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>

/* ---- species -----------------------------------------------------------------------------------
 */

/* The species of that symbol, a new one where it is new; -1 where there is no room. */
static int32_t symbol_index(xyz_reader *r, const char *text, size_t length)
{
    for (int i = 0; i < r->n_symbols; i++)
        if (strlen(r->symbol[i]) == length && !memcmp(r->symbol[i], text, length)) return i;
    if (r->n_symbols == XYZ_MAX_SYMBOLS || length >= XYZ_SYMBOL_ROOM) return -1;
    memcpy(r->symbol[r->n_symbols], text, length);
    return r->n_symbols++;
}

bool xyz_take_symbols(xyz_reader *r)
{
    char text[XYZ_MAX_SYMBOLS * XYZ_SYMBOL_ROOM], word[16];
    if (!loom_symbols_read(r->call, "symbols", &r->p->symbols, text, sizeof text)) return false;
    for (int i = 0; loom_symbols_word(text, i, word); i++) symbol_index(r, word, strlen(word));
    return true;
}

/* A word as it is in `symbols`, else as an element whatever its case: FE, fe and Fe are one. */
static bool species_of_word(xyz_reader *r, io_span s, int32_t *out)
{
    char symbol[XYZ_SYMBOL_ROOM];
    size_t n = io_length_of(s);
    for (int i = 0; i < (int)r->p->symbols.n; i++)
        if (io_is(s, r->symbol[i])) {
            *out = i;
            return true;
        }
    for (size_t i = 0; i < n && n < sizeof symbol; i++)
        symbol[i] = (char)(i ? tolower((unsigned char)s.at[i]) : toupper((unsigned char)s.at[i]));
    if (n < sizeof symbol) symbol[n] = 0;
    if (n >= sizeof symbol || (!loom_element_number(symbol) && strcmp(symbol, "X") != 0))
        return xyz_fail(r,
                        "'%.*s' is not a chemical symbol; list it in 'symbols' to use it as a name",
                        io_shown(s), s.at);
    *out = symbol_index(r, symbol, n);
    return *out >= 0 || xyz_fail(r, "more than %d species", XYZ_MAX_SYMBOLS);
}

/* A whole number: a type of `symbols`, or an atomic number. In a table it may be written as a real.
 */
static bool species_of_number(xyz_reader *r, io_span s, double number, int32_t *out)
{
    if (r->p->symbols.n) {
        *out = (int32_t)number - 1;
        return (number >= 1 && number <= (double)r->p->symbols.n)
               || xyz_fail(r, "type %.*s is not one of the %lld of the list 'symbols'", io_shown(s),
                           s.at, (long long)r->p->symbols.n);
    }
    if (!(number >= 0 && number <= LOOM_ELEMENTS_LAST))
        return xyz_fail(r, "'%.*s' is not an atomic number; they go up to %d", io_shown(s), s.at,
                        LOOM_ELEMENTS_LAST);
    const char *symbol = number > 0 ? loom_element_symbol((int)number) : "X";
    r->highest_number = number > r->highest_number ? (int)number : r->highest_number;
    *out = symbol_index(r, symbol, strlen(symbol));
    return true; /* there are fewer elements than room for symbols, and no other symbols here */
}

static bool species_of(xyz_reader *r, io_span s, int32_t *out)
{
    io_number n = io_number_of(s);
    bool whole = n.kind == IO_WHOLE || (r->table && n.kind == IO_REAL && n.real == floor(n.real));
    if (whole) return species_of_number(r, s, n.real, out);
    if (isalpha((unsigned char)*s.at) || (unsigned char)*s.at >= 0x80)
        return species_of_word(r, s, out);
    for (int i = 0; i < (int)r->p->symbols.n; i++)
        if (io_is(s, r->symbol[i])) return *out = i, true;
    return xyz_fail(r, "'%.*s' is neither a chemical symbol nor an atomic number", io_shown(s),
                    s.at);
}

/* ---- fields ------------------------------------------------------------------------------------
 */

static bool fail_field(xyz_reader *r, const xyz_column *c, io_span s, const char *wanted)
{
    const char *why;
    bool damaged = io_damaged_number(s, &why);
    return xyz_fail(r, "'%s' is '%.*s', %s; expected %s", c->name, io_shown(s), s.at,
                    damaged ? why : "which is not a number", wanted);
}

static bool read_real(xyz_reader *r, const xyz_column *c, io_span s, double *out)
{
    io_number n = io_number_of(s);
    *out = n.real;
    if (n.kind == IO_WHOLE && !io_exact(&n))
        return xyz_fail(r, "'%s' is %.*s, a whole number that a real column cannot hold exactly",
                        c->name, io_shown(s), s.at);
    return n.kind == IO_REAL || n.kind == IO_WHOLE || fail_field(r, c, s, "a number");
}

static bool read_whole(xyz_reader *r, const xyz_column *c, io_span s, int64_t *out)
{
    if (io_is(s, "T") || io_is(s, "True") || io_is(s, "true")) return *out = 1, true;
    if (io_is(s, "F") || io_is(s, "False") || io_is(s, "false")) return *out = 0, true;
    io_number n = io_number_of(s);
    *out = n.kind == IO_WHOLE ? n.whole : 0;
    return n.kind == IO_WHOLE || fail_field(r, c, s, "a whole number, T or F");
}

/* A field of a text with one separator: quotes in it stand twice. */
static io_span with_single_quotes(io_span s, char room[XYZ_WORD_ROOM])
{
    size_t n = 0;
    for (const char *at = s.at; at < s.end && n < XYZ_WORD_ROOM; at++) {
        room[n++] = *at;
        if (*at == '"' && at + 1 < s.end && at[1] == '"') at++;
    }
    return (io_span){ room, room + n };
}

/* Code of a word in the newline-separated list; appended where it is new. */
static bool word_code(xyz_reader *r, xyz_column *c, io_span s, int32_t *out)
{
    char room[XYZ_WORD_ROOM];
    if (io_length_of(s) >= XYZ_WORD_ROOM)
        return xyz_fail(r, "'%s' is longer than %d bytes", c->name, XYZ_WORD_ROOM - 1);
    if (!io_length_of(s)) return xyz_fail(r, "'%s' is empty", c->name);
    if (r->separator) s = with_single_quotes(s, room);
    size_t length = io_length_of(s), used = strlen(c->categories);
    *out = 0;
    for (const char *w = c->categories; *w; ++*out) {
        const char *stop = strchrnul(w, '\n');
        if ((size_t)(stop - w) == length && !memcmp(w, s.at, length)) return true;
        w = *stop ? stop + 1 : stop;
    }
    if (used + length + 2 > XYZ_CATEGORY_TEXT)
        return xyz_fail(r, "'%s' holds too many different words", c->name);
    if (used) c->categories[used++] = '\n';
    memcpy(c->categories + used, s.at, length);
    return true;
}

static bool read_field(xyz_reader *r, xyz_column *c, io_span s, int64_t i)
{
    switch (c->role) {
    case XYZ_SKIP: return true;
    case XYZ_SPECIES: return species_of(r, s, &r->species[i]);
    case XYZ_X:
    case XYZ_Y:
    case XYZ_Z: return read_real(r, c, s, &r->position[3 * i + (c->role - XYZ_X)]);
    case XYZ_NUMBER: return read_real(r, c, s, (double *)c->data + i);
    case XYZ_WHOLE: return read_whole(r, c, s, (int64_t *)c->data + i);
    default: return word_code(r, c, s, (int32_t *)c->data + i);
    }
}

static int count_fields(const xyz_reader *r, io_span line)
{
    int n = 0;
    for (io_span field; xyz_next_field(r, &line, &field);) n++;
    return n;
}

bool xyz_read_row(xyz_reader *r, io_span line, int64_t i)
{
    int fields = count_fields(r, line);
    if (fields < r->n_columns)
        return xyz_fail(r, "%d field%s, expected %d", fields, fields == 1 ? "" : "s", r->n_columns);
    if (r->extended && fields > r->n_columns)
        return xyz_fail(r, "%d fields, but %s names %d", fields,
                        r->table ? "the first line" : "Properties", r->n_columns);
    if (!i) r->fields = fields;
    if (fields != r->fields)
        return xyz_fail(r, "%d fields, but %d in the lines before", fields, r->fields);
    for (int k = 0; k < r->n_columns; k++) {
        io_span field;
        xyz_next_field(r, &line, &field);
        if (!read_field(r, &r->column[k], field, i)) return false;
    }
    return true;
}

/* ---- arrays ------------------------------------------------------------------------------------
 */

static bool make_column(xyz_reader *r, loom_value *atoms, xyz_column *c)
{
    const loom_host *h = r->call->host;
    size_t room = c->role == XYZ_WHOLE ? (size_t)(r->n ? r->n : 1) * sizeof(int64_t) : 0;
    if (c->role == XYZ_WHOLE) return (c->data = h->scratch(r->call, room)) != NULL;
    if (c->role < XYZ_NUMBER) return true;
    c->data = h->add_array(r->call, atoms, c->name, c->role == XYZ_NUMBER ? LOOM_F64 : LOOM_I32, 1,
                           &r->n, *c->unit ? c->unit : NULL);
    if (c->role == XYZ_WORD && (c->categories = h->scratch(r->call, XYZ_CATEGORY_TEXT)))
        memset(c->categories, 0, XYZ_CATEGORY_TEXT);
    return c->data && (c->role != XYZ_WORD || c->categories);
}

bool xyz_make_arrays(xyz_reader *r, loom_value *atoms)
{
    const loom_host *h = r->call->host;
    r->position =
        h->add_array(r->call, atoms, "position", LOOM_F64, 2, (int64_t[]){ r->n, 3 }, "angstrom");
    r->species = h->add_array(r->call, atoms, "species", LOOM_I32, 1, &r->n, NULL);
    if (!r->position || !r->species) return false;
    for (int k = 0; k < r->n_columns; k++)
        if (!make_column(r, atoms, &r->column[k])) return false;
    return true;
}

/* A column of whole numbers: i32 where all of them fit, else i64. */
static bool finish_whole(xyz_reader *r, loom_value *atoms, const xyz_column *c)
{
    const int64_t *from = c->data;
    bool small = true;
    for (int64_t i = 0; i < r->n; i++) small = small && from[i] == (int32_t)from[i];
    void *to = r->call->host->add_array(r->call, atoms, c->name, small ? LOOM_I32 : LOOM_I64, 1,
                                        &r->n, NULL);
    for (int64_t i = 0; to && i < r->n; i++) {
        if (small) ((int32_t *)to)[i] = (int32_t)from[i];
        else ((int64_t *)to)[i] = from[i];
    }
    return to != NULL;
}

/* Numbers 1, 2, .. without a gap are the types of simulation programs far more often than hydrogen,
 * helium, .. */
static void warn_of_types(const xyz_reader *r)
{
    if (!r->highest_number || r->highest_number != r->n_symbols) return;
    char numbers[32] = "1", elements[32] = "H";
    if (r->n_symbols > 1) {
        snprintf(numbers, sizeof numbers, "1 to %d", r->n_symbols);
        snprintf(elements, sizeof elements, "H to %s", loom_element_symbol(r->n_symbols));
    }
    r->call->host->warn(r->call, "symbols",
                        "the species of '%s' are numbers, %s, and are taken for the elements %s; "
                        "where they are types, list their symbols in 'symbols'",
                        r->p->file.path, numbers, elements);
}

/* Of the list that a person gave. */
static void warn_of_absent(const xyz_reader *r)
{
    bool seen[XYZ_MAX_SYMBOLS] = { false };
    for (int64_t i = 0; i < r->n; i++) seen[r->species[i]] = true;
    for (int k = 0; k < (int)r->p->symbols.n; k++)
        if (!seen[k])
            r->call->host->warn(r->call, "symbols",
                                "no atom of '%s' is %s, which 'symbols' lists; is the list in the "
                                "order of the types?",
                                r->p->file.path, r->symbol[k]);
}

/* A column of atomic numbers beside the species: both must say the same. */
static bool agrees_with_species(const xyz_reader *r, const xyz_column *c)
{
    static const char *const names[] = { "Z", "numbers", "atomic_number", "atomic_numbers", NULL };
    bool whole = c->role == XYZ_WHOLE;
    if (!whole && c->role != XYZ_NUMBER) return true;
    if (!xyz_is_one_of((io_span){ c->name, c->name + strlen(c->name) }, names)) return true;
    for (int64_t i = 0; i < r->n; i++) {
        const char *symbol = r->symbol[r->species[i]];
        int number = loom_element_number(symbol);
        double said = whole ? (double)((int64_t *)c->data)[i] : ((double *)c->data)[i];
        if (number && fabs(said - number) > 0)
            return r->call->host->fail(r->call, LOOM_E_DATA, "file",
                                       "'%s': atom %lld is %s, whose atomic number is %d, but its "
                                       "'%s' is %g; which is right? Leave the other column out",
                                       r->p->file.path, (long long)i + 1, symbol, number, c->name,
                                       said),
                   false;
    }
    return true;
}

bool xyz_finish(xyz_reader *r, loom_value *atoms)
{
    const loom_host *h = r->call->host;
    char text[XYZ_MAX_SYMBOLS * XYZ_SYMBOL_ROOM] = "", key[XYZ_NAME_ROOM + 16];
    double shift[3] = { 0 }, scale = r->angstrom > 0 ? r->angstrom : r->p->scale;
    if (r->p->shift.n == 3) memcpy(shift, r->p->shift.v, sizeof shift);
    for (int64_t i = 0; i < 3 * r->n; i++) r->position[i] = r->position[i] * scale + shift[i % 3];
    if (!r->n_symbols) symbol_index(r, "X", 1);
    warn_of_types(r);
    warn_of_absent(r);
    for (int i = 0, used = 0; i < r->n_symbols; i++)
        used +=
            snprintf(text + used, sizeof text - (size_t)used, "%s%s", i ? " " : "", r->symbol[i]);
    h->set_text(r->call, atoms, "symbols", text);
    for (int k = 0; k < r->n_columns; k++) {
        const xyz_column *c = &r->column[k];
        if (!agrees_with_species(r, c)) return false;
        if (c->role == XYZ_WHOLE && !finish_whole(r, atoms, c)) return false;
        if (c->role != XYZ_WORD) continue;
        snprintf(key, sizeof key, "categories.%s", c->name);
        h->set_text(r->call, atoms, key, c->categories);
    }
    return true;
}
