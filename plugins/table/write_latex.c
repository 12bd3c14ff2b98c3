/* table.write_latex - a table as a LaTeX tabular. */
#include <atomloom/op.h>
#include "table/cells.h"

static const loom_port inputs[] = {
    { "table", "table", "any table; its attributes label and notes become caption and footnotes",
      0 },
    { 0 }
};
static const loom_port outputs[] = { { "file", "file", "LaTeX table environment, for booktabs", 0 },
                                     { 0 } };

static void print_escaped(io_text *t, const char *s, size_t n)
{
    for (; n && *s; s++, n--) {
        if (strchr("&%$#_{}", *s)) io_print(t, "\\%c", *s);
        else if (*s == '\\') io_print(t, "\\textbackslash{}");
        else if (*s == '^') io_print(t, "\\textasciicircum{}");
        else if (*s == '~') io_print(t, "\\textasciitilde{}");
        else io_print(t, "%c", *s);
    }
}

static void print_text(io_text *t, const char *s) { print_escaped(t, s, strlen(s)); }

static void print_heading(io_text *t, const table_columns *c, const char *label)
{
    io_print(t, "\\begin{table}\n\\centering\n");
    if (label && *label) {
        io_print(t, "\\caption{");
        print_text(t, label);
        io_print(t, "}\n");
    }
    io_print(t, "\\begin{tabular}{");
    for (int k = 0; k < c->count; k++) io_print(t, c->words[k] ? "l" : "r");
    io_print(t, "}\n\\toprule\n");
    for (int k = 0; k < c->count; k++) {
        if (k) io_print(t, " & ");
        print_text(t, c->array[k]->name);
        if (!*table_unit(c, k)) continue;
        io_print(t, " (");
        print_text(t, table_unit(c, k));
        io_print(t, ")");
    }
    io_print(t, " \\\\\n\\midrule\n");
}

static loom_status run(loom_call *call, const void *param_struct)
{
    (void)param_struct;
    const loom_host *h = call->host;
    const loom_value *table = h->input(call, "table", 0);
    const char *notes = h->text(table, "notes");
    table_columns c;
    char cell[256];
    io_text t = { .call = call };
    table_read(h, table, &c);
    print_heading(&t, &c, h->text(table, "label"));
    for (int64_t row = 0; row < c.rows && !t.failed; row++) {
        for (int k = 0; k < c.count; k++) {
            table_cell(&c, k, row, cell, sizeof cell);
            if (k) io_print(&t, " & ");
            print_text(&t, cell);
        }
        io_print(&t, " \\\\\n");
    }
    io_print(&t, "\\bottomrule\n\\end{tabular}\n");
    while (notes && *notes) {
        size_t n = strcspn(notes, "\n");
        io_print(&t, "\\par\\footnotesize ");
        print_escaped(&t, notes, n);
        io_print(&t, "\n");
        notes += n + (notes[n] == '\n');
    }
    io_print(&t, "\\end{table}\n");
    return t.failed ? LOOM_E_MEMORY : io_finish_file(call, t.data, t.n, "application/x-tex", "tex");
}

static const loom_op table_write_latex = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "table.write_latex",
    .summary = "A table as a LaTeX table environment, with its notes below.",
    .method = "A tabular for the package booktabs. Percentages to one decimal, whole numbers "
              "whole, other numbers to four digits, each rounded once from the stored value.",
    .cites = "none",
    .limits = "For reading; .csv keeps every digit.",
    .inputs = inputs,
    .outputs = outputs,
    .writes_type = "table",
    .writes_extension = "tex",
    .run = run,
};
LOOM_PLUGIN("table.write_latex", "1.0", "BSD-3-Clause", &table_write_latex);
