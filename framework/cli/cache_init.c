/* cli/cache_init.c - `atomloom cache init`: make a store on purpose, as that of a group. */
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/print.h"
#include <stdlib.h>

static bool make(const cli_args *args, const char *path, error *e)
{
    const char *group = cli_value(args, "group");
    if (group) return store_make_group(path, group, e);
    store *s = store_open(path, e);
    if (!s) return false;
    bool of_group = store_is_group(s);
    store_close(s);
    return !of_group
           || error_set(e, LOOM_E_IO, "name another directory with --store",
                        "'%s' is a group store already", path);
}

static int run_init(const cli_args *args)
{
    error e = { 0 };
    char *path = store_path_of(cli_value(args, "store"), &e);
    bool good = path && make(args, path, &e);
    if (good && cli_has(args, "group"))
        cli_line("%s is a store of the group %s", path, cli_value(args, "group"));
    else if (good) cli_line("%s is a store", path);
    free(path);
    return good ? 0 : cli_report(&e);
}

const cli_command command_cache_init = {
    .name = "cache init",
    .group = COMMANDS_STORE,
    .summary = "make a store, for one user or for a group",
    .run = run_init,
    .description =
        "A store of one user needs no command: it is made by what first uses it. With --group the "
        "store is for all members of a group of this machine: values are there once, and each "
        "member's records of what was computed are his own. A member takes what another one "
        "computed only where he trusts him: ATOMLOOM_TRUST_USERS=alice,bob or, for all of the "
        "group, ATOMLOOM_TRUST_USERS=@GROUP. docs/sharing.md says what holds then.",
    .options = (const cli_option[]){ { .name = "group",
                                       .argument = "GROUP",
                                       .doc = "the group, by name or number; you must be in it",
                                       .example = "--group lab" },
                                     OPTION_STORE,
                                     { 0 } },
    .examples =
        (const cli_example[]){ { "atomloom cache init --group lab --store /shared/lab/store",
                                 "one store for the group lab" },
                               { 0 } },
};
