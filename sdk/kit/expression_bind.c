/* kit/expression_bind.c - the names of a program to columns, and every operand's kind. */
#include "kit/elements.h"
#include "kit/expression_inside.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* What is on the stack while the program is checked. */
typedef struct operand {
    loom_expression_kind kind;
    loom_expression_step *step; /* that made it */
} operand;

typedef struct binding {
    loom_expression *e;
    const loom_expression_column *columns;
    int64_t count;
    loom_expression_error *error;
    operand stack[LOOM_EXPRESSION_DEPTH + 1];
    int height;
} binding;

double expression_code(const loom_expression_column *column, const char *word, int32_t length)
{
    if (column->separator == ' ') {
        char symbol[64];
        if (length >= (int32_t)sizeof symbol) return -1;
        memcpy(symbol, word, (size_t)length);
        symbol[length] = 0;
        return loom_symbols_find(column->words, symbol);
    }
    double code = 0;
    for (const char *w = column->words; w; code++) {
        const char *end = strchr(w, column->separator);
        size_t n = end ? (size_t)(end - w) : strlen(w);
        if (n == (size_t)length && !strncmp(w, word, n)) return code;
        w = end ? end + 1 : NULL;
    }
    return -1;
}

static const loom_expression_column *column_of(const binding *b, const loom_expression_step *s)
{
    const char *name = b->e->text + s->at;
    for (int64_t i = 0; i < b->count; i++)
        if (strlen(b->columns[i].name) == (size_t)s->length
            && !strncmp(b->columns[i].name, name, (size_t)s->length))
            return &b->columns[i];
    return NULL;
}

static bool no_column(const binding *b, const loom_expression_step *s)
{
    char known[260];
    size_t used = 0;
    known[0] = 0;
    for (int64_t i = 0; i < b->count && used + 8 < sizeof known; i++) {
        int n = snprintf(known + used, sizeof known - used, " %s", b->columns[i].name);
        if (used + (size_t)n >= sizeof known) {
            snprintf(known + used, sizeof known - used, " ...");
            break;
        }
        used += (size_t)n;
    }
    return expression_fails(b->error, s->at, s->length, "there is no column '%.*s'; there are%s",
                            s->length < 60 ? (int)s->length : 60, b->e->text + s->at,
                            *known ? known : " none");
}

static bool push(binding *b, loom_expression_kind kind, loom_expression_step *s)
{
    b->stack[b->height++] = (operand){ kind, s };
    return true;
}

static bool need_number(const binding *b, const operand *o, const char *of)
{
    if (o->kind == LOOM_EXPRESSION_NUMBER) return true;
    if (o->kind == LOOM_EXPRESSION_NAME) return no_column(b, o->step);
    return expression_fails(b->error, o->step->at, o->step->length, "%s needs numbers, found %s",
                            of, o->kind == LOOM_EXPRESSION_WORD ? "a word" : "a comparison");
}

static bool need_truth(const binding *b, const operand *o, const char *of)
{
    if (o->kind == LOOM_EXPRESSION_TRUTH || o->kind == LOOM_EXPRESSION_NUMBER) return true;
    if (o->kind == LOOM_EXPRESSION_NAME) return no_column(b, o->step);
    return expression_fails(b->error, o->step->at, o->step->length,
                            "%s needs comparisons, found a word", of);
}

static bool is_column(const operand *o)
{
    return o->kind == LOOM_EXPRESSION_WORD && o->step->what == EXPRESSION_COLUMN;
}

/* The operand as a word of that column: its step becomes the word's code. */
static void make_code(const binding *b, const operand *o, const loom_expression_column *column)
{
    o->step->what = EXPRESSION_WORD;
    o->step->column = column;
    o->step->number = expression_code(column, b->e->text + o->step->at, o->step->length);
}

