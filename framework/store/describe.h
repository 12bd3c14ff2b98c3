/* store/describe.h - a value in words, as `atomloom show` prints it. */
#ifndef ATOMLOOM_STORE_DESCRIBE_H
#define ATOMLOOM_STORE_DESCRIBE_H
#include "base/text.h"
#include "store/value.h"

/* Type, attributes with units, then one line per array: dtype, lengths with the words of their
 * axes, unit, smallest, largest and mean number (of the finite ones), and how many are not finite.
 * Lines end with '\n'; failure shows in out->failed. */
void value_describe(const loom_value *v, text *out);

/* The word for axis `axis` of an array, by the type's row in types.h: "z", "row"; "" where it has
 * none. Static. */
const char *value_axis_word(const loom_value *v, const loom_array *a, int axis);
/* The first array that the type asks for, else the only one; NULL where there is neither. */
const loom_array *value_main_array(const loom_value *v);
#endif
