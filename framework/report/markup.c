/* report/markup.c - see markup.h */
#include "report/markup.h"
#include "base/utf8.h"
#include "report/html.h"
#include <assert.h>
#include <string.h>

/* ---- blocks ---------------------------------------------------------------------------------- */

/* What begins a line: how many letters its mark has, and of which kind it is. */
static size_t line_mark(const char *line, markup_kind *kind)
{
    size_t n = strspn(line, "#");
    *kind = MARKUP_PARAGRAPH;
    if (n > 0 && n <= 6 && line[n] == ' ') *kind = MARKUP_HEADING;
    else if ((*line == '-' || *line == '*') && line[1] == ' ') *kind = MARKUP_ITEM, n = 1;
    return *kind == MARKUP_PARAGRAPH ? 0 : n + 1;
}

static bool blank_line(const char *line)
{
    size_t n = strspn(line, " \t\r");
    return !line[n] || line[n] == '\n';
}

static const char *after_line(const char *line)
{
    line += strcspn(line, "\n");
    return *line ? line + 1 : line;
}

bool markup_block(const char **at, markup_kind *kind, text *out)
{
    assert(at && *at);
    const char *line = *at;
    markup_kind next;
    text_clear(out);
    while (*line && blank_line(line)) line = after_line(line);
    *at = line;
    if (!*line) return false;
    line += line_mark(line, kind);
    for (;;) {
        text_add(out, line, strcspn(line, "\r\n"));
        *at = line = after_line(line);
        if (*kind == MARKUP_HEADING || !*line || blank_line(line) || line_mark(line, &next))
            return true;
        line += strspn(line, " \t");
        text_putc(out, ' ');
    }
}

/* ---- pieces ---------------------------------------------------------------------------------- */

static bool is_letter(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
           || (unsigned char)c >= 128;
}

/* A mark that opens at `s` and is closed later: its length, and where what it encloses ends. */
static size_t opening(const char *s, char before, markup_style *style, const char **end)
{
    static const struct {
        const char *mark;
        markup_style style;
    } marks[] = { { "**", STYLE_STRONG }, { "*", STYLE_EMPHASIS }, { "`", STYLE_CODE } };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t n = strlen(marks[i].mark);
        if (strncmp(s, marks[i].mark, n) != 0) continue;
        if (is_letter(before) || !s[n] || strchr(" *`", s[n])) return 0;
        *end = strstr(s + n, marks[i].mark);
        *style = marks[i].style;
        return *end && (*end)[-1] != ' ' ? n : 0;
    }
    return 0;
}

bool markup_next(const char **at, markup_run *out)
{
    assert(at && *at);
    const char *s = *at, *end;
    if (!*s) return false;
    size_t n = opening(s, ' ', &out->style, &end);
    if (n) {
        out->start = s + n;
        out->length = (size_t)(end - out->start);
        *at = end + n;
        return true;
    }
    markup_style ignored;
    *out = (markup_run){ STYLE_PLAIN, s, 1 };
    while (s[out->length] && !opening(s + out->length, s[out->length - 1], &ignored, &end))
        out->length++;
    *at = s + out->length;
    return true;
}

/* ---- HTML ------------------------------------------------------------------------------------ */

static void html_block(const char *at, text *out)
{
    static const char *const open[] = { "", "<strong>", "<em>", "<code>" }, *const close[] = {
        "", "</strong>", "</em>", "</code>"
    };
    markup_run r;
    text piece = { 0 };
    while (markup_next(&at, &r)) {
        text_clear(&piece);
        text_add(&piece, r.start, r.length);
        text_puts(out, open[r.style]);
        html_text(out, piece.data ? piece.data : "");
        text_puts(out, close[r.style]);
    }
    if (piece.failed) out->failed = true;
    text_free(&piece);
}

void markup_html(const char *s, text *out)
{
    static const char *const open[] = { "<p>", "<h4>", "<li>" }, *const close[] = { "</p>\n",
                                                                                    "</h4>\n",
                                                                                    "</li>\n" };
    text block = { 0 };
    markup_kind kind;
    bool list = false;
    while (markup_block(&s, &kind, &block)) {
        if (list != (kind == MARKUP_ITEM)) text_puts(out, list ? "</ul>\n" : "<ul>\n");
        list = kind == MARKUP_ITEM;
        text_puts(out, open[kind]);
        html_block(block.data ? block.data : "", out);
        text_puts(out, close[kind]);
    }
    if (list) text_puts(out, "</ul>\n");
    if (block.failed) out->failed = true;
    text_free(&block);
}

/* ---- lines ----------------------------------------------------------------------------------- */

/* One block, filled; lines after the first are indented by `indent`. */
static void fill(const char *words, int columns, int indent, text *out)
{
    int used = 0;
    for (words += strspn(words, " "); *words; words += strspn(words, " ")) {
        size_t n = strcspn(words, " ");
        int wide = utf8_count(words, n);
        if (used && used + 1 + wide > columns - indent) {
            text_putc(out, '\n');
            for (int i = 0; i < indent; i++) text_putc(out, ' ');
            used = 0;
        }
        if (used) text_putc(out, ' '), used++;
        text_add(out, words, n);
        used += wide;
        words += n;
    }
    text_putc(out, '\n');
}

void markup_lines(const char *s, int columns, text *out)
{
    assert(columns > 0);
    text block = { 0 }, plain = { 0 };
    markup_kind kind, before = MARKUP_ITEM;
    for (bool first = true; markup_block(&s, &kind, &block); first = false, before = kind) {
        markup_run r;
        const char *at = block.data ? block.data : "";
        text_clear(&plain);
        while (markup_next(&at, &r)) text_add(&plain, r.start, r.length);
        if (!first && (kind != MARKUP_ITEM || before != MARKUP_ITEM)) text_putc(out, '\n');
        if (kind == MARKUP_ITEM) text_puts(out, "- ");
        fill(plain.data ? plain.data : "", columns, kind == MARKUP_ITEM ? 2 : 0, out);
    }
    if (block.failed || plain.failed) out->failed = true;
    text_free(&block);
    text_free(&plain);
}
