/* plugin/citation.c - see citation.h */
#include "plugin/citation.h"
#include "base/text.h"
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MIN_YEAR = 1600, MAX_YEAR = 2100, MAX_ROW = 4096 };

const loom_citation *citations_of(const loom_op *op)
{
    return op->size >= offsetof(loom_op, citations) + sizeof op->citations ? op->citations : NULL;
}

const loom_citation *citation_after(const loom_citation *row)
{
    assert(row->size > 0);
    return (const loom_citation *)(const void *)((const char *)row + row->size);
}

/* ---- the older text -------------------------------------------------------------------------- */

static bool is_number(const char *s, size_t n)
{
    assert(s || !n);
    for (size_t i = 0; i < n; i++)
        if (!isdigit((unsigned char)s[i])) return false;
    return n > 0;
}

/* The year in the last pair of brackets, "(2021)", and where it begins; 0 and the end where there
 * is none. */
static int32_t year_of(const char *s, size_t *end)
{
    const char *open = strrchr(s, '(');
    int32_t year = open && is_number(open + 1, 4) ? (int32_t)strtol(open + 1, NULL, 10) : 0;
    *end = year ? (size_t)(open - s) : strlen(s);
    while (*end && s[*end - 1] == ' ') --*end;
    return year;
}

/* Is the part of a line between two commas a name? The first one is; a later one if it is one word
 * without a digit and not the last part: "Pham, Yuan, Rana, Scientific Reports 13, 5624 (2023)". */
static bool is_name(const char *part, size_t n, bool last, bool first)
{
    if (first) return true;
    for (size_t i = 0; i < n; i++)
        if (part[i] == ' ' || isdigit((unsigned char)part[i])) return false;
    return !last && n > 0;
}

/* "Scott et al." -> "Scott and others"; `lead` goes before it. */
static void add_authors(text *out, const char *lead, const char *part, size_t n)
{
    assert(part || !n);
    bool others = n > 7 && !strncmp(part + n - 7, " et al.", 7);
    text_printf(out, "%s%.*s%s", lead, (int)(others ? n - 7 : n), part,
                others ? " and others" : "");
}

/* "Nature 483, 444": the journal, its volume, the page. */
static void split_journal(const char *s, size_t n, citation_line *out)
{
    size_t comma = n, blank;
    while (comma && s[comma - 1] != ',') comma--;
    if (comma > 1 && is_number(s + comma + strspn(s + comma, " "), 1)) {
        size_t from = comma + strspn(s + comma, " ");
        snprintf(out->pages, sizeof out->pages, "%.*s", (int)(n - from), s + from);
        n = comma - 1;
    }
    for (blank = n; blank && s[blank - 1] != ' ';) blank--;
    if (*out->pages && blank > 1 && is_number(s + blank, n - blank)) {
        snprintf(out->volume, sizeof out->volume, "%.*s", (int)(n - blank), s + blank);
        n = blank - 1;
    }
    snprintf(out->journal, sizeof out->journal, "%.*s", (int)n, s);
}

static void split_line(const char *rest, citation_line *out)
{
    size_t end, at = 0;
    text authors = { 0 };
    out->is.year = year_of(rest, &end);
    for (bool first = true; at < end; first = false) {
        size_t n = strcspn(rest + at, ",");
        if (at + n > end) n = end - at;
        if (!is_name(rest + at, n, at + n == end, first)) break;
        add_authors(&authors, first ? "" : " and ", rest + at, n);
        at += n;
        if (at < end) at++;
        while (at < end && rest[at] == ' ') at++;
    }
    snprintf(out->authors, sizeof out->authors, "%s", authors.data ? authors.data : "");
    text_free(&authors);
    split_journal(rest + at, end - at, out);
}

static const char *or_null(const char *s) { return *s ? s : NULL; }

