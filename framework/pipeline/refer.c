/* pipeline/refer.c - references: node.port, node.port[...], group.output, inputs.name.
 *
 * A reference through a group or an input is followed to the node that makes the value. The
 * brackets met on the way are kept in order, innermost first; check.c applies them once the axes of
 * the producer are known. */
#include "pipeline/reader.h"
#include "base/utf8.h"
#include <assert.h>
#include <ctype.h>
#include <string.h>
#include <unistd.h>

enum { MAX_LEVELS = 64, MAX_WIRES = 4000000 };

/* One reference being followed. `type`: what is wanted, for suggestions; NULL where it is not
 * known. */
typedef struct trail {
    const tree *where;
    wire **end;
    int level;
    const char *type;
} trail;

static bool follow(reader *r, scope *s, trail *t, const char *declared);

/* ---- brackets -------------------------------------------------------------------------------- */

int32_t axis_in_scope(const reader *r, const scope *s, const char *name, size_t length)
{
    int32_t k = names_find_part(&s->axis_of, name, length);
    size_t prefix = strlen(s->prefix);
    for (int32_t i = 0; k < 0 && i < r->axis_count; i++) { /* of a group, or of a sweep */
        const char *full = r->axes[i].name;
        if (strlen(full) == prefix + length && !strncmp(full, s->prefix, prefix)
            && !strncmp(full + prefix, name, length))
            return i;
    }
    return k;
}

void axis_unknown(reader *r, const scope *s, span at, const char *name)
{
    const char *known[MAX_AXES];
    int n = 0;
    size_t prefix = strlen(s->prefix);
    for (int32_t i = 0; i < r->axis_count; i++)
        if (!strncmp(r->axes[i].name, s->prefix, prefix)) known[n++] = r->axes[i].name + prefix;
    complain(r, at, n ? suggest(r, name, known, n, "axes") : "axes are declared under `axes:`",
             "unknown axis '%s'", name);
}

/* A piece of the reference's text; of all of it where the file writes it in another way. */
static span piece(const tree *where, const char *c, size_t length)
{
    assert(c >= where->text);
    span at = where->at;
    if (at.length != utf8_count(where->text, strlen(where->text)) + (where->quoted ? 2 : 0))
        return at;
    at.at.column += utf8_count(where->text, (size_t)(c - where->text)) + (where->quoted ? 1 : 0);
    at.length = length ? utf8_count(c, length) : 1;
    return at;
}

const char *shift_sign(const char *c, size_t n)
{
    assert(c || !n);
    size_t k = n;
    while (k && isdigit((unsigned char)c[k - 1])) k--;
    bool digits = k < n && n - k < 9;
    while (k && c[k - 1] == ' ') k--;
    return digits && k && (c[k - 1] == '-' || c[k - 1] == '+') ? c + k - 1 : NULL;
}

static bool read_pick(reader *r, scope *s, const tree *where, const char *c, size_t n, int level,
                      pick *out)
{
    assert(level >= 0);
    const char *equal = memchr(c, '=', n), *sign = shift_sign(c, n);
    size_t before = sign ? (size_t)(sign - c) : 0; /* the axis of "minutes-1" or "minutes - 1" */
    while (before && c[before - 1] == ' ') before--;
    *out = (pick){ .axis = -1, .at = piece(where, c, n), .scope = s, .level = level };
    if (!n) {
        complain(r, piece(where, c - 1, 1), "as in [30], [minutes=30], [minutes-1] or [*]",
                 "nothing is picked");
        return false;
    }
    if (equal) {
        size_t name = (size_t)(equal - c), value = n - name - 1;
        while (name && c[name - 1] == ' ') name--;
        const char *v = equal + 1;
        while (value && *v == ' ') {
            v++;
            value--;
        }
        out->axis = axis_in_scope(r, s, c, name);
        if (out->axis < 0) {
            axis_unknown(r, s, piece(where, c, name), say(r, "%.*s", (int)name, c));
            return false;
        }
        out->kind = value == 1 && *v == '*' ? PICK_ALL : PICK_VALUE;
        out->value = arena_text(r->memory, v, value);
        return true;
    }
    out->kind = n == 1 && *c == '*' ? PICK_ALL : PICK_VALUE;
    out->value = arena_text(r->memory, c, n);
    int32_t named = axis_in_scope(r, s, c, n);
    if (named >= 0) {
        out->axis = named;
        out->kind = PICK_SAME;
    } else if (before && (named = axis_in_scope(r, s, c, before)) >= 0) {
        int64_t by = 0;
        const char *digits = sign + 1 + strspn(sign + 1, " ");
        integer_read(arena_text(r->memory, digits, (size_t)(c + n - digits)), &by);
        out->axis = named;
        out->kind = by ? PICK_SHIFT : PICK_SAME;
        out->shift = (int32_t)(*sign == '-' ? -by : by);
    }
    return true;
}

