/* run/script_call.c - see script_call.h */
#include "run/script_call.h"
#include "base/io_error.h"
#include "base/json.h"
#include "run/script_plain.h"
#include "store/export.h"
#include "store/object.h"
#include "store/value.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- inputs ---------------------------------------------------------------------------------- */

/* index < 0: of a port that takes one value */
static void input_path(const char *folder, const char *port, int64_t index, text *out)
{
    text_printf(out, "%s/%s", folder, port);
    if (index >= 0) text_printf(out, ".%lld", (long long)index);
    text_puts(out, ".h5");
}

static bool write_input(const loom_value *v, const text *path, error *e)
{
    assert(v);
    if (path->failed) return error_memory(e, "the name of a file");
    int fd = open(path->data, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return io_error(e, errno, IO_USER, "write", path->data);
    bool good = object_write(IO_USER, fd, v, NULL, path->data, e);
    if (close(fd) && good) good = io_error(e, errno, IO_USER, "write", path->data);
    return good;
}

bool script_write_inputs(loom_call *call, const loom_op *op, const char *folder, error *e)
{
    assert(op->inputs && folder);
    bool good = true;
    for (const loom_port *p = op->inputs; good && p->name; p++) {
        bool list = p->flags & LOOM_LIST;
        int64_t n = call->host->input_count(call, p->name);
        for (int64_t i = 0; good && i < n; i++) {
            text path = { 0 };
            input_path(folder, p->name, list ? i : -1, &path);
            good = write_input(call->host->input(call, p->name, i), &path, e);
            text_free(&path);
        }
    }
    return good;
}

/* ---- the call as JSON ------------------------------------------------------------------------ */

static void quoted_path(const text *path, text *out)
{
    json_quoted(out, path->data ? path->data : "");
}

static void inputs_json(loom_call *call, const loom_op *op, const char *folder, text *out)
{
    json_name(out, "inputs");
    text_putc(out, '{');
    for (const loom_port *p = op->inputs; p->name; p++) {
        bool list = p->flags & LOOM_LIST;
        int64_t n = call->host->input_count(call, p->name);
        json_name(out, p->name);
        if (list) text_putc(out, '[');
        else if (!n) text_puts(out, "null");
        for (int64_t i = 0; i < n; i++) {
            text path = { 0 };
            input_path(folder, p->name, list ? i : -1, &path);
            if (i) text_putc(out, ',');
            quoted_path(&path, out);
            text_free(&path);
        }
        if (list) text_putc(out, ']');
    }
    text_putc(out, '}');
}

/* What the inputs hold, for those who cannot read it from HDF5. */
static void values_json(loom_call *call, const loom_op *op, text *out)
{
    json_name(out, "values");
    text_putc(out, '{');
    for (const loom_port *p = op->inputs; p->name; p++) {
        int64_t n = call->host->input_count(call, p->name);
        json_name(out, p->name);
        text_putc(out, '[');
        for (int64_t i = 0; i < n; i++) {
            if (i) text_putc(out, ',');
            script_plain_json(call->host->input(call, p->name, i), out);
        }
        text_putc(out, ']');
    }
    text_putc(out, '}');
}

static void output_path(const char *folder, const char *port, const char *ending, text *out)
{
    text_printf(out, "%s/%s.out.%s", folder, port, ending);
}

static void outputs_json(const loom_op *op, const char *folder, text *out)
{
    json_name(out, "outputs");
    text_putc(out, '{');
    for (const loom_port *p = op->outputs; p->name; p++) {
        text path = { 0 };
        output_path(folder, p->name, "h5", &path);
        json_name(out, p->name);
        quoted_path(&path, out);
        text_free(&path);
    }
    text_puts(out, "}");
    json_name(out, "types");
    text_putc(out, '{');
    for (const loom_port *p = op->outputs; p->name; p++) json_member(out, p->name, p->type);
    text_putc(out, '}');
}

/* Whole, since the program works in another directory. */
static void file_json(const char *path, text *out)
{
    char whole[PATH_MAX];
    json_quoted(out, *path && realpath(path, whole) ? whole : path);
}

static void numbers_json(const double *v, int64_t n, text *out)
{
    text_putc(out, '[');
    for (int64_t i = 0; i < n; i++) {
        if (i) text_putc(out, ',');
        json_number(out, v[i]);
    }
    text_putc(out, ']');
}

static void texts_json(const loom_strings *list, bool files, text *out)
{
    text_putc(out, '[');
    for (int64_t i = 0; i < list->n; i++) {
        if (i) text_putc(out, ',');
        if (files) file_json(list->v[i], out);
        else json_quoted(out, list->v[i]);
    }
    text_putc(out, ']');
}

static void integers_json(const loom_ints *list, text *out)
{
    text_putc(out, '[');
    for (int64_t i = 0; i < list->n; i++)
        text_printf(out, "%s%lld", i ? "," : "", (long long)list->v[i]);
    text_putc(out, ']');
}

static void param_json(const loom_param *row, const void *member, text *out)
{
    switch (row->kind) {
    case LOOM_REAL: json_number(out, *(const double *)member); break;
    case LOOM_INT: text_printf(out, "%lld", (long long)*(const int64_t *)member); break;
    case LOOM_BOOL: text_puts(out, *(const bool *)member ? "true" : "false"); break;
    case LOOM_CHOICE: json_quoted(out, row->choices[*(const int32_t *)member]); break;
    case LOOM_STRING: json_quoted(out, *(const char *const *)member); break;
    case LOOM_PATH: file_json(((const loom_path *)member)->path, out); break;
    case LOOM_REALS:
        numbers_json(((const loom_reals *)member)->v, ((const loom_reals *)member)->n, out);
        break;
    case LOOM_INTS: integers_json(member, out); break;
    case LOOM_STRINGS: texts_json(member, false, out); break;
    case LOOM_PATHS: {
        const loom_paths *p = member;
        texts_json(&(loom_strings){ p->v, p->n }, true, out);
        break;
    }
    case LOOM_NUMBERS: {
        const loom_numbers *p = member;
        if (*p->path) file_json(p->path, out);
        else numbers_json(p->v, p->n, out);
        break;
    }
    default: assert(false && "a kind of parameter"); break;
    }
}

bool script_describe(loom_call *call, const loom_op *op, const void *params, const char *folder,
                     text *out, error *e)
{
    assert(params && folder);
    text_putc(out, '{');
    json_member_number(out, "atomloom_call", 1);
    json_member(out, "op", op->id);
    json_member_number(out, "threads", call->host->threads(call));
    json_member(out, "folder", folder);
    json_name(out, "report");
    text path = { 0 };
    text_printf(&path, "%s/report", folder);
    quoted_path(&path, out);
    text_free(&path);
    inputs_json(call, op, folder, out);
    values_json(call, op, out);
    outputs_json(op, folder, out);
    json_name(out, "params");
    text_putc(out, '{');
    for (const loom_param *row = op->params; row && row->name; row++) {
        json_name(out, row->name);
        param_json(row, (const char *)params + row->offset, out);
    }
    text_puts(out, "}}\n");
    return !out->failed || error_memory(e, "a call");
}

/* ---- outputs --------------------------------------------------------------------------------- */

static bool copy_value(loom_call *call, const loom_value *from, loom_value *to)
{
    assert(from && to);
    const loom_host *h = call->host;
    const loom_array *a;
    const loom_attribute *t;
    for (int64_t i = 0; (a = value_array_at(from, i)); i++) {
        void *data = h->add_array(call, to, a->name, a->dtype, a->rank, a->dim, a->unit);
        size_t bytes = loom_dtype_bytes(a->dtype) * (size_t)loom_array_count(a);
        if (!data) return false;
        if (bytes) memcpy(data, a->data, bytes);
    }
    for (int64_t i = 0; (t = value_attribute_at(from, i)); i++) {
        if (t->text) h->set_text(call, to, t->name, t->text);
        else h->set_number(call, to, t->name, t->number, t->unit);
    }
    return true;
}

static bool read_output(loom_call *call, const loom_port *p, const char *path, error *e)
{
    error inner = { 0 };
    loom_value *v = value_import(path, &inner);
    if (!v)
        return error_set(e, inner.status, inner.todo, "output '%s': %s", p->name, inner.message);
    bool good = !strcmp(value_type(v), p->type)
                || error_set(e, LOOM_E_DATA, "",
                             "output '%s': the program wrote a %s, "
                             "expected a %s",
                             p->name, value_type(v), p->type);
    loom_value *out = good ? call->host->output(call, p->name) : NULL;
    /* what fails in there has said so */
    good = out && copy_value(call, v, out);
    value_free(v);
    return good;
}

bool script_read_outputs(loom_call *call, const loom_op *op, const char *folder, error *e)
{
    assert(op->outputs && folder);
    bool good = true;
    for (const loom_port *p = op->outputs; good && p->name; p++) {
        text path = { 0 }, plain = { 0 };
        struct stat st;
        output_path(folder, p->name, "h5", &path);
        output_path(folder, p->name, "json", &plain);
        if (path.failed || plain.failed) good = error_memory(e, "the name of a file");
        else if (!lstat(path.data, &st)) good = read_output(call, p, path.data, e);
        else if (!lstat(plain.data, &st)) good = script_read_plain(call, p, folder, plain.data, e);
        text_free(&path);
        text_free(&plain);
    }
    return good;
}
