/* cli/crate_meta.c - see crate_meta.h */
#include "cli/crate_meta.h"
#include "cli/bibtex.h"
#include "cli/outputs.h"
#include "base/json.h"
#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- entities -------------------------------------------------------------------------------- */

/* Bytes that are not UTF-8 (in paths) become U+FFFD: JSON has no others. */
static json_t *string(const char *s)
{
    text t = { 0 };
    json_quoted(&t, s);
    json_t *o = t.data ? json_loads(t.data, JSON_DECODE_ANY, NULL) : NULL;
    text_free(&t);
    return o;
}

static void set(json_t *entity, const char *name, const char *s)
{
    json_object_set_new(entity, name, string(s));
}

static json_t *id_of(const char *id) { return json_pack("{s:s}", "@id", id); }
static void refer(json_t *list, const char *id) { json_array_append_new(list, id_of(id)); }

/* True the first time an id is met. */
static bool is_new(crate_meta *m, const char *id)
{
    if (json_object_get(m->seen, id)) return false;
    json_object_set_new(m->seen, id, json_true());
    return true;
}

/* An entity of the graph, borrowed; NULL where the id is there already. */
static json_t *entity(crate_meta *m, const char *id, const char *type, const char *name)
{
    assert(id && type && name);
    if (!is_new(m, id)) return NULL;
    json_t *o = json_pack("{s:o s:s s:o}", "@id", string(id), "@type", type, "name", string(name));
    json_array_append_new(m->graph, o);
    return o;
}

/* "#kind-" and a name, with what a URL cannot hold percent-encoded. */
static void fragment(text *out, const char *kind, const char *name)
{
    text_printf(out, "#%s-", kind);
    for (; *name; name++) {
        if (isalnum((unsigned char)*name) || strchr("-._~=,", *name)) text_putc(out, *name);
        else text_printf(out, "%%%02X", (unsigned char)*name);
    }
}

static void time_text(double seconds, char out[32])
{
    time_t t = (time_t)seconds;
    struct tm utc;
    if (!gmtime_r(&t, &utc) || !strftime(out, 32, "%Y-%m-%dT%H:%M:%S+00:00", &utc)) *out = 0;
}

static json_t **members(crate_meta *m, int i)
{
    assert(i >= 0);
    json_t **const all[] = { &m->graph,    &m->parts,    &m->mentions,  &m->consumed,
                             &m->produced, &m->in_ports, &m->out_ports, &m->instruments };
    return i < (int)(sizeof all / sizeof *all) ? all[i] : NULL;
}

bool crate_meta_begin(crate_meta *m, const plan *p, error *e)
{
    *m = (crate_meta){ .plan = p, .seen = json_object() };
    bool good = m->seen;
    for (int i = 0; members(m, i); i++) good = (*members(m, i) = json_array()) && good;
    return good || error_memory(e, "the metadata");
}

void crate_meta_end(crate_meta *m)
{
    for (int i = 0; members(m, i); i++) json_decref(*members(m, i));
    json_decref(m->seen);
    *m = (crate_meta){ 0 };
}

/* ---- files ----------------------------------------------------------------------------------- */

json_t *meta_file(crate_meta *m, const char *id, const char *name, const char *encoding,
                  const crate_file *f)
{
    char hex[65];
    json_t *o = entity(m, id, "File", name);
    if (encoding) json_object_set_new(o, "encodingFormat", json_string(encoding));
    json_object_set_new(o, "sha256", json_string(digest_text(&f->content, hex)));
    json_object_set_new(o, "contentSize", json_integer((json_int_t)f->bytes));
    refer(m->parts, id);
    return o;
}

/* The formal parameter of the workflow that a file is an example of. */
static void add_port(crate_meta *m, json_t *list, json_t *file, const char *kind, const char *of,
                     const char *name)
{
    static const char profile[] = "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE";
    text id = { 0 };
    fragment(&id, kind, of);
    json_t *port = entity(m, id.data, "FormalParameter", name);
    json_object_set_new(port, "additionalType", json_string("File"));
    json_object_set_new(port, "conformsTo", id_of(profile));
    refer(list, id.data);
    json_object_set_new(file, "exampleOfWork", id_of(id.data));
    text_free(&id);
}

