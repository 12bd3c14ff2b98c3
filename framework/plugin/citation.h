/* plugin/citation.h - the publications of an op, whichever way its descriptor gives them.
 *
 * A plugin's own table may have rows of another size than this build's, and plugins built before
 * there was a table have a text instead. What a registry holds is always a table of this build's
 * rows, ended by {0} (descriptor_pack makes it). */
#ifndef ATOMLOOM_PLUGIN_CITATION_H
#define ATOMLOOM_PLUGIN_CITATION_H
#include "base/error.h"

/* Sizes of the structs when ABI 1 began: what an older plugin has. */
enum { OP_FIRST_SIZE = offsetof(loom_op, citations), CITATION_FIRST_SIZE = sizeof(loom_citation) };

/* The table of an op as a plugin has it: borrowed; NULL where it has none. */
const loom_citation *citations_of(const loom_op *op);
/* The next row of such a table. */
const loom_citation *citation_after(const loom_citation *row);

/* A line of the older text, "10.1038/nature10934  Scott et al., Nature 483, 444 (2012)", taken
 * apart as far as it tells. */
typedef struct citation_line {
    loom_citation is;
    char doi[96], authors[256], journal[256], volume[32], pages[32];
} citation_line;
/* Reads the next line of *cites and moves on; false at the end, and for "none". `out->is` points
 * into *out. */
bool citation_line_read(const char **cites, citation_line *out);

/* The rules of a table: form of the DOI, who, what, where and when, no publication twice. False
 * with what is wrong and the DOI (or "") in `what` and `name`; static and borrowed. */
bool citations_check(const loom_citation *table, const char **what, const char **name);
#endif
