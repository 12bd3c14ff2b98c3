/* cli/outputs.h - the outputs of a pipeline: found by name, told in one line, and how to get at
 * them. */
#ifndef ATOMLOOM_CLI_OUTPUTS_H
#define ATOMLOOM_CLI_OUTPUTS_H
#include "cli/common.h"
#include "run/run.h"

/* An output by its name in `outputs:` ("D", "D[minutes=30]"), or any port of any node
 * ("recon.volume", "recon[minutes=30].volume"). False with `e` set: the nearest name, or the list.
 */
bool output_find(const graph *g, const char *name, graph_edge *out, error *e);
const loom_port *edge_port(const graph *g, graph_edge from);

/* Its value on the axis; NULL where it does not repeat over it. */
const char *place_on_axis(const graph_instance *in, const char *axis);

/* What a value holds in one line: shapes and units; a table of one row with its numbers. */
void value_line(const loom_value *v, text *out);

/* The single numbers of a value: its number attributes, arrays without axes, the columns of a table
 * of one row. */
typedef void scalar_visit(void *user, const char *name, const char *unit, const char *value);
void value_scalars(const loom_value *v, scalar_visit *visit, void *user);

/* The extension that people would ask for first: csv of a table, npy of an array, that of a writer
 * op for the type, else h5. */
const char *usual_extension(const registry *ops, const char *type);
/* `atomloom get FILE NAME -o NAME.EXTENSION`, with the options that make this command mean the same
 * pipeline. */
void get_command(const cli_args *args, const char *name, const char *extension, text *out);
/* `atomloom run FILE`, with the same; without the options that say where things are unless
 * `places`. */
void run_command(const cli_args *args, bool places, text *out);
/* " --set recon.iterations=30 ...": these options alone. */
void pipeline_options(const cli_args *args, bool places, text *out);
/* A file name made of an output's name: letters, digits and a few signs. */
void file_word(text *out, const char *name);
/* A word as a shell reads it back. */
void shell_word(text *out, const char *s);

/* Everything at the end of a run: outputs with what they hold, the table of a sweep. */
bool outputs_text(const cli_args *args, const cli_session *s, const plan *p, text *out, error *e);
/* `columns`: NULL-terminated lists of the numbers to show, "score.rmsd,r_noise"; all where empty.
 */
bool sweep_text(const graph *g, const plan *p, store *s, const char *const *columns, text *out,
                error *e);

/* Has an output that the plan knows gone from the store since, because it was damaged? Then another
 * plan makes it again. */
bool outputs_lost(const plan *p);
enum { MAX_ROUNDS = 3 }; /* of making an output again; then the damage is reported as a failure */
#endif
