/* cli/crate.c - `atomloom crate`: outputs, inputs, the pipeline and the records of a run as a Workflow Run RO-Crate.
 *
 * Profiles: Process Run Crate and Workflow Run Crate 0.5 (https://w3id.org/ro/wfrun/) over RO-Crate 1.1. The run is one CreateAction whose
 * instrument is the pipeline; every action that made a value is one more, whose instrument is the op. */
#include "cli/bibtex.h"
#include "cli/commands.h"
#include "cli/outputs.h"
#include "cli/records.h"
#include "store/export.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

typedef struct crate {
    const cli_session *session;
    const plan *plan;
    const char *dir;
    bool with_inputs;
    json_t *graph, *seen;                           /* entities; their ids */
    json_t *parts, *mentions, *consumed, *produced; /* of the root and of the run */
    json_t *in_ports, *out_ports, *instruments;     /* of the workflow */
    double first, last;                             /* when the actions ran */
    error e;
} crate;

/* ---- entities ----------------------------------------------------------------------------------------------------------------------- */

static json_t *id_of(const char *id) { return json_pack("{s:s}", "@id", id); }

/* True the first time an id is met. */
static bool is_new(crate *c, const char *id)
{
    if (json_object_get(c->seen, id)) return false;
    json_object_set_new(c->seen, id, json_true());
    return true;
}

static json_t *add(crate *c, json_t *entity) /* taken; gives the borrowed entity */
{
    json_array_append_new(c->graph, entity);
    return entity;
}

static void refer(json_t *list, const char *id) { json_array_append_new(list, id_of(id)); }

static void time_text(double seconds, char out[32])
{
    time_t t = (time_t)seconds;
    struct tm utc;
    if (!gmtime_r(&t, &utc) || !strftime(out, 32, "%Y-%m-%dT%H:%M:%S+00:00", &utc)) *out = 0;
}

static void add_port(crate *c, json_t *list, const char *id, const char *name)
{
    refer(list, id);
    add(c, json_pack("{s:s s:s s:s s:s s:o}", "@id", id, "@type", "FormalParameter", "name", name, "additionalType", "File", "conformsTo",
                     id_of("https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE")));
}

static bool copy_bytes(const char *from, const char *to, error *e)
{
    char some[1 << 16];
    size_t n;
    FILE *in = fopen(from, "rb"), *out = in ? fopen(to, "wb") : NULL;
    bool good = in && out;
    while (good && (n = fread(some, 1, sizeof some, in)) > 0) good = fwrite(some, 1, n, out) == n;
    good = good && !ferror(in);
    int why = errno;
    if (in) fclose(in);
    if (out && fclose(out) != 0) good = false;
    return good || error_set(e, LOOM_E_IO, "check both paths, and the space left", "cannot copy '%s' to '%s': %s", from, to, strerror(why));
}

/* A file that a parameter named: a copy in the crate, or a word about where it is. */
static void add_input_file(crate *c, json_t *objects, const char *path, const char *content)
{
    const char *slash = strrchr(path, '/');
    text id = { 0 }, copy = { 0 };
    struct stat st;
    text_printf(&id, c->with_inputs ? "inputs/%.12s-%s" : "#file-%.12s-%s", content, slash ? slash + 1 : path);
    if (id.failed || !id.data) return;
    refer(objects, id.data);
    if (is_new(c, id.data)) {
        json_t *file = json_pack("{s:s s:s s:s s:s}", "@id", id.data, "@type", c->with_inputs ? "File" : "CreativeWork", "name",
                                 slash ? slash + 1 : path, "sha256", content);
        text port = { 0 };
        text_printf(&port, "#input-%.12s", content);
        if (is_new(c, port.data)) add_port(c, c->in_ports, port.data, slash ? slash + 1 : path);
        json_object_set_new(file, "exampleOfWork", id_of(port.data));
        text_free(&port);
        if (c->with_inputs && stat(path, &st) == 0) {
            json_object_set_new(file, "contentSize", json_integer((json_int_t)st.st_size));
            refer(c->parts, id.data);
            text_printf(&copy, "%s/%s", c->dir, id.data);
            copy_bytes(path, copy.data, &c->e);
        } else json_object_set_new(file, "description", json_string(path));
        refer(c->consumed, id.data);
        add(c, file);
    }
    text_free(&id);
    text_free(&copy);
}

