/* run/script_plain.c - see script_plain.h */
#include "run/script_plain.h"
#include "base/io_error.h"
#include "base/json.h"
#include "store/value.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- writing --------------------------------------------------------------------------------- */

static void array_json(const loom_array *a, text *out)
{
    text_putc(out, '{');
    json_member(out, "name", a->name);
    json_member(out, "dtype", loom_dtype_text(a->dtype));
    json_name(out, "shape");
    text_putc(out, '[');
    for (int32_t i = 0; i < a->rank; i++)
        text_printf(out, "%s%lld", i ? ", " : "", (long long)a->dim[i]);
    text_putc(out, ']');
    json_member(out, "unit", a->unit);
    text_putc(out, '}');
}

static void attribute_json(const loom_attribute *a, text *out)
{
    text_putc(out, '{');
    json_member(out, "name", a->name);
    json_member(out, "text", a->text);
    json_name(out, "value");
    if (a->text) text_puts(out, "null");
    else json_number(out, a->number);
    json_member(out, "unit", a->unit);
    text_putc(out, '}');
}

void script_plain_json(const loom_value *v, text *out)
{
    assert(v);
    const loom_array *a;
    const loom_attribute *b;
    text_putc(out, '{');
    json_member(out, "type", value_type(v));
    json_name(out, "arrays");
    text_putc(out, '[');
    for (int64_t i = 0; (a = value_array_at(v, i)); i++) {
        if (i) text_puts(out, ", ");
        array_json(a, out);
    }
    text_putc(out, ']');
    json_name(out, "attributes");
    text_putc(out, '[');
    for (int64_t i = 0; (b = value_attribute_at(v, i)); i++) {
        if (i) text_puts(out, ", ");
        attribute_json(b, out);
    }
    text_puts(out, "]}");
}

/* ---- reading --------------------------------------------------------------------------------- */

typedef struct plain_reading {
    loom_call *call;
    const char *port, *folder;
    loom_value *out;
    error *e;
} plain_reading;

static bool __attribute__((format(printf, 2, 3))) wrong(plain_reading *r, const char *format, ...)
{
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    return error_set(r->e, LOOM_E_DATA, "docs/sdk.md, \"Ops in other languages\", has the form",
                     "output '%s': %s", r->port, message);
}

static bool read_dtype(const char *word, loom_dtype *out)
{
    for (int d = 0; word && d < LOOM_DTYPE_COUNT; d++)
        if (!strcmp(word, loom_dtype_text((loom_dtype)d))) {
            *out = (loom_dtype)d;
            return true;
        }
    return false;
}

/* Bytes of the whole array; SIZE_MAX where no memory is so large. */
static bool read_shape(const json_t *list, loom_array *a, size_t *bytes)
{
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n > LOOM_MAX_RANK) return false;
    *bytes = loom_dtype_bytes(a->dtype);
    a->rank = (int32_t)n;
    for (size_t i = 0; i < n; i++) {
        const json_t *length = json_array_get(list, i);
        a->dim[i] = json_is_integer(length) ? json_integer_value(length)
                    : json_is_real(length) && json_real_value(length) < 1e15
                        ? (int64_t)json_real_value(length)
                        : -1;
        if (a->dim[i] < 0) return false;
        if (__builtin_mul_overflow(*bytes, (size_t)a->dim[i], bytes)) *bytes = SIZE_MAX;
    }
    return true;
}

static bool read_whole(int fd, char *data, size_t bytes)
{
    for (size_t done = 0; done < bytes;) {
        ssize_t n = read(fd, data + done, bytes - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        done += (size_t)n;
    }
    return true;
}

/* From an open file of `bytes` bytes, as long as the array asks for. */
static bool read_numbers(plain_reading *r, const loom_array *a, int fd, size_t bytes)
{
    struct stat st;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode))
        return wrong(r, "the file of array '%s' is not a regular one", a->name);
    if ((uint64_t)st.st_size != bytes)
        return wrong(r, "the file of array '%s' has %lld bytes, its shape asks for %zu", a->name,
                     (long long)st.st_size, bytes);
    void *data =
        r->call->host->add_array(r->call, r->out, a->name, a->dtype, a->rank, a->dim, a->unit);
    if (!data) return false; /* reported */
    return read_whole(fd, data, bytes)
           || wrong(r, "the file of array '%s' cannot be read", a->name);
}

