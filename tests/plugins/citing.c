/* Ops that cite, for tests of `cite` and of what is read off a descriptor: equal first authors and
 * years, letters and signs that TeX wants escaped, a book, a chapter; and an op built before there
 * was a table of citations. */
#include <atomloom/op.h>

static const loom_port none[] = { { 0 } };
static const loom_port outputs[] = { { "number", "array", "one number", 0 }, { 0 } };

static loom_status run(loom_call *call, const void *params)
{
    (void)params;
    double *data = call->host->add_array(call, call->host->output(call, "number"), "data", LOOM_F64,
                                         0, NULL, NULL);
    return data ? LOOM_OK : LOOM_E_MEMORY;
}

#define SHARED \
    LOOM_CITATION(.doi = "10.1234/second_b", .authors = "Müller, Zoë", \
                  .title = "Second of the year", .journal = "Journal of R&D", .volume = "7", \
                  .pages = "1-9", .year = 2020)
static const loom_citation first_table[] = {
    SHARED,
    LOOM_CITATION(.doi = "10.1234/(SICI)1096<1::AID-A>3.0;2",
                  .authors = "Müller, Zoë and Łukasz, Søren and King, Jr., Martin",
                  .title = "Pd–Ir at 100 %: μ_scale facets of MgO & ÅNGSTRÖM, for $5",
                  .journal = "Zeitschrift für Physik", .year = 2020),
    { 0 }
};
static const loom_citation second_table[] = {
    LOOM_CITATION(.doi = "10.1234/SECOND_B", .authors = "Müller, Zoë",
                  .title = "Second of the year", .journal = "Journal of R&D", .volume = "7",
                  .pages = "1-9", .year = 2020),
    LOOM_CITATION(.doi = "10.1234/book", .authors = "European Microscopy Society",
                  .title = "Handbook", .publisher = "Press", .year = 1999),
    LOOM_CITATION(.doi = "10.1234/chapter.1", .authors = "Ångström, Anders", .title = "A chapter",
                  .book = "Proceedings of TEM", .publisher = "Press", .pages = "12", .year = 1870),
    { 0 }
};

#define OP(ID, ...) \
    { \
        .revision = 1, .id = ID, .summary = "A number.", .method = "None.", .limits = "None.", \
        .inputs = none, .outputs = outputs, .run = run, __VA_ARGS__ \
    }
static const loom_op first =
    OP("test.cite_first", .size = sizeof(loom_op), .citations = first_table);
static const loom_op second =
    OP("test.cite_second", .size = sizeof(loom_op), .citations = second_table);
/* Its struct ends before `citations`, which is not to be read: here it would lead nowhere. */
static const loom_op older = OP(
    "test.cite_older", .size = offsetof(loom_op, citations), .citations = (const loom_citation *)16,
    .cites = "10.1038/nature10934  Scott et al., Nature 483, 444 (2012)\n"
             "10.1109/TMI.2008.923696  Gregor, Benson, IEEE Trans. Medical Imaging 27, 918 (2008)");

LOOM_PLUGIN("test.citing", "1.0", "BSD-3-Clause", &first, &second, &older);
