/* run/sealed.h - a text with its checksum as the last line, for files that one process leaves for
 * another: what is damaged or cut short is not believed. */
#ifndef ATOMLOOM_RUN_SEALED_H
#define ATOMLOOM_RUN_SEALED_H
#include "base/text.h"

void sealed_close(text *t); /* adds the line */
/* Of `n` bytes, how many stand before the line; 0 where it is missing or says something else. */
size_t sealed_length(const char *bytes, size_t n);
#endif
