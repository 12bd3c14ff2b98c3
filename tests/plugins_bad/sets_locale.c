/* Sets the locale. */
#include "bad.h"
#include <locale.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    setlocale(LC_NUMERIC, "C.UTF-8");
    return LOOM_OK;
}
BAD_OP("bad.sets_locale", "volume", "volume", run);
