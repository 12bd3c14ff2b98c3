/* report/page_parts.h - the sections of a page, between page.c and the files that write them. */
#ifndef ATOMLOOM_REPORT_PAGE_PARTS_H
#define ATOMLOOM_REPORT_PAGE_PARTS_H
#include "report/html.h"
#include "report/page.h"

/* page_panels.c: the figures, those of one name next to each other. */
void page_panels(const page_options *o, text *out);
/* page_warnings.c: failures, warnings, rows that do not meet what was expected. */
typedef struct page_findings {
    int failures, warnings, misses, met;
} page_findings;
page_findings page_count_findings(const page_options *o);
void page_warnings(const page_options *o, const page_findings *found, text *out);
/* page_record.c: numbers next to each other, graph, times, parameters, where outputs come from. */
void page_scalars(const page_options *o, text *out);
void page_graphs(const page_options *o, text *out);
void page_parameters(const page_options *o, text *out);
void page_provenance(const page_options *o, text *out);
void page_citations(const page_options *o, text *out);

/* page_data.c: the numbers of a panel for scripts, as JSON; nothing for renderers that need none.
 */
void panel_data(const loom_value *v, text *out);
#endif
