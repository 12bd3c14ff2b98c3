/* run/process_ids.c - lists of numbers (threads, children, timers), see process_inside.h */
#include "run/process_inside.h"
#include <stdlib.h>

void ids_free(ids *list)
{
    free(list->id);
    *list = (ids){ 0 };
}

bool ids_add(ids *list, int id)
{
    if ((list->count & (list->count - 1)) == 0) { /* full at each power of two */
        int *grown = realloc(list->id, (list->count ? 2 * list->count : 1) * sizeof *grown);
        if (!grown) return false;
        list->id = grown;
    }
    list->id[list->count++] = id;
    return true;
}

static int by_number(const void *a, const void *b)
{
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

void ids_sort(ids *list)
{
    if (list->count) qsort(list->id, list->count, sizeof *list->id, by_number);
}

bool ids_hold(const ids *list, int id)
{
    return list->count && bsearch(&id, list->id, list->count, sizeof *list->id, by_number);
}
