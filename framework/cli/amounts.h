/* cli/amounts.h - "1.5 MiB", "3 min 20 s": amounts for people. */
#ifndef ATOMLOOM_CLI_AMOUNTS_H
#define ATOMLOOM_CLI_AMOUNTS_H
#include <stdint.h>

/* "12 MiB", "3.4 s": for people, rounded. Both return `out`. */
char *bytes_text(uint64_t bytes, char out[32]);
char *seconds_text(double s, char out[32]);

/* What follows a noun after a number: "s", or nothing after 1. */
static inline const char *plural(uint64_t n) { return n == 1 ? "" : "s"; }
#endif
