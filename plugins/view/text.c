/* view.text - words for the report, with numbers of a table in them. */
#include "columns.h"
#include <assert.h>
#include <stdlib.h>

typedef struct params {
    const char *title, *text, *caption;
} params;
static const loom_param param_table[] = {
    LOOM_PARAM(params, title, .text = "Notes", .doc = "heading of the panel"),
    LOOM_PARAM(params, text, .flags = LOOM_REQUIRED,
               .doc = "paragraphs, `# headings`, `- items`, **strong**, *emphasis*, `code`; with a "
                      "table `{column}` is its first number or word, `{column[2]}` its third"),
    LOOM_PARAM(params, caption, .text = "", .doc = "a sentence below; not given: none"),
    { 0 }
};
static const loom_port inputs[] = {
    { "table", "any", "a value with columns, for `{column}` in the text", LOOM_OPTIONAL }, { 0 }
};
static const loom_port outputs[] = { { "panel", "panel", "for the report", 0 }, { 0 } };

enum { MAX_FIELD = 160, MAX_NAME = 100 };

/* "{column[2]}" at s: the column's name and the row; how many letters it has, 0 where it is none.
 */
static size_t field_at(const char *s, char name[MAX_NAME], int64_t *row)
{
    assert(*s == '{');
    size_t n = strcspn(s + 1, "[]{}\n"), whole = n + 1;
    *row = 0;
    if (!n || n >= MAX_NAME) return 0;
    memcpy(name, s + 1, n);
    name[n] = 0;
    if (s[whole] == '[') {
        char *end;
        *row = strtoll(s + whole + 1, &end, 10);
        if (end == s + whole + 1 || *end != ']') return 0;
        whole = (size_t)(end + 1 - s);
    }
    return s[whole] == '}' ? whole + 1 : 0;
}

/* What stands in that cell: a word, or a number with its four first digits. */
static loom_status cell(loom_call *call, const char *name, int64_t row, char out[MAX_FIELD])
{
    const loom_host *h = call->host;
    const loom_array *a = view_column(call, "table", 0, name, "text");
    if (!a) return LOOM_E_PARAM;
    if (row < 0 || row >= a->dim[0])
        return h->fail(call, LOOM_E_PARAM, "text",
                       "the text asks for row %lld of column '%s', which has rows 0 to %lld",
                       (long long)row, name, (long long)a->dim[0] - 1);
    double x = loom_element(a, row);
    const char *words = view_words(call, h->input(call, "table", 0), name);
    for (int64_t k = 0; words && k < (int64_t)x; k++) {
        words = strchr(words, '\n');
        if (words) words++;
    }
    if (words) snprintf(out, MAX_FIELD, "%.*s", (int)strcspn(words, "\n"), words);
    else snprintf(out, MAX_FIELD, "%.4g", x);
    return LOOM_OK;
}

/* The text with its fields filled in, into `out`; NULL: only its length, with the end, in *bytes.
 */
static loom_status fill(loom_call *call, const char *s, char *out, size_t *bytes)
{
    char name[MAX_NAME], word[MAX_FIELD];
    int64_t row;
    *bytes = 1;
    while (*s) {
        size_t n = *s == '{' ? field_at(s, name, &row) : 0;
        if (n) {
            loom_status status = cell(call, name, row, word);
            if (status != LOOM_OK) return status;
        } else {
            word[0] = *s;
            word[1] = 0;
            n = 1;
        }
        if (out) memcpy(out + *bytes - 1, word, strlen(word) + 1);
        *bytes += strlen(word);
        s += n;
    }
    return LOOM_OK;
}

static loom_status run(loom_call *call, const void *param_struct)
{
    const params *p = param_struct;
    char *words = NULL;
    if (!p->text[strspn(p->text, " \t\r\n")])
        return call->host->fail(call, LOOM_E_PARAM, "text",
                                "the text is empty; write what the reader should know");
    if (call->host->input(call, "table", 0)) {
        size_t bytes;
        loom_status status = fill(call, p->text, NULL, &bytes);
        if (status != LOOM_OK) return status;
        if (!(words = call->host->scratch(call, bytes))) return LOOM_E_MEMORY;
        words[0] = 0;
        fill(call, p->text, words, &bytes);
        assert(strlen(words) + 1 == bytes);
    }
    loom_value *panel = loom_panel(call, "panel", "text", p->title, "%s", p->caption);
    if (!panel) return LOOM_E_MEMORY;
    call->host->set_text(call, panel, "text", words ? words : p->text);
    return LOOM_OK;
}

static const loom_op view_text = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "view.text",
    .summary = "Words for the report, with numbers of a table in them.",
    .method = "The text as it is; names of columns in braces become what stands in them.",
    .cites = "none",
    .limits = "Links, pictures and HTML stay letters.",
    .inputs = inputs,
    .outputs = outputs,
    .params = param_table,
    .params_size = sizeof(params),
    .run = run,
};
LOOM_PLUGIN("view.text", "1.0", "BSD-3-Clause", &view_text);
