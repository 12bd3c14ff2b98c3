/* cli/target.h - where a command may write a file of the user's. */
#ifndef ATOMLOOM_CLI_TARGET_H
#define ATOMLOOM_CLI_TARGET_H
#include "cli/common.h"

/* Can a file of this name be made, and without harm? 0, or the exit status after reporting why not:
 * a directory that is not there, a file that is write-protected, one that the pipeline reads (the
 * pipeline's own files, its data, its plugins; told by device and inode, so through links too), a
 * place inside the store. "-" and pipes are always fine. `option`: what named it, for messages. */
int target_check(const cli_session *s, const char *option, const char *path);
#endif