/* == and != of words: a column of words with a word, or with another column of the same words. */
static bool compare_words(binding *b, const operand *x, const operand *y, const char *of)
{
    const operand *column = is_column(x) ? x : is_column(y) ? y : NULL;
    const operand *other = column == x ? y : x;
    if (!column) {
        const operand *name = x->kind == LOOM_EXPRESSION_NAME ? x : y;
        if (name->kind == LOOM_EXPRESSION_NAME) return no_column(b, name->step);
        return expression_fails(b->error, x->step->at, x->step->length,
                                "a word is compared with a column of words only");
    }
    if (other->kind == LOOM_EXPRESSION_NUMBER || other->kind == LOOM_EXPRESSION_TRUTH)
        return expression_fails(b->error, other->step->at, other->step->length,
                                "'%s' is a column of words; compare it with a word in quotes",
                                column->step->column->name);
    if (!is_column(other)) {
        make_code(b, other, column->step->column);
        return true;
    }
    if (!strcmp(column->step->column->words, other->step->column->words)) return true;
    return expression_fails(b->error, other->step->at, other->step->length,
                            "%s of '%s' and '%s': these columns have different words", of,
                            column->step->column->name, other->step->column->name);
}

static bool compare(binding *b, const operand *x, const operand *y, int what)
{
    const char *of = expression_steps[what].text;
    bool words = x->kind == LOOM_EXPRESSION_WORD || y->kind == LOOM_EXPRESSION_WORD;
    if (!words) return need_number(b, x, of) && need_number(b, y, of);
    if (what == EXPRESSION_EQUAL || what == EXPRESSION_UNEQUAL) return compare_words(b, x, y, of);
    return expression_fails(b->error, x->step->at, x->step->length,
                            "words have no order: only == and != compare them");
}

static bool apply(binding *b, loom_expression_step *s)
{
    const char *of = expression_steps[s->what].text;
    int n = expression_steps[s->what].operands;
    const operand *x = &b->stack[b->height - n], *y = x + n - 1;
    bool truth = s->what >= EXPRESSION_EQUAL && s->what <= EXPRESSION_NOT;
    if (s->what >= EXPRESSION_EQUAL && s->what <= EXPRESSION_AT_LEAST) {
        if (!compare(b, x, y, s->what)) return false;
    } else if (truth ? !need_truth(b, x, of) || !need_truth(b, y, of)
                     : !need_number(b, x, of) || !need_number(b, y, of)) {
        return false;
    }
    b->height -= n;
    truth = truth || s->what == EXPRESSION_KNOWN;
    return push(b, truth ? LOOM_EXPRESSION_TRUTH : LOOM_EXPRESSION_NUMBER, s);
}

bool loom_expression_bind(loom_expression *e, const loom_expression_column *columns, int64_t count,
                          loom_expression_error *error)
{
    binding b = { .e = e, .columns = columns, .count = count, .error = error };
    for (int32_t i = 0; i < e->count; i++) {
        loom_expression_step *s = &e->step[i];
        bool good = true;
        if (s->what == EXPRESSION_NUMBER) push(&b, LOOM_EXPRESSION_NUMBER, s);
        else if (s->what == EXPRESSION_WORD) push(&b, LOOM_EXPRESSION_WORD, s);
        else if (s->what != EXPRESSION_COLUMN) good = apply(&b, s);
        else if (!(s->column = column_of(&b, s))) push(&b, LOOM_EXPRESSION_NAME, s);
        else push(&b, s->column->words ? LOOM_EXPRESSION_WORD : LOOM_EXPRESSION_NUMBER, s);
        if (!good) return false;
    }
    const operand *result = &b.stack[0];
    if (result->kind == LOOM_EXPRESSION_NAME) return no_column(&b, result->step);
    if (result->kind == LOOM_EXPRESSION_WORD && !is_column(result))
        return expression_fails(error, result->step->at, result->step->length,
                                "a word alone says nothing; compare a column with it");
    e->kind = result->kind;
    return true;
}