static bool read_array(plain_reading *r, const json_t *o)
{
    loom_array a = { .name = json_string_value(json_object_get(o, "name")),
                     .unit = json_string_value(json_object_get(o, "unit")) };
    const char *dtype = json_string_value(json_object_get(o, "dtype")),
               *file = json_string_value(json_object_get(o, "file"));
    size_t bytes = 0;
    if (!a.name || !file) return wrong(r, "an array without a name or a file");
    if (!a.unit) a.unit = "";
    if (!read_dtype(dtype, &a.dtype))
        return wrong(r, "array '%s' has the dtype '%s', expected u8, i32, i64, f32 or f64", a.name,
                     dtype ? dtype : "");
    if (!read_shape(json_object_get(o, "shape"), &a, &bytes))
        return wrong(r, "the shape of array '%s' is no list of up to %d lengths", a.name,
                     LOOM_MAX_RANK);
    if (strchr(file, '/')) return wrong(r, "'%s' is not a name in the folder of the call", file);
    text path = { 0 };
    text_printf(&path, "%s/%s", r->folder, file);
    int fd = path.failed ? -1 : open(path.data, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool good = fd >= 0 ? read_numbers(r, &a, fd, bytes)
                        : wrong(r, "the file '%s' of array '%s' is not there", file, a.name);
    if (fd >= 0) close(fd);
    text_free(&path);
    return good;
}

static bool read_attribute(plain_reading *r, const json_t *o)
{
    const char *name = json_string_value(json_object_get(o, "name")),
               *word = json_string_value(json_object_get(o, "text")),
               *unit = json_string_value(json_object_get(o, "unit"));
    const json_t *number = json_object_get(o, "value");
    if (!name) return wrong(r, "an attribute without a name");
    if (word) r->call->host->set_text(r->call, r->out, name, word);
    else if (json_is_number(number))
        r->call->host->set_number(r->call, r->out, name, json_number_value(number),
                                  unit ? unit : "");
    else return wrong(r, "attribute '%s' has neither a text nor a number as its value", name);
    return true;
}

static bool read_value(plain_reading *r, const json_t *root, const char *type)
{
    const char *found = json_string_value(json_object_get(root, "type"));
    const json_t *arrays = json_object_get(root, "arrays"),
                 *attributes = json_object_get(root, "attributes");
    if (!found || strcmp(found, type) != 0)
        return wrong(r, "the program wrote a %s, expected a %s",
                     found ? found : "value without type", type);
    if (!json_is_array(arrays) || (attributes && !json_is_array(attributes)))
        return wrong(r, "arrays and attributes are lists");
    r->out = r->call->host->output(r->call, r->port);
    bool good = r->out != NULL; /* reported where it is not */
    for (size_t i = 0; good && i < json_array_size(arrays); i++)
        good = read_array(r, json_array_get(arrays, i));
    for (size_t i = 0; good && i < json_array_size(attributes); i++)
        good = read_attribute(r, json_array_get(attributes, i));
    return good;
}

bool script_read_plain(loom_call *call, const loom_port *p, const char *folder, const char *path,
                       error *e)
{
    assert(p->name && folder && path);
    json_error_t where;
    plain_reading r = { call, p->name, folder, NULL, e };
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    struct stat st;
    bool regular = fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode);
    json_t *root = regular ? json_loadfd(fd, JSON_REJECT_DUPLICATES, &where) : NULL;
    if (fd >= 0) close(fd);
    if (!regular) return io_error(e, errno ? errno : EINVAL, IO_USER, "read", path);
    bool good =
        root ? read_value(&r, root, p->type)
             : wrong(&r, "no JSON: %s, line %d, column %d", where.text, where.line, where.column);
    json_decref(root);
    return good;
}
