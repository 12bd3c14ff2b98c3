/* cli/cite.c - `atomloom cite`: BibTeX of the methods that a pipeline uses, from the ops' own citations. */
#include "cli/commands.h"
#include "cli/outputs.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

typedef struct reference { citation c; char key[64]; text ops; } reference;
typedef struct references { reference *item; int count; bool failed; } references;

/* "Yang2021": the last word of the first author, and the year. */
static void make_key(const citation *c, char key[64])
{
    size_t author = strcspn(c->rest, ","), n = 0;
    const char *word = c->rest;
    for (size_t i = 0; i + 1 < author; i++) {
        if (!strncmp(c->rest + i, " et al", 6) || !strncmp(c->rest + i, " and ", 5) || !strncmp(c->rest + i, " & ", 3)) {
            author = i;
            break;
        }
        if (c->rest[i] == ' ' && isalpha((unsigned char)c->rest[i + 1])) word = c->rest + i + 1;
    }
    for (const char *s = word; s < c->rest + author && n < 40; s++)
        if (isalnum((unsigned char)*s)) key[n++] = *s;
    snprintf(key + n, 64 - n, "%d", c->year);
}

static reference *add_reference(references *r, const citation *c)
{
    for (int i = 0; i < r->count; i++)
        if (!strcasecmp(r->item[i].c.doi, c->doi)) return &r->item[i];
    reference *more = realloc(r->item, ((size_t)r->count + 1) * sizeof *more);
    if (!more) {
        r->failed = true;
        return NULL;
    }
    r->item = more;
    reference *new = &more[r->count];
    *new = (reference){ .c = *c };
    make_key(c, new->key);
    int same = 0;
    for (int i = 0; i < r->count; i++) same += !strncmp(more[i].key, new->key, strlen(new->key));
    if (same) snprintf(new->key + strlen(new->key), sizeof new->key - strlen(new->key), "%c", 'a' + same % 26);
    r->count++;
    return new;
}

static void gather(const graph *g, references *r)
{
    for (int32_t i = 0; i < g->node_count; i++) {
        const loom_op *op = g->nodes[i].op->op;
        const char *at = op->cites;
        citation c;
        while (citation_next(&at, &c)) {
            reference *found = add_reference(r, &c);
            const char *known = found && found->ops.data ? strstr(found->ops.data, op->id) : NULL;
            if (found && !known) text_printf(&found->ops, "%s%s", found->ops.length ? ", " : "", op->id);
        }
    }
}

/* "Author, Journal volume, pages (year)" as far as it is so; the doi alone is enough to find the rest. */
static void bibtex(const reference *r, text *out)
{
    const char *comma = strchr(r->c.rest, ','), *open = strrchr(r->c.rest, '(');
    int author = comma ? (int)(comma - r->c.rest) : 0;
    text_printf(out, "@article{%s,\n", r->key);
    if (author) text_printf(out, "  author = {%.*s},\n", author, r->c.rest);
    if (comma) {
        comma += 1 + strspn(comma + 1, " ");
        int journal = open && open > comma ? (int)(open - comma) : (int)strlen(comma);
        while (journal && comma[journal - 1] == ' ') journal--;
        text_printf(out, "  journal = {%.*s},\n", journal, comma);
    }
    if (r->c.year) text_printf(out, "  year = {%d},\n", r->c.year);
    text_printf(out, "  doi = {%s},\n  note = {%s}\n}\n", r->c.doi, r->ops.data ? r->ops.data : "");
}

static int run_cite(const cli_args *args)
{
    error e = { 0 };
    text t = { 0 };
    references r = { 0 };
    int status;
    registry *ops = cli_registry(args, &e);
    if (!ops) return cli_report(&e);
    graph *g = cli_graph(args, ops);
    if (!g) status = status_exit(LOOM_E_PARAM);
    else {
        gather(g, &r);
        for (int i = 0; i < r.count; i++) bibtex(&r.item[i], &t);
        if (!r.count) fprintf(stderr, "the ops of %s cite nothing\n", g->path);
        status = r.failed ? cli_fail(LOOM_E_MEMORY, "close other programs", "out of memory for the references") : cli_print(&t);
    }
    for (int i = 0; i < r.count; i++) text_free(&r.item[i].ops);
    free(r.item);
    text_free(&t);
    if (g) graph_free(g);
    registry_close(ops);
    return status;
}

const cli_command command_cite = {
    .name = "cite", .group = "Records", .summary = "print BibTeX of the methods that a pipeline uses", .run = run_cite,
    .description = "One entry per publication that the ops of the pipeline name, with the ops in its note.",
    .operands = (const cli_operand[]){ OPERAND_PIPELINE, { 0 } },
    .options = (const cli_option[]){ OPTION_SET, OPTION_VAR, OPTION_SWEEP, OPTION_PLUGIN_DIR, { 0 } },
    .examples = (const cli_example[]){ { "atomloom cite pipelines/quickstart.yaml > methods.bib", "for the reference list of a paper" }, { 0 } },
};
