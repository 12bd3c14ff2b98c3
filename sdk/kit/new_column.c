/* kit/new_column.c - see new_column.h */
#include "kit/new_column.h"
#include "kit/check.h"
#include "kit/unit.h"
#include <assert.h>
#include <ctype.h>
#include <stdio.h>

typedef struct maker {
    loom_call *call;
    const loom_new_column *p;
    const loom_expression *e;
    int64_t rows;
    double factor;
    double missing; /* NaN: the number stays missing */
    int64_t gaps, first_gap;
} maker;

/* ---- the name -------------------------------------------------------------------------------- */

static bool is_word(const char *s)
{
    size_t n = strlen(s);
    for (size_t i = 0; i < n; i++)
        if (!isalnum((unsigned char)s[i]) && s[i] != '_') return false;
    return n > 0 && n <= LOOM_MAX_NAME && !isdigit((unsigned char)*s);
}

/* Names that stand for something else in expressions; the last five of atoms alone. */
static bool is_reserved(const char *name, bool atoms)
{
    static const char *const reserved[] = { "index",   "and", "or", "not", "position",
                                            "species", "x",   "y",  "z" };
    size_t count = sizeof reserved / sizeof *reserved - (atoms ? 0 : 5);
    for (size_t i = 0; i < count; i++)
        if (!strcmp(reserved[i], name)) return true;
    return false;
}

static bool has_attribute(loom_call *call, const loom_value *v, const char *name)
{
    double number;
    return call->host->text(v, name) || call->host->number(v, name, &number);
}

static loom_status check_name(loom_call *call, const loom_value *in, bool atoms,
                              const loom_new_column *p)
{
    const loom_host *h = call->host;
    if (!is_word(p->name))
        return h->fail(call, LOOM_E_PARAM, "name",
                       "'%.80s' is no name; expected letters, digits and _, a letter first",
                       p->name);
    if (is_reserved(p->name, atoms))
        return h->fail(call, LOOM_E_PARAM, "name",
                       "'%s' means something else already; choose another name%s", p->name,
                       atoms ? " (positions: atoms.transform)" : "");
    if (has_attribute(call, in, p->name))
        return h->fail(call, LOOM_E_PARAM, "name",
                       "there is an attribute '%s'; choose another name", p->name);
    if (h->array(in, p->name) && !p->replace)
        return h->fail(call, LOOM_E_PARAM, "name",
                       "there is a column '%s' already; choose another name, or say 'replace: "
                       "true'",
                       p->name);
    return LOOM_OK;
}

/* ---- the unit -------------------------------------------------------------------------------- */

/* Sets the factor to the unit asked for; returns the column's unit, or NULL after failing. */
static const char *find_unit(maker *m)
{
    const loom_host *h = m->call->host;
    const char *asked = m->p->unit;
    loom_expression_error clash;
    const char *found = loom_expression_unit(m->e, &clash);
    m->factor = 1;
    if (clash.length)
        h->warn(m->call, "value", "'%.200s': %s; they are taken as they are, not converted",
                m->e->text, clash.text);
    if (!*asked) {
        if (!found)
            h->note(m->call, "the unit of '%.200s' does not follow; give it as 'unit'", m->e->text);
        return found ? found : "";
    }
    if (!found || !*found) return asked;
    m->factor = loom_unit_factor(found, asked);
    if (m->factor > 0) return asked;
    h->fail(m->call, LOOM_E_PARAM, "unit",
            "'%.200s' is in '%s', which is no %s; leave 'unit' out, or give one that measures the "
            "same",
            m->e->text, found, asked);
    return NULL;
}

/* ---- the numbers ----------------------------------------------------------------------------- */

static double at(maker *m, int64_t i)
{
    double v = m->factor * loom_expression_at(m->e, i);
    if (isfinite(v)) return v;
    if (!m->gaps++) m->first_gap = i;
    return m->missing;
}

static loom_status fill_whole(maker *m, int32_t *dst)
{
    for (int64_t i = 0; i < m->rows; i++) {
        double v = round(at(m, i));
        if (isnan(v)) continue; /* counted, and refused by the caller */
        if (v < INT32_MIN || v > INT32_MAX)
            return m->call->host->fail(m->call, LOOM_E_PARAM, "whole",
                                       "'%.200s' is %g in row %lld; whole numbers go to %d",
                                       m->e->text, v, (long long)i, INT32_MAX);
        dst[i] = (int32_t)v;
    }
    return LOOM_OK;
}

