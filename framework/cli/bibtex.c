/* cli/bibtex.c - see bibtex.h */
#include "cli/bibtex.h"
#include <assert.h>
#include <ctype.h>
#include <string.h>

/* ---- letters --------------------------------------------------------------------------------- */

/* By accent: plain letters, each followed by itself with the accent. */
static const struct {
    const char *command, *pairs;
} accents[] = {
    { "`", "AÀaàEÈeèIÌiìNǸnǹOÒoòUÙuù" },
    { "'", "AÁaáCĆcćEÉeéIÍiíLĹlĺNŃnńOÓoóRŔrŕSŚsśUÚuúYÝyýZŹzź" },
    { "^", "AÂaâCĈcĉEÊeêGĜgĝHĤhĥIÎiîJĴjĵOÔoôSŜsŝUÛuûWŴwŵYŶyŷ" },
    { "~", "AÃaãIĨiĩNÑnñOÕoõUŨuũ" },
    { "\"", "AÄaäEËeëIÏiïOÖoöUÜuüYŸyÿ" },
    { "=", "AĀaāEĒeēIĪiīOŌoōUŪuū" },
    { ".", "CĊcċEĖeėGĠgġIİZŻzż" },
    { "u ", "AĂaăEĔeĕGĞgğIĬiĭOŎoŏUŬuŭ" },
    { "v ", "AǍaǎCČcčDĎdďEĚeěIǏiǐLĽlľNŇnňOǑoǒRŘrřSŠsšTŤtťUǓuǔZŽzž" },
    { "H ", "OŐoőUŰuű" },
    { "c ", "CÇcçGĢKĶkķLĻlļNŅnņRŖrŗSŞsşTŢtţ" },
    { "k ", "AĄaąEĘeęIĮiįUŲuų" },
    { "r ", "UŮuů" },
};

/* The rest: how TeX writes it, and the plain letters of a key ("" where it has none). */
static const struct {
    const char *letter, *tex, *plain;
} letters[] = {
    { "Å", "{\\AA}", "a" },     { "å", "{\\aa}", "a" },     { "Å", "{\\AA}", "a" },
    { "Æ", "{\\AE}", "ae" },    { "æ", "{\\ae}", "ae" },    { "Œ", "{\\OE}", "oe" },
    { "œ", "{\\oe}", "oe" },    { "Ø", "{\\O}", "o" },      { "ø", "{\\o}", "o" },
    { "Ł", "{\\L}", "l" },      { "ł", "{\\l}", "l" },      { "ß", "{\\ss}", "ss" },
    { "Đ", "{\\DJ}", "d" },     { "đ", "{\\dj}", "d" },     { "Ð", "{\\DH}", "d" },
    { "ð", "{\\dh}", "d" },     { "Þ", "{\\TH}", "th" },    { "þ", "{\\th}", "th" },
    { "ı", "{\\i}", "i" },      { "–", "--", "" },          { "—", "---", "" },
    { "‐", "-", "" },           { "’", "'", "" },           { "‘", "`", "" },
    { "“", "``", "" },          { "”", "''", "" },          { "…", "{\\ldots}", "" },
    { "\u00a0", "~", "" },      { "×", "{$\\times$}", "" }, { "±", "{$\\pm$}", "" },
    { "°", "{$^\\circ$}", "" }, { "µ", "{$\\mu$}", "" },    { "α", "{$\\alpha$}", "" },
    { "β", "{$\\beta$}", "" },  { "γ", "{$\\gamma$}", "" }, { "δ", "{$\\delta$}", "" },
    { "μ", "{$\\mu$}", "" },    { "π", "{$\\pi$}", "" },    { "σ", "{$\\sigma$}", "" },
};
static const struct {
    char letter;
    const char *tex;
} signs[] = {
    { '&', "\\&" },
    { '%', "\\%" },
    { '$', "\\$" },
    { '#', "\\#" },
    { '_', "\\_" },
    { '~', "{\\textasciitilde}" },
    { '^', "{\\textasciicircum}" },
    { '\\', "{\\textbackslash}" },
    { '{', "{\\textbraceleft}" },
    { '}', "{\\textbraceright}" },
    { '<', "{\\textless}" },
    { '>', "{\\textgreater}" },
};
#define COUNT(a) (sizeof(a) / sizeof *(a))

