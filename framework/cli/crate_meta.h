/* cli/crate_meta.h - what a crate says about its files: the entities of ro-crate-metadata.json.
 *
 * Profiles: Process Run Crate and Workflow Run Crate 0.5 (https://w3id.org/ro/wfrun/) over
 * RO-Crate 1.1. The run is one CreateAction whose instrument is the pipeline; every instance that
 * an output rests on is one more, whose instrument is the op. Names are those of this pipeline. */
#ifndef ATOMLOOM_CLI_CRATE_META_H
#define ATOMLOOM_CLI_CRATE_META_H
#include "cli/crate_dir.h"
#include "cli/records.h"

typedef struct crate_meta {
    const plan *plan;
    json_t *graph, *seen;                           /* entities; their ids */
    json_t *parts, *mentions, *consumed, *produced; /* of the root and of the run */
    json_t *in_ports, *out_ports, *instruments;     /* of the workflow */
    double first, last;                             /* when the actions ran */
} crate_meta;

/* The metadata of a crate of this plan. False with `e` when out of memory. */
bool crate_meta_begin(crate_meta *m, const plan *p, error *e);
void crate_meta_end(crate_meta *m); /* frees what it holds */

/* A file of the crate; gives its entity, borrowed. */
json_t *meta_file(crate_meta *m, const char *id, const char *name, const char *encoding,
                  const crate_file *f);
/* A file that an instance read: in the crate as `id`, or only named (`f` NULL), with the digest
 * that the key has. */
void meta_input(crate_meta *m, const char *id, const char *path, const digest *content,
                const crate_file *f);
/* An output of the pipeline: the file `id` is the value that `from` made. */
void meta_output(crate_meta *m, const char *id, const graph_output *o, const char *encoding,
                 const crate_file *f);
/* The action of an instance; `inputs`: ids of the files it read. False with `e` where its record is
 * not there. */
bool meta_instance(crate_meta *m, store *s, int32_t instance, const char *const *inputs, int count,
                   error *e);
/* The pipeline's main file, the run as a whole (`command`: how it is called) and the crate itself.
 * Call last. */
void meta_workflow(crate_meta *m, const char *id, const char *command, const crate_file *f);
void meta_root(crate_meta *m, const char *workflow, const char *licence);
/* The text of ro-crate-metadata.json. Owned by the caller (free); NULL with `e`. */
char *meta_text(const crate_meta *m, error *e);
#endif
