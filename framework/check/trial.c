/* check/trial.c - one call of the op, on inputs that were made or given and on its parameters; see
 * inside.h. */
#include "check/inside.h"
#include "store/store.h"
#include <assert.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char check_extra_text[] = "check_text", check_extra_number[] = "check_number",
           check_extra_fixed[] = "check_fixed", check_extra_row[] = "check_row",
           check_extra_grid[] = "check_grid";

/* ---- parameters ------------------------------------------------------------------------------ */

/* What follows "ID." in a setting of this op: "name=value". NULL: it is another's. */
static const char *own_part(const char *setting, const char *id)
{
    assert(setting && id);
    size_t n = strlen(id);
    return !strncmp(setting, id, n) && setting[n] == '.' && strchr(setting + n, '=')
               ? setting + n + 1
               : NULL;
}

/* Paths that hold wherever the process goes. */
static bool whole_paths(param_set *set, error *e)
{
    char whole[PATH_MAX];
    for (int i = 0; i < set->count; i++) {
        const loom_param *row = &set->op->params[i];
        for (int64_t k = 0; k < param_files(row, &set->value[i]); k++) {
            char **name = param_file(row, &set->value[i], k), *copy;
            if (!realpath(*name, whole)) continue;
            if (!(copy = strdup(whole))) return error_memory(e, "a path");
            free(*name);
            *name = copy;
        }
    }
    return true;
}

static bool apply_settings(param_set *set, const char *const *settings, error *e)
{
    for (; settings && *settings; settings++) {
        char name[128];
        const char *own = own_part(*settings, set->op->id);
        if (!own) continue;
        const char *equals = strchr(own, '=');
        snprintf(name, sizeof name, "%.*s", (int)(equals - own), own);
        if (!params_assign_text(set, name, equals + 1, e)) return false;
    }
    return params_complete(set, e) && whole_paths(set, e);
}

/* ---- inputs ---------------------------------------------------------------------------------- */

/* The file given for a port: "ID.PORT=FILE"; the n-th of them for the n-th value of a list. */
static const char *given_file(const check_case *c, const char *port, int n)
{
    assert(n >= 0);
    size_t length = strlen(port);
    for (const char *const *s = c->options->inputs; s && *s; s++) {
        const char *own = own_part(*s, c->id);
        if (own && !strncmp(own, port, length) && own[length] == '=' && n-- == 0)
            return own + length + 1;
    }
    return NULL;
}

static bool add_found(loom_value *v, const check_setup *setup, const char *port, error *e)
{
    bool good = true;
    for (int i = 0; good && i < setup->added_count; i++)
        if (!strcmp(setup->added[i].port, port)) good = check_add(v, &setup->added[i], e);
    return good;
}

/* What nobody knows: a text, a number, an array of an odd fixed length, one entry per row (its own
 * number), one array of the content's shape. */
bool check_add_extras(loom_value *v, error *e)
{
    const char *name = check_type_content(value_type(v));
    const loom_array *content = name ? value_array(v, name) : NULL, *a;
    int64_t seven = 7, rows = check_rows(v);
    bool good = check_add_optional(v, e) && value_set_text(v, check_extra_text, "kept", e)
                && value_set_number(v, check_extra_number, 673, "kelvin", e);
    if (strcmp(value_type(v), "table") != 0) {
        good =
            good && (a = value_add_array(v, check_extra_fixed, LOOM_F64, 1, &seven, "second", e));
        for (int64_t i = 0; good && i < seven; i++) ((double *)a->data)[i] = (double)i + 0.5;
    }
    if (good && rows >= 0) {
        good = (a = value_add_array(v, check_extra_row, LOOM_I32, 1, &rows, "", e));
        for (int64_t i = 0; good && i < rows; i++) ((int32_t *)a->data)[i] = (int32_t)i;
    }
    if (good && content && content->rank > 1)
        good = value_add_array(v, check_extra_grid, LOOM_F32, content->rank, content->dim, "", e);
    return good;
}

static loom_value *make_input(const trial *t, const loom_port *port, int n, error *e)
{
    assert(n >= 0);
    const char *file = given_file(t->c, port->name, n);
    bool empty = t->how.empty;
    loom_value *v = file && !empty ? value_read_h5(file, e) : check_value(port->type, empty, e);
    bool good = v && (empty || add_found(v, &t->c->report->setup, port->name, e))
                && (!t->how.extras || check_add_extras(v, e));
    loom_value *copy = good ? check_copy(v, port->name, e) : NULL;
    value_free(v);
    return copy;
}

