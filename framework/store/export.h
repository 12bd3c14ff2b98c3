/* store/export.h - values as files of the user's, in the generic forms that the framework knows
 * itself. */
#ifndef ATOMLOOM_STORE_EXPORT_H
#define ATOMLOOM_STORE_EXPORT_H
#include "base/text.h"
#include "store/value.h"

/* Is this one of ours: "h5", "npy", "csv" or "json"? (Without the dot.) */
bool value_export_known(const char *extension);
const char *value_export_format(int index); /* all of them in turn; NULL past the end; static */

/* Can this value be written so? False with `e` set, naming the arrays and what would work. `path`
 * may name an array. */
bool value_export_fits(const loom_value *v, const char *path, const char *extension, error *e);
/* Can values of this type, as far as it is known without one? For types without rows of their own
 * everything may be. */
typedef enum export_chance { EXPORT_NEVER, EXPORT_SELDOM, EXPORT_LIKELY } export_chance;
export_chance type_export_chance(const char *type, const char *extension);

/* Writes `v` to `path` ("-": standard output), replacing a file there at once and only when all
 * went well (base/new_file.h). h5    everything, as in the store npy   one array: the one that
 * `path` names (x.density.npy), else the first that the type asks for, else the only one csv arrays
 * of rank 1 and 2 with equally many rows, as columns `name [unit]`; column j of a rank-2 array is
 * name_j, or name_x, _y, _z (angstrom) and name_phi, _theta, _psi (degree) where it has three.
 * Codes with `categories.NAME` become words json  everything, up to a million numbers: {type,
 * attributes: {name: text | {value, unit}}, arrays: {name: {dtype, shape, unit, data}}}; numbers
 * that are not finite are null The message names the arrays and what would work where the value
 * does not fit the form. */
bool value_export(const loom_value *v, const char *path, const char *extension, error *e);
/* What of `v` a file in that form does not hold, names with ", " between, added to `out`: the
 * attributes that its type asks for, and for npy all arrays but one. Nothing where `path` names the
 * array: then one was asked for. */
void value_export_left_out(const loom_value *v, const char *path, const char *extension, text *out);
/* A value from an .h5 file, ours or one made by hand with the same names (value_read_h5). Owned. */
loom_value *value_import(const char *path, error *e);
#endif