/* "a, b=c]" up to the end of the text. */
static bool read_picks(reader *r, scope *s, const tree *where, const char *c, int level, pick **out)
{
    const char *end = c + strlen(c) - 1;
    if (end < c || *end != ']' || strchr(c, '[') || strchr(c, ']') != end) {
        complain(r, where->at, "as in node.port, node.port[30] or node.port[minutes-1]",
                 "'%s' is not a reference: the brackets do not match", where->text);
        return false;
    }
    bool good = true;
    for (;;) {
        size_t n = strcspn(c, ",]"), trimmed;
        const char *first = c + strspn(c, " ");
        if (first > c + n) first = c + n;
        trimmed = (size_t)(c + n - first);
        while (trimmed && first[trimmed - 1] == ' ') trimmed--;
        pick *p = arena_take(r->memory, sizeof *p);
        good = read_pick(r, s, where, first, trimmed, level, p) && good;
        *out = p;
        out = &p->next;
        if (c + n == end) return good;
        c += n + 1;
    }
}

/* ---- names ----------------------------------------------------------------------------------- */

/* Is it the name of a file, in place of a reference? One that is there, has a directory, or ends as
 * files do that ops write. */
static bool names_file(const reader *r, const scope *s, const char *written)
{
    const char *dot = strrchr(written, '.');
    const op_entry *entry;
    text path = { 0 };
    text_printf(&path, "%s%s", *written == '/' ? "" : s->from->dir, written);
    bool file = strchr(written, '/') || (path.data && !access(path.data, F_OK));
    text_free(&path);
    for (size_t i = 0; dot && !file && (entry = registry_at(r->ops, i)); i++)
        file = entry->op->writes_extension && !strcmp(entry->op->writes_extension, dot + 1);
    return file;
}

static void unknown_node(reader *r, const scope *s, const tree *where, size_t length)
{
    const char *name = say(r, "%.*s", (int)length, where->text);
    const char *known[1024];
    int n = 0;
    const tree *nodes = tree_get(s->root, "nodes");
    for (int32_t i = 0; nodes && nodes->kind == TREE_MAP && i < nodes->count && n < 1024; i++)
        known[n++] = nodes->key[i]->text;
    if (nodes && tree_get(nodes, name)) return; /* wrong itself, told there */
    const char *hint =
        names_file(r, s, where->text)
            ? "an input takes the output of a node; to read a file, add a node with a reader op: "
              "`atomloom ops read` lists them"
            : suggest(r, name, known, n, "nodes");
    complain(r, piece(where, where->text, length), hint, "unknown node '%s'", name);
}

/* Add the picks of this reference to every wire that following it gave. */
static void add_picks(reader *r, wire *first, pick *picks)
{
    for (wire *l = first; l && picks; l = l->next) {
        pick **end = &l->picks;
        while (*end) end = &(*end)->next;
        for (const pick *p = picks; p; p = p->next) {
            pick *copy = arena_copy(r->memory, p, sizeof *p);
            copy->next = NULL;
            *end = copy;
            end = &copy->next;
        }
    }
}

