/* cli/warnings.c - see warnings.h */
#include "cli/warnings.h"
#include "cli/common.h"
#include "cli/failure.h"
#include "cli/outputs.h"
#include <stdlib.h>
#include <string.h>

/* One text of one node, and in how many of its instances it was given. */
typedef struct found {
    int32_t instance, times;
    char *where, *text;
} found;
typedef struct found_list {
    found *item;
    int count, room;
} found_list;

static bool add(found_list *l, const graph *g, int32_t instance, const action_warning *w, error *e)
{
    for (int i = l->count - 1; i >= 0; i--) {
        found *f = &l->item[i];
        if (g->instances[f->instance].node != g->instances[instance].node
            || strcmp(f->text, w->text) != 0)
            continue;
        f->times++;
        return true;
    }
    if (l->count == l->room) {
        int room = l->room ? 2 * l->room : 8;
        found *more = realloc(l->item, (size_t)room * sizeof *more);
        if (!more) return error_memory(e, "warnings");
        l->item = more;
        l->room = room;
    }
    found *f = &l->item[l->count];
    *f = (found){ instance, 1, strdup(w->where), strdup(w->text) };
    l->count++;
    return (f->where && f->text) || error_memory(e, "warnings");
}

static bool collect(const plan *p, found_list *l, int *count, error *e)
{
    for (int32_t i = 0; i < p->graph->instance_count; i++) {
        action_record r;
        if (p->step[i].state != PLAN_CACHED || !p->step[i].warnings) continue;
        if (!plan_warnings(p, i, &r, e)) return false;
        bool good = true;
        for (int k = 0; good && k < r.warning_count; k++)
            good = add(l, p->graph, i, &r.warning[k], e);
        *count += r.warning_count;
        action_record_free(&r);
        if (!good) return false;
    }
    return true;
}

static void one_text(const graph *g, const found *f, bool colour, text *out)
{
    const graph_instance *i = &g->instances[f->instance];
    const loom_param *by_default;
    text message = { 0 };
    place at = failure_place(g, f->instance, f->where, &by_default);
    text_printf(&message, "%s (%s): %s", i->name, g->nodes[i->node].op->op->id, f->text);
    if (f->times > 1)
        text_printf(&message, " (and the same in %d more instance%s)", f->times - 1,
                    f->times == 2 ? "" : "s");
    if (message.data) place_print(at, true, message.data, NULL, colour, out);
    text_free(&message);
}

int warnings_text(const plan *p, bool colour, text *out, error *e)
{
    found_list l = { 0 };
    int count = 0;
    bool good = collect(p, &l, &count, e);
    for (int i = 0; i < l.count; i++) {
        if (good) one_text(p->graph, &l.item[i], colour, out);
        free(l.item[i].where);
        free(l.item[i].text);
    }
    free(l.item);
    return good ? count : 0;
}

int warnings_print(const plan *p)
{
    error e = { 0 };
    text t = { 0 };
    int count = warnings_text(p, cli_colour(stderr), &t, &e);
    if (e.status) cli_report(&e);
    fflush(stdout); /* after what it is about */
    cli_put(stderr, &t);
    return count;
}

int warnings_hint(const cli_args *args, const plan *p)
{
    int count = plan_warning_count(p);
    text command = { 0 };
    if (!count) return 0;
    text_puts(&command, "atomloom show ");
    shell_word(&command, cli_operand_at(args, 0));
    pipeline_options(args, true, &command);
    fflush(stdout); /* after what it is about */
    cli_warn("%d warning%s of the actions that this rests on: `%s` shows %s", count,
             count == 1 ? "" : "s", command.data ? command.data : "atomloom show",
             count == 1 ? "it" : "them");
    text_free(&command);
    return count;
}
