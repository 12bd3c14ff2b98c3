/* Leaves a grandchild behind. */
#include "bad.h"
#include <sys/wait.h>
#include <unistd.h>

static loom_status run(loom_call *call, const void *params)
{
    parts p;
    (void)params;
    loom_status status = copy_all(call, "density", &p);
    if (status != LOOM_OK) return status;
    pid_t id = fork();
    if (!id) {
        if (fork()) _exit(0);
        for (;;) pause();
    }
    while (waitpid(id, NULL, 0) < 0) {}
    return LOOM_OK;
}
BAD_OP("bad.leaves_daemon", "volume", "volume", run);
