/* view/columns.h - columns of tables and atoms as the view ops read them. */
#ifndef VIEW_COLUMNS_H
#define VIEW_COLUMNS_H
#include "kit/panel.h"

/* The column `name` of value `index` of input `port`: an array of rank 1. Fails with the columns
 * there are, naming the parameter that asked. */
static inline const loom_array *view_column(loom_call *call, const char *port, int64_t index,
                                            const char *name, const char *param)
{
    const loom_host *h = call->host;
    const loom_value *v = h->input(call, port, index);
    const loom_array *a = h->array(v, name);
    char known[600] = "";
    if (a && a->rank == 1) return a;
    for (int64_t i = 0; (a = h->array_at(v, i)); i++)
        if (a->rank == 1 && strlen(known) + strlen(a->name) + 3 < sizeof known)
            strcat(strcat(known, *known ? ", " : ""), a->name);
    h->fail(call, LOOM_E_PARAM, param, "input '%s' has no column '%s'; its columns: %s", port, name,
            *known ? known : "none");
    return NULL;
}

/* Words of a column of codes, one per line; NULL where it holds numbers. */
static inline const char *view_words(loom_call *call, const loom_value *v, const char *name)
{
    char key[256];
    snprintf(key, sizeof key, "categories.%s", name);
    return call->host->text(v, key);
}

/* `symbols` of a set of atoms as lines, in scratch. */
static inline char *view_symbols(loom_call *call, const loom_value *atoms)
{
    const char *symbols = call->host->text(atoms, "symbols");
    size_t n = symbols ? strlen(symbols) : 0;
    char *lines = call->host->scratch(call, n + 1);
    if (!lines) return NULL;
    memcpy(lines, symbols ? symbols : "", n + 1);
    for (char *c = lines; *c; c++)
        if (*c == ' ') *c = '\n';
    return lines;
}

/* Title as given, else `usual`. */
static inline const char *view_title(const char *given, const char *usual)
{
    return given && *given ? given : usual;
}
#endif
