/* plugin/script_inside.h - a description being read; for the files script*.c. */
#ifndef ATOMLOOM_PLUGIN_SCRIPT_INSIDE_H
#define ATOMLOOM_PLUGIN_SCRIPT_INSIDE_H
#include "plugin/script.h"
#include "yaml/yaml.h"

/* The memory unwinds: what takes from it cannot fail. */
typedef struct script_reading {
    arena *memory;
    const char *path;
    error *e;
} script_reading;

/* The first problem of the file: "path:line:column: ...". False. */
bool script_wrong(script_reading *r, span at, const char *hint, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* ---- what a key holds; where it is missing, *out stays as it was ---- */
/* The whole mapping may have these keys (ended by NULL) and no others. `what` is for messages: "a
 * description", "a port". */
bool script_keys(script_reading *r, const tree *map, const char *what, const char *const *keys);
bool script_get_text(script_reading *r, const tree *map, const char *key, const char **out);
bool script_get_number(script_reading *r, const tree *map, const char *key, double *out);
/* true or false: sets or clears the bit `flag` */
bool script_get_flag(script_reading *r, const tree *map, const char *key, uint32_t flag,
                     uint32_t *out);
/* a list of texts, ended by NULL; *count without it, and may be NULL */
bool script_get_words(script_reading *r, const tree *map, const char *key, const char *const **out,
                      int32_t *count);

/* ---- script_tables.c: the tables of an op, in the reading's memory ---- */
bool script_ports(script_reading *r, const tree *map, const loom_port **out);
bool script_params(script_reading *r, const tree *map, loom_op *op);
bool script_citations(script_reading *r, const tree *list, const loom_citation **out);
#endif
