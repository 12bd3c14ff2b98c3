/* cli/crate.c - `atomloom crate`: outputs, inputs, the pipeline and the history of a run as a
 * Workflow Run RO-Crate.
 *
 * What is copied is hashed on the way: an input must have the bytes that its digest in the keys
 * stands for, and every file is in the metadata with its own digest and size. The directory appears
 * when all of it is done, or not at all. */
#include "cli/commands.h"
#include "cli/crate_meta.h"
#include "cli/outputs.h"
#include "cli/warnings.h"
#include "store/export.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A file that some instance reads, once for each path. */
typedef struct input_file {
    const char *path;
    char *id;
} input_file;

typedef struct crate {
    const cli_session *session;
    const plan *plan;
    bool with_inputs;
    crate_dir dir;
    crate_meta meta;
    input_file *input;
    int input_count;
    error e;
} crate;

/* ---- what must be there before anything is written ------------------------------------------- */

/* An optional output that was not made is no part of a crate. */
static bool is_made(const crate *c, const graph_output *o)
{
    digest d;
    return plan_output(c->plan, o->from, &d);
}

static bool check_outputs(crate *c, const cli_args *args)
{
    const graph *g = c->session->graph;
    text todo = { 0 };
    int made = 0;
    text_puts(&todo, "compute it first: ");
    run_command(args, true, &todo);
    for (int32_t i = 0; i < g->output_count && !c->e.status; i++) {
        const graph_output *o = &g->outputs[i];
        made += is_made(c, o);
        if (!c->plan->step[o->from.instance].output)
            error_set(&c->e, LOOM_E_PARAM, todo.data, "output '%s' is not in the store", o->name);
        else if (!plan_has_object(c->plan, o->from))
            error_set(&c->e, LOOM_E_PARAM, todo.data, "output '%s' is no longer in the store",
                      o->name);
    }
    if (!made)
        error_set(&c->e, LOOM_E_PARAM, "name outputs that are made", "%s made none of its outputs",
                  g->path);
    text_free(&todo);
    return !c->e.status;
}

/* ---- files that instances read --------------------------------------------------------------- */

static const char *input_known(const crate *c, const char *path)
{
    assert(path);
    for (int i = 0; i < c->input_count; i++)
        if (!strcmp(c->input[i].path, path)) return c->input[i].id;
    return NULL;
}

static const char *remember_input(crate *c, const char *path, const char *id)
{
    input_file *more = realloc(c->input, ((size_t)c->input_count + 1) * sizeof *more);
    char *copy = strdup(id);
    if (more) c->input = more;
    if (!more || !copy) {
        free(copy);
        error_memory(&c->e, "the inputs");
        return NULL;
    }
    more[c->input_count++] = (input_file){ path, copy };
    return copy;
}

/* Copies a file the first time it is met, and gives its id in the crate; NULL with an error. */
static const char *add_input(crate *c, const char *path, const digest *content)
{
    const char *slash = strrchr(path, '/'), *known = input_known(c, path), *id;
    crate_file f;
    if (known) return known;
    if (c->with_inputs && !crate_dir_folder(&c->dir, "inputs", &c->e)) return NULL;
    id = crate_dir_name(&c->dir, c->with_inputs ? "inputs/" : "#inputs/", slash ? slash + 1 : path,
                        &c->e);
    if (!id || (c->with_inputs && !crate_dir_copy(&c->dir, path, id, content, &f, &c->e)))
        return NULL;
    meta_input(&c->meta, id, path, content, c->with_inputs ? &f : NULL);
    return remember_input(c, path, id);
}

