/* run/executor.c - see executor.h */
#include "run/executor.h"
#include <assert.h>
#include <string.h>

static const executor_kind *const kinds[] = { &executor_local, &executor_inline, &executor_slurm };
enum { KINDS = sizeof kinds / sizeof *kinds };

const executor_kind *executor_find(const char *name, error *e)
{
    assert(name);
    text names = { 0 };
    for (int i = 0; i < KINDS; i++) {
        if (!strcmp(kinds[i]->name, name)) {
            text_free(&names);
            return kinds[i];
        }
        text_printf(&names, "%s%s", i ? i < KINDS - 1 ? ", " : " or " : "", kinds[i]->name);
    }
    error_set(e, LOOM_E_PARAM,
              "other batch systems are not supported yet: inside a job, run without --executor",
              "there is no executor '%s', expected %s", name, names.data ? names.data : "");
    text_free(&names);
    return NULL;
}