static void add_parameters(crate *c, json_t *objects, const json_t *parameters, const char *key)
{
    const char *name;
    json_t *p;
    json_object_foreach((json_t *)parameters, name, p) {
        text id = { 0 }, value = { 0 };
        const char *content = record_text(p, "sha256"), *unit = record_text(p, "unit");
        if (*content) add_input_file(c, objects, record_text(p, "value"), content);
        else {
            text_printf(&id, "#parameter-%.16s-%s", key, name);
            record_value(json_object_get(p, "value"), &value);
            json_t *property = json_pack("{s:s s:s s:s s:s}", "@id", id.data, "@type", "PropertyValue", "name", name, "value",
                                         value.data ? value.data : "");
            if (*unit) json_object_set_new(property, "unitText", json_string(unit));
            refer(objects, id.data);
            add(c, property);
        }
        text_free(&id);
        text_free(&value);
    }
}

/* The op as a piece of software, with what it cites. */
static void add_op(crate *c, const json_t *record, text *id)
{
    const json_t *plugin = json_object_get(record, "plugin");
    text version = { 0 };
    text_printf(id, "#op-%s", record_text(record, "op"));
    if (!is_new(c, id->data)) return;
    text_printf(&version, "%s, revision %d", record_text(plugin, "version"), (int)json_integer_value(json_object_get(record, "revision")));
    json_t *op = json_pack("{s:s s:s s:s s:s s:s}", "@id", id->data, "@type", "SoftwareApplication", "name", record_text(record, "op"),
                           "softwareVersion", version.data,
                           "sha256", record_text(plugin, "sha256"));
    json_t *citations = json_array();
    const op_entry *entry = registry_find(c->session->ops, record_text(record, "op"));
    for (const loom_citation *cited = entry ? entry->op->citations : NULL; cited && cited->size; cited++) {
        text url = { 0 }, line = { 0 };
        doi_url(cited->doi, &url);
        citation_text(cited, &line);
        refer(citations, url.data);
        if (is_new(c, url.data)) add(c, json_pack("{s:s s:s s:s}", "@id", url.data, "@type", "ScholarlyArticle", "name", line.data));
        text_free(&url);
        text_free(&line);
    }
    if (json_array_size(citations)) json_object_set(op, "citation", citations);
    json_decref(citations);
    refer(c->instruments, id->data);
    add(c, op);
    text_free(&version);
}

/* A value that went from one action to the next; the outputs of the pipeline are files. */
static void add_value(crate *c, json_t *list, const char *content, const char *name)
{
    char id[96];
    snprintf(id, sizeof id, "#value-%s", content);
    refer(list, id);
    if (is_new(c, id)) add(c, json_pack("{s:s s:s s:s s:s}", "@id", id, "@type", "CreativeWork", "name", name, "identifier", content));
}

static void add_times(json_t *action, double started, double wall_s)
{
    char when[32];
    time_text(started, when);
    json_object_set_new(action, "startTime", json_string(when));
    time_text(started + wall_s, when);
    json_object_set_new(action, "endTime", json_string(when));
    json_object_set_new(action, "actionStatus", id_of("http://schema.org/CompletedActionStatus"));
}

