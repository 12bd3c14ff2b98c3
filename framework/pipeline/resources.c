/* pipeline/resources.c - `resources: {threads: 4, memory: 4 GiB, time: 10 min}` of a node. */
#include "base/quantity.h"
#include "pipeline/reader.h"
#include <assert.h>

/* "4 GiB" or "4GiB"; false after telling. */
static bool read_quantity(reader *r, const tree *t, const char *what, quantity_kind kind,
                          double *out)
{
    assert(what && out);
    if (t->kind == TREE_SCALAR && quantity_read(t->text, kind, out) == QUANTITY_READ && *out > 0)
        return true;
    complain(r, t->at, say(r, "units: %s", quantity_units(kind)),
             "%s is '%s', expected a number with its unit, as in %s", what,
             t->kind == TREE_SCALAR ? t->text : tree_kind_text(t),
             kind == QUANTITY_TIME ? "10 min" : "4 GiB");
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
    if (v && v->kind == TREE_SCALAR && integer_read(v->text, &threads) && threads >= 1
        && threads <= 4096)
        out->threads = (int32_t)threads;
    else if (v)
        complain(r, v->at, NULL, "threads is '%s', expected a whole number from 1 to 4096",
                 v->kind == TREE_SCALAR ? v->text : tree_kind_text(v));
    if ((v = tree_get(t, "memory")) && read_quantity(r, v, "memory", QUANTITY_BYTES, &bytes))
        out->memory_bytes = (uint64_t)bytes;
    if ((v = tree_get(t, "time"))) read_quantity(r, v, "time", QUANTITY_TIME, &out->time_s);
}
