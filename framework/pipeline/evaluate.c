/* pipeline/evaluate.c - variables, axes and ${...}.
 *
 *   text    = anything, "${" expression "}" any number of times, "$${" for a literal "${"
 *   expression = sum;  sum = product {("+" | "-") product};  product = factor {("*" | "/") factor}
 *   factor  = ["-" | "+"] factor | number | name | "(" sum ")"
 *
 * A text that is one "${name}" takes the variable's value as it is, a list included; arithmetic
 * wants numbers. */
#include "pipeline/reader.h"
#include "base/utf8.h"
#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_NAMES = 10000, MAX_TEXT = 1 << 16, MAX_NESTING = 64 };

/* One text under evaluation. */
typedef struct work {
    reader *r;
    scope *s;
    const tree *from;
    const int32_t *at;
    axis_set axes;
    const char *c; /* where the expression is read */
    int depth;
    bool failed;
} work;

static bool value_of_name(work *w, const char *name, size_t length, evaluated *out);

/* The place of a piece of the text; of all of it where the file writes it in another way (escapes,
 * several lines). */
static span piece(const work *w, const char *c, int length)
{
    assert(c >= w->from->text && length >= 0);
    span at = w->from->at;
    const char *s = w->from->text;
    int quotes = w->from->quoted ? 1 : 0;
    if (at.length != utf8_count(s, strlen(s)) + 2 * quotes) return at;
    at.at.column += quotes + utf8_count(s, (size_t)(c - s));
    at.length = length > 0 ? length : 1;
    return at;
}

static double fail(work *w, const char *c, int length, const char *hint, const char *format,
                   const char *subject)
{
    assert(format && subject);
    if (!w->failed) complain(w->r, piece(w, c, length), hint, format, subject);
    w->failed = true;
    return 0;
}

/* ---- expressions ----------------------------------------------------------------------------- */

size_t name_length(const char *c)
{
    size_t n = 0;
    if (isalpha((unsigned char)*c) || *c == '_')
        while (isalnum((unsigned char)c[n]) || c[n] == '_') n++;
    return n;
}

static void blanks(work *w)
{
    while (*w->c == ' ' || *w->c == '\t' || *w->c == '\n') w->c++;
}

static double sum(work *w);

static double named_number(work *w)
{
    const char *start = w->c;
    size_t n = name_length(start);
    evaluated v;
    double number = 0;
    w->c += n;
    if (!value_of_name(w, start, n, &v)) return 0;
    if (v.is_list || v.count != 1)
        return fail(w, start, (int)n, "a list can only be used as ${name} alone",
                    "'%s' is a list, expected a number", say(w->r, "%.*s", (int)n, start));
    number_status status = number_parse(v.item[0], &number);
    if (status != NUMBER_READ)
        return fail(w, start, (int)n,
                    status == NUMBER_NONE ? "arithmetic takes numbers; write text outside ${ }"
                                          : NULL,
                    status == NUMBER_NONE ? "%s, expected a number"
                                          : "%s, expected a number from -1.8e+308 to 1.8e+308",
                    say(w->r, "'%.*s' is '%s'", (int)n, start, v.item[0]));
    return number;
}

static double written_number(work *w)
{
    char digits[64];
    size_t n = strspn(w->c, "0123456789.");
    size_t sign = n + 1 + (w->c[n] && (w->c[n + 1] == '-' || w->c[n + 1] == '+'));
    if ((w->c[n] == 'e' || w->c[n] == 'E') && isdigit((unsigned char)w->c[sign]))
        n = sign + strspn(w->c + sign, "0123456789");
    snprintf(digits, sizeof digits, "%.*s", (int)(n < 60 ? n : 60), w->c);
    double v = 0;
    number_status status = n < 60 ? number_parse(digits, &v) : NUMBER_NONE;
    if (status == NUMBER_TOO_LARGE || status == NUMBER_TOO_SMALL)
        return fail(w, w->c, (int)n, NULL,
                    "'%s' is outside the range of numbers, 4.9e-324 to 1.8e+308", digits);
    if (status != NUMBER_READ) return fail(w, w->c, (int)n, NULL, "'%s' is not a number", digits);
    w->c += n;
    return v;
}

static double factor(work *w)
{
    double v = 0;
    blanks(w);
    if (++w->depth > MAX_NESTING)
        return fail(w, w->c, 1, NULL, "%s", "the expression is nested too deep");
    if (*w->c == '-' || *w->c == '+') {
        bool minus = *w->c++ == '-';
        v = factor(w);
        if (minus) v = -v;
    } else if (*w->c == '(') {
        const char *open = w->c++;
        v = sum(w);
        blanks(w);
        if (*w->c == ')') w->c++;
        else fail(w, open, 1, NULL, "%s", "the '(' is not closed");
    } else if (isdigit((unsigned char)*w->c) || *w->c == '.') v = written_number(w);
    else if (name_length(w->c)) v = named_number(w);
    else
        fail(w, w->c, 1, "as in ${2 * dose / (n - 1)}", "expected a number, a name or '(' %s",
             *w->c == '}' ? "before '}'" : "here");
    w->depth--;
    blanks(w);
    return v;
}

