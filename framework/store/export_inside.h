/* store/export_inside.h - what the files export*.c share: texts and numbers of generic formats. */
#ifndef ATOMLOOM_STORE_EXPORT_INSIDE_H
#define ATOMLOOM_STORE_EXPORT_INSIDE_H
#include "base/text.h"
#include "store/value.h"

/* ---- export_text.c --------------------------------------------------------------------------- */
/* The whole file: head, then body. False with `e`, also where the head ran out of memory. */
bool export_whole(const char *path, const text *head, const void *body, size_t body_bytes,
                  error *e);
/* The failure of a format that the value does not fit: names its arrays. Returns false. */
bool export_does_not_fit(const loom_value *v, const char *format, const char *why, error *e);
/* The shortest text that reads back as the same number; of a float where `is_float`. */
void export_real(double x, bool is_float, text *out);
/* Element i of an array, in the shortest text that reads back as the same number; `not_finite`
 * stands for one that is not (NULL: nan, inf, -inf). */
void export_element(const loom_array *a, int64_t i, const char *not_finite, text *out);
/* Is the text UTF-8 without control characters, line ends and tabs apart? */
bool export_is_clean(const char *s, size_t n);

/* ---- export_csv.c ---------------------------------------------------------------------------- */
/* The format csv (export.h): does the value fit, and the file of one that does. */
bool export_csv_fits(const loom_value *v, const char *path, error *e);
bool export_csv(const loom_value *v, const char *path, error *e);
#endif
