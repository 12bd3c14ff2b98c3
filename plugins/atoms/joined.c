/* atoms/joined.c - the columns of several sets of atoms; see joined.h */
#include "atoms/joined.h"
#include "kit/check.h"
#include "kit/unit.h"
#include <assert.h>
#include <stdio.h>

enum { KEY = 256, LISTED = 300 };

/* Words of all sets, each once, in the order in which they come. */
typedef struct vocabulary {
    char *words;    /* joined by the separator */
    int32_t **code; /* [parts][words of that set] what each set's codes become */
} vocabulary;

/* ---- words ----------------------------------------------------------------------------------- */

static int64_t count_words(const char *words, char separator)
{
    int64_t n = *words != 0;
    for (; *words; words++) n += *words == separator;
    return n;
}

static int64_t find_word(const char *words, char separator, const char *word, size_t length)
{
    int64_t k = 0;
    for (const char *w = words; *words && w; k++) {
        const char *end = strchr(w, separator);
        size_t n = end ? (size_t)(end - w) : strlen(w);
        if (n == length && !memcmp(w, word, n)) return k;
        w = end ? end + 1 : NULL;
    }
    return -1;
}

/* The code of a word among all; it is added where it is new. */
static int32_t take_word(char *words, char separator, const char *word, size_t length)
{
    int64_t code = find_word(words, separator, word, length);
    size_t used = strlen(words);
    if (code >= 0) return (int32_t)code;
    code = count_words(words, separator);
    if (used) words[used++] = separator;
    memcpy(words + used, word, length);
    words[used + length] = 0;
    return (int32_t)code;
}

/* `text[i]`: words of set i, NULL for none. */
static bool join_words(const atoms_joining *j, const char *const *text, char separator,
                       vocabulary *v)
{
    const loom_host *h = j->call->host;
    size_t length = 1;
    for (int64_t i = 0; i < j->parts; i++) length += text[i] ? strlen(text[i]) + 1 : 0;
    v->words = h->scratch(j->call, length);
    v->code = h->scratch(j->call, (size_t)j->parts * sizeof *v->code);
    if (!v->words || !v->code) return false;
    *v->words = 0;
    for (int64_t i = 0; i < j->parts; i++) {
        const char *w = text[i] ? text[i] : "";
        int64_t count = count_words(w, separator);
        v->code[i] = h->scratch(j->call, (size_t)(count + 1) * sizeof **v->code);
        if (!v->code[i]) return false;
        for (int64_t k = 0; k < count; k++) {
            const char *end = strchr(w, separator);
            size_t n = end ? (size_t)(end - w) : strlen(w);
            v->code[i][k] = take_word(v->words, separator, w, n);
            w += n + 1;
        }
    }
    return true;
}

/* Symbols of a set with one blank between them. */
static char *tidy_symbols(loom_call *call, const char *symbols)
{
    char word[16], *tidy = call->host->scratch(call, 17 * LOOM_SPECIES_MOST + 1);
    if (tidy) *tidy = 0;
    for (int k = 0; tidy && loom_symbols_word(symbols, k, word); k++)
        strcat(strcat(tidy, k ? " " : ""), word);
    return tidy;
}

/* ---- one column ------------------------------------------------------------------------------ */

typedef struct column {
    const char *name;
    const loom_array *first;  /* of the first set that has it */
    const loom_array **array; /* [parts], NULL where it is lacking */
    double *factor;           /* [parts] to the unit of the first */
    bool per_atom, alike, in_all;
    size_t row; /* bytes of an atom */
} column;

static bool is_per_atom(const loom_array *a, int64_t n)
{
    if (!a->rank || a->dim[0] != n) return false;
    for (int32_t k = 1; k < a->rank; k++)
        if (a->dim[k] == n) return false; /* [n][n] cannot be joined */
    return true;
}

static bool is_alike(const loom_array *a, const loom_array *b, double *factor)
{
    bool real = a->dtype == LOOM_F64 || a->dtype == LOOM_F32, same = !strcmp(a->unit, b->unit);
    if (a->dtype != b->dtype || a->rank != b->rank) return false;
    for (int32_t k = 1; k < a->rank; k++)
        if (a->dim[k] != b->dim[k]) return false;
    *factor = same ? 1 : loom_unit_factor(b->unit, a->unit);
    return *factor > 0 && (same || real);
}

