/* store/export_type.c - which formats the values of a type fit, by the rows of atomloom/types.h.
 * See export.h */
#include "store/export.h"
#include <atomloom/types.h>
#include <string.h>

typedef struct row {
    const char *type, *shape;
    bool required;
} row;
static const row rows[] = {
#define X(type, name, dtypes, shape, unit, required, doc) { type, shape, required },
    LOOM_TYPE_ARRAYS(X)
#undef X
};
enum { ROWS = sizeof rows / sizeof *rows };

/* What the arrays that a type must have say. */
typedef struct arrays {
    int required, highest_rank;
    bool any_shape, columns;
} arrays;

static arrays arrays_of(const char *type)
{
    arrays a = { .columns = true };
    char first = 0;
    for (int i = 0; i < ROWS; i++) {
        if (strcmp(rows[i].type, type) != 0 || !rows[i].required) continue;
        int rank = (int)strlen(rows[i].shape);
        a.required++;
        a.any_shape = a.any_shape || *rows[i].shape == '*';
        a.highest_rank = rank > a.highest_rank ? rank : a.highest_rank;
        a.columns = a.columns && rank <= 2 && (!first || first == *rows[i].shape);
        first = *rows[i].shape;
    }
    return a;
}

export_chance type_export_chance(const char *type, const char *extension)
{
    arrays a = arrays_of(type);
    bool table = !strcmp(type, "table"), open = (!a.required && !table) || a.any_shape;
    if (!strcmp(extension, "h5")) return EXPORT_LIKELY;
    if (!strcmp(extension, "csv")) return table || open || a.columns ? EXPORT_LIKELY : EXPORT_NEVER;
    if (!strcmp(extension, "npy")) return table ? EXPORT_SELDOM : EXPORT_LIKELY;
    if (!strcmp(extension, "json")) return a.highest_rank > 2 ? EXPORT_SELDOM : EXPORT_LIKELY;
    return EXPORT_NEVER;
}
