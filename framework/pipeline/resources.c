/* pipeline/resources.c - `resources: {threads: 4, memory: 4 GiB, time: 10 min}` of a node. */
#include "pipeline/reader.h"
#include <string.h>

typedef struct unit { const char *name; double factor; } unit;
static const unit memory_units[] = {
    { "B", 1 }, { "KiB", 1024.0 }, { "MiB", 1048576.0 }, { "GiB", 1073741824.0 }, { "TiB", 1099511627776.0 },
    { "kB", 1e3 }, { "MB", 1e6 }, { "GB", 1e9 }, { "TB", 1e12 }, { 0 }
};
static const unit time_units[] = { { "s", 1 }, { "min", 60 }, { "h", 3600 }, { "d", 86400 }, { 0 } };

/* "4 GiB" or "4GiB"; false after telling. */
static bool read_quantity(reader *r, const tree *t, const char *what, const unit *units, double most, double *out)
{
    char number[32];
    double v;
    const char *s = t->kind == TREE_SCALAR ? t->text : "";
    size_t n = strspn(s, "0123456789.");
    if (n && n < sizeof number) {
        memcpy(number, s, n);
        number[n] = 0;
        const char *name = s + n + strspn(s + n, " ");
        for (const unit *u = units; u->name; u++)
            if (!strcmp(u->name, name) && number_read(number, &v) && v > 0 && v * u->factor <= most) {
                *out = v * u->factor;
                return true;
            }
    }
    text known = { 0 };
    for (const unit *u = units; u->name; u++) text_printf(&known, "%s%s", u == units ? "" : ", ", u->name);
    complain(r, t->at, say(r, "units: %s", known.data ? known.data : ""), "%s is '%s', expected a number with its unit, as in %s", what,
             t->kind == TREE_SCALAR ? t->text : tree_kind_text(t), units == time_units ? "10 min" : "4 GiB");
    text_free(&known);
    return false;
}

void resources_read(reader *r, const tree *t, graph_resources *out)
{
    static const char *const known[] = { "threads", "memory", "time" };
    int64_t threads;
    double bytes;
    if (!t) return;
    keys_check(r, t, known, 3, "resources");
    const tree *v = tree_get(t, "threads");
    if (v && v->kind == TREE_SCALAR && integer_read(v->text, &threads) && threads >= 1 && threads <= 4096) out->threads = (int32_t)threads;
    else if (v)
        complain(r, v->at, NULL, "threads is '%s', expected a whole number from 1 to 4096",
                 v->kind == TREE_SCALAR ? v->text : tree_kind_text(v));
    if ((v = tree_get(t, "memory")) && read_quantity(r, v, "memory", memory_units, 1e18, &bytes)) out->memory_bytes = (uint64_t)bytes;
    if ((v = tree_get(t, "time"))) read_quantity(r, v, "time", time_units, 1e9, &out->time_s);
}
