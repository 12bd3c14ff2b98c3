/* Dies while it is being loaded. */
#include <signal.h>
__attribute__((constructor)) static void crash(void)
{
    signal(SIGSEGV, SIG_DFL); /* past a sanitizer's handler */
    raise(SIGSEGV);
}