static const char *words_of(const atoms_joining *j, int64_t i, const char *name)
{
    char key[KEY];
    snprintf(key, sizeof key, "categories.%s", name);
    return j->call->host->text(j->part[i].value, key);
}

static bool look_at(const atoms_joining *j, const char *name, column *c)
{
    const loom_host *h = j->call->host;
    *c = (column){ .name = name, .per_atom = true, .alike = true, .in_all = true };
    c->array = h->scratch(j->call, (size_t)j->parts * sizeof *c->array);
    c->factor = h->scratch(j->call, (size_t)j->parts * sizeof *c->factor);
    if (!c->array || !c->factor) return false;
    for (int64_t i = 0, first = -1; i < j->parts; i++) {
        const loom_array *a = c->array[i] = h->array(j->part[i].value, name);
        c->in_all = c->in_all && a;
        if (!a) continue;
        if (first < 0) first = i, c->first = a;
        c->per_atom = c->per_atom && is_per_atom(a, j->part[i].n);
        bool words = words_of(j, i, name) != NULL;
        c->alike = c->alike && is_alike(c->first, a, &c->factor[i])
                   && words == (words_of(j, first, name) != NULL);
    }
    assert(c->first);
    c->row = loom_dtype_bytes(c->first->dtype);
    for (int32_t k = 1; k < c->first->rank; k++) c->row *= (size_t)c->first->dim[k];
    return true;
}

/* One atom's entries, in the unit of the first set. */
static void put(const column *c, int64_t set, int64_t atom, char *dst)
{
    const char *src = (const char *)c->array[set]->data + (size_t)atom * c->row;
    double factor = c->factor[set];
    memcpy(dst, src, c->row);
    if (factor >= 1 && factor <= 1) return;
    for (size_t k = 0; c->first->dtype == LOOM_F64 && k < c->row / sizeof(double); k++)
        ((double *)(void *)dst)[k] *= factor;
    for (size_t k = 0; c->first->dtype == LOOM_F32 && k < c->row / sizeof(float); k++)
        ((float *)(void *)dst)[k] *= (float)factor;
}

/* What stands for an entry that there is not: 0, or -1 among whole numbers. */
static void put_none(const column *c, char *dst)
{
    bool whole = c->first->dtype == LOOM_I32 || c->first->dtype == LOOM_I64;
    memset(dst, whole ? 0xff : 0, c->row);
}

static bool join_column(const atoms_joining *j, const column *c, int32_t *const *code)
{
    int64_t dim[LOOM_MAX_RANK];
    memcpy(dim, c->first->dim, sizeof dim);
    dim[0] = j->n;
    char *dst = j->call->host->add_array(j->call, j->out, c->name, c->first->dtype, c->first->rank,
                                         dim, c->first->unit);
    if (!dst) return false;
    const bool *kept = j->kept;
    for (int64_t i = 0; i < j->parts; kept += j->part[i++].n)
        for (int64_t k = 0; k < j->part[i].n; k++) {
            if (!kept[k]) continue;
            if (c->array[i]) put(c, i, k, dst);
            else put_none(c, dst);
            int32_t *word = (int32_t *)(void *)dst;
            if (code && c->array[i] && *word >= 0) *word = code[i][*word];
            dst += c->row;
        }
    return true;
}

/* Codes beyond the words of a set would become anything. */
static bool has_its_words(const atoms_joining *j, const column *c, const char *const *text)
{
    for (int64_t i = 0; i < j->parts; i++) {
        int64_t count = text[i] ? count_words(text[i], '\n') : 0;
        for (int64_t k = 0; c->array[i] && k < j->part[i].n; k++)
            if (((const int32_t *)c->array[i]->data)[k] >= count) return false;
    }
    return true;
}

static loom_status join_one(const atoms_joining *j, const column *c, bool *done)
{
    const loom_host *h = j->call->host;
    char key[KEY];
    vocabulary v = { 0 };
    const char **text = h->scratch(j->call, (size_t)j->parts * sizeof *text);
    bool words = false;
    if (!text) return LOOM_E_MEMORY;
    for (int64_t i = 0; i < j->parts; i++) {
        text[i] =
            c->first->dtype == LOOM_I32 && c->first->rank == 1 ? words_of(j, i, c->name) : NULL;
        words = words || text[i];
    }
    *done = !words || has_its_words(j, c, text);
    if (!*done) return LOOM_OK;
    if (words && !join_words(j, text, '\n', &v)) return LOOM_E_MEMORY;
    if (!join_column(j, c, v.code)) return LOOM_E_MEMORY;
    snprintf(key, sizeof key, "categories.%s", c->name);
    if (words) h->set_text(j->call, j->out, key, v.words);
    return LOOM_OK;
}

