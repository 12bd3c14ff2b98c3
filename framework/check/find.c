/* check/find.c - how an op runs at all: with which of its inputs, and with which arrays and
 * attributes that types.h does not know but the op asks for. An op that needs a column fails and
 * names it, so what it asked for in vain and names is added, and it runs again. */
#include "check/inside.h"
#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { MOST_MISSES = 128, MOST_TRIES = 40 };

/* What the op looked for and did not find. */
typedef struct miss {
    const loom_value *value;
    char name[64], kind;
} miss;
static miss misses[MOST_MISSES];
static int miss_count;

static void remember(const loom_value *v, const char *name, char kind)
{
    if (!v || !name || miss_count == MOST_MISSES)
        return; /* [any] thread may ask, but no two at a time write the same entry ... */
    miss *m = &misses[__atomic_fetch_add(&miss_count, 1, __ATOMIC_RELAXED)
                      % MOST_MISSES]; /* ... for each gets its own */
    *m = (miss){ .value = v, .kind = kind };
    snprintf(m->name, sizeof m->name, "%s", name);
}

static const loom_array *find_array(const loom_value *v, const char *name)
{
    const loom_array *a = host_standard()->array(v, name);
    remember(v, name, 'a'); /* found ones too: their dtype may be what is wrong */
    return a;
}

static bool find_number(const loom_value *v, const char *name, double *out)
{
    bool found = host_standard()->number(v, name, out);
    if (!found) remember(v, name, 'n');
    return found;
}

static const char *find_text(const loom_value *v, const char *name)
{
    const char *found = host_standard()->text(v, name);
    if (!found) remember(v, name, 't');
    return found;
}

/* `name` as a word of `message`. */
static bool is_named(const char *message, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = message; n && (at = strstr(at, name)); at++) {
        bool begins = at == message || !(isalnum((unsigned char)at[-1]) || at[-1] == '_');
        if (begins && !(isalnum((unsigned char)at[n]) || at[n] == '_')) return true;
    }
    return false;
}

static const char *port_of(const trial *t, const loom_value *v)
{
    for (int i = 0; i < t->count; i++)
        if (t->value[i] == v) return t->input[i].port;
    return NULL;
}

static check_added *find_added(check_setup *s, const char *port, const char *name)
{
    assert(port && name);
    for (int i = 0; i < s->added_count; i++)
        if (!strcmp(s->added[i].port, port) && !strcmp(s->added[i].name, name)) return &s->added[i];
    return NULL;
}

/* The next dtype to try; false after the last. */
static bool next_dtype(check_added *a)
{
    static const loom_dtype order[] = { LOOM_F64, LOOM_I32, LOOM_U8, LOOM_I64, LOOM_F32 };
    for (size_t i = 0; a->kind == 'a' && i + 1 < sizeof order / sizeof *order; i++)
        if (order[i] == a->dtype) {
            a->dtype = order[i + 1];
            return true;
        }
    return false;
}

/* Adds what the failure names and the op looked for. False where there is nothing more to try. */
static bool learn(const trial *t, check_setup *s)
{
    assert(s->added_count >= 0);
    const char *message = t->result.failure.message;
    for (int i = 0; i < miss_count; i++) {
        const miss *m = &misses[i];
        const char *port = is_named(message, m->name) ? port_of(t, m->value) : NULL;
        if (!port || check_type_knows_array(value_type(m->value), m->name)) continue;
        check_added *old = find_added(s, port, m->name);
        if (old && next_dtype(old)) return true;
        if (old || value_array(m->value, m->name) || s->added_count == MOST_ADDED) continue;
        check_added *new = &s->added[s->added_count++];
        *new = (check_added){ .kind = m->kind, .dtype = LOOM_F64 };
        snprintf(new->port, sizeof new->port, "%s", port);
        snprintf(new->name, sizeof new->name, "%s", m->name);
        return true;
    }
    return false;
}

/* True when the op ran; otherwise whether to try again is in *again. */
static bool try_once(check_case *c, bool *again, text *why)
{
    trial t;
    loom_host table = *host_standard();
    table.array = find_array;
    table.number = find_number;
    table.text = find_text;
    miss_count = 0;
    text_clear(why);
    *again = false;
    bool made = trial_make(&t, c, (trial_how){ 0 }, why);
    t.table = &table;
    bool good = made && trial_run(&t, 1, 0);
    if (miss_count > MOST_MISSES) miss_count = MOST_MISSES;
    if (!good && made) {
        text_printf(why,
                    "it refused what it was tried with: %s; --set %s.PARAM=VALUE and --input "
                    "%s.PORT=FILE.h5 give it other things",
                    t.result.failure.message, c->id, c->id);
        *again = learn(&t, &c->report->setup);
        text unclear = { 0 };
        if (!*again && !trial_is_clear(&t, &unclear))
            check_settle(c, CHECK_RUNS, CHECK_BROKEN, "%s", unclear.data);
        text_free(&unclear);
    }
    trial_end(&t);
    return good;
}

static bool search(check_case *c, bool all, text *why)
{
    bool again = true, good = false;
    c->report->setup = (check_setup){ .all = all };
    for (int i = 0; !good && again && i < MOST_TRIES; i++) good = try_once(c, &again, why);
    return good;
}

static bool has_optional(const loom_op *op)
{
    for (const loom_port *p = op->inputs; p->name; p++)
        if (p->flags & LOOM_OPTIONAL) return true;
    return false;
}

/* With every input; where that is refused, with the required ones alone. */
void check_find(check_case *c)
{
    text why = { 0 };
    bool good = search(c, true, &why);
    if (!good && has_optional(c->op)) {
        c->report->verdict[CHECK_RUNS] = CHECK_NOT_TRIED;
        good = search(c, false, &why);
    }
    if (good) check_settle(c, CHECK_RUNS, CHECK_KEPT, "%s", "");
    else check_settle(c, CHECK_RUNS, CHECK_NOT_TRIED, "%s", why.data ? why.data : "");
    text_free(&why);
}
