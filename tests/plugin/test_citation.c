/* Property: what an op cites is whole or refused with the DOI and the field, and comes through
 * probe and cache word for word, also from plugins built before there was a table of citations. */
#include "plugin/citation.h"
#include "plugin/load.h"
#include "plugin/registry.h"
#include "support/suite.h"
#include <stdio.h>
#include <string.h>

#define GOOD \
    .doi = "10.1234/5678", .authors = "Last, First", .title = "A title", .journal = "A journal", \
    .year = 2000
#define CITE(...) LOOM_CITATION(GOOD, __VA_ARGS__)

static const loom_port none[] = { { 0 } }, outputs[] = { { "out", "array", "a number", 0 }, { 0 } };
static loom_status run(loom_call *call, const void *params)
{
    (void)call;
    (void)params;
    return LOOM_OK;
}

static loom_op op_citing(const loom_citation *table, const char *cites)
{
    return (loom_op){ .size = sizeof(loom_op),
                      .revision = 1,
                      .id = "a.b",
                      .summary = "A.",
                      .method = "M.",
                      .limits = "L.",
                      .cites = cites,
                      .inputs = none,
                      .outputs = outputs,
                      .run = run,
                      .citations = table };
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
#ifdef __clang__
#pragma GCC diagnostic ignored "-Winitializer-overrides"
#endif
static const struct {
    loom_citation row;
    const char *fault;
} faults[] = {
    { CITE(.size = 8), "made without LOOM_CITATION" },
    { CITE(.size = 0x10000000), "made without LOOM_CITATION" },
    { CITE(.doi = NULL), "doi" },
    { CITE(.doi = ""), "doi" },
    { CITE(.doi = "doi:10.1234/5678"), "doi" },
    { CITE(.doi = "https://doi.org/10.1234/5678"), "doi" },
    { CITE(.doi = "10.12/5678"), "doi" },
    { CITE(.doi = "10.1234"), "doi" },
    { CITE(.doi = "10.1234/"), "doi" },
    { CITE(.doi = "10.1234/a b"), "doi" },
    { CITE(.doi = "10.1234./a"), "doi" },
    { CITE(.doi = "10.1234/a}b"), "doi" },
    { CITE(.doi = "10.1234567890/a"), "doi" },
    { CITE(.authors = NULL), "authors" },
    { CITE(.authors = ""), "authors" },
    { CITE(.authors = "Last, First and "), "authors" },
    { CITE(.authors = " and Last, First"), "authors" },
    { CITE(.authors = "Last et al."), "authors" },
    { CITE(.authors = "Last, First and others"), "authors" },
    { CITE(.authors = "Last, "), "authors" },
    { CITE(.authors = ", First"), "authors" },
    { CITE(.authors = "A, B, C, D"), "authors" },
    { CITE(.authors = "A,B"), "authors" },
    { CITE(.authors = "A, B and  and C, D"), "authors" },
    { CITE(.authors = "M{\\\"u}ller, Zoe"), "authors" },
    { CITE(.title = NULL), "no title" },
    { CITE(.title = ""), "a text is empty" },
    { CITE(.title = "{RESIRE}"), "has TeX" },
    { CITE(.title = " A title"), "blanks" },
    { CITE(.title = "A\ntitle"), "has TeX" },
    { CITE(.volume = ""), "a text is empty" },
    { CITE(.journal = NULL), "neither journal nor book nor publisher" },
    { CITE(.year = 0), "year" },
    { CITE(.year = 20), "year" },
    { CITE(.year = 20000), "year" },
};
static const loom_citation twice[] = { CITE(.doi = "10.1234/ab"),
                                       CITE(.doi = "10.1234/AB"),
                                       { 0 } };
static const loom_citation good[] = { CITE(.volume = "1"),
                                      CITE(.doi = "10.1234.56/(SICI)1096<1::AID-A>3.0;2-#"),
                                      CITE(.doi = "10.1/x"),
                                      { 0 } };
static const loom_citation fine[] = {
    CITE(.doi = "10.1002/andp.18551700105", .year = 1855),
    CITE(.doi = "10.1234/b", .journal = NULL, .publisher = "A press"),
    CITE(.doi = "10.1234/c",
         .authors = "European Microscopy Society and King, Jr., Martin and O'Donoghue, B."),
    { 0 }
};
#pragma GCC diagnostic pop

START_TEST(every_fault_of_a_row_is_named)
{
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        const loom_citation table[] = { faults[i].row, { 0 } };
        loom_op op = op_citing(table, NULL);
        error e = { 0 };
        ck_assert_msg(!op_check(&op, &e), "row %zu passes", i);
        ck_assert_msg(strstr(e.message, faults[i].fault) != NULL,
                      "row %zu: '%s' does not hold '%s'", i, e.message, faults[i].fault);
    }
}
END_TEST

START_TEST(tables_are_checked_whole)
{
    error e = { 0 };
    loom_op op = op_citing(twice, NULL);
    ck_assert(!op_check(&op, &e));
    ck_assert_msg(strstr(e.message, "cited twice: '10.1234/AB'") != NULL, "%s", e.message);
    op = op_citing(good, NULL);
    memset(&e, 0, sizeof e);
    ck_assert(!op_check(&op, &e)); /* the third row */
    ck_assert_msg(strstr(e.message, "'10.1/x'") != NULL, "%s", e.message);
    op = op_citing(fine, NULL);
    memset(&e, 0, sizeof e);
    ck_assert_msg(op_check(&op, &e), "%s", e.message);
}
END_TEST