static void add_action(crate *c, const digest *key)
{
    char hex[65], id[96];
    double started = 0, wall_s = 0;
    size_t i;
    json_t *in, *out;
    snprintf(id, sizeof id, "#action-%s", digest_text(key, hex));
    if (c->e.status || !is_new(c, id)) return;
    json_t *o = record_read(c->session->store, key, &started, &wall_s, &c->e);
    if (!o) return;
    json_t *objects = json_array(), *results = json_array();
    text op = { 0 };
    add_op(c, o, &op);
    add_parameters(c, objects, json_object_get(o, "parameters"), hex);
    json_array_foreach(json_object_get(o, "inputs"), i, in) {
        digest before;
        text name = { 0 };
        text_printf(&name, "%s.%s", record_text(in, "from"), record_text(in, "output"));
        add_value(c, objects, record_text(in, "sha256"), name.data);
        text_free(&name);
        if (digest_read(record_text(in, "action"), &before)) add_action(c, &before);
    }
    json_array_foreach(json_object_get(o, "outputs"), i, out) {
        text name = { 0 };
        text_printf(&name, "%s.%s", record_text(o, "instance"), record_text(out, "port"));
        add_value(c, results, record_text(out, "sha256"), name.data);
        text_free(&name);
    }
    json_t *action = json_pack("{s:s s:s s:s s:o s:o s:o}", "@id", id, "@type", "CreateAction", "name", record_text(o, "instance"),
                               "instrument", id_of(op.data),
                               "object", objects, "result", results);
    add_times(action, started, wall_s);
    if (c->first <= 0 || started < c->first) c->first = started;
    if (started + wall_s > c->last) c->last = started + wall_s;
    refer(c->mentions, id);
    add(c, action);
    text_free(&op);
    json_decref(o);
}

/* ---- outputs -------------------------------------------------------------------------------------------------------- */

static bool add_output(crate *c, const graph_output *o)
{
    const loom_port *port = edge_port(c->session->graph, o->from);
    const plan_step *step = &c->plan->step[o->from.instance];
    digest d;
    char hex[65];
    struct stat st;
    if (!plan_output(c->plan, o->from, &d))
        return error_set(&c->e, LOOM_E_PARAM, "compute it first: atomloom run", "output '%s' is not in the store", o->name);
    loom_value *v = store_get(c->session->store, &d, true, &c->e);
    if (!v) return false;
    const loom_array *bytes = value_array(v, "bytes");
    const loom_attribute *extension = value_attribute(v, "extension");
    bool file = !strcmp(port->type, "file") && bytes && extension;
    text id = { 0 }, path = { 0 }, in_port = { 0 };
    text_puts(&id, "outputs/");
    for (const char *s = o->name; *s; s++) text_putc(&id, strchr("[]/ ", *s) ? '_' : *s);
    text_printf(&id, ".%s", file ? extension->text : "h5");
    text_printf(&path, "%s/%s", c->dir, id.data);
    FILE *f = file ? fopen(path.data, "wb") : NULL;
    bool good = file ? f && fwrite(bytes->data, 1, (size_t)loom_array_count(bytes), f) == (size_t)loom_array_count(bytes)
        : value_export(v, path.data, "h5", &c->e);
    if (f && fclose(f) != 0) good = false;
    value_free(v);
    if (good) {
        text_printf(&in_port, "#output-%s", o->name);
        add_port(c, c->out_ports, in_port.data, o->name);
        json_t *entity = json_pack("{s:s s:s s:s s:s s:s s:o}", "@id", id.data, "@type", "File", "name", o->name, "encodingFormat",
                                   file ? "application/octet-stream" : "application/x-hdf5", "identifier", digest_text(&d, hex),
                                       "exampleOfWork", id_of(in_port.data));
        if (stat(path.data, &st) == 0) json_object_set_new(entity, "contentSize", json_integer((json_int_t)st.st_size));
        add(c, entity);
        refer(c->parts, id.data);
        refer(c->produced, id.data);
        add_action(c, &step->key);
    } else error_set(&c->e, LOOM_E_IO, "check the directory and the space left", "cannot write '%s': %s", path.data, strerror(errno));
    text_free(&id);
    text_free(&path);
    text_free(&in_port);
    return good && !c->e.status;
}

/* ---- the whole ------------------------------------------------------------------------------------------------------ */

