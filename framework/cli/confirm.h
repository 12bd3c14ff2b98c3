/* cli/confirm.h - asking before much is lost. */
#ifndef ATOMLOOM_CLI_CONFIRM_H
#define ATOMLOOM_CLI_CONFIRM_H
#include <stdbool.h>

/* Can somebody be asked: are standard input and standard error a terminal? */
bool can_ask(void);
/* "QUESTION Continue? [y/N] " on standard error; true for y and yes only. */
bool ask(const char *question);
#endif
