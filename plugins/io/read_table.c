/* io.read_table - a table from a text with one row a line, as instruments write it. */
#include "io/csv_table.h"

static loom_status run(loom_call *call, const void *param_struct)
{
    return csv_table_read(call, param_struct, true);
}

static const loom_op io_read_table = {
    .size = sizeof(loom_op),
    .revision = 1,
    .id = "io.read_table",
    .summary = "A table from a text with one row a line, where numbers may be missing.",
    .method = CSV_TABLE_METHOD
    "A column holds numbers where all of its fields read as numbers or are missing: empty, "
    "`-`, `--`, `---`, `nan`, `NA`, `N/A`, `#N/A`, `null`, `none`, or one of `missing`. "
    "Missing numbers are NaN, with a warning that counts them, and the text attribute "
    "`missing.NAME` of the column says that there are some. An empty field of a column of "
    "words reads as `-`. Otherwise this is `io.read_csv`." CSV_TABLE_COLUMNS,
    .cites = "none",
    .limits = CSV_TABLE_LIMITS,
    .inputs = csv_table_inputs,
    .outputs = csv_table_outputs,
    .params = csv_table_params,
    .params_size = sizeof(csv_table_param),
    .run = run,
};
LOOM_PLUGIN("io.read_table", "1.0", "BSD-3-Clause", &io_read_table);