static bool follow_input(reader *r, scope *s, trail *t, const char *name)
{
    assert(name);
    const tree *declared = s->inputs ? tree_get(s->inputs, name) : NULL,
               *given = s->given ? tree_get(s->given, name) : NULL;
    if (!declared) {
        const char *known[64];
        int n = 0;
        for (; s->inputs && n < s->inputs->count && n < 64; n++) known[n] = s->inputs->key[n]->text;
        complain(r, t->where->at,
                 n ? suggest(r, name, known, n, "inputs")
                   : "declare it, as in inputs: {volume: {type: volume}}",
                 "the file has no input '%s'", name);
        return false;
    }
    if (!given) return false; /* told where the file is used, or where it is run by itself */
    const tree *type = tree_get(declared, "type");
    const tree *one[] = { given }, *const *item = given->kind == TREE_LIST
                                                      ? (const tree *const *)given->item
                                                      : one;
    bool good = true;
    for (int32_t i = 0, n = given->kind == TREE_LIST ? given->count : 1; i < n; i++) {
        trail up = { item[i], t->end, t->level + 1, t->type };
        good = follow(r, s->parent, &up, type && type->kind == TREE_SCALAR ? type->text : NULL)
               && good;
        t->end = up.end;
    }
    return good;
}

static bool follow_group(reader *r, scope *group, trail *t, const char *port)
{
    const tree *outputs = tree_get(group->root, "outputs"),
               *to = outputs ? tree_get(outputs, port) : NULL;
    if (to) {
        trail down = { to, t->end, t->level + 1, t->type };
        bool good = follow(r, group, &down, NULL);
        t->end = down.end;
        return good;
    }
    const char *known[64];
    int n = 0;
    for (; outputs && outputs->kind == TREE_MAP && n < outputs->count && n < 64; n++)
        known[n] = outputs->key[n]->text;
    complain(r, t->where->at,
             n ? suggest(r, port, known, n, "its outputs") : "it declares no outputs",
             "%s has no output '%s'", group->from->path, port);
    return false;
}

/* ---- what was meant -------------------------------------------------------------------------- */

/* The outputs of the node or group of that name, as "node.port": all, or the one of the wanted
 * type. */
static int outputs_of(reader *r, const scope *s, const char *name, const char *type,
                      const char **out, int room)
{
    assert(room > 0 && out);
    int32_t p = names_find(&s->part_of, name), g = p < 0 ? names_find(&s->group_of, name) : -1;
    const part *node = p >= 0 ? r->parts[p] : NULL;
    const op_entry *op = node && node->variant_count ? node->variants[0].op : NULL;
    int n = 0, fitting = 0, fits = 0;
    for (const loom_port *port = op ? op->op->outputs : NULL; port && port->name && n < room;
         port++) {
        if (type && !strcmp(port->type, type)) {
            fits = n;
            fitting++;
        }
        out[n++] = say(r, "%s.%s", name, port->name);
    }
    if (fitting == 1) {
        out[0] = out[fits];
        return 1;
    }
    const tree *outputs = g >= 0 ? tree_get(r->scopes[g]->root, "outputs") : NULL;
    for (int32_t i = 0; outputs && outputs->kind == TREE_MAP && i < outputs->count && n < room; i++)
        out[n++] = say(r, "%s.%s", name, outputs->key[i]->text);
    return n;
}

/* The node or group of the file whose name is nearest; NULL where none is near. */
static const char *nearest_node(const scope *s, const char *name)
{
    const char *known[1024];
    int n = 0;
    const tree *nodes = tree_get(s->root, "nodes");
    for (int32_t i = 0; nodes && nodes->kind == TREE_MAP && i < nodes->count && n < 1024; i++)
        known[n++] = nodes->key[i]->text;
    int near = nearest_word(name, known, n);
    return near >= 0 ? known[near] : NULL;
}

