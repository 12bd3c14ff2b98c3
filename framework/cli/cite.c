/* cli/cite.c - `atomloom cite`: BibTeX of this program and of the methods that a pipeline uses,
 * from the ops' own citations. */
#include "cli/bibtex.h"
#include "cli/commands.h"
#include "cli/outputs.h"
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Publications in the order in which the pipeline's nodes name them. */
typedef struct reference {
    const loom_citation *is;
    text key, ops;
} reference;
typedef struct references {
    reference *item;
    int count;
    bool failed;
} references;

static reference *find_or_add(references *r, const loom_citation *c)
{
    assert(c->doi);
    for (int i = 0; i < r->count; i++)
        if (!strcasecmp(r->item[i].is->doi, c->doi)) return &r->item[i];
    reference *more = realloc(r->item, ((size_t)r->count + 1) * sizeof *more);
    if (!more) {
        r->failed = true;
        return NULL;
    }
    r->item = more;
    more[r->count] = (reference){ .is = c };
    bibtex_key(c, &more[r->count].key);
    return &more[r->count++];
}

/* Does an earlier node have the same op? */
static bool is_named(const graph *g, int32_t node)
{
    assert(node >= 0 && node < g->node_count);
    for (int32_t i = 0; i < node; i++)
        if (!strcmp(g->nodes[i].op->op->id, g->nodes[node].op->op->id)) return true;
    return false;
}

static void gather(const graph *g, references *r)
{
    for (int32_t i = 0; i < g->node_count; i++) {
        const loom_op *op = g->nodes[i].op->op;
        if (is_named(g, i)) continue;
        for (const loom_citation *c = op->citations; c && c->size; c++) {
            reference *found = find_or_add(r, c);
            if (found) text_printf(&found->ops, "%s%s", found->ops.length ? ", " : "", op->id);
        }
    }
}

/* ---- keys ------------------------------------------------------------------------------------ */

/* "a", "b", ... "z", "aa": for the n-th of equal keys, from 0. */
static void add_suffix(text *out, int n)
{
    assert(n >= 0);
    if (n >= 26) add_suffix(out, n / 26 - 1);
    text_putc(out, (char)('a' + n % 26));
}

/* Equal keys are told apart in the order of their DOIs, so that they do not depend on the order of
 * the nodes. */
static void distinguish(references *r)
{
    int *rank = calloc((size_t)r->count + 1, sizeof *rank);
    for (int i = 0; rank && i < r->count; i++) {
        rank[i] = -1;
        for (int k = 0; k < r->count; k++) {
            if (k == i || strcmp(r->item[k].key.data, r->item[i].key.data) != 0) continue;
            if (rank[i] < 0) rank[i] = 0;
            rank[i] += strcasecmp(r->item[k].is->doi, r->item[i].is->doi) < 0;
        }
    }
    for (int i = 0; rank && i < r->count; i++)
        if (rank[i] >= 0) add_suffix(&r->item[i].key, rank[i]);
    r->failed |= !rank;
    free(rank);
}

/* ---- the command ----------------------------------------------------------------------------- */

/* CITATION.cff says the same. */
static void software_entry(text *out)
{
    text_puts(out, "@software{atomloom,\n"
                   "  author = {{The atomloom authors}},\n"
                   "  title = {{atomloom}: pipelines of plugins for atomic electron tomography},\n"
                   "  version = {" ATOMLOOM_VERSION "},\n"
                   "  year = {2026},\n"
                   "  license = {BSD-3-Clause}\n}\n");
}

static bool pipeline_entries(const graph *g, text *out)
{
    references r = { 0 };
    gather(g, &r);
    for (int i = 0; i < r.count; i++) r.failed |= r.item[i].key.failed || !r.item[i].key.data;
    if (!r.failed) distinguish(&r);
    for (int i = 0; i < r.count && !r.failed; i++) {
        text_putc(out, '\n');
        bibtex_entry(r.item[i].is, r.item[i].key.data, r.item[i].ops.data, out);
    }
    if (!r.count) cli_say("the ops of %s have no citations", g->path);
    for (int i = 0; i < r.count; i++) {
        text_free(&r.item[i].key);
        text_free(&r.item[i].ops);
    }
    free(r.item);
    return !r.failed;
}

static int run_cite(const cli_args *args)
{
    error e = { 0 };
    text t = { 0 };
    software_entry(&t);
    if (!cli_operand_at(args, 0)) return cli_print(&t);
    registry *ops = cli_registry(args, &e);
    if (!ops) {
        text_free(&t);
        return cli_report(&e);
    }
    graph *g = cli_graph(args, ops);
    int status = g ? 0 : status_exit(LOOM_E_PARAM);
    if (g && !pipeline_entries(g, &t))
        status =
            cli_fail(LOOM_E_MEMORY, "close other programs", "out of memory for the references");
    if (!status) status = cli_print(&t);
    text_free(&t);
    if (g) graph_free(g);
    registry_close(ops);
    return status;
}

const cli_command command_cite = {
    .name = "cite",
    .group = "Records",
    .summary = "print BibTeX of atomloom and of the methods that a pipeline uses",
    .run = run_cite,
    .description =
        "Prints an entry for atomloom and, for a pipeline, one for each publication that its ops "
        "name, with these ops as its keywords. Texts are plain ASCII where TeX has a command for "
        "the "
        "letter.",
    .operands =
        (const cli_operand[]){
            { .name = "FILE",
              .doc = "the pipeline, a YAML file; without it atomloom alone is cited",
              .complete = COMPLETE_FILE,
              .optional = true },
            { 0 } },
    .options =
        (const cli_option[]){
            OPTION_SET, OPTION_VAR, OPTION_SWEEP, OPTION_ONLY, OPTION_PLUGIN_DIR, { 0 } },
    .examples = (const cli_example[]){ { "atomloom cite pipelines/quickstart.yaml > methods.bib",
                                         "for the reference list of a paper" },
                                       { 0 } },
};
