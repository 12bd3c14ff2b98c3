/* Sets the locale of the thread. */
#include "bad.h"
#include <locale.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    uselocale(newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0));
    return LOOM_OK;
}
BAD_OP("bad.sets_thread_locale", "volume", "volume", run);
