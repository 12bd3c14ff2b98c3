/* cli/get.c - `atomloom get`: an output as a file, or several. What is missing is computed first.
 */
#include "cli/get.h"
#include "cli/commands.h"
#include "cli/formats.h"
#include "cli/narrow.h"
#include "cli/outputs.h"
#include "cli/target.h"
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_directory(const char *path)
{
    struct stat st;
    size_t n = strlen(path);
    return n && (path[n - 1] == '/' || (!stat(path, &st) && S_ISDIR(st.st_mode)));
}

/* One output by its name; all points of one that has axes become one table. */
static int get_one(cli_session *s, const get_how *how, const char *name, const char *path)
{
    error e = { 0 };
    graph_edge from;
    int status = target_check(s, "-o", path);
    if (status) return status;
    if (output_find(s->graph, name, &from, &e)) return get_value(s, from, how, path);
    bool table = !strcmp(how->format, "csv") || !strcmp(how->format, "json");
    if (!table || !narrow_to(s, name) || s->graph->output_count < 2) return cli_report(&e);
    return get_points(s, how, path);
}

/* Outputs by their names, all where none is given, into a directory. */
static int get_several(const cli_args *args, cli_session *s, const get_how *how, const char *path)
{
    int status = 0;
    if (cli_operand_at(args, 1)) {
        text names = { 0 };
        for (int i = 1; cli_operand_at(args, i); i++)
            text_printf(&names, "%s%s", i > 1 ? "," : "", cli_operand_at(args, i));
        status = names.failed ? cli_fail(LOOM_E_MEMORY, "close other programs", "out of memory")
                              : narrow_outputs_to(s, names.data);
        text_free(&names);
    }
    return status ? status : get_directory(s, how, path);
}

static int run_get(const cli_args *args)
{
    cli_session s = { 0 };
    char format[FORMAT_ROOM];
    const char *path = cli_value(args, "output"), *name = cli_operand_at(args, 1);
    if (!path || !*path)
        return cli_fail(LOOM_E_PARAM, "its extension selects the format: -o result.csv",
                        "where to? -o PATH is missing");
    bool many = is_directory(path);
    format_asked(args, many ? "" : path, format);
    if (!many && !name)
        return cli_fail(LOOM_E_PARAM, "name one, or write all of them: -o DIR/",
                        "which output? OUTPUT is missing");
    if (!many && cli_operand_at(args, 2))
        return cli_fail(LOOM_E_PARAM, "end its name with a slash: -o DIR/",
                        "several outputs are written into a directory, and '%s' is a file", path);
    if (!strcmp(path, "-") && isatty(STDOUT_FILENO) && !format_is_text(format))
        return cli_fail(LOOM_E_PARAM, "redirect it, as in > FILE, or use --format csv or json",
                        "a binary format is not written to a terminal");
    get_how how = { .strict = cli_has(args, "strict"), .format = format };
    const char **columns = get_column_names(args, &how.columns);
    how.column = columns;
    int status = columns ? cli_session_open(args, &s)
                         : cli_fail(LOOM_E_MEMORY, "close other programs", "out of memory");
    if (!status) status = many ? get_several(args, &s, &how, path) : get_one(&s, &how, name, path);
    if (!status && !many && strcmp(path, "-") != 0) cli_say("wrote %s", path);
    cli_session_close(&s);
    for (int64_t i = 0; i < how.columns; i++) free((char *)(uintptr_t)columns[i]);
    free(columns);
    return status;
}

const cli_command command_get = {
    .name = "get",
    .group = "Pipelines",
    .summary = "write an output to a file; its extension selects the format",
    .run = run_get,
    .description =
        "Computes the output if the store does not hold it, then writes it. The framework's own "
        "formats are .h5 (everything), .npy (one array), .csv (a table) and .json; writer ops add "
        "the "
        "formats of the field. A value of type `file` is written as it is.\n\n"
        "Into a directory (-o DIR/) go all outputs of the pipeline, or those named, each as a file "
        "NAME.EXTENSION in the format that people ask for first, or in that of --format. An output "
        "with axes is written for every point; as .csv or .json all points become one table, with "
        "their places on the axes in front: the rows of tables, the single numbers of other "
        "values.\n\n"
        "A file that is there is replaced when the new one is finished, and keeps its permissions. "
        "A "
        "file that the pipeline reads is never written over.",
    .operands =
        (const cli_operand[]){
            OPERAND_PIPELINE,
            { .name = "OUTPUT",
              .doc = "an output of the pipeline, or any NODE.PORT, or GROUP.OUTPUT; several with "
                     "-o DIR/",
              .optional = true,
              .repeat = true },
            { 0 } },
    .options = (const cli_option[]){ { .name = "output",
                                       .letter = 'o',
                                       .argument = "PATH",
                                       .doc = "the file to write; DIR/ for a directory of "
                                              "files; - for standard output",
                                       .complete = COMPLETE_FILE },
                                     { .name = "format",
                                       .argument = "EXTENSION",
                                       .doc = "the format, where the file's name does not say it",
                                       .otherwise = "the extension of PATH",
                                       .example = "--format csv" },
                                     { .name = "columns",
                                       .argument = "A,B",
                                       .doc = "only these columns, in this order",
                                       .example = "--columns minutes,D",
                                       .repeat = true },
                                     { .name = "strict",
                                       .doc = "write nothing, and end with exit status 1, if an op "
                                              "warned of what the output rests on" },
                                     OPTION_SET,
                                     OPTION_VAR,
                                     OPTION_SWEEP,
                                     OPTION_ONLY,
                                     OPTION_STORE,
                                     OPTION_PLUGIN_DIR,
                                     { 0 } },
    .examples =
        (const cli_example[]){
            { "atomloom get pipelines/quickstart.yaml diffusion -o diffusion.csv",
              "a table for a spreadsheet" },
            { "atomloom get pipelines/quickstart.yaml 'recon[minutes=30].volume' -o recon.h5",
              "any output of any node, with units, for h5py" },
            { "atomloom get pipelines/quickstart.yaml -o results/", "everything it puts out" },
            { "atomloom get p.yaml score -o scores.csv --sweep recon.iterations=50,100",
              "one table of what a sweep gives" },
            { "atomloom get pipelines/quickstart.yaml diffusion -o - --format csv",
              "to the next program" },
            { 0 } },
};
