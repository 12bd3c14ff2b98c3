/* base/number.h - numbers as text, the same in every locale; and what is wrong with a text that is
 * none. */
#ifndef ATOMLOOM_BASE_NUMBER_H
#define ATOMLOOM_BASE_NUMBER_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The shortest decimal text that reads back as the same double, whatever the locale ("0.1", "300",
 * "3e+07", "nan"). `out` has room for 32 bytes. The same number always gives the same text: it is
 * what goes into keys. */
char *number_text(double v, char out[32]);

typedef enum number_status {
    NUMBER_READ,
    NUMBER_NONE,      /* no number, or one with something around it */
    NUMBER_TOO_LARGE, /* beyond what a double, or a 64-bit integer, holds */
    NUMBER_TOO_SMALL, /* not 0, but nearer to it than any double */
    NUMBER_FRACTION,  /* a number, where a whole one is wanted */
    NUMBER_INEXACT    /* a whole number with an exponent, beyond 2^53: its digits are not known */
} number_status;

/* Read a whole text as a number in the C locale: 1, 1.5, 3e5, -2, .5; finite. *out is set where it
 * is read. */
number_status number_parse(const char *s, double *out);
/* Decimal digits, or a real with an integer value such as 3e5. */
number_status integer_parse(const char *s, int64_t *out);
bool number_read(const char *s, double *out);
bool integer_read(const char *s, int64_t *out);

/* What a text that was refused as a number probably should have been: "numbers have no comma: write
 * 0.35". False, with nothing in `out`, where there is nothing to say. `unit`: what the number is
 * in, "" or NULL where it has none. */
bool number_advice(const char *s, const char *unit, char *out, size_t size);
#endif
