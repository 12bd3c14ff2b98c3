/* cli/confirm.c - see confirm.h */
#include "cli/confirm.h"
#include "base/show.h"
#include "cli/print.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool can_ask(void) { return isatty(STDIN_FILENO) && isatty(STDERR_FILENO); }

bool ask(const char *question)
{
    char answer[16] = "";
    text t = { 0 };
    show_line(&t, question, strlen(question));
    text_puts(&t, " Continue? [y/N] ");
    cli_put(stderr, &t);
    if (!fgets(answer, sizeof answer, stdin)) return false;
    answer[strcspn(answer, "\r\n")] = 0;
    return !strcasecmp(answer, "y") || !strcasecmp(answer, "yes");
}
