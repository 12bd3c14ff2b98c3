/* io.read_csv - a table from a text with one row a line. */
#include "io/csv_table.h"

static loom_status run(loom_call *call, const void *param_struct)
{
    return csv_table_read(call, param_struct, false);
}

static const loom_op io_read_csv = {
    .size = sizeof(loom_op),
    .revision = 6,
    .id = "io.read_csv",
    .summary = "A table from a text with one row a line; every number is there.",
    .method = CSV_TABLE_METHOD
    "A column holds numbers where all of its fields read as numbers; one that is missing is an "
    "error with its line (an empty field, `nan`), unless `missing` lists how it is written: "
    "then it is NaN, as in `io.read_table`." CSV_TABLE_COLUMNS,
    .cites = "none",
    .limits = CSV_TABLE_LIMITS,
    .inputs = csv_table_inputs,
    .outputs = csv_table_outputs,
    .params = csv_table_params,
    .params_size = sizeof(csv_table_param),
    .run = run,
};
LOOM_PLUGIN("io.read_csv", "1.0", "BSD-3-Clause", &io_read_csv);