START_TEST(an_op_cites_or_says_that_it_does_not)
{
    static const loom_citation empty[] = { { 0 } };
    const struct {
        const loom_citation *table;
        const char *cites;
        bool good;
    } cases[] = {
        { NULL, NULL, false },
        { NULL, "", false },
        { empty, NULL, false },
        { empty, "none", true },
        { NULL, "none", true },
        { fine, NULL, true },
        { fine, "none", true },
        { NULL, "10.1038/nature10934  Scott et al., Nature 483, 444 (2012)", true },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        error e = { 0 };
        loom_op op = op_citing(cases[i].table, cases[i].cites);
        ck_assert_msg(op_check(&op, &e) == cases[i].good, "case %zu: %s", i, e.message);
    }
    loom_op short_one = op_citing((const loom_citation *)16,
                                  "none"); /* an older struct: what lies behind it is not read */
    error e = { 0 };
    short_one.size = OP_FIRST_SIZE;
    ck_assert_msg(op_check(&short_one, &e), "%s", e.message);
    short_one.size = OP_FIRST_SIZE - 8;
    ck_assert(!op_check(&short_one, &e));
}
END_TEST

static void same(const char *a, const char *b)
{
    if (b) ck_assert_str_eq(a, b);
    else ck_assert(a == NULL);
}

START_TEST(older_lines_give_what_they_hold)
{
    static const struct {
        const char *line, *doi, *authors, *journal, *volume, *pages;
        int year;
    } cases[] = {
        { "10.1038/nature10934  Scott et al., Nature 483, 444 (2012)", "10.1038/nature10934",
          "Scott and others", "Nature", "483", "444", 2012 },
        { "10.1109/a  Gregor, Benson, IEEE Trans. Medical Imaging 27, 918 (2008)", "10.1109/a",
          "Gregor and Benson", "IEEE Trans. Medical Imaging", "27", "918", 2008 },
        { "10.1063/1.2977970  Lechner and Dellago, Journal of Chemical Physics (2008)",
          "10.1063/1.2977970", "Lechner and Dellago", "Journal of Chemical Physics", NULL, NULL,
          2008 },
        { "10.1007/b  Kirkland, A Book", "10.1007/b", "Kirkland", "A Book", NULL, NULL, 0 },
        { "10.1007/b", "10.1007/b", NULL, NULL, NULL, NULL, 0 },
        { "10.1007/b  (1999)", "10.1007/b", NULL, NULL, NULL, NULL, 1999 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *at = cases[i].line;
        citation_line c;
        ck_assert(citation_line_read(&at, &c));
        same(c.is.doi, cases[i].doi);
        same(c.is.authors, cases[i].authors);
        same(c.is.journal, cases[i].journal);
        same(c.is.volume, cases[i].volume);
        same(c.is.pages, cases[i].pages);
        ck_assert_int_eq(c.is.year, cases[i].year);
        ck_assert(!citation_line_read(&at, &c));
    }
    const char *none_at = "none", *null_at = NULL;
    citation_line c;
    ck_assert(!citation_line_read(&none_at, &c) && !citation_line_read(&null_at, &c));
}
END_TEST

static const loom_citation *cited(const registry *r, const char *id, size_t rows)
{
    const op_entry *entry = registry_find(r, id);
    ck_assert_msg(entry != NULL, "no %s", id);
    size_t n = 0;
    while (entry->op->citations[n].size)
        ck_assert_uint_eq(entry->op->citations[n++].size, sizeof(loom_citation));
    ck_assert_uint_eq(n, rows);
    return entry->op->citations;
}

START_TEST(a_registry_holds_every_field)
{
    char dir[] = "/tmp/atomloom-citation-XXXXXX", command[64];
    const char *const list[] = { ATOMLOOM_BINARY_DIR "/tests/plugins", NULL };
    ck_assert(mkdtemp(dir) != NULL);
    for (int again = 0; again < 2; again++) { /* probed, then from the cache */
        error e = { 0 };
        registry *r = registry_open(list, dir, &e);
        ck_assert_msg(r != NULL, "%s", e.message);
        const loom_citation *c = cited(r, "test.cite_first", 2);
        same(c[0].doi, "10.1234/second_b");
        same(c[0].authors, "Müller, Zoë");
        same(c[0].title, "Second of the year");
        same(c[0].journal, "Journal of R&D");
        same(c[0].volume, "7");
        same(c[0].pages, "1-9");
        ck_assert_int_eq(c[0].year, 2020);
        same(c[0].book, NULL);
        same(c[1].volume, NULL);
        c = cited(r, "test.cite_second", 3);
        same(c[1].publisher, "Press");
        same(c[2].book, "Proceedings of TEM");
        c = cited(r, "test.cite_older", 2);
        same(c[0].authors, "Scott and others");
        same(c[1].journal, "IEEE Trans. Medical Imaging");
        cited(r, "test.number", 0);
        registry_close(r);
    }
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    ck_assert_int_eq(system(command), 0);
}
END_TEST

TEST_MAIN("citation", every_fault_of_a_row_is_named, tables_are_checked_whole,
          an_op_cites_or_says_that_it_does_not, older_lines_give_what_they_hold,
          a_registry_holds_every_field)
