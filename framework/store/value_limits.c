/* store/value_limits.c - see value_limits.h */
#include "store/value_limits.h"
#include "store/value.h"
#include <assert.h>
#include <string.h>

/* Names become HDF5 link names, column headings and file names. */
static bool name_is_good(const char *name)
{
    if (!name || !*name || strlen(name) > VALUE_MAX_NAME || !strcmp(name, ".")
        || !strcmp(name, ".."))
        return false;
    for (const char *c = name; *c; c++)
        if ((unsigned char)*c < 32 || *c == '/' || *c == 127) return false;
    return true;
}

static const char name_todo[] = "a name has 1 to 200 bytes, no '/' and no control characters";
_Static_assert(VALUE_MAX_NAME == 200, "name_todo says it");
static const char reserved_todo[] =
    "names that begin with 'atomloom_' or end in '.unit' belong to the file format";

/* What the HDF5 form of a value uses itself (store/object.h). */
static bool is_reserved(const char *name)
{
    size_t n = strlen(name);
    return !strncmp(name, "atomloom_", 9) || (n >= 5 && !strcmp(name + n - 5, ".unit"));
}

bool value_name_check(const char *what, const char *name, error *e)
{
    assert(what);
    if (!name_is_good(name))
        return error_set(e, LOOM_E_BUG, name_todo, "bad %s name '%.220s'", what, name ? name : "");
    return !is_reserved(name)
           || error_set(e, LOOM_E_BUG, reserved_todo, "%s name '%s' is reserved", what, name);
}

bool value_too_many(const char *what, int most, const char *name, error *e)
{
    assert(most > 0);
    return error_set(e, LOOM_E_DATA, "put numbers of one kind into one array",
                     "a value has at most %d %s; '%s' would be one more", most, what, name);
}

bool value_unit_check(const char *unit, const char *name, error *e)
{
    assert(unit && name);
    return strlen(unit) <= VALUE_MAX_UNIT
           || error_set(e, LOOM_E_DATA, "shorten it",
                        "the unit of '%s' has %zu bytes; at most %d are kept", name, strlen(unit),
                        (int)VALUE_MAX_UNIT);
}
