/* yaml/syntax.c - see syntax.h. Each explanation below is one mistake that people make; the
 * first that fits is given, and what libyaml says where none does. */
#include "yaml/explain.h"
#include "base/utf8.h"
#include <assert.h>
#include <ctype.h>
#include <string.h>

static size_t rest_of_line(const char *c) { return strcspn(c, "\r\n"); }

size_t syntax_odd_blank(const char *s)
{
    uint32_t c = 0;
    if (!(*s & 0x80)) return 0; /* nearly always */
    size_t n = utf8_read(s, strnlen(s, 4), &c);
    return c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200b) || c == 0x202f || c == 0x205f
                   || c == 0x3000
               ? n
               : 0;
}

const char *syntax_one_word(arena *memory, const char *s, const char **name, const char **value)
{
    assert(s && name && value);
    size_t n = 0, odd;
    while (isalnum((unsigned char)s[n]) || s[n] == '_') n++;
    const char *mark = s + n + strspn(s + n, " "), *v = mark + 1;
    bool colon = *mark == ':' && mark == s + n && !strchr(" /\\", mark[1]),
         equal = *mark == '=' && mark[1] && mark[1] != '=';
    if (!isalpha((unsigned char)*s) || (!colon && !equal)) return NULL;
    bool strange = syntax_odd_blank(v) > 0;
    while ((odd = *v == ' ' ? 1 : syntax_odd_blank(v))) v += odd;
    if (!*v) return NULL;
    *name = arena_text(memory, s, n);
    *value = v;
    if (equal) return arena_printf(memory, "write %s: %s", *name, v);
    return arena_printf(memory, "put a blank after the colon%s: %s: %s",
                        strange ? " (the character there is not an ordinary blank)" : "", *name, v);
}

/* ---- characters that cannot stand where they are --------------------------------------------- */

static bool explain_tab(const explaining *x)
{
    const char *line = explain_text(x, explain_place(x, x->at.line, 1)),
               *first = line + strspn(line, " ");
    place at = explain_place(x, x->at.line, (int)(first - line) + 1);
    if (*first == '\t')
        return explain_as(x, at, 1, "replace the tab with spaces",
                          "a tab cannot indent; YAML indents with spaces");
    return syntax_odd_blank(first)
           && explain_as(x, at, 1, "replace it with an ordinary blank",
                         "a character that looks like a blank but is not one");
}

static bool explain_conflict(const explaining *x)
{
    for (int i = 1; i <= x->o->line_count; i++) {
        const char *c = x->o->line[i].text;
        if (!strncmp(c, "<<<<<<< ", 8))
            return explain_as(
                x, explain_place(x, i, 1), 7,
                "keep one side of the conflict, and remove the lines <<<<<<<, ======= and >>>>>>>",
                "a merge conflict was left in the file");
    }
    return false;
}

static bool explain_escape(const explaining *x)
{
    if (!explain_within(x, "quoted scalar")
        || (!explain_says(x, "escape") && !explain_says(x, "hexdecimal")))
        return false;
    const char *line = explain_text(x, explain_place(x, x->at.line, 1)),
               *c = explain_text(x, x->at);
    while (c > line && *c != '\\') c--; /* \xZZ: the mark is behind the x */
    if (*c != '\\') return false;
    int column = utf8_count(line, (size_t)(c - line)) + 1;
    size_t n = utf8_read(c + 1, rest_of_line(c + 1), NULL);
    return explain_as(
        x, explain_place(x, x->at.line, column), 2,
        "put the text in single quotes, where \\ is an ordinary character, or write \\\\",
        arena_printf(x->memory, "\\%s is not an escape sequence of YAML",
                     explain_copy(x, c + 1, n)));
}

/* A text that begins with a sign that YAML keeps for itself. */
static bool explain_reserved(const explaining *x)
{
    place at = x->at;
    if (explain_within(x, "alias") || explain_within(x, "anchor")
        || explain_within(x, "block scalar") || explain_within(x, "tag"))
        at = x->fault->context_at;
    else if (!explain_says(x, "cannot start any token")) return false;
    const char *c = explain_text(x, at);
    size_t n = rest_of_line(c), word = strcspn(c, ",]}\r\n");
    if (!n || !ispunct((unsigned char)*c)) return false;
    return explain_as(x, at, 1,
                      arena_printf(x->memory, "put the text in quotes: '%s'",
                                   explain_copy(x, c, word < n ? word : n)),
                      arena_printf(x->memory, "a text without quotes cannot begin with '%c'", *c));
}