static bool add_instance(crate *c, int32_t instance)
{
    assert(instance >= 0 && instance < c->session->graph->instance_count);
    const param_set *set = c->session->graph->instances[instance].params;
    const loom_param *rows = set->op->params;
    size_t room = 1;
    int n = 0;
    for (int row = 0; row < set->count; row++)
        room += (size_t)param_files(&rows[row], &set->value[row]);
    const char **ids = calloc(room, sizeof *ids);
    if (!ids) return error_memory(&c->e, "the inputs");
    for (int row = 0; row < set->count; row++) {
        const param_value *v = &set->value[row];
        int64_t files = v->hashed ? param_files(&rows[row], v) : 0;
        for (int64_t i = 0; i < files && !c->e.status; i++)
            ids[n++] = add_input(c, param_file_name(&rows[row], v, i),
                                 param_file_content(&rows[row], v, i));
    }
    bool good = !c->e.status && meta_instance(&c->meta, c->session->store, instance, ids, n, &c->e);
    free(ids);
    return good;
}

static bool add_instances(crate *c)
{
    const graph *g = c->session->graph;
    graph_edge *from = calloc((size_t)g->output_count + 1, sizeof *from);
    int32_t n = 0, count = 0;
    for (int32_t i = 0; from && i < g->output_count; i++)
        if (is_made(c, &g->outputs[i])) from[n++] = g->outputs[i].from;
    int32_t *list = from ? rests_on(g, from, n, &count, &c->e) : NULL;
    bool good = list || error_memory(&c->e, "the history");
    for (int32_t i = 0; good && i < count; i++) good = add_instance(c, list[i]);
    free(list);
    free(from);
    return good;
}

/* ---- outputs --------------------------------------------------------------------------------- */

/* A value of type `file` as it is, any other as HDF5. */
static bool write_output(crate *c, const char *id, const loom_value *v, bool file, crate_file *f)
{
    assert(id && v);
    const loom_array *bytes = value_array(v, "bytes");
    if (file)
        return crate_dir_write(&c->dir, id, bytes->data, (size_t)loom_array_count(bytes), f, &c->e);
    text path = { 0 };
    crate_dir_path(&c->dir, id, &path);
    bool good = value_export(v, path.data, "h5", &c->e) && crate_dir_measure(&c->dir, id, f, &c->e);
    text_free(&path);
    return good;
}

static bool add_output(crate *c, const graph_output *o)
{
    digest d;
    text name = { 0 };
    crate_file f;
    if (!plan_output(c->plan, o->from, &d)) return true;
    loom_value *v = store_get(c->session->store, &d, true, &c->e);
    if (!v) return false;
    const loom_attribute *extension = value_attribute(v, "extension");
    bool file =
        !strcmp(value_type(v), "file") && value_array(v, "bytes") && extension && extension->text;
    file_word(&name, o->name);
    text_printf(&name, ".%s", file ? extension->text : "h5");
    const char *id = name.data ? crate_dir_name(&c->dir, "outputs/", name.data, &c->e) : NULL;
    bool good = id && write_output(c, id, v, file, &f);
    if (good)
        meta_output(&c->meta, id, o, file ? "application/octet-stream" : "application/x-hdf5", &f);
    text_free(&name);
    value_free(v);
    return good;
}

/* ---- the pipeline ---------------------------------------------------------------------------- */

static const char *write_source(crate *c, const graph_file *source, const char *folder,
                                crate_file *f)
{
    const char *slash = strrchr(source->path, '/');
    const char *id = crate_dir_name(&c->dir, folder, slash ? slash + 1 : source->path, &c->e);
    return id && crate_dir_write(&c->dir, id, source->bytes, source->length, f, &c->e) ? id : NULL;
}

/* The main file, under its own name, and those it uses: as they were read for this crate. */
static bool add_pipeline(crate *c, const cli_args *args)
{
    const graph *g = c->session->graph;
    text command = { 0 };
    crate_file f;
    if (g->file_count > 1 && !crate_dir_folder(&c->dir, "used", &c->e)) return false;
    for (int32_t i = 1; i < g->file_count; i++) {
        const char *id = write_source(c, &g->files[i], "used/", &f);
        if (!id) return false;
        meta_file(&c->meta, id, id, "application/yaml", &f);
    }
    const char *id = write_source(c, &g->files[0], "", &f);
    if (!id) return false;
    run_command(args, false, &command);
    meta_workflow(&c->meta, id, command.data ? command.data : "", &f);
    meta_root(&c->meta, id, cli_value(args, "licence"));
    text_free(&command);
    return true;
}