void meta_input(crate_meta *m, const char *id, const char *path, const digest *content,
                const crate_file *f)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    char hex[65];
    json_t *o;
    if (f) o = meta_file(m, id, name, NULL, f);
    else {
        o = entity(m, id, "CreativeWork", name);
        json_object_set_new(o, "sha256", json_string(digest_text(content, hex)));
    }
    set(o, "description", path);
    add_port(m, m->in_ports, o, "input", f ? id : id + 1, name);
    refer(m->consumed, id);
}

/* The value of an edge, under this pipeline's name; NULL where the id is there already. */
static void add_value(crate_meta *m, graph_edge from, json_t *list)
{
    text name = { 0 }, id = { 0 };
    digest d;
    char hex[65];
    if (!plan_output(m->plan, from, &d)) return;
    text_printf(&name, "%s.%s", m->plan->graph->instances[from.instance].name,
                edge_port(m->plan->graph, from)->name);
    fragment(&id, "value", name.data);
    json_t *o = entity(m, id.data, "CreativeWork", name.data);
    if (o) {
        set(o, "additionalType", edge_port(m->plan->graph, from)->type);
        set(o, "identifier", digest_text(&d, hex));
    }
    refer(list, id.data);
    text_free(&name);
    text_free(&id);
}

void meta_output(crate_meta *m, const char *id, const graph_output *o, const char *encoding,
                 const crate_file *f)
{
    json_t *file = meta_file(m, id, o->name, encoding, f), *value = json_array();
    add_value(m, o->from, value);
    json_object_set(file, "isBasedOn", json_array_get(value, 0));
    json_decref(value);
    add_port(m, m->out_ports, file, "output", o->name, o->name);
    refer(m->produced, id);
}

/* ---- actions --------------------------------------------------------------------------------- */

static void add_citations(crate_meta *m, json_t *op_entity, const loom_op *op)
{
    json_t *list = json_array();
    for (const loom_citation *c = op->citations; c && c->size; c++) {
        text url = { 0 }, line = { 0 };
        doi_url(c->doi, &url);
        citation_text(c, &line);
        entity(m, url.data, "ScholarlyArticle", line.data);
        refer(list, url.data);
        text_free(&url);
        text_free(&line);
    }
    if (json_array_size(list)) json_object_set(op_entity, "citation", list);
    json_decref(list);
}

/* The op as a piece of software. Under --sweep NODE.op there are several, each with its own id. */
static void add_op(crate_meta *m, const op_entry *entry, text *id)
{
    text version = { 0 };
    char hex[65];
    fragment(id, "op", entry->op->id);
    json_t *o = entity(m, id->data, "SoftwareApplication", entry->op->id);
    if (!o) return;
    text_printf(&version, "%s, revision %u", entry->file->version, entry->op->revision);
    set(o, "softwareVersion", version.data);
    set(o, "license", entry->file->licence);
    set(o, "sha256", digest_text(&entry->file->content, hex));
    add_citations(m, o, entry->op);
    refer(m->instruments, id->data);
    text_free(&version);
}

static void add_parameters(crate_meta *m, int32_t instance, const json_t *parameters,
                           json_t *objects)
{
    const graph *g = m->plan->graph;
    const graph_instance *in = &g->instances[instance];
    const loom_op *op = in->params->op;
    for (int row = 0; row < params_rows(op); row++) {
        const json_t *p = json_object_get(parameters, op->params[row].name);
        text name = { 0 }, id = { 0 }, value = { 0 }, origin = { 0 };
        if (json_object_get(p, "sha256")) continue; /* a file: an entity of its own */
        text_printf(&name, "%s.%s", in->name, op->params[row].name);
        fragment(&id, "parameter", name.data);
        record_value(json_object_get(p, "value"), &value);
        origin_text(g, instance, row, &origin);
        json_t *o = entity(m, id.data, "PropertyValue", op->params[row].name);
        set(o, "value", value.data ? value.data : "");
        if (op->params[row].unit) set(o, "unitText", op->params[row].unit);
        set(o, "description", origin.data ? origin.data : "the default");
        refer(objects, id.data);
        text *const all[] = { &name, &id, &value, &origin };
        for (size_t i = 0; i < sizeof all / sizeof *all; i++) text_free(all[i]);
    }
}

