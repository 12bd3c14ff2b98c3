/* kit/expression.c - text to program; the grammar is in expression.h. */
#include "kit/expression_inside.h"
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const expression_step_row expression_steps[EXPRESSION_STEP_COUNT] = {
#define X(name, operands, text) { operands, text },
    EXPRESSION_STEPS(X)
#undef X
};

enum { TEXT_MOST = 1 << 16 };

typedef struct parser {
    loom_expression *out;
    loom_expression_error *error;
    const char *text;
    int32_t at;            /* of the next token, after blanks */
    int32_t depth, height; /* how deep the text nests; how high the stack is */
} parser;

bool expression_fails(loom_expression_error *error, int32_t at, int32_t length, const char *format,
                      ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error->text, sizeof error->text, format, args);
    va_end(args);
    error->at = at;
    error->length = length;
    return false;
}

static void skip_blanks(parser *p)
{
    while (p->text[p->at] && strchr(" \t\r\n", p->text[p->at])) p->at++;
}

static bool is_name_byte(char c) { return isalnum((unsigned char)c) || c == '_' || (c & 0x80); }

/* Bytes of the token at p->at, for messages; a letter of several bytes counts as a whole. */
static int32_t token_length(const parser *p)
{
    int32_t n = 0;
    while (is_name_byte(p->text[p->at + n])) n++;
    return n ? n : p->text[p->at] != 0;
}

static bool fails_here(parser *p, const char *expected)
{
    int32_t n = token_length(p);
    if (!n)
        return expression_fails(p->error, p->at, 0, "the expression ends here; expected %s",
                                expected);
    return expression_fails(p->error, p->at, n, "found '%.*s'; expected %s", n < 40 ? n : 40,
                            p->text + p->at, expected);
}

/* Takes the sign or word where it comes next. A word is taken whole: `order` is no `or`. */
static bool takes(parser *p, const char *token)
{
    size_t n = strlen(token);
    if (strncmp(p->text + p->at, token, n) != 0) return false;
    if (is_name_byte(token[0]) && is_name_byte(p->text[p->at + (int32_t)n])) return false;
    p->at += (int32_t)n;
    skip_blanks(p);
    return true;
}

static loom_expression_step *emit(parser *p, int what, int32_t at, int32_t length)
{
    loom_expression *e = p->out;
    p->height += 1 - expression_steps[what].operands;
    if (e->count == LOOM_EXPRESSION_STEPS || p->height > LOOM_EXPRESSION_DEPTH) {
        expression_fails(p->error, at, length,
                         "the expression is too long; make a column of a part of it first");
        return NULL;
    }
    e->step[e->count] = (loom_expression_step){ .what = what, .at = at, .length = length };
    return &e->step[e->count++];
}

static bool any(parser *p);
static bool unary(parser *p);

/* Runs `part` one level deeper. */
static bool deeper(parser *p, bool (*part)(parser *))
{
    if (p->depth == LOOM_EXPRESSION_DEPTH)
        return expression_fails(p->error, p->at, token_length(p),
                                "the expression is nested more than %d deep",
                                LOOM_EXPRESSION_DEPTH);
    p->depth++;
    bool good = part(p);
    p->depth--;
    return good;
}

static bool number(parser *p)
{
    char digits[64];
    const char *from = p->text + p->at, *c = from;
    while (isdigit((unsigned char)*c) || *c == '.') c++;
    if ((*c == 'e' || *c == 'E')
        && (isdigit((unsigned char)c[1])
            || (c[1] && strchr("+-", c[1]) && isdigit((unsigned char)c[2])))) {
        c += 2;
        while (isdigit((unsigned char)*c)) c++;
    }
    int32_t n = (int32_t)(c - from);
    char *end = digits;
    double value = 0;
    if (n < (int32_t)sizeof digits) {
        memcpy(digits, from, (size_t)n);
        digits[n] = 0;
        value = strtod(digits, &end);
    }
    if (n >= (int32_t)sizeof digits || *end || end == digits || is_name_byte(*c)
        || value > 1.7976931348623157e308)
        return expression_fails(p->error, p->at, n, "'%.*s' is no number", n < 40 ? n : 40, from);
    loom_expression_step *s = emit(p, EXPRESSION_NUMBER, p->at, n);
    if (s) s->number = value;
    p->at += n;
    skip_blanks(p);
    return s != NULL;
}

/* 'word', "word" or `name`: the step's place is what stands between the quotes. */
static bool quoted(parser *p)
{
    char quote = p->text[p->at];
    const char *from = p->text + p->at + 1, *end = strchr(from, quote);
    if (!end) return expression_fails(p->error, p->at, 1, "the quote %c is never closed", quote);
    if (end == from) return expression_fails(p->error, p->at, 2, "nothing stands in the quotes");
    int what = quote == '`' ? EXPRESSION_COLUMN : EXPRESSION_WORD;
    if (!emit(p, what, p->at + 1, (int32_t)(end - from))) return false;
    p->at += (int32_t)(end - from) + 2;
    skip_blanks(p);
    return true;
}

/* The rest of FUNCTION(...): one operand; min and max take two or more. */
static bool arguments(parser *p, int what, int32_t at, int32_t length)
{
    int given = 0, needed = expression_steps[what].operands;
    do {
        if (!deeper(p, any)) return false;
        given++;
        if (given > 1 && needed == 1)
            return expression_fails(p->error, at, length, "%s takes one number",
                                    expression_steps[what].text);
        if (given >= needed && !emit(p, what, at, length)) return false;
    } while (takes(p, ","));
    if (given < needed)
        return expression_fails(p->error, at, length, "%s takes two numbers or more",
                                expression_steps[what].text);
    return takes(p, ")") || fails_here(p, "an operator, a comma or )");
}