/* ---- quotes ---------------------------------------------------------------------------------- */

static const char *quote_hint(const explaining *x, const char *first, char mark)
{
    return arena_printf(x->memory, "%s; a quote inside %s quotes is written %s", first,
                        mark == '"' ? "double" : "single", mark == '"' ? "\\\"" : "''");
}

static bool explain_quote(const explaining *x)
{
    for (int32_t i = x->o->quote_count - 1; i >= 0; i--) {
        const outline_quote *q = &x->o->quote[i];
        if (q->line > x->at.line || (q->line == x->at.line && q->column > x->at.column)) continue;
        place start = explain_place(x, q->line, q->column);
        const char *which = explain_which(x, q->mark, q->line, q->column);
        if (!q->end_line && explain_within(x, "quoted scalar"))
            return explain_as(x, start, 1, quote_hint(x, "close it where the text ends", q->mark),
                              arena_printf(x->memory, "%s is not closed", which));
        if (q->end_line != x->at.line || q->end_column >= x->at.column) return false;
        const char *closing = explain_text(x, explain_place(x, q->end_line, q->end_column)),
                   *after = closing + 1 + strspn(closing + 1, " ");
        if (explain_text(x, x->at) > after || strchr(",]}:#\r\n", *after))
            return false; /* it is not the quote that is wrong */
        if (q->line != q->end_line)
            return explain_as(x, start, 1, quote_hint(x, "close it on its own line", q->mark),
                              arena_printf(x->memory, "%s is closed only at %d:%d", which,
                                           q->end_line, q->end_column));
        return explain_as(x, start, q->end_column - q->column + 1,
                          quote_hint(x, "put the whole text in quotes", q->mark),
                          arena_printf(x->memory, "the text goes on after its closing %c at %d:%d",
                                       q->mark, q->end_line, q->end_column));
    }
    return false;
}

/* ---- keys and items -------------------------------------------------------------------------- */

static bool explain_item(const explaining *x)
{
    assert(x->at.line >= 0);
    const outline_line *now = explain_line(x, x->at.line);
    if (explain_says(x, "block sequence entries are not allowed"))
        return explain_as(x, x->at, 1,
                          "put a text that begins with - in quotes; a list begins on a new line",
                          "a list cannot begin here");
    if (explain_says(x, "expected '-' indicator"))
        return explain_as(x, explain_place(x, x->at.line, now->indent + 1), 1,
                          "write '- ' before it, or indent it as the key of the list",
                          "a key among the items of a list");
    if (!now->item || !explain_says(x, "expected key")) return false;
    return explain_as(x, explain_place(x, x->at.line, now->indent + 1), 1, "remove the '- '",
                      "a list item among the keys of a mapping");
}

/* "op simulate.particle", "sigma:1.0": a line that should be a key and its value. */
static bool explain_no_key(const explaining *x, int line)
{
    assert(line >= 0);
    const outline_line *l = explain_line(x, line);
    const char *c = l->text + l->indent, *given, *written;
    size_t word = strcspn(c, " :=\r\n"), n = rest_of_line(c);
    while (n && c[n - 1] == ' ') n--;
    if (!line || !l->content || l->colon || !word) return false;
    place at = explain_place(x, line, l->indent + 1);
    int length = utf8_count(c, n);
    const char *all = explain_copy(x, c, n), *name = explain_copy(x, c, word);
    if (*c == '-' && !l->item)
        return explain_as(x, at, 1, "an item of a list is written '- value'",
                          "a blank is missing after the '-'");
    if ((written = syntax_one_word(x->memory, all, &name, &given)))
        return explain_as(x, at, length, written,
                          arena_printf(x->memory, "'%s' is not a key with a value", all));
    const char *value = all + word + strspn(all + word, " ");
    return explain_as(x, at, length,
                      arena_printf(x->memory, *value ? "write %s: %s" : "write %s:", name, value),
                      arena_printf(x->memory, "a colon is missing after '%s'", name));
}