static double product(work *w)
{
    double v = factor(w);
    while (!w->failed && (*w->c == '*' || *w->c == '/')) {
        const char *op = w->c++;
        double b = factor(w);
        if (*op == '/' && b == 0 && !w->failed)
            return fail(w, op, 1, NULL, "%s", "division by zero");
        v = *op == '*' ? v * b : v / b;
    }
    return v;
}

static double sum(work *w)
{
    double v = product(w);
    while (!w->failed && (*w->c == '+' || *w->c == '-')) {
        bool minus = *w->c++ == '-';
        double b = product(w);
        v = minus ? v - b : v + b;
    }
    return v;
}

/* ---- names ----------------------------------------------------------------------------------- */

static bool evaluate_in(work *outer, scope *s, const tree *value, evaluated *out);

static bool unknown_name(work *w, const char *name, size_t length)
{
    const char *known[256];
    int n = 0;
    for (int32_t i = 0; i < w->r->variable_count && n < 192; i++)
        if (names_find(&w->s->variable_of, w->r->variables[i]->name) == i)
            known[n++] = w->r->variables[i]->name;
    for (int32_t i = 0; i < w->r->axis_count && n < 256; i++) {
        const char *local = w->r->axes[i].name + strlen(w->s->prefix);
        if (strlen(w->r->axes[i].name) > strlen(w->s->prefix)
            && names_find(&w->s->axis_of, local) == i)
            known[n++] = local;
    }
    const char *word = say(w->r, "%.*s", (int)length, name);
    const char *hint =
        n ? suggest(w->r, word, known, n, "variables and axes") : "give it a value under `vars:`";
    fail(w, name, (int)length, hint, "undefined variable '%s'", word);
    return false;
}

static void remember_variable(reader *r, int32_t v)
{
    assert(v >= 0 && v < r->variable_count);
    for (int32_t i = 0; i < r->looked_count; i++)
        if (r->looked[i] == v) return;
    if (r->looked_count < MAX_LOOKED) r->looked[r->looked_count++] = v;
    assert(r->looked_count <= MAX_LOOKED);
}

static bool value_of_name(work *w, const char *name, size_t length, evaluated *out)
{
    assert(length > 0);
    reader *r = w->r;
    if (++r->work > MAX_NAMES) {
        fail(w, name, (int)length, "write the value out", "'%s' expands to too many variables",
             say(r, "%.*s", (int)length, name));
        return false;
    }
    int32_t k = names_find_part(&w->s->axis_of, name, length),
            v = names_find_part(&w->s->variable_of, name, length);
    if (k < 0 && v >= 0) k = r->variables[v]->axis;
    if (v >= 0) {
        r->variables[v]->used = true;
        remember_variable(r, v);
    }
    if (k >= 0) {
        axis *a = &r->axes[k];
        const source *from = a->from ? source_of(r, a->from->at.at) : NULL;
        w->axes |= AXIS_BIT(k);
        if (!a->value) {
            w->failed = true;
            return false;
        } /* its values were wrong, told */
        int32_t point = w->at ? w->at[k] : 0;
        if (a->swept) return evaluate_in(w, a->scope, a->swept[point], out);
        *out = (evaluated){ .item = &a->value[point], .count = 1, .base = from ? from->dir : "" };
        return true;
    }
    if (v < 0) return unknown_name(w, name, length);
    variable *var = r->variables[v];
    if (var->busy) {
        fail(w, name, (int)length, NULL, "variable '%s' is defined by itself", var->name);
        return false;
    }
    const tree *value = var->value ? var->value : along_value(r, var, w->at, &w->axes);
    if (!value) {
        w->failed = true;
        return false;
    } /* told by variables_check */
    var->busy = true;
    bool good = evaluate_in(w, var->scope, value, out);
    var->busy = false;
    w->failed |= !good;
    return good;
}

/* ---- texts ----------------------------------------------------------------------------------- */

static const char *number_for_text(reader *r, double v)
{
    assert(isfinite(v));
    char out[32];
    if (v == floor(v) && fabs(v) < 1e15) return say(r, "%.0f", v == 0 ? 0.0 : v);
    return say(r, "%s", number_text(v, out));
}

/* After "${": the value up to and with "}". A name alone keeps its text, and may be a list where
 * `whole`. */
