/* table.write_markdown - a table as Markdown. */
#include <atomloom/op.h>
#include "table/cells.h"
#include <ctype.h>

static const loom_port inputs[] = {
    { "table", "table", "any table; its attributes label and notes become heading and footnotes",
      0 },
    { 0 }
};
static const loom_port outputs[] = { { "file", "file", "Markdown", 0 }, { 0 } };

/* Text from a table stays text: whatever Markdown or HTML would read as markup is escaped. */
static void print_escaped_n(io_text *t, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)s[i];
        /* inside a word '_' is only a letter */
        bool word =
            i && i + 1 < n && isalnum((unsigned char)s[i - 1]) && isalnum((unsigned char)s[i + 1]);
        if (c < ' ' || c == 127) io_print(t, " ");
        else if (strchr("\\`*[]<>&|~$", c) || (c == '_' && !word)) io_print(t, "\\%c", c);
        else io_print(t, "%c", c);
    }
}

static void print_escaped(io_text *t, const char *s) { print_escaped_n(t, s, strlen(s)); }

static void print_notes(io_text *t, const char *notes)
{
    while (notes && *notes) {
        io_print(t, "\n- ");
        print_escaped_n(t, notes, strcspn(notes, "\n"));
        notes += strcspn(notes, "\n");
        notes += *notes == '\n';
    }
}

static void print_heading(io_text *t, const table_columns *c, const char *label)
{
    if (label && *label) {
        io_print(t, "**");
        print_escaped(t, label);
        io_print(t, "**\n\n");
    }
    io_print(t, "|");
    for (int k = 0; k < c->count; k++) {
        io_print(t, " ");
        print_escaped(t, c->array[k]->name);
        if (*table_unit(c, k)) {
            io_print(t, " (");
            print_escaped(t, table_unit(c, k));
            io_print(t, ")");
        }
        io_print(t, " |");
    }
    io_print(t, "\n|");
    for (int k = 0; k < c->count; k++) io_print(t, c->words[k] ? "---|" : "---:|");
}

static void print_rows(io_text *t, const table_columns *c)
{
    char cell[256];
    for (int64_t row = 0; row < c->rows && !t->failed; row++) {
        io_print(t, "\n|");
        for (int k = 0; k < c->count; k++) {
            table_cell(c, k, row, cell, sizeof cell);
            io_print(t, " ");
            print_escaped(t, cell);
            io_print(t, " |");
        }
    }
    io_print(t, "\n");
}

static loom_status run(loom_call *call, const void *param_struct)
{
    (void)param_struct;
    const loom_host *h = call->host;
    const loom_value *table = h->input(call, "table", 0);
    table_columns c;
    io_text t = { .call = call };
    table_read(h, table, &c);
    print_heading(&t, &c, h->text(table, "label"));
    print_rows(&t, &c);
    print_notes(&t, h->text(table, "notes"));
    if (h->text(table, "notes")) io_print(&t, "\n");
    return t.failed ? LOOM_E_MEMORY : io_finish_file(call, t.data, t.n, "text/markdown", "md");
}

static const loom_op table_write_markdown = {
    .size = sizeof(loom_op),
    .revision = 2,
    .id = "table.write_markdown",
    .summary = "A table as Markdown, with its notes below.",
    .method = "Percentages to one decimal, whole numbers whole, other numbers to four digits, each "
              "rounded once from the stored value.",
    .cites = "none",
    .limits = "For reading; .csv keeps every digit.",
    .inputs = inputs,
    .outputs = outputs,
    .writes_type = "table",
    .writes_extension = "md",
    .run = run,
};
LOOM_PLUGIN("table.write_markdown", "1.0", "BSD-3-Clause", &table_write_markdown);
