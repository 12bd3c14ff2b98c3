/* base/place.h - where in a text something stands. */
#ifndef ATOMLOOM_BASE_PLACE_H
#define ATOMLOOM_BASE_PLACE_H

/* A place in a source text. `file` is a path, or the option and what was given ("--set recon.op=x")
 * for what came from the command line (line 0; the column counts in what was given). */
typedef struct place {
    const char *file;
    int line, column;
} place;
#endif