static bool read_hole(work *w, bool whole, evaluated *out)
{
    blanks(w);
    const char *start = w->c;
    size_t n = name_length(start);
    const char *after = start + n + strspn(start + n, " ");
    if (n && *after == '}') {
        w->c = after + 1;
        if (!value_of_name(w, start, n, out)) return false;
        if (out->is_list && !whole)
            fail(w, start, (int)n, "a list can only be used as ${name} alone", "'%s' is a list",
                 say(w->r, "%.*s", (int)n, start));
        return !w->failed;
    }
    double v = sum(w);
    if (!w->failed && *w->c != '}') {
        bool end = !*w->c;
        fail(w, w->c - end, 1, end ? "close it with }" : "${ } takes numbers, names, + - * / ( )",
             "unexpected %s", end ? "end of the text" : say(w->r, "'%c'", *w->c));
    }
    if (!w->failed && !isfinite(v))
        fail(w, start, 1, NULL, "%s", "the expression is too large for a number");
    if (w->failed) return false;
    w->c++;
    const char **item = arena_take(w->r->memory, sizeof *item);
    *item = number_for_text(w->r, v);
    *out = (evaluated){ .item = item, .count = 1, .base = "" };
    return true;
}

static bool interpolate(work *w, evaluated *out)
{
    const char *s = w->from->text;
    text all = { 0 };
    for (w->c = s; *w->c && !w->failed;) {
        if (!strncmp(w->c, "$${", 3)) {
            text_puts(&all, "${");
            w->c += 3;
        } else if (!strncmp(w->c, "${", 2)) {
            bool first = w->c == s;
            evaluated v;
            w->c += 2;
            if (!read_hole(w, false, &v)) break;
            text_puts(&all, v.item[0]);
            if (first) out->base = v.base;
        } else text_putc(&all, *w->c++);
        if (all.length > MAX_TEXT)
            fail(w, s, 1, NULL, "%s", "the text expands to more than 64 KiB");
    }
    out->item = arena_take(w->r->memory, sizeof *out->item);
    out->item[0] = arena_text(w->r->memory, all.data ? all.data : "", all.length);
    out->count = 1;
    bool memory = all.failed;
    text_free(&all);
    if (memory) longjmp(*w->r->memory->unwind, 1);
    return !w->failed;
}

static bool evaluate_scalar(work *w, evaluated *out)
{
    const char *s = w->from->text;
    const source *from = source_of(w->r, w->from->at.at);
    *out = (evaluated){ .base = from ? from->dir : "" };
    if (!strchr(s, '$')) {
        out->item = (const char **)(uintptr_t)&w->from->text;
        out->count = 1;
        return true;
    }
    if (!strncmp(s, "${", 2) && strchr(s, '}') == s + strlen(s) - 1) {
        w->c = s + 2;
        return read_hole(w, true, out);
    }
    return interpolate(w, out);
}

/* In the words of scope `s`, as part of the evaluation `outer`. */
static bool evaluate_in(work *outer, scope *s, const tree *value, evaluated *out)
{
    assert(value);
    work w = { .r = outer->r, .s = s, .from = value, .at = outer->at, .depth = outer->depth };
    bool good = true;
    if (value->kind == TREE_MAP) {
        complain(w.r, value->at, "write a value or a list", "a mapping is not allowed here");
        return false;
    }
    if (value->kind == TREE_SCALAR) good = evaluate_scalar(&w, out);
    else {
        *out =
            (evaluated){ .item = arena_take(w.r->memory, (size_t)value->count * sizeof *out->item),
                         .count = value->count,
                         .is_list = true,
                         .base = "" };
        for (int32_t i = 0; i < value->count; i++) {
            evaluated one = { 0 };
            w.from = value->item[i];
            w.failed = false;
            if (w.from->kind != TREE_SCALAR) {
                complain(w.r, w.from->at, "write one flat list",
                         "%s is not allowed inside a list of values", tree_kind_text(w.from));
                good = false;
            } else if (!evaluate_scalar(&w, &one)) good = false;
            else if (one.is_list) {
                complain(w.r, w.from->at, "write ${name} without the brackets to pass the list on",
                         "a list is not allowed inside a list");
                good = false;
            } else {
                out->item[i] = one.item[0];
                if (!i) out->base = one.base;
            }
        }
    }
    outer->axes |= w.axes;
    return good;
}

bool evaluate(reader *r, scope *s, const tree *value, const int32_t *at, evaluated *out)
{
    work top = { .r = r, .s = s, .at = at };
    r->work = 0;
    r->looked_count = 0;
    bool good = evaluate_in(&top, s, value, out);
    out->axes = top.axes;
    return good;
}