static bool name(parser *p)
{
    static const char *const reserved[] = { "and", "or", "not" };
    int32_t at = p->at, n = token_length(p);
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if ((size_t)n == strlen(reserved[i]) && !strncmp(p->text + at, reserved[i], (size_t)n))
            return fails_here(p, "a number, a column or (");
    p->at += n;
    skip_blanks(p);
    if (!takes(p, "(")) return emit(p, EXPRESSION_COLUMN, at, n) != NULL;
    for (int what = EXPRESSION_MIN; what < EXPRESSION_STEP_COUNT; what++)
        if (strlen(expression_steps[what].text) == (size_t)n
            && !strncmp(p->text + at, expression_steps[what].text, (size_t)n))
            return arguments(p, what, at, n);
    return expression_fails(p->error, at, n,
                            "there is no function '%.*s'; known are min max abs sqrt exp log log10 "
                            "floor round sin cos tan known",
                            n < 40 ? n : 40, p->text + at);
}

static bool operand(parser *p)
{
    char c = p->text[p->at];
    if (isdigit((unsigned char)c) || c == '.') return number(p);
    if (c == '\'' || c == '"' || c == '`') return quoted(p);
    if (is_name_byte(c)) return name(p);
    if (!takes(p, "(")) {
        if (c == '!') return fails_here(p, "a number, a column or (; write not for !");
        return fails_here(p, "a number, a column or (");
    }
    return deeper(p, any) && (takes(p, ")") || fails_here(p, "an operator or )"));
}

static bool power(parser *p)
{
    int32_t at;
    if (!operand(p)) return false;
    if (!strncmp(p->text + p->at, "**", 2)) return fails_here(p, "^ for a power");
    at = p->at;
    return !takes(p, "^") || (deeper(p, unary) && emit(p, EXPRESSION_POWER, at, 1));
}

static bool unary(parser *p)
{
    int32_t at = p->at;
    if (takes(p, "+")) return deeper(p, unary);
    if (takes(p, "-")) return deeper(p, unary) && emit(p, EXPRESSION_NEGATE, at, 1);
    return power(p);
}

/* Takes one of the operators from `first` to `last`; -1 where another thing comes. */
static int takes_one(parser *p, int first, int last)
{
    for (int what = last; what >= first; what--) /* <= before < */
        if (takes(p, expression_steps[what].text)) return what;
    return -1;
}

/* part (operator part)*, to the left */
static bool chain(parser *p, bool (*part)(parser *), int first, int last)
{
    if (!part(p)) return false;
    for (;;) {
        int32_t at = p->at;
        int what = takes_one(p, first, last);
        if (what < 0) return true;
        if (!part(p) || !emit(p, what, at, (int32_t)strlen(expression_steps[what].text)))
            return false;
    }
}

static bool product(parser *p) { return chain(p, unary, EXPRESSION_MULTIPLY, EXPRESSION_DIVIDE); }
static bool sum(parser *p) { return chain(p, product, EXPRESSION_ADD, EXPRESSION_SUBTRACT); }

static int takes_comparison(parser *p)
{
    static const int longest_first[] = { EXPRESSION_EQUAL,   EXPRESSION_UNEQUAL,
                                         EXPRESSION_AT_MOST, EXPRESSION_AT_LEAST,
                                         EXPRESSION_LESS,    EXPRESSION_MORE };
    for (size_t i = 0; i < sizeof longest_first / sizeof *longest_first; i++)
        if (takes(p, expression_steps[longest_first[i]].text)) return longest_first[i];
    return -1;
}

static bool comparison(parser *p)
{
    if (!sum(p)) return false;
    int32_t at = p->at;
    int what = takes_comparison(p);
    if (what < 0)
        return p->text[at] != '=' || fails_here(p, "== to compare (one = sets, which is not done)");
    if (!sum(p) || !emit(p, what, at, (int32_t)strlen(expression_steps[what].text))) return false;
    at = p->at;
    if (takes_comparison(p) < 0) return true;
    return expression_fails(p->error, at, 1,
                            "two comparisons in a row; write 'a < b and b < c' for 'a < b < c'");
}

static bool negation(parser *p)
{
    int32_t at = p->at;
    if (takes(p, "not")) return deeper(p, negation) && emit(p, EXPRESSION_NOT, at, 3);
    return comparison(p);
}

static bool all(parser *p) { return chain(p, negation, EXPRESSION_AND, EXPRESSION_AND); }
static bool any(parser *p) { return chain(p, all, EXPRESSION_OR, EXPRESSION_OR); }

bool loom_expression_parse(const char *text, loom_expression *out, loom_expression_error *error)
{
    parser p = { .out = out, .error = error, .text = text };
    out->text = text;
    out->count = 0;
    out->kind = LOOM_EXPRESSION_NUMBER;
    if (strlen(text) > TEXT_MOST)
        return expression_fails(error, 0, 0, "the expression has more than %d bytes", TEXT_MOST);
    skip_blanks(&p);
    if (!any(&p)) return false;
    if (!text[p.at]) return true;
    if (text[p.at] == '&') return fails_here(&p, "and");
    if (text[p.at] == '|') return fails_here(&p, "or");
    return fails_here(&p, "an operator or the end");
}
