/* cli/records.c - see records.h */
#include "cli/records.h"

json_t *record_read(store *s, const digest *key, double *started, double *wall_s, error *e)
{
    action_record r = { 0 };
    char hex[65];
    if (!store_read_action(s, key, &r, e)) {
        error_set(e, LOOM_E_IO, "run the pipeline again: the record is made again", "the store has no record of action %s",
                  digest_text(key, hex));
        return NULL;
    }
    json_t *o = r.provenance ? json_loads(r.provenance, 0, NULL) : NULL;
    if (!o) error_set(e, LOOM_E_IO, "`atomloom cache rm` removes it; the next run makes it again", "the record of action %s cannot be read",
                      digest_text(key, hex));
    *started = r.started;
    *wall_s = r.wall_s;
    action_record_free(&r);
    return o;
}

const char *record_text(const json_t *o, const char *name)
{
    const char *s = json_string_value(json_object_get(o, name));
    return s ? s : "";
}

void record_value(const json_t *v, text *out)
{
    char number[32];
    size_t i;
    json_t *item;
    if (json_is_string(v)) text_puts(out, *json_string_value(v) ? json_string_value(v) : "\"\"");
    else if (json_is_number(v)) text_puts(out, number_text(json_number_value(v), number));
    else if (json_is_boolean(v)) text_puts(out, json_is_true(v) ? "true" : "false");
    else if (json_is_array(v)) {
        text_putc(out, '[');
        json_array_foreach(v, i, item) {
            if (i) text_puts(out, ", ");
            record_value(item, out);
        }
        text_putc(out, ']');
    }
}