/* ---- all columns ----------------------------------------------------------------------------- */

/* An array of the value as a whole, the same in every set. */
static bool is_one_content(const atoms_joining *j, const column *c)
{
    size_t bytes = (size_t)loom_array_count(c->first) * loom_dtype_bytes(c->first->dtype);
    for (int64_t i = 0; c->in_all && i < j->parts; i++)
        if (loom_array_count(c->array[i]) != loom_array_count(c->first)
            || c->array[i]->dtype != c->first->dtype || strcmp(c->array[i]->unit, c->first->unit)
            || memcmp(c->array[i]->data, c->first->data, bytes) != 0)
            return false;
    return c->in_all;
}

/* Names for a warning; `more` counts those there is no place for. */
typedef struct names {
    char text[LISTED];
    int more;
} names;

static void list(names *n, const char *name)
{
    size_t used = strlen(n->text);
    if (used + strlen(name) + 3 > sizeof n->text) n->more++;
    else snprintf(n->text + used, sizeof n->text - used, "%s%s", used ? ", " : "", name);
}

static void warn_of(const atoms_joining *j, const names *n, const char *what)
{
    char more[32] = "";
    if (n->more) snprintf(more, sizeof more, " and %d more", n->more);
    if (*n->text) j->call->host->warn(j->call, "lacking", "%s: %s%s", what, n->text, more);
}

static loom_status take_column(const atoms_joining *j, const char *name, names *lacking,
                               names *unlike)
{
    column c;
    bool done = true;
    if (!look_at(j, name, &c)) return LOOM_E_MEMORY;
    if (!c.per_atom && is_one_content(j, &c))
        return loom_pass_array(j->call, c.first, j->out) ? LOOM_OK : LOOM_E_MEMORY;
    if (!c.alike || !c.per_atom) {
        list(unlike, name);
        return LOOM_OK;
    }
    if (!c.in_all) list(lacking, name);
    if (!c.in_all && !j->fill) return LOOM_OK;
    loom_status status = join_one(j, &c, &done);
    if (!done) list(unlike, name);
    return status;
}

static loom_status join_species(const atoms_joining *j)
{
    const loom_host *h = j->call->host;
    vocabulary v;
    column c;
    int32_t numbers[LOOM_SPECIES_MOST];
    const char **text = h->scratch(j->call, (size_t)j->parts * sizeof *text);
    for (int64_t i = 0; text && i < j->parts; i++)
        if (!(text[i] = tidy_symbols(j->call, j->part[i].symbols))) return LOOM_E_MEMORY;
    if (!text || !join_words(j, text, ' ', &v) || !look_at(j, "species", &c)) return LOOM_E_MEMORY;
    if (loom_symbols_numbers(v.words, numbers) < 0)
        return h->fail(j->call, LOOM_E_DATA, "atoms",
                       "the sets have %lld symbols together; expected at most %d",
                       (long long)count_words(v.words, ' '), LOOM_SPECIES_MOST);
    h->set_text(j->call, j->out, "symbols", v.words);
    return join_column(j, &c, v.code) ? LOOM_OK : LOOM_E_MEMORY;
}

loom_status atoms_join_columns(const atoms_joining *j)
{
    const loom_host *h = j->call->host;
    names lacking = { 0 }, unlike = { 0 };
    const loom_array *a;
    column c;
    if (!look_at(j, "position", &c) || !join_column(j, &c, NULL)) return LOOM_E_MEMORY;
    loom_status status = join_species(j);
    for (int64_t i = 0; !status && i < j->parts; i++)
        for (int64_t k = 0; !status && (a = h->array_at(j->part[i].value, k)); k++) {
            bool seen = h->array(j->out, a->name) != NULL;
            for (int64_t s = 0; s < i; s++) seen |= h->array(j->part[s].value, a->name) != NULL;
            if (!seen) status = take_column(j, a->name, &lacking, &unlike);
        }
    warn_of(j, &lacking,
            j->fill ? "columns that not every set has, filled with 0 (whole numbers: -1)"
                    : "columns that not every set has, left out ('lacking: fill' keeps them)");
    warn_of(j, &unlike, "columns of another type, shape or unit in each set, left out");
    return status;
}