static void add_times(json_t *action, double started, double ended)
{
    char when[32];
    time_text(started, when);
    json_object_set_new(action, "startTime", json_string(when));
    time_text(ended, when);
    json_object_set_new(action, "endTime", json_string(when));
    json_object_set_new(action, "actionStatus", id_of("http://schema.org/CompletedActionStatus"));
}

static void add_warnings(crate_meta *m, json_t *action, const char *instance,
                         const action_record *r)
{
    json_t *list = json_array();
    for (int i = 0; i < r->warning_count; i++) {
        text name = { 0 }, id = { 0 };
        text_printf(&name, "%s-%d", instance, i + 1);
        fragment(&id, "warning", name.data);
        json_t *o = entity(m, id.data, "Comment", "warning");
        set(o, "text", r->warning[i].text);
        refer(list, id.data);
        text_free(&name);
        text_free(&id);
    }
    if (json_array_size(list)) json_object_set(action, "comment", list);
    json_decref(list);
}

static void add_execution(crate_meta *m, json_t *action, const executed *x)
{
    double started = x->record.started, ended = started + x->record.wall_s;
    text where = { 0 };
    add_times(action, started, ended);
    if (m->first <= 0 || started < m->first) m->first = started;
    if (ended > m->last) m->last = ended;
    text_printf(&where, "executed on %s by atomloom %s", x->host, x->atomloom);
    set(action, "description", where.data ? where.data : "");
    text_free(&where);
}

static json_t *objects_of(crate_meta *m, int32_t instance, const char *const *inputs, int count,
                          const json_t *parameters)
{
    const graph_instance *in = &m->plan->graph->instances[instance];
    json_t *objects = json_array();
    for (int i = 0; i < count; i++) refer(objects, inputs[i]);
    add_parameters(m, instance, parameters, objects);
    for (int32_t port = 0; port < in->input_count; port++)
        for (int32_t j = 0; j < in->input[port].count; j++)
            add_value(m, in->input[port].from[j], objects);
    return objects;
}