bool citation_line_read(const char **cites, citation_line *out)
{
    assert(cites && out);
    const char *s = *cites ? *cites : "";
    while (*s) {
        size_t length = strcspn(s, "\n"), doi = strcspn(s, " \n"), blanks = strspn(s + doi, " ");
        const char *line = s;
        char rest[512];
        s += length + (s[length] == '\n');
        if (strncmp(line, "10.", 3) != 0) continue;
        *out = (citation_line){ .is = { .size = sizeof out->is } };
        snprintf(out->doi, sizeof out->doi, "%.*s", (int)doi, line);
        snprintf(rest, sizeof rest, "%.*s", (int)(length - doi - blanks), line + doi + blanks);
        split_line(rest, out);
        out->is.doi = out->doi;
        out->is.authors = or_null(out->authors);
        out->is.journal = or_null(out->journal);
        out->is.volume = or_null(out->volume);
        out->is.pages = or_null(out->pages);
        *cites = s;
        return true;
    }
    *cites = s;
    return false;
}

/* ---- rules ----------------------------------------------------------------------------------- */

/* "10." a registrant of 4 to 9 digits (parts of it after dots) "/" and something printable without
 * blanks or TeX. */
static bool is_doi(const char *s)
{
    if (!s || strncmp(s, "10.", 3) != 0) return false;
    size_t digits = strspn(s + 3, "0123456789"), all = strspn(s + 3, "0123456789.");
    const char *suffix = s + 3 + all;
    if (digits < 4 || digits > 9 || *suffix != '/' || suffix[-1] == '.' || !suffix[1]) return false;
    for (const char *c = suffix; *c; c++)
        if (*c <= ' ' || *c > '~' || strchr("{}\\\"%", *c)) return false;
    return true;
}

/* A text that prints: no control characters, no TeX, no blanks around it. */
static bool is_plain(const char *s)
{
    size_t n = strlen(s);
    if (!n || s[0] == ' ' || s[n - 1] == ' ') return false;
    for (const char *c = s; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 127 || strchr("{}\\", *c)) return false;
    return true;
}

/* "Last, First", "Last, Jr., First", or the name of an organisation: every part has something in
 * it, the others are not left out. */
static bool is_author(const char *name, size_t n)
{
    int commas = 0;
    if (!n || *name == ' ' || name[n - 1] == ' ' || *name == ',' || name[n - 1] == ',')
        return false;
    for (size_t i = 0; i + 1 < n; i++)
        if (name[i] == ','
            && (++commas > 2 || name[i + 1] != ' ' || i + 2 >= n || name[i + 2] == ','))
            return false;
    return !(n >= 6 && !strncmp(name + n - 6, "et al.", 6))
           && !(n == 6 && !strncmp(name, "others", 6));
}

/* Names joined by " and ". */
static bool are_authors(const char *s)
{
    if (!s || !is_plain(s)) return false;
    for (const char *name = s, *end; name; name = end ? end + 5 : NULL) {
        end = strstr(name, " and ");
        if (!is_author(name, end ? (size_t)(end - name) : strlen(name))) return false;
    }
    return true;
}

static const char *row_fault(const loom_citation *row)
{
    const char *const texts[] = { row->title, row->journal, row->volume,
                                  row->pages, row->book,    row->publisher };
    if (row->size < CITATION_FIRST_SIZE || row->size > MAX_ROW)
        return "made without LOOM_CITATION: citation";
    if (!is_doi(row->doi)) return "a citation's doi is not 10.NNNN/...:";
    if (!are_authors(row->authors))
        return "the authors are not all named as 'Last, First and Last, First' in citation";
    if (!row->title) return "no title in citation";
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i] && !is_plain(texts[i]))
            return "a text is empty, or has TeX or blanks around it, in citation";
    if (!row->journal && !row->book && !row->publisher)
        return "neither journal nor book nor publisher in citation";
    if (row->year < MIN_YEAR || row->year > MAX_YEAR) return "no year of publication in citation";
    return NULL;
}

bool citations_check(const loom_citation *table, const char **what, const char **name)
{
    *what = NULL;
    for (const loom_citation *row = table; row->size; row = citation_after(row)) {
        *name = row->size >= CITATION_FIRST_SIZE && row->doi ? row->doi : "";
        *what = row_fault(row);
        for (const loom_citation *earlier = table; !*what && earlier != row;
             earlier = citation_after(earlier))
            if (!strcasecmp(earlier->doi, row->doi)) *what = "cited twice:";
        if (*what) return false;
    }
    return true;
}
