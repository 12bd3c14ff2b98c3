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

/* Is the part of a citation between two commas a name? The first one is; a later one if it is one word without a digit and not the last
 * part: "Pham, Yuan, Rana, Scientific Reports 13, 5624 (2023)". */
static bool is_name(const char *part, size_t n, bool first)
{
    if (first) return true;
    if (part[n] != ',') return false;
    for (size_t i = 0; i < n; i++)
        if (part[i] == ' ' || isdigit((unsigned char)part[i])) return false;
    return true;
}

/* As far as a line of an op's citations tells; the doi is enough to find the rest. */
static void bibtex(const reference *r, text *out)
{
    const char *part = r->c.rest, *end = strrchr(part, '(');
    if (!end) end = part + strlen(part);
    while (end > part && end[-1] == ' ') end--;
    text_printf(out, "@article{%s,\n  author = {", r->key);
    for (bool first = true; part < end; first = false) {
        size_t n = strcspn(part, ",");
        if (part + n > end) n = (size_t)(end - part);
        if (!is_name(part, n, first)) break;
        bool others = n > 7 && !strncmp(part + n - 7, " et al.", 7);
        text_printf(out, "%s%.*s%s", first ? "" : " and ", (int)(others ? n - 7 : n), part, others ? " and others" : "");
        part += n + (part[n] == ',');
        part += strspn(part, " ");
    }
    text_puts(out, "},\n");
    if (part < end) text_printf(out, "  journal = {%.*s},\n", (int)(end - part), part);
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
    .examples = (const cli_example[]){ { "atomloom cite pipelines/quickstart.yaml > methods.bib", "for the reference list of a paper" },
                                       { 0 } },
};