bool meta_instance(crate_meta *m, store *s, int32_t instance, const char *const *inputs, int count,
                   error *e)
{
    assert(instance >= 0 && count >= 0);
    const graph *g = m->plan->graph;
    const graph_instance *in = &g->instances[instance];
    executed x;
    if (!executed_read(s, &m->plan->step[instance].key, &x, e)) return false;
    json_t *whole = instance_json(m->plan, instance), *results = json_array();
    text op = { 0 }, id = { 0 };
    char hex[65];
    json_t *objects = objects_of(m, instance, inputs, count, json_object_get(whole, "parameters"));
    add_op(m, g->nodes[in->node].op, &op);
    for (int32_t k = 0; g->nodes[in->node].op->op->outputs[k].name; k++)
        add_value(m, (graph_edge){ instance, k }, results);
    fragment(&id, "action", in->name);
    json_t *action = entity(m, id.data, "CreateAction", in->name);
    set(action, "identifier", digest_text(&m->plan->step[instance].key, hex));
    json_object_set_new(action, "instrument", id_of(op.data));
    json_object_set_new(action, "object", objects);
    json_object_set_new(action, "result", results);
    add_execution(m, action, &x);
    add_warnings(m, action, in->name, &x.record);
    refer(m->mentions, id.data);
    json_decref(whole);
    executed_free(&x);
    text_free(&op);
    text_free(&id);
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static const char *title_of(const crate_meta *m, const char *otherwise)
{
    const char *title = m->plan->graph->title;
    return title && *title ? title : otherwise;
}

static void add_run(crate_meta *m, const char *workflow, const char *command)
{
    json_t *run = entity(m, "#run", "CreateAction", "the run as a whole");
    set(run, "description", command);
    json_object_set_new(run, "instrument", id_of(workflow));
    json_object_set(run, "object", m->consumed);
    json_object_set(run, "result", m->produced);
    add_times(run, m->first, m->last);
    refer(m->mentions, "#run");
}

void meta_workflow(crate_meta *m, const char *id, const char *command, const crate_file *f)
{
    json_t *workflow = meta_file(m, id, title_of(m, id), "application/yaml", f);
    json_object_set_new(
        workflow, "@type",
        json_pack("[s,s,s]", "File", "SoftwareSourceCode", "ComputationalWorkflow"));
    json_object_set_new(workflow, "programmingLanguage", id_of("#atomloom"));
    json_object_set(workflow, "input", m->in_ports);
    json_object_set(workflow, "output", m->out_ports);
    json_object_set(workflow, "hasPart", m->instruments);
    json_t *language = entity(m, "#atomloom", "ComputerLanguage", "atomloom");
    set(language, "version", ATOMLOOM_VERSION);
    add_run(m, id, command);
}

static void add_profiles(crate_meta *m, json_t *root)
{
    static const char *const profiles[][3] = {
        { "https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate", "0.5" },
        { "https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate", "0.5" },
        { "https://w3id.org/workflowhub/workflow-ro-crate/1.0", "Workflow RO-Crate", "1.0" },
    };
    json_t *conforms = json_array();
    for (size_t i = 0; i < sizeof profiles / sizeof *profiles; i++) {
        json_t *o = entity(m, profiles[i][0], "CreativeWork", profiles[i][1]);
        set(o, "version", profiles[i][2]);
        refer(conforms, profiles[i][0]);
    }
    json_object_set_new(root, "conformsTo", conforms);
}

static void add_licence(crate_meta *m, json_t *root, const char *licence)
{
    const char *id = licence ? licence : "#licence-not-stated";
    json_t *o = entity(m, id, "CreativeWork", licence ? licence : "no licence is stated");
    if (o)
        set(o, "description",
            licence ? "licence of this crate"
                    : "ask the authors before using it; `atomloom crate --licence URL` states one");
    json_object_set_new(root, "license", json_pack("{s:o}", "@id", string(id)));
}

void meta_root(crate_meta *m, const char *workflow, const char *licence)
{
    const char *description = m->plan->graph->description;
    char when[32];
    time_text((double)time(NULL), when);
    json_t *root = entity(m, "./", "Dataset", title_of(m, workflow));
    set(root, "description",
        description && *description
            ? description
            : "a run of an atomloom pipeline: its outputs and how they came about");
    set(root, "datePublished", when);
    json_object_set_new(root, "mainEntity", id_of(workflow));
    add_profiles(m, root);
    add_licence(m, root, licence);
    json_object_set(root, "hasPart", m->parts);
    json_object_set(root, "mentions", m->mentions);
    json_t *self = entity(m, "ro-crate-metadata.json", "CreativeWork", "RO-Crate metadata");
    json_object_set_new(self, "about", id_of("./"));
    json_object_set_new(self, "conformsTo",
                        json_pack("[{s:s},{s:s}]", "@id", "https://w3id.org/ro/crate/1.1", "@id",
                                  "https://w3id.org/workflowhub/workflow-ro-crate/1.0"));
}

char *meta_text(const crate_meta *m, error *e)
{
    json_t *whole = json_pack("{s:[s,s] s:O}", "@context", "https://w3id.org/ro/crate/1.1/context",
                              "https://w3id.org/ro/terms/workflow-run/context", "@graph", m->graph);
    char *s = whole ? json_dumps(whole, JSON_INDENT(2) | JSON_PRESERVE_ORDER) : NULL;
    json_decref(whole);
    if (!s) error_memory(e, "the metadata");
    return s;
}
