/* store/value_limits.h - what parts of a value may be called, and how many there may be; for
 * value.c. Each is false after setting e. */
#ifndef ATOMLOOM_STORE_VALUE_LIMITS_H
#define ATOMLOOM_STORE_VALUE_LIMITS_H
#include "base/error.h"

/* `what`: "array" or "attribute"; `name` may be NULL, which is no name. */
bool value_name_check(const char *what, const char *name, error *e);
/* False, with the first byte that is none, where s is not UTF-8. `what`: "text", "unit of". */
bool value_utf8_check(const char *what, const char *s, const char *name, error *e);
bool value_unit_check(const char *unit, const char *name, error *e);
/* Always false: `name` would be one more than the `most` that are allowed. */
bool value_too_many(const char *what, int most, const char *name, error *e);
#endif
