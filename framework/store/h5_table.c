/* store/h5_table.c - see h5_table.h */
#define H5_TABLE_PLAIN
#include "store/h5_table.h"
#include "base/dl_error.h"
#include "base/io_error.h"
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

h5_table h5;

static const struct entry {
    const char *name;
    size_t offset;
} entries[] = {
#define X(name) { #name, offsetof(h5_table, name) },
    H5_FUNCTIONS(X) H5_QUESTIONS(X) H5_CONSTANTS(X)
#undef X
};

static bool cannot_load(const char *said, error *e)
{
    char todo[256] =
        "it is damaged or made for another machine: install the package of the HDF5 library again";
    dl_error d = dl_error_read(said);
    if (d.missing && strncmp(said, ATOMLOOM_HDF5, strlen(ATOMLOOM_HDF5)) != 0)
        snprintf(todo, sizeof todo,
                 "install the package that holds the library '%.*s', which HDF5 needs",
                 d.file_length, said);
    else if (d.missing)
        snprintf(todo, sizeof todo,
                 "install the package of the HDF5 library (libhdf5-103-1 on Debian 12)");
    else if (d.code) snprintf(todo, sizeof todo, "%s", io_todo(d.code, IO_USER));
    return error_set(e, d.code == ENOMEM ? LOOM_E_MEMORY : LOOM_E_IO, todo, "cannot load HDF5: %s",
                     said);
}

/* What HDF5 itself says of a failure: the errno of the system call behind it. */
static int trouble;

static herr_t look_at(unsigned n, const H5E_error2_t *one, void *user)
{
    static const char word[] = "errno = ";
    const char *code = one->desc ? strstr(one->desc, word) : NULL;
    (void)n, (void)user;
    if (code && !trouble) trouble = atoi(code + sizeof word - 1);
    return 0;
}

static herr_t on_failure(hid_t stack, void *user)
{
    (void)user;
    h5.H5Ewalk2(stack, H5E_WALK_UPWARD, look_at, NULL);
    return 0;
}

int h5_trouble_take(void)
{
    int code = trouble;
    trouble = 0;
    return code;
}

bool h5_load(error *e)
{
    static bool loaded;
    if (loaded) return true;
    void *library = dlopen(ATOMLOOM_HDF5, RTLD_NOW | RTLD_LOCAL);
    if (!library) return cannot_load(dlerror(), e);
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        void *symbol = dlsym(library, entries[i].name);
        if (!symbol)
            return error_set(e, LOOM_E_IO, "build atomloom against the HDF5 of this machine",
                             "%s has no '%s'", ATOMLOOM_HDF5, entries[i].name);
        memcpy((char *)&h5 + entries[i].offset, &symbol, sizeof symbol);
    }
    /* every file is closed here; after a damaged one its own tidying at exit complains on stderr */
    h5.H5dont_atexit();
    h5.H5open();
    h5.H5PLset_loading_state(0); /* no file names code that is loaded to read it */
    h5.H5Eset_auto2(H5E_DEFAULT, on_failure, NULL); /* failures are reported by our own messages */
    return loaded = true;
}
