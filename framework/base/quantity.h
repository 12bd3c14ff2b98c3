/* base/quantity.h - amounts of memory and time as people write them: "4 GiB", "10min". One grammar
 * for pipelines and for the command line.
 *
 * A number without its unit is refused: 8 may be bytes or gibibytes. 0 is 0 in any unit. */
#ifndef ATOMLOOM_BASE_QUANTITY_H
#define ATOMLOOM_BASE_QUANTITY_H
#include "base/error.h"

/* Bytes: B; KiB MiB GiB TiB PiB and K M G T P (powers of 1024); kB MB GB TB PB (powers of 1000).
 * Time: s, min or m, h, d, w. */
typedef enum quantity_kind { QUANTITY_BYTES, QUANTITY_TIME } quantity_kind;

typedef enum quantity_status {
    QUANTITY_READ,
    QUANTITY_NO_NUMBER, /* or a negative one */
    QUANTITY_NO_UNIT,
    QUANTITY_OTHER_UNIT,
    QUANTITY_TOO_LARGE /* above 1e18 bytes or 1e9 seconds */
} quantity_status;

/* A whole text in bytes or seconds; *out is set where it is read. */
quantity_status quantity_read(const char *s, quantity_kind kind, double *out);
const char *quantity_units(quantity_kind kind); /* the usual ones, "B, KiB, ..."; static */

/* An option's value: false with `e` set (LOOM_E_PARAM), saying what is wrong and how to write it.
 * `usual`: an example, as in "10GiB". */
bool quantity_option(const char *option, const char *s, quantity_kind kind, const char *usual,
                     double *out, error *e);
#endif
