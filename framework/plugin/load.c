/* plugin/load.c - see load.h */
#include "plugin/load.h"
#include "base/dl_error.h"
#include "base/io_error.h"
#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static bool refuse(error *e, const char *path, const char *todo, const char *field, unsigned found, unsigned expected)
{
    return error_set(e, LOOM_E_IO, todo, "%s: %s is %u, this atomloom needs %u", path, field, found, expected);
}

static bool plugin_check(const loom_plugin *p, const char *path, error *e)
{
    static const char rebuild[] = "rebuild the plugin against this atomloom's SDK";
    if (memcmp(p->magic, "atomloom", sizeof p->magic) != 0)
        return error_set(e, LOOM_E_IO, rebuild, "%s: the symbol %s does not begin with the magic text 'atomloom'", path, LOOM_PLUGIN_SYMBOL);
    if (p->abi != LOOM_ABI) return refuse(e, path, rebuild, "the ABI number", p->abi, LOOM_ABI);
    if (p->size < sizeof *p) return refuse(e, path, rebuild, "the size of the plugin descriptor", p->size, (unsigned)sizeof *p);
    if (!p->name || !p->version || !p->licence || !p->ops || !*p->ops)
        return error_set(e, LOOM_E_IO, "report this to the plugin's author", "%s: name, version, licence or the list of ops is missing", path);
    for (const loom_op *const *op = p->ops; *op; op++) {
        error inner = { 0 };
        if (!op_check(*op, &inner)) return error_set(e, LOOM_E_BUG, "report this to the plugin's author", "%s: %s", path, inner.message);
    }
    return true;
}

/* dlerror's usual answers in words that tell what to install or rebuild. */
static bool explain_dlopen(const char *path, const char *said, error *e)
{
    static const char no_symbol[] = "undefined symbol: ";
    const char *symbol = strstr(said, no_symbol);
    dl_error d = dl_error_read(said);
    if (d.missing && strncmp(said, path, strlen(path)) != 0)
        return error_set(e, LOOM_E_IO, "install the package that holds this library", "%s: needs the library '%.*s', which was not found", path,
                         d.file_length, said);
    if (symbol)
        return error_set(e, LOOM_E_IO, "rebuild the plugin against the libraries of this machine", "%s: uses the symbol '%s', which nothing provides", path,
                         symbol + strlen(no_symbol));
    return error_set(e, LOOM_E_IO, d.code ? io_todo(d.code, IO_USER) : "rebuild the plugin", "cannot load plugin: %s", said);
}

const loom_plugin *plugin_load(const char *path, error *e)
{
    char whole[PATH_MAX]; /* without a slash dlopen would search the library path */
    if (!realpath(path, whole)) {
        error_set(e, LOOM_E_IO, "check the path", "no plugin file '%s'", path);
        return NULL;
    }
    void *object = dlopen(whole, RTLD_NOW | RTLD_LOCAL);
    if (!object) {
        explain_dlopen(whole, dlerror(), e);
        return NULL;
    }
    const loom_plugin *p = dlsym(object, LOOM_PLUGIN_SYMBOL);
    if (!p) {
        error_set(e, LOOM_E_IO, "end its source with LOOM_PLUGIN(...), or remove it from the plugin directory",
                  "%s: no symbol %s, so it is not an atomloom plugin", path, LOOM_PLUGIN_SYMBOL);
        return NULL;
    }
    return plugin_check(p, path, e) ? p : NULL;
}