static bool explain_after_end(const explaining *x)
{
    return explain_says(x, "<document start>")
           && explain_as(x, x->at, 1, "keep one pipeline in a file, and nothing after it",
                         "text after the end of the pipeline");
}

static bool explain_second_colon(const explaining *x)
{
    const outline_line *l = explain_line(x, x->at.line);
    if (!explain_says(x, "mapping values are not allowed") || l->colons < 2
        || l->colon >= x->at.column)
        return false;
    const char *value = l->text + l->indent, *line = l->text;
    while (utf8_count(line, (size_t)(value - line)) < l->colon) value++;
    value += strspn(value, " ");
    size_t n = rest_of_line(value);
    return explain_as(
        x, x->at, 1,
        arena_printf(x->memory, "put the text in quotes: '%s'", explain_copy(x, value, n)),
        "a second ': ' in one value");
}

/* YAML takes no longer keys unless they are marked with '?'. */
static bool explain_long_key(const explaining *x)
{
    enum { LONGEST_KEY = 1024 };
    const outline_line *l = explain_line(x, x->at.line);
    const char *key = l->text + l->indent;
    size_t n = strcspn(key, ": \r\n");
    return n > LONGEST_KEY && key[n] == ':'
           && explain_as(
               x, explain_place(x, x->at.line, l->indent + 1), 1, "use a shorter name",
               arena_printf(x->memory, "a key of %zu characters, more than %d", n, LONGEST_KEY));
}

static bool explain_keys(const explaining *x)
{
    int line = x->at.line;
    if (explain_long_key(x)) return true;
    bool joined = explain_says(x, "mapping values are not allowed"),
         no_colon = explain_says(x, "expected ':'");
    if (no_colon) return explain_no_key(x, x->fault->context_at.line);
    if (explain_second_colon(x)) return true;
    if (!joined && !explain_says(x, "expected key") && !explain_says(x, "expected '-' indicator"))
        return explain_item(x);
    if (explain_indent(x, line) || explain_item(x)) return true;
    return joined && explain_no_key(x, explain_line_before(x, line));
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool is_key(const char *key, const char *c, size_t length)
{
    return key && strlen(key) == length && !memcmp(c, key, length);
}

bool syntax_is_of_kind(const source *from)
{
    for (int i = 0; i < from->line_count; i++) {
        const char *c = from->text + from->line[i];
        c += strspn(c, " \t{\"'");
        size_t word = strspn(c, "abcdefghijklmnopqrstuvwxyz_"),
               after = word + strspn(c + word, " \"'");
        bool ours = is_key(from->kind->key[0], c, word) || is_key(from->kind->key[1], c, word);
        if (ours && (c[after] == ':' || c[after] == '\n' || c[after] == '\r')) return true;
    }
    return false;
}

static void as_libyaml_says(const explaining *x)
{
    const syntax_fault *f = x->fault;
    const char *hint = NULL;
    if (f->context)
        hint = arena_printf(x->memory, "%s that starts at line %d, column %d", f->context,
                            f->context_at.line, f->context_at.column);
    explain_as(x, x->at, 1, hint, arena_printf(x->memory, "YAML syntax: %s", f->problem));
}

syntax_advice syntax_explain(arena *memory, const source *from, const char *masked,
                             const syntax_fault *fault)
{
    assert(fault->problem);
    syntax_advice out = { 0 };
    explaining x = { .memory = memory,
                     .from = from,
                     .o = outline_make(memory, masked),
                     .fault = fault,
                     .at = fault->at,
                     .out = &out };
    if (!fault->is_value && !syntax_is_of_kind(from))
        explain_as(&x, explain_place(&x, 1, 1), 1,
                   arena_printf(memory, "%s is a YAML file that begins with the line: %s",
                                from->kind->a, from->kind->first),
                   arena_printf(memory, "this is not %s", from->kind->a));
    else if (!explain_tab(&x) && !explain_conflict(&x) && !explain_escape(&x)
             && !explain_reserved(&x) && !explain_quote(&x) && !explain_bracket(&x)
             && !explain_stray_bracket(&x) && !explain_keys(&x) && !explain_after_end(&x))
        as_libyaml_says(&x);
    return out;
}