static size_t bytes_of(const char *s)
{
    assert(*s);
    size_t n = 1;
    while ((s[n] & 0xc0) == 0x80) n++;
    return n;
}

/* The accent on a letter and the letter under it; NULL where it has none of the table. */
static const char *accent_of(const char *s, size_t n, char *base)
{
    assert(n > 0 && base);
    for (size_t i = 0; i < COUNT(accents) && n > 1; i++)
        for (const char *pair = accents[i].pairs; *pair; pair += 1 + bytes_of(pair + 1))
            if (bytes_of(pair + 1) == n && !memcmp(pair + 1, s, n)) {
                *base = *pair;
                return accents[i].command;
            }
    return NULL;
}

/* Writes one letter and gives its bytes. */
static size_t tex_letter(const char *s, text *out)
{
    size_t n = bytes_of(s);
    char base;
    const char *accent = accent_of(s, n, &base);
    for (size_t i = 0; n == 1 && i < COUNT(signs); i++)
        if (signs[i].letter == *s) {
            text_puts(out, signs[i].tex);
            return 1;
        }
    for (size_t i = 0; n > 1 && !accent && i < COUNT(letters); i++)
        if (strlen(letters[i].letter) == n && !memcmp(letters[i].letter, s, n)) {
            text_puts(out, letters[i].tex);
            return n;
        }
    if (!accent) text_add(out, s, n);
    else text_printf(out, "{\\%s%s%c}", accent, base == 'i' || base == 'j' ? "\\" : "", base);
    return n;
}

static void tex_bytes(const char *s, size_t n, text *out)
{
    for (const char *end = s + n; s < end;) s += tex_letter(s, out);
}

void tex_text(const char *s, text *out) { tex_bytes(s, strlen(s), out); }

/* ---- titles ---------------------------------------------------------------------------------- */

/* Is it a capital: of ASCII, or one with an accent? */
static bool is_capital(const char *s)
{
    size_t n = bytes_of(s);
    char base = 0;
    if (n == 1) return isupper((unsigned char)*s);
    if (accent_of(s, n, &base)) return isupper((unsigned char)base);
    for (size_t i = 0; i < COUNT(letters); i++)
        if (!strncmp(letters[i].letter, s, n))
            return letters[i].tex[0] == '{' && isupper((unsigned char)letters[i].tex[2]);
    return false;
}

static bool is_letter(char c) { return isalnum((unsigned char)c) || (unsigned char)c >= 0x80; }

/* A word of a title; its first capital needs no braces where styles keep it (`first`). */
static void title_word(const char *s, size_t n, bool first, text *out)
{
    assert(n > 0);
    size_t from = 0, to = n;
    bool capital = false;
    while (from < n && !is_letter(s[from])) from++;
    while (to > from && !is_letter(s[to - 1])) to--;
    for (size_t i = from; i < to; i += bytes_of(s + i))
        if (is_capital(s + i) && !(first && i == from)) capital = true;
    tex_bytes(s, from, out);
    if (capital) text_putc(out, '{');
    tex_bytes(s + from, to - from, out);
    if (capital) text_putc(out, '}');
    tex_bytes(s + to, n - to, out);
}

void tex_title(const char *s, text *out)
{
    for (bool first = true; *s; first = false) {
        size_t n = strcspn(s, " "), blanks = strspn(s + n, " ");
        title_word(s, n, first, out);
        text_add(out, s + n, blanks);
        s += n + blanks;
    }
}

/* ---- authors --------------------------------------------------------------------------------- */

bool author_next(const char **at, const char **name, size_t *length)
{
    if (!*at || !**at) return false;
    const char *end = strstr(*at, " and ");
    *name = *at;
    *length = end ? (size_t)(end - *at) : strlen(*at);
    *at = end ? end + 5 : NULL;
    return true;
}

static bool are_others(const char *name, size_t n) { return n == 6 && !strncmp(name, "others", 6); }

/* A name without a comma is that of an organisation: braces keep it whole. */
static void tex_authors(const char *at, text *out)
{
    const char *name, *lead = "";
    size_t n;
    for (; author_next(&at, &name, &n); lead = " and ") {
        bool whole = !memchr(name, ',', n) && !are_others(name, n);
        text_puts(out, lead);
        if (whole) text_putc(out, '{');
        tex_bytes(name, n, out);
        if (whole) text_putc(out, '}');
    }
}