/* "recon" and "recon:volume" for recon.volume. */
static const char *reference_hint(reader *r, const scope *s, const char *written, const char *type)
{
    const char *found[8];
    size_t name = 0;
    while (isalnum((unsigned char)written[name]) || written[name] == '_' || written[name] == '-')
        name++;
    const char *rest = written + name,
               *node = nearest_node(s, arena_text(r->memory, written, name));
    int n = node && name ? outputs_of(r, s, node, type, found, 8) : 0;
    if (!strncmp(written, "${", 2)) return "a reference cannot contain ${ }";
    if (!n) return "as in recon.volume";
    const char *open = strchr(rest, '['), *close = open ? strchr(open, ']') : NULL,
               *word = rest == open && close ? close + 1 : rest,
               *bracket = close ? arena_text(r->memory, open, (size_t)(close - open) + 1) : "";
    for (int i = 0; i < n; i++) found[i] = say(r, "%s%s", found[i], bracket);
    word += strspn(word, " :/>-.");
    for (int i = 0; i < n && *word && *word != '['; i++)
        if (!strncmp(strchr(found[i], '.') + 1, word, strcspn(word, "[")))
            return say(r, "did you mean '%s'?", found[i]);
    if (n == 1) return say(r, "did you mean '%s'?", found[0]);
    return suggest(r, "", found, n, "its outputs");
}

static bool follow(reader *r, scope *s, trail *t, const char *declared)
{
    const tree *where = t->where;
    if (where->kind != TREE_SCALAR || tree_is_null(where)) {
        complain(r, where->at, "as in recon.volume", "expected a reference node.port, found %s",
                 where->kind == TREE_SCALAR ? "nothing" : tree_kind_text(where));
        return false;
    }
    const char *s0 = where->text, *open = strchr(s0, '['), *stop = open ? open : s0 + strlen(s0);
    const char *dot = memchr(s0, '.', (size_t)(stop - s0));
    if (!dot || dot == s0 || dot + 1 == stop || memchr(dot + 1, '.', (size_t)(stop - dot - 1))) {
        bool deeper = dot && dot != s0 && dot + 1 != stop;
        complain(r, where->at,
                 deeper ? "a group has the outputs that its file lists under `outputs:`"
                        : reference_hint(r, s, s0, t->type),
                 "'%s' is not a reference node.port", s0);
        return false;
    }
    if (t->level > MAX_LEVELS || ++r->wire_count > MAX_WIRES) {
        complain(r, where->at, NULL,
                 t->level > MAX_LEVELS ? "'%s' refers to itself" : "'%s': too many references", s0);
        return false;
    }
    size_t name = (size_t)(dot - s0);
    const char *port = arena_text(r->memory, dot + 1, (size_t)(stop - dot - 1));
    pick *picks = NULL;
    bool good = !open || read_picks(r, s, where, open + 1, t->level, &picks);
    wire **first = t->end;
    int32_t p = names_find_part(&s->part_of, s0, name),
            g = p < 0 ? names_find_part(&s->group_of, s0, name) : -1;
    if (name == 6 && !memcmp(s0, "inputs", 6)) good = follow_input(r, s, t, port) && good;
    else if (g >= 0) good = follow_group(r, r->scopes[g], t, port) && good;
    else if (p >= 0) {
        wire *l = arena_take(r->memory, sizeof *l);
        *l = (wire){ .part = p, .port = port };
        *t->end = l;
        t->end = &l->next;
    } else {
        unknown_node(r, s, where, name);
        good = false;
    }
    if (good) add_picks(r, *first, picks);
    for (wire *l = *first; l; l = l->next) { /* seen from here */
        l->at = where->at;
        l->written = where->text;
        if (declared) l->declared = declared;
    }
    return good;
}

bool refer(reader *r, scope *s, const tree *where, const char *type, wire **out)
{
    assert(where && out);
    trail t = { where, out, 0, type };
    const tree *const *item = (const tree *const *)where->item;
    bool good = true;
    if (where->kind != TREE_LIST) return follow(r, s, &t, NULL);
    for (int32_t i = 0; i < where->count; i++) {
        t.where = item[i];
        good = follow(r, s, &t, NULL) && good;
    }
    return good;
}
