/* store/value_limits.c - see value_limits.h */
#include "store/value_limits.h"
#include "store/value.h"
#include "base/utf8.h"
#include <assert.h>
#include <string.h>

/* Names become HDF5 link names, column headings and file names. */
static bool name_is_good(const char *name)
{
    if (!name || !*name || strlen(name) > VALUE_MAX_NAME || !strcmp(name, ".")
        || !strcmp(name, ".."))
        return false;
    size_t n = strlen(name);
    for (size_t i = 0, bytes; i < n; i += bytes) {
        bytes = utf8_read(name + i, n - i, NULL);
        if (!bytes || (unsigned char)name[i] < 32 || name[i] == '/' || name[i] == 127) return false;
    }
    return true;
}

static const char name_todo[] =
    "a name has 1 to 200 bytes of UTF-8, no '/' and no control characters";
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

bool value_utf8_check(const char *what, const char *s, const char *name, error *e)
{
    assert(what && s && name);
    size_t n = strlen(s), at = 0;
    for (size_t step; at < n; at += step)
        if (!(step = utf8_read(s + at, n - at, NULL)))
            return error_set(e, LOOM_E_DATA, "write it as UTF-8",
                             "the %s '%s' is not UTF-8: byte %zu of it is 0x%02x", what, name,
                             at + 1, (unsigned char)s[at]);
    return true;
}

bool value_unit_check(const char *unit, const char *name, error *e)
{
    assert(unit && name);
    if (strlen(unit) > VALUE_MAX_UNIT)
        return error_set(e, LOOM_E_DATA, "shorten it",
                         "the unit of '%s' has %zu bytes; at most %d are kept", name, strlen(unit),
                         (int)VALUE_MAX_UNIT);
    return value_utf8_check("unit of", unit, name, e);
}