static loom_status fill(maker *m, void *data, loom_dtype dtype)
{
    assert(dtype == LOOM_U8 || dtype == LOOM_I32 || dtype == LOOM_F64);
    if (dtype == LOOM_I32) return fill_whole(m, data);
    for (int64_t i = 0; i < m->rows; i++) {
        double v = at(m, i);
        if (dtype == LOOM_U8) ((uint8_t *)data)[i] = (uint8_t)(v > 0 || v < 0);
        else ((double *)data)[i] = v;
    }
    return LOOM_OK;
}

/* What became of rows without a number. `may_stay`: they are NaN. */
static loom_status report_gaps(const maker *m, bool may_stay, loom_value *out)
{
    const loom_host *h = m->call->host;
    if (!m->gaps) return LOOM_OK;
    if (!isnan(m->missing)) {
        h->note(m->call, "'%.200s' has no number in %lld of %lld rows: %g there", m->e->text,
                (long long)m->gaps, (long long)m->rows, m->missing);
        return LOOM_OK;
    }
    if (!may_stay)
        return h->fail(m->call, LOOM_E_PARAM, "value",
                       "'%.200s' has no number in %lld of %lld rows, first in row %lld (a division "
                       "by 0, a root or logarithm that does not exist, a missing number); say with "
                       "'missing' what to put there",
                       m->e->text, (long long)m->gaps, (long long)m->rows, (long long)m->first_gap);
    h->warn(m->call, "value", "'%.200s' has no number in %lld of %lld rows; they are missing",
            m->e->text, (long long)m->gaps, (long long)m->rows);
    char key[LOOM_MAX_NAME + 16];
    snprintf(key, sizeof key, "missing.%s", m->p->name);
    h->set_text(m->call, out, key, "nan");
    return LOOM_OK;
}

/* Everything else of `in`. What an earlier column of that name had, words or gaps, went with it. */
static loom_status pass_others(const maker *m, const loom_value *in, loom_value *out)
{
    const loom_host *h = m->call->host;
    char words[LOOM_MAX_NAME + 16], missing[LOOM_MAX_NAME + 16];
    const char *but[] = { m->p->name, words, missing, NULL };
    snprintf(words, sizeof words, "categories.%s", m->p->name);
    snprintf(missing, sizeof missing, "missing.%s", m->p->name);
    if (h->text(in, words)) h->note(m->call, "the words of '%s' are gone with it", m->p->name);
    return loom_pass_rest_as(m->call, in, out, (loom_rest){ .but = but }) ? LOOM_OK : LOOM_E_MEMORY;
}

loom_status loom_new_column_make(loom_call *call, const char *port, const loom_value *in,
                                 int64_t rows, bool nan, const loom_new_column *p, loom_value *out)
{
    assert(rows >= 0);
    const loom_host *h = call->host;
    maker m = { .call = call, .p = p, .rows = rows };
    m.missing = p->missing.n ? p->missing.v[0] : (double)NAN;
    loom_status status = check_name(call, in, !strcmp(h->type(in), "atoms"), p);
    loom_expression *e = h->scratch(call, sizeof *e);
    if (status || !e) return status ? status : LOOM_E_MEMORY;
    status = loom_expression_read(call, "value", p->value, port, in, rows, e);
    if (status) return status;
    if (e->kind == LOOM_EXPRESSION_WORD)
        return h->fail(call, LOOM_E_PARAM, "value",
                       "'%.200s' is a column of words; compare it with one: %.60s == 'word'",
                       p->value, p->value);
    m.e = e;
    const char *unit = find_unit(&m);
    if (!unit) return LOOM_E_PARAM;
    loom_dtype dtype = e->kind == LOOM_EXPRESSION_TRUTH ? LOOM_U8 : p->whole ? LOOM_I32 : LOOM_F64;
    if ((status = pass_others(&m, in, out))) return status;
    void *data = h->add_array(call, out, p->name, dtype, 1, &rows, unit);
    if (!data) return LOOM_E_MEMORY;
    status = fill(&m, data, dtype);
    return status ? status : report_gaps(&m, nan && dtype == LOOM_F64, out);
}