static bool add_inputs(trial *t, const loom_port *port, text *why)
{
    assert(t->count <= MOST_INPUTS);
    error e = { 0 };
    int wanted = 1;
    if (port->flags & LOOM_LIST)
        for (wanted = 0; given_file(t->c, port->name, wanted);) wanted++;
    if (!wanted) wanted = 2;
    for (int n = 0; n < wanted && t->count < MOST_INPUTS; n++) {
        loom_value *v = make_input(t, port, n, &e);
        if (!v) {
            text_printf(why,
                        "no value of type %s can be made for input '%s'%s%s; --input %s.%s=FILE.h5 "
                        "gives one",
                        port->type, port->name, *e.message ? ": " : "", e.message, t->c->id,
                        port->name);
            return false;
        }
        t->value[t->count] = v;
        t->input[t->count++] = (host_input){ port->name, v };
    }
    return true;
}

/* False where there are fewer arrays of floating-point numbers. */
static bool spoil_one(trial *t)
{
    assert(t->how.spoil > 0);
    const loom_array *a;
    int left = t->how.spoil;
    for (int i = 0; i < t->count; i++)
        for (int64_t k = 0; (a = value_array_at(t->value[i], k)); k++) {
            if (a->dtype != LOOM_F32 && a->dtype != LOOM_F64) continue;
            if (--left) continue;
            snprintf(t->spoilt, sizeof t->spoilt, "array '%s' of input '%s'", a->name,
                     t->input[i].port);
            return check_put_nan(a);
        }
    return false;
}

bool trial_make(trial *t, check_case *c, trial_how how, text *why)
{
    error e = { 0 };
    *t = (trial){ .c = c, .how = how, .params = params_new(c->op, &e) };
    check_memory_begin(how.layout, how.scratch_fill, how.margin_fill);
    if (!t->params || !apply_settings(t->params, c->options->settings, &e)) {
        text_printf(why,
                    "it has not the parameters to try it with: %s; --set %s.PARAM=VALUE gives them",
                    e.message, c->id);
        return false;
    }
    if (how.param) t->params->value[how.param - 1].integer = how.choice;
    for (const loom_port *p = c->op->inputs; p->name; p++) {
        bool optional = p->flags & LOOM_OPTIONAL, given = given_file(c, p->name, 0);
        bool wanted = !optional || (!how.required_only && (given || c->report->setup.all));
        if (wanted && !add_inputs(t, p, why)) return false;
    }
    for (int i = 0; how.other && i < t->count; i++)
        for (int64_t k = 0; value_array_at(t->value[i], k); k++)
            check_change(value_array_at(t->value[i], k));
    if (how.spoil && !spoil_one(t)) return false;
    if (how.locked) check_memory_protect_inputs();
    return true;
}

void trial_end(trial *t)
{
    host_result_free(&t->result);
    for (int i = 0; i < t->count; i++) value_free(t->value[i]);
    params_free(t->params);
    text_free(&t->warned);
    *t = (trial){ 0 };
}

/* ---- running --------------------------------------------------------------------------------- */

int check_thread_count(void)
{
    int n = 0;
    DIR *d = opendir("/proc/self/task");
    for (const struct dirent *entry; d && (entry = readdir(d));) n += *entry->d_name != '.';
    if (d) closedir(d);
    return n;
}

static bool on_progress(void *user, double done, double total)
{
    trial *t = user;
    (void)done;
    (void)total;
    if (t->most_threads) {
        int now = check_thread_count();
        if (now > t->most_threads) t->most_threads = now;
    }
    return !t->stop_after || ++t->calls < t->stop_after;
}

static void on_warning(void *user, const char *where, const char *line)
{
    trial *t = user;
    text_printf(&t->warned, "%s: %s\n", where, line);
}

/* What earlier calls left on the stack would differ between one program and another, not between
 * two runs here. */
__attribute__((noinline)) static void paint_stack(int byte)
{
    assert(byte >= 0 && byte <= 255);
    char room[1 << 17];
    memset(room, byte, sizeof room);
    __asm__ volatile("" : : "r"(room) : "memory");
}

