/* base/dl_error.h - what dlopen's message means. */
#ifndef ATOMLOOM_BASE_DL_ERROR_H
#define ATOMLOOM_BASE_DL_ERROR_H
#include <stdbool.h>

/* "FILE: cannot open shared object file: REASON". */
typedef struct dl_error {
    int file_length; /* of FILE, at the beginning of the message; 0 where it says something else */
    bool missing;    /* there is no such file */
    int code; /* the errno behind REASON (EMFILE, EACCES, ENOENT, ...); 0 where it is not known */
} dl_error;

/* What the message of dlerror says. */
dl_error dl_error_read(const char *message);
#endif