void bibtex_key(const loom_citation *c, text *out)
{
    const char *at = c->authors, *name = "";
    size_t n = 0, start = out->length;
    author_next(&at, &name, &n);
    const char *comma = memchr(name, ',', n);
    if (comma) n = (size_t)(comma - name);
    for (const char *s = name; s < name + n; s += bytes_of(s)) {
        char base = *s;
        if ((unsigned char)*s < 0x80 || accent_of(s, bytes_of(s), &base)) {
            if (isalnum((unsigned char)base)) text_putc(out, (char)tolower((unsigned char)base));
            continue;
        }
        for (size_t i = 0; i < COUNT(letters); i++)
            if (!strncmp(letters[i].letter, s, bytes_of(s))) {
                text_puts(out, letters[i].plain);
                break;
            }
    }
    if (out->length == start) text_puts(out, "anonymous");
    if (c->year) text_printf(out, "%d", c->year);
}

/* ---- an entry -------------------------------------------------------------------------------- */

static void field(text *out, const char *name, const char *s, void write(const char *, text *))
{
    if (!s) return;
    text_printf(out, ",\n  %s = {", name);
    write(s, out);
    text_putc(out, '}');
}

static void as_it_is(const char *s, text *out) { text_puts(out, s); }

/* "60-64" as "60--64". */
static void tex_pages(const char *s, text *out)
{
    for (; *s; s += bytes_of(s)) {
        if (*s == '-') text_puts(out, "--");
        else tex_bytes(s, bytes_of(s), out);
    }
}

void bibtex_entry(const loom_citation *c, const char *key, const char *ops, text *out)
{
    const char *kind = c->book ? "incollection" : c->publisher && !c->journal ? "book" : "article";
    text_printf(out, "@%s{%s", kind, key);
    field(out, "author", c->authors, tex_authors);
    field(out, "title", c->title, tex_title);
    field(out, "journal", c->journal, tex_text);
    field(out, "booktitle", c->book, tex_text);
    field(out, "publisher", c->publisher, tex_text);
    field(out, "volume", c->volume, tex_text);
    field(out, "pages", c->pages, tex_pages);
    if (c->year) text_printf(out, ",\n  year = {%d}", c->year);
    field(out, "doi", c->doi, as_it_is);
    field(out, "keywords", ops, as_it_is);
    text_puts(out, "\n}\n");
}

/* ---- a line of text -------------------------------------------------------------------------- */

/* "Last, First" as "First Last", "Last, Jr., First" as "First Last Jr.". */
static void name_text(const char *name, size_t n, text *out)
{
    const char *first = memchr(name, ',', n),
               *more = first ? memchr(first + 1, ',', n - (size_t)(first + 1 - name)) : NULL;
    if (are_others(name, n)) text_puts(out, "others");
    else if (!first) text_add(out, name, n);
    else {
        const char *given = (more ? more : first) + 2;
        text_printf(out, "%.*s %.*s", (int)(name + n - given), given, (int)(first - name), name);
        if (more) text_printf(out, " %.*s", (int)(more - first - 2), first + 2);
    }
}

static void part(text *out, const char *lead, const char *s)
{
    if (s) text_printf(out, "%s%s", out->length ? lead : "", s);
}

void citation_text(const loom_citation *c, text *out)
{
    text line = { 0 };
    const char *at = c->authors, *name, *lead = "";
    size_t n;
    for (; author_next(&at, &name, &n); lead = at && strstr(at, " and ") ? ", " : " and ") {
        text_puts(&line, lead);
        name_text(name, n, &line);
    }
    part(&line, ", ", c->title);
    part(&line, ", ", c->journal);
    part(&line, ", in ", c->book);
    part(&line, " ", c->volume);
    part(&line, ", ", c->pages);
    if (!c->journal) part(&line, ", ", c->publisher);
    if (c->year) text_printf(&line, " (%d)", c->year);
    text_puts(out, line.data ? line.data : c->doi);
    text_free(&line);
}

void doi_url(const char *doi, text *out)
{
    text_puts(out, "https://doi.org/");
    for (; *doi; doi++) {
        if (isalnum((unsigned char)*doi) || strchr("/.-_()~:;,@!$&'*+=", *doi))
            text_putc(out, *doi);
        else text_printf(out, "%%%02X", (unsigned char)*doi);
    }
}
