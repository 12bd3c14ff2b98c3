/* tests/support/op_test.c - see op_test.h */
#include "support/op_test.h"
#include "support/sanitized.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* These helpers serve benchmarks too, which run outside Check: so they say what is wrong and exit,
 * which Check reports as a failed test. */
static void must(bool good, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void must(bool good, const char *format, ...)
{
    if (good) return;
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    exit(EXIT_FAILURE);
}

const loom_op *op_load(const char *id)
{
    char path[4096];
    const char *dir = getenv("ATOMLOOM_TEST_PLUGINS");
    error e = { 0 };
    snprintf(path, sizeof path, "%s/%s.so", dir ? dir : ATOMLOOM_TEST_PLUGIN_DIR, id);
    const loom_plugin *p = plugin_load(path, &e);
    must(p != NULL, "%s", e.message);
    for (const loom_op *const *op = p->ops; *op; op++)
        if (!strcmp((*op)->id, id)) return *op;
    must(false, "%s holds no op '%s'", path, id);
    return NULL;
}

void op_input(op_call *c, const char *port, const loom_value *v)
{
    must(v != NULL && c->input_count < 64, "no value, or too many, for input '%s'", port);
    c->input[c->input_count++] = (host_input){ port, v };
}

static bool on_progress(void *user, double done, double total)
{
    op_call *c = user;
    (void)done;
    (void)total;
    c->progress_calls++;
    return !c->cancel_after || c->progress_calls < c->cancel_after;
}

static bool on_finish(void *user)
{
    op_call *c = user;
    c->finish_calls++;
    return c->finish_after && c->finish_calls >= c->finish_after;
}

static void on_warning(void *user, const char *where, const char *line)
{
    op_call *c = user;
    size_t used = strlen(c->warnings);
    snprintf(c->warnings + used, sizeof c->warnings - used, "%s: %s\n", where, line);
}

static void on_note(void *user, const char *line)
{
    op_call *c = user;
    size_t used = strlen(c->notes);
    snprintf(c->notes + used, sizeof c->notes - used, "%s\n", line);
}

bool op_run(op_call *c)
{
    error e = { 0 };
    host_result_free(&c->result);
    param_set *set = params_new(c->op, &e);
    must(set != NULL, "%s", e.message);
    bool good = true;
    for (int i = 0; good && c->params[i]; i++) {
        char name[128];
        const char *equals = strchr(c->params[i], '=');
        must(equals != NULL, "'%s' is not name=value", c->params[i]);
        snprintf(name, sizeof name, "%.*s", (int)(equals - c->params[i]), c->params[i]);
        good = params_assign_text(set, name, equals + 1, &e);
    }
    good = good && params_complete(set, &e);
    if (good) {
        host_request r = { .op = c->op,
                           .params = set,
                           .inputs = c->input,
                           .input_count = c->input_count,
                           .threads = c->threads,
                           .progress = on_progress,
                           .note = on_note,
                           .warn = on_warning,
                           .finish = on_finish,
                           .user = c };
        good = host_run(&r, &c->result);
    } else c->result.failure = e;
    params_free(set);
    return good;
}

void op_must_run(op_call *c)
{
    bool good = op_run(c);
    must(good, "%s failed: %s %s", c->op->id, c->result.failure.message, c->result.failure.todo);
}

const loom_value *op_output(const op_call *c, const char *port)
{
    for (int i = 0; i < c->result.output_count; i++)
        if (!strcmp(c->op->outputs[i].name, port)) return c->result.output[i];
    must(false, "%s has no output '%s'", c->op->id, port);
    return NULL;
}

void op_end(op_call *c) { host_result_free(&c->result); }

void op_must_be_deterministic(op_call *c)
{
    static const int threads[] = { 2, 1, 4 };
    digest first[32] = { { { 0 } } };
    for (int k = 0; k < (SANITIZED ? 1 : 3); k++) {
        c->threads = threads[k];
        op_must_run(c);
        for (int i = 0; i < c->result.output_count; i++) {
            if (!c->result.output[i]) continue;
            digest d = value_digest(c->result.output[i]);
            if (k == 0) first[i] = d;
            must(digest_equal(&d, &first[i]), "output '%s' of %s differs between 2 and %d threads",
                 c->op->outputs[i].name, c->op->id, threads[k]);
        }
    }
}

void op_must_fail(op_call *c, loom_status status, const char *where, const char *fragment)
{
    bool good = op_run(c);
    const error *e = &c->result.failure;
    must(!good, "%s should have failed with '%s'", c->op->id, fragment);
    must(e->status == status, "%s failed with %s, expected %s: %s", c->op->id,
         status_name(e->status), status_name(status), e->message);
    must(strstr(e->message, fragment) != NULL, "message '%s' does not hold '%s'", e->message,
         fragment);
    if (where)
        must(!strcmp(e->where, where), "the failure names '%s', expected '%s': %s", e->where, where,
             e->message);
}

loom_value *make_value(const char *type)
{
    loom_value *v = value_new(type, NULL);
    must(v != NULL, "no memory for a value");
    return v;
}

void *make_array(loom_value *v, const char *name, loom_dtype dtype, int rank, const int64_t *dim,
                 const char *unit, const void *data)
{
    error e = { 0 };
    loom_array *a = value_add_array(v, name, dtype, rank, dim, unit, &e);
    must(a != NULL, "%s", e.message);
    size_t bytes = (size_t)loom_array_count(a) * loom_dtype_bytes(dtype);
    if (data && bytes) memcpy(a->data, data, bytes);
    return a->data;
}

loom_value *make_volume(int64_t nz, int64_t ny, int64_t nx, double voxel_size, const float *density)
{
    loom_value *v = make_value("volume");
    make_array(v, "density", LOOM_F32, 3, (int64_t[]){ nz, ny, nx }, NULL, density);
    must(value_set_number(v, "voxel_size", voxel_size, "angstrom", NULL),
         "cannot set an attribute");
    return v;
}

loom_value *make_tilt_series(int64_t nt, int64_t ny, int64_t nx, double pixel_size,
                             const float *images, const double *angles_deg)
{
    loom_value *v = make_value("tilt_series");
    make_array(v, "images", LOOM_F32, 3, (int64_t[]){ nt, ny, nx }, NULL, images);
    make_array(v, "angles", LOOM_F64, 2, (int64_t[]){ nt, 3 }, "degree", angles_deg);
    must(value_set_number(v, "pixel_size", pixel_size, "angstrom", NULL),
         "cannot set an attribute");
    return v;
}

loom_value *make_atoms(int64_t n, const double *position, const int32_t *species,
                       const char *symbols)
{
    loom_value *v = make_value("atoms");
    make_array(v, "position", LOOM_F64, 2, (int64_t[]){ n, 3 }, "angstrom", position);
    make_array(v, "species", LOOM_I32, 1, (int64_t[]){ n }, NULL, species);
    must(value_set_text(v, "symbols", symbols, NULL), "cannot set an attribute");
    return v;
}