static void add_workflow(crate *c, const char *file)
{
    const graph *g = c->session->graph;
    json_t *types = json_pack("[s,s,s]", "File", "SoftwareSourceCode", "ComputationalWorkflow");
    json_t *workflow = json_pack("{s:s s:o s:s s:o}", "@id", file, "@type", types, "name", g->title && *g->title ? g->title : file,
                                 "programmingLanguage", id_of("#atomloom"));
    json_object_set(workflow, "input", c->in_ports);
    json_object_set(workflow, "output", c->out_ports);
    json_object_set(workflow, "hasPart", c->instruments);
    add(c, workflow);
    refer(c->parts, file);
    add(c, json_pack("{s:s s:s s:s s:s}", "@id", "#atomloom", "@type", "ComputerLanguage", "name", "atomloom", "version",
                     ATOMLOOM_VERSION));
    json_t *run = json_pack("{s:s s:s s:s s:o}", "@id", "#run", "@type", "CreateAction", "name", "the run as a whole", "instrument",
                            id_of(file));
    json_object_set(run, "object", c->consumed);
    json_object_set(run, "result", c->produced);
    add_times(run, c->first, c->last - c->first);
    add(c, run);
    refer(c->mentions, "#run");
}

static void add_root(crate *c, const char *file, const char *licence)
{
    static const char *const profiles[][3] = {
        { "https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5" },
        { "https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5" },
        { "https://w3id.org/workflowhub/workflow-ro-crate/1.0", "Workflow RO-Crate", "1.0" },
    };
    const graph *g = c->session->graph;
    char when[32];
    json_t *conforms = json_array();
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
        refer(conforms, profiles[i][0]);
        add(c, json_pack("{s:s s:s s:s s:s}", "@id", profiles[i][0], "@type", "CreativeWork", "name", profiles[i][1], "version",
                         profiles[i][2]));
    }
    time_text((double)time(NULL), when);
    json_t *root = json_pack("{s:s s:s s:s s:s s:s s:o s:o s:o}", "@id", "./", "@type", "Dataset", "name",
                             g->title && *g->title ? g->title : file, "description",
                             g->description && *g->description ? g->description
                                 : "a run of an atomloom pipeline: its outputs and how they came about", "datePublished", when,
                             "conformsTo", conforms, "mainEntity", id_of(file), "license",
                                 id_of(licence ? licence : "#licence-not-stated"));
    json_object_set(root, "hasPart", c->parts);
    json_object_set(root, "mentions", c->mentions);
    add(c, root);
    add(c, json_pack("{s:s s:s s:s s:s}", "@id", licence ? licence : "#licence-not-stated", "@type", "CreativeWork", "name",
                     licence ? licence : "no licence is stated",
                     "description", licence ? "licence of this crate" : "ask the authors before using it; `atomloom crate --licence URL` "
                                                                        "states one"));
    json_t *spec = json_pack("[{s:s},{s:s}]", "@id", "https://w3id.org/ro/crate/1.1", "@id",
                             "https://w3id.org/workflowhub/workflow-ro-crate/1.0");
    add(c, json_pack("{s:s s:s s:o s:o}", "@id", "ro-crate-metadata.json", "@type", "CreativeWork", "about", id_of("./"), "conformsTo",
                     spec));
}

static bool write_metadata(crate *c)
{
    text path = { 0 };
    json_t *whole = json_pack("{s:[s,s] s:O}", "@context", "https://w3id.org/ro/crate/1.1/context",
                              "https://w3id.org/ro/terms/workflow-run/context", "@graph", c->graph);
    text_printf(&path, "%s/ro-crate-metadata.json", c->dir);
    bool good = whole && json_dump_file(whole, path.data, JSON_INDENT(2) | JSON_PRESERVE_ORDER) == 0;
    json_decref(whole);
    if (!good) error_set(&c->e, LOOM_E_IO, "check the directory and the space left", "cannot write '%s': %s", path.data, strerror(errno));
    text_free(&path);
    return good;
}

