/* cli/confirm.c - see confirm.h */
#include "cli/confirm.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool can_ask(void) { return isatty(STDIN_FILENO) && isatty(STDERR_FILENO); }

bool ask(const char *question)
{
    char answer[16] = "";
    fprintf(stderr, "%s Go on? [y/N] ", question);
    fflush(stderr);
    if (!fgets(answer, sizeof answer, stdin)) return false;
    answer[strcspn(answer, "\r\n")] = 0;
    return !strcasecmp(answer, "y") || !strcasecmp(answer, "yes");
}
