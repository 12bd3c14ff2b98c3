/* base/signals.c - see signals.h */
#include "base/signals.h"
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

const char *signal_name(int number)
{
    assert(number > 0);
    static char out[32];
    const char *name = sigabbrev_np(number);
    if (name) snprintf(out, sizeof out, "SIG%s", name);
    else snprintf(out, sizeof out, "signal %d", number);
    return out;
}