static bool make_directories(crate *c)
{
    static const char *const inner[] = { "", "/outputs", "/inputs" };
    for (size_t i = 0; i < (c->with_inputs ? 3u : 2u); i++) {
        text path = { 0 };
        text_printf(&path, "%s%s", c->dir, inner[i]);
        bool good = mkdir(path.data, 0777) == 0;
        if (!good && i == 0 && errno == EEXIST) error_set(&c->e, LOOM_E_PARAM, "name a new directory with -o", "'%s' is there already",
                                                          path.data);
        else if (!good) error_set(&c->e, LOOM_E_IO, "check the path and its permissions", "cannot make the directory '%s': %s", path.data,
                                  strerror(errno));
        text_free(&path);
        if (!good) return false;
    }
    return true;
}

static bool make_crate(crate *c, const char *licence)
{
    const graph *g = c->session->graph;
    const char *slash = strrchr(g->path, '/'), *file = slash ? slash + 1 : g->path;
    text copy = { 0 };
    digest d;
    for (int32_t i = 0; i < g->output_count; i++)
        if (!plan_output(c->plan, g->outputs[i].from, &d)) {
            text_printf(&copy, "compute it first: atomloom run %s", g->path);
            error_set(&c->e, LOOM_E_PARAM, copy.data, "output '%s' is not in the store", g->outputs[i].name);
            text_free(&copy);
            return false;
        }
    if (!make_directories(c)) return false;
    for (int32_t i = 0; i < g->output_count; i++)
        if (!add_output(c, &g->outputs[i])) return false;
    text_printf(&copy, "%s/%s", c->dir, file);
    bool good = copy_bytes(g->path, copy.data, &c->e);
    text_free(&copy);
    add_workflow(c, file);
    add_root(c, file, licence);
    return good && !c->e.status && write_metadata(c);
}

static int run_crate(const cli_args *args)
{
    cli_session s = { 0 };
    const char *dir = cli_value(args, "output");
    if (!dir) return cli_fail(LOOM_E_PARAM, "as in: -o crate", "where to? -o DIR is missing");
    int status = cli_session_open(args, &s);
    plan *p = status ? NULL : cli_plan(&s, &(plan_options){ 0 }, &status);
    if (p) {
        crate c = { .session = &s, .plan = p, .dir = dir, .with_inputs = !cli_has(args, "without-inputs"), .graph = json_array(),
                    .seen = json_object(), .parts = json_array(),
                    .mentions = json_array(), .consumed = json_array(), .produced = json_array(), .in_ports = json_array(),
                        .out_ports = json_array(),
                    .instruments = json_array() };
        if (!make_crate(&c, cli_value(args, "licence"))) status = cli_report(&c.e);
        else fprintf(stderr, "wrote %s\n", dir);
        json_t *const all[] = { c.graph, c.seen, c.parts, c.mentions, c.consumed, c.produced, c.in_ports, c.out_ports, c.instruments };
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) json_decref(all[i]);
        plan_free(p);
    }
    cli_session_close(&s);
    return status;
}

const cli_command command_crate = {
    .name = "crate", .group = "Records", .summary = "pack outputs, inputs and records of a run as a Workflow Run RO-Crate",
        .run = run_crate,
    .description = "Makes a directory that repositories such as Zenodo and WorkflowHub understand: the pipeline, the files it read, its "
                   "outputs, and "
                   "ro-crate-metadata.json, which tells what was made from what, by which op, with which parameters, when and how long.",
    .operands = (const cli_operand[]){ OPERAND_PIPELINE, { 0 } },
    .options = (const cli_option[]){
        { .name = "output", .letter = 'o', .argument = "DIR", .doc = "the directory to make", .complete = COMPLETE_DIRECTORY },
        { .name = "licence", .argument = "URL", .doc = "licence of what is in the crate", .otherwise = "the crate says that none is stated",
          .example = "--licence https://spdx.org/licenses/CC-BY-4.0" },
        { .name = "without-inputs", .doc = "name the input files with their SHA-256, but do not copy them" },
        OPTION_SET, OPTION_VAR, OPTION_SWEEP, OPTION_STORE, OPTION_PLUGIN_DIR, { 0 } },
    .examples = (const cli_example[]){ { "atomloom crate pipelines/quickstart.yaml -o quickstart-crate", "to be zipped and published" },
                                       { 0 } },
};