static bool write_metadata(crate *c, const char *name)
{
    crate_file f;
    char *s = meta_text(&c->meta, &c->e);
    bool good = s && crate_dir_write(&c->dir, name, s, strlen(s), &f, &c->e);
    free(s);
    return good;
}

/* ---- the command ----------------------------------------------------------------------------- */

static bool make_crate(crate *c, const cli_args *args)
{
    static const char metadata[] = "ro-crate-metadata.json";
    const graph *g = c->session->graph;
    if (!check_outputs(c, args) || !crate_meta_begin(&c->meta, c->plan, &c->e)) return false;
    if (!crate_dir_begin(&c->dir, cli_value(args, "output"), &c->e)) return false;
    if (!crate_dir_name(&c->dir, "", metadata, &c->e) || !add_instances(c)) return false;
    if (!crate_dir_folder(&c->dir, "outputs", &c->e)) return false;
    for (int32_t i = 0; i < g->output_count; i++)
        if (!add_output(c, &g->outputs[i])) return false;
    return add_pipeline(c, args) && write_metadata(c, metadata) && crate_dir_commit(&c->dir, &c->e);
}

static int run_crate(const cli_args *args)
{
    cli_session s = { 0 };
    const char *target = cli_value(args, "output");
    if (!target) return cli_fail(LOOM_E_PARAM, "as in: -o crate", "-o DIR is missing");
    int status = cli_session_open(args, &s);
    plan *p = status ? NULL : cli_plan(&s, &(plan_options){ .records = true }, &status);
    if (p) {
        crate c = { .session = &s, .plan = p, .with_inputs = !cli_has(args, "without-inputs") };
        bool made = make_crate(&c, args);
        crate_dir_end(&c.dir);
        crate_meta_end(&c.meta);
        for (int i = 0; i < c.input_count; i++) free(c.input[i].id);
        free(c.input);
        if (!made) status = cli_report(&c.e);
        else {
            cli_say("wrote %s", target);
            warnings_hint(args, p);
        }
        plan_free(p);
    }
    cli_session_close(&s);
    return status;
}

const cli_command command_crate = {
    .name = "crate",
    .group = "Records",
    .summary = "pack outputs, inputs and records of a run as a Workflow Run RO-Crate",
    .run = run_crate,
    .description =
        "Makes a directory that repositories such as Zenodo and WorkflowHub understand: the "
        "pipeline with the files it uses, the files it read, its outputs, and "
        "ro-crate-metadata.json, which records what was made from what, by which op, with which "
        "parameters, when and how long. Every file is in it with its SHA-256 and size; an input "
        "whose bytes are not those that were computed with is an error.",
    .operands = (const cli_operand[]){ OPERAND_PIPELINE, { 0 } },
    .options =
        (const cli_option[]){
            { .name = "output",
              .letter = 'o',
              .argument = "DIR",
              .doc = "the directory to make",
              .complete = COMPLETE_DIRECTORY },
            { .name = "licence",
              .argument = "URL",
              .doc = "licence of what is in the crate",
              .otherwise = "the crate says that none is stated",
              .example = "--licence https://spdx.org/licenses/CC-BY-4.0" },
            { .name = "without-inputs",
              .doc = "name the input files with their SHA-256, but do not copy them" },
            OPTION_SET,
            OPTION_VAR,
            OPTION_SWEEP,
            OPTION_ONLY,
            OPTION_STORE,
            OPTION_PLUGIN_DIR,
            { 0 } },
    .examples =
        (const cli_example[]){ { "atomloom crate pipelines/quickstart.yaml -o quickstart-crate",
                                 "to be zipped and published" },
                               { 0 } },
};