static bool an_input_has(const trial *t, const char *name)
{
    for (int i = 0; i < t->count; i++)
        if (value_array(t->value[i], name) || value_attribute(t->value[i], name)) return true;
    return false;
}

/* One line for each array and attribute that no input has, in the order of the value. */
static void list_contents(const trial *t, const char *port, const loom_value *v)
{
    FILE *file = fopen(t->c->options->contents, "ae");
    const loom_array *a;
    const loom_attribute *b;
    for (int64_t k = 0; file && (a = value_array_at(v, k)); k++)
        if (!an_input_has(t, a->name))
            fprintf(file, "%s\t%s\t%s\t%s\t%s\t%s\n", t->c->id, port, value_type(v), a->name,
                    loom_dtype_text(a->dtype), a->unit);
    for (int64_t k = 0; file && (b = value_attribute_at(v, k)); k++)
        if (!an_input_has(t, b->name))
            fprintf(file, "%s\t%s\t%s\t%s\t%s\t%s\n", t->c->id, port, value_type(v), b->name,
                    b->text ? "text" : "number", b->text ? "" : b->unit);
    if (file) fclose(file);
}

bool trial_run(trial *t, int threads, size_t memory_limit)
{
    assert(threads > 0 && !t->result.output);
    host_request r = { .op = t->c->op,
                       .params = t->params,
                       .inputs = t->input,
                       .input_count = t->count,
                       .threads = threads,
                       .memory_limit = memory_limit,
                       .progress = on_progress,
                       .warn = on_warning,
                       .user = t,
                       .memory = &check_memory,
                       .table = t->table };
    host_result_free(&t->result);
    text_clear(&t->warned);
    t->calls = 0;
    paint_stack(t->how.stack_fill);
    bool good = host_run(&r, &t->result) || t->result.faulty;
    if (t->most_threads) on_progress(t, 0, 0);
    bool listed = t->c->options->contents && !t->how.extras;
    for (int i = 0; listed && i < t->result.output_count; i++)
        if (t->result.output[i]) list_contents(t, t->c->op->outputs[i].name, t->result.output[i]);
    return good;
}

digest trial_digest(const trial *t)
{
    sha256 *s = sha256_new();
    if (!s) abort();
    for (int i = 0; i < t->result.output_count; i++) {
        digest d = { { 0 } };
        if (t->result.output[i]) d = value_digest(t->result.output[i]);
        sha256_add(s, &d, sizeof d);
    }
    sha256_add(s, t->warned.data, t->warned.length);
    return sha256_end(s);
}

/* A refusal that a person can act on: it says something, and names the parameter or input. */
bool trial_is_clear(const trial *t, text *why)
{
    const error *f = &t->result.failure;
    bool at_fault = f->status == LOOM_E_DATA || f->status == LOOM_E_PARAM;
    if (!*f->message || f->status == LOOM_E_BUG)
        text_printf(why, "it failed without a message of its own: %s", f->message);
    else if (at_fault && !*f->where && !*f->todo)
        text_printf(why, "it failed without naming the input or parameter at fault: %s",
                    f->message);
    else return true;
    return false;
}

bool trial_once(check_case *c, trial_how how, int threads, check_rule rule, digest *out)
{
    assert(threads > 0);
    trial t;
    text why = { 0 };
    bool good = trial_make(&t, c, how, &why);
    if (!good) check_settle(c, rule, CHECK_NOT_TRIED, "%s", why.data ? why.data : "");
    else if (!(good = trial_run(&t, threads, 0)))
        check_settle(c, rule, CHECK_BROKEN, "with %d thread%s it failed: %s", threads,
                     threads == 1 ? "" : "s", t.result.failure.message);
    else *out = trial_digest(&t);
    if (good && how.layout == LAYOUT_END && !check_memory_margins(&why)) {
        check_settle_text(c, rule, CHECK_KEPT, &why);
        good = false;
    }
    trial_end(&t);
    text_free(&why);
    return good;
}

const loom_port *check_followed(const loom_op *op, const loom_port *output)
{
    const loom_port *first = NULL;
    if (output->flags & LOOM_FRESH) return NULL;
    for (const loom_port *p = op->inputs; p->name; p++) {
        if (strcmp(p->type, output->type) != 0) continue;
        if (!strcmp(p->name, output->name)) return p;
        if (!first && !(p->flags & LOOM_OPTIONAL)) first = p;
    }
    return first;
}
