/* run/script_folder.h - the folder of one call of a program: what it reads, what it writes. */
#ifndef ATOMLOOM_RUN_SCRIPT_FOLDER_H
#define ATOMLOOM_RUN_SCRIPT_FOLDER_H
#include "base/error.h"

enum { SCRIPT_FOLDER_PATH = 1024 };
typedef struct script_folder {
    char path[SCRIPT_FOLDER_PATH];
    int lock; /* held while the folder is in use */
} script_folder;

/* A new one in TMPDIR, else in /tmp, that nobody else may look into. Folders that were left by
 * processes which were killed are removed first. False with `e`. */
bool script_folder_make(script_folder *f, error *e);
/* With all that is in it. */
void script_folder_remove(script_folder *f);
#endif
