/* cli/doctor.c - `atomloom doctor`: what is installed, what is missing, what was refused and why.
 */
#include "base/trust.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "run/machine.h"
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static void line(text *out, const char *what, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void line(text *out, const char *what, const char *format, ...)
{
    assert(what && format);
    va_list args;
    va_start(args, format);
    text_printf(out, "%-14s", what);
    text_vprintf(out, format, args);
    text_putc(out, '\n');
    va_end(args);
}

static void machine_lines(text *out)
{
    const machine *m = machine_mine();
    char size[32], physical[32];
    text quota = { 0 }, group = { 0 };
    if (m->quota > 0 && m->quota < m->affinity)
        text_printf(&quota, ": the control group %s allows %.3g", m->quota_group, m->quota);
    if (*m->memory_group)
        text_printf(&group, " of %s: limit of the control group %s",
                    bytes_text(m->physical_bytes, physical), m->memory_group);
    line(out, "processors", "%d of %d may be used%s", m->processors, m->online,
         quota.data ? quota.data : "");
    line(out, "memory", "%s%s", bytes_text(m->memory_bytes, size), group.data ? group.data : "");
    text_free(&quota);
    text_free(&group);
}

/* The store is looked at, not made: a doctor changes nothing. */
static bool store_lines(const cli_args *args, text *out)
{
    error e = { 0 };
    struct stat st;
    struct statvfs space;
    char size[32];
    char *path = store_path_of(cli_value(args, "store"), &e);
    bool good = true;
    if (!path) {
        line(out, "store", "no directory for it: %s\n%-14s%s", e.message, "", e.todo);
        return false;
    }
    if (stat(path, &st) != 0) {
        line(out, "store", "%s (%s)", path,
             errno == ENOENT ? "made by the first run" : strerror(errno));
        good = errno == ENOENT;
    } else {
        store *s = store_open(path, &e);
        good = s && store_is_writable(s);
        if (!s) line(out, "store", "%s: %s\n%-14s%s", path, e.message, "", e.todo);
        else
            line(out, "store", "%s%s%s", path, store_is_group(s) ? " (of a group)" : "",
                 good ? "" : " (cannot be written to: values are read, runs fail)");
        if (s) store_close(s);
        if (statvfs(path, &space) == 0)
            line(out, "space left", "%s",
                 bytes_text((uint64_t)space.f_bavail * space.f_frsize, size));
    }
    free(path);
    return good;
}

static void trust_line(text *out)
{
    const char *given = getenv("ATOMLOOM_TRUST_USERS"), *unknown = trust_unknown();
    if (given && *given)
        line(out, "trusted", "%s (ATOMLOOM_TRUST_USERS)%s%s%s", given,
             unknown ? "; unknown: '" : "", unknown ? unknown : "", unknown ? "'" : "");
}

static void directory_lines(const cli_args *args, text *out)
{
    const char *const *extra = cli_values(args, "plugin-dir");
    const char *variable = getenv("ATOMLOOM_PLUGIN_PATH");
    for (; *extra; extra++) line(out, "plugins in", "%s (--plugin-dir)", *extra);
    if (variable && *variable) line(out, "plugins in", "%s (ATOMLOOM_PLUGIN_PATH)", variable);
}

static bool is_same_directory(const op_entry *a, const op_entry *b)
{
    if (!a->file || !a->file->path || !b->file || !b->file->path) return false;
    const char *x = strrchr(a->file->path, '/'), *y = strrchr(b->file->path, '/');
    return x && y && x - a->file->path == y - b->file->path
           && !strncmp(a->file->path, b->file->path, (size_t)(x - a->file->path));
}

/* The directories that ops came from, each once. */
static void plugin_lines(const registry *ops, text *out)
{
    size_t n = 0;
    const op_entry *entry;
    for (; (entry = registry_at(ops, n)); n++) {
        const char *slash =
            entry->file && entry->file->path ? strrchr(entry->file->path, '/') : NULL;
        size_t before = 0;
        while (before < n && !is_same_directory(registry_at(ops, before), entry)) before++;
        if (slash && before == n)
            line(out, "ops from", "%.*s", (int)(slash - entry->file->path), entry->file->path);
    }
    line(out, "ops", "%zu", n);
    if (*ATOMLOOM_MISSING)
        line(out, "built without", "%s: the ops that need them are missing", ATOMLOOM_MISSING);
}

static int refusal_lines(const registry *ops, text *out)
{
    int n = 0;
    const plugin_refusal *r;
    while ((r = registry_refusal_at(ops, (size_t)n))) {
        text_printf(out, "\nrefused       %s\n%-14s%s\n", r->path, "", r->reason);
        if (r->todo && *r->todo) text_printf(out, "%-14s%s\n", "", r->todo);
        n++;
    }
    return n;
}

static int run_doctor(const cli_args *args)
{
    error e = { 0 };
    text t = { 0 };
    char program[4096];
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    program[n > 0 ? n : 0] = 0;
    line(&t, "atomloom", "%s (plugin ABI %u), %s", ATOMLOOM_VERSION, LOOM_ABI, program);
    machine_lines(&t);
    bool good = store_lines(args, &t);
    trust_line(&t);
    directory_lines(args, &t);
    registry *ops = cli_registry(args, &e);
    int refused = 0;
    if (ops) {
        plugin_lines(ops, &t);
        refused = refusal_lines(ops, &t);
        registry_close(ops);
    }
    int status = cli_print(&t);
    if (!ops) return cli_report(&e);
    if (refused || !good)
        return cli_fail(LOOM_E_IO, "see above", "%s",
                        !good ? "the store cannot be used" : "some plugin files were refused");
    cli_say("no problems found");
    return status;
}

const cli_command command_doctor = {
    .name = "doctor",
    .group = "This installation",
    .summary = "show what is installed, what is missing, and which plugins were refused",
    .run = run_doctor,
    .description = "Changes nothing. A plugin file that was refused is listed with the reason (a "
                   "missing library by name, an unresolved "
                   "symbol, another ABI, a crash) and "
                   "with what to do. Exit status 3 when something needs attention.",
    .options = (const cli_option[]){ OPTION_STORE, OPTION_PLUGIN_DIR, { 0 } },
    .examples = (const cli_example[]){ { "atomloom doctor", "when an op is not found" }, { 0 } },
};
