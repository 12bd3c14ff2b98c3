/* kit/panel.h - make a panel: what a report shows. docs/panels.md lists the arrays and attributes
 * of each renderer. */
#ifndef LOOM_KIT_PANEL_H
#define LOOM_KIT_PANEL_H
#include "kit/check.h"
#include <stdarg.h>
#include <stdio.h>

/* The panel of output `port`: renderer ("plot", "bars", "points", "mesh", "image", "table",
 * "text"), heading, and a caption as printf makes it: what is seen, with numbers and units, in one
 * or two sentences. NULL: out of memory (already reported). [main] */
static inline loom_value *__attribute__((format(printf, 5, 6)))
loom_panel(loom_call *call, const char *port, const char *renderer, const char *title,
           const char *caption, ...)
{
    char words[2048];
    loom_value *panel = call->host->output(call, port);
    va_list args;
    va_start(args, caption);
    vsnprintf(words, sizeof words, caption, args);
    va_end(args);
    if (!panel) return NULL;
    call->host->set_text(call, panel, "title", title);
    call->host->set_text(call, panel, "caption", words);
    call->host->set_text(call, panel, "renderer", renderer);
    return panel;
}

/* A column of n numbers, to be filled; NULL: out of memory (already reported). [main] */
static inline double *loom_panel_reals(loom_call *call, loom_value *panel, const char *name,
                                       const char *unit, int64_t n)
{
    return call->host->add_array(call, panel, name, LOOM_F64, 1, &n, unit);
}

/* A column of n words, as codes to be filled: 0 the first of `lines`, one word per line. [main] */
static inline int32_t *loom_panel_codes(loom_call *call, loom_value *panel, const char *name,
                                        const char *lines, int64_t n)
{
    char words[256];
    snprintf(words, sizeof words, "categories.%s", name);
    call->host->set_text(call, panel, words, lines);
    return call->host->add_array(call, panel, name, LOOM_I32, 1, &n, NULL);
}

/* Element i of an array of any dtype. [any] */
static inline double loom_element(const loom_array *a, int64_t i)
{
    switch (a->dtype) {
    case LOOM_U8: return ((const uint8_t *)a->data)[i];
    case LOOM_I32: return ((const int32_t *)a->data)[i];
    case LOOM_I64: return (double)((const int64_t *)a->data)[i];
    case LOOM_F32: return (double)((const float *)a->data)[i];
    case LOOM_F64: return ((const double *)a->data)[i];
    default: return NAN;
    }
}

/* Word k of a list of labels, else "1", "2", ...; a line end in it becomes a blank. [any] */
static inline void loom_label(loom_strings labels, int64_t k, char *out, size_t room)
{
    if (k < labels.n) snprintf(out, room, "%s", labels.v[k]);
    else snprintf(out, room, "%lld", (long long)k + 1);
    for (; *out; out++)
        if (*out == '\n') *out = ' ';
}

/* n labels as lines in scratch; NULL: out of memory (already reported). [main] */
static inline char *loom_label_lines(loom_call *call, loom_strings labels, int64_t n)
{
    enum { MAX_LABEL = 120 };
    char *lines = call->host->scratch(call, (size_t)n * (MAX_LABEL + 1) + 1), *end = lines;
    if (!lines) return NULL;
    for (int64_t k = 0; k < n; k++) {
        if (k) *end++ = '\n';
        loom_label(labels, k, end, MAX_LABEL);
        end += strlen(end);
    }
    *end = 0;
    return lines;
}
#endif
