/* store/h5_table.c - see h5_table.h */
#define H5_TABLE_PLAIN
#include "store/h5_table.h"
#include <dlfcn.h>
#include <string.h>

h5_table h5;

static const struct entry { const char *name; size_t offset; } entries[] = {
#define X(name) { #name, offsetof(h5_table, name) },
    H5_FUNCTIONS(X)
    H5_CONSTANTS(X)
#undef X
};

bool h5_load(error *e)
{
    static bool loaded;
    if (loaded) return true;
    void *library = dlopen(ATOMLOOM_HDF5, RTLD_NOW | RTLD_LOCAL);
    if (!library) return error_set(e, LOOM_E_IO, "install the package of the HDF5 library (libhdf5-103-1 on Debian 12)", "cannot load HDF5: %s", dlerror());
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        void *symbol = dlsym(library, entries[i].name);
        if (!symbol) return error_set(e, LOOM_E_IO, "build atomloom against the HDF5 of this machine", "%s has no '%s'", ATOMLOOM_HDF5, entries[i].name);
        memcpy((char *)&h5 + entries[i].offset, &symbol, sizeof symbol);
    }
    h5.H5open();
    h5.H5Eset_auto2(H5E_DEFAULT, NULL, NULL); /* failures are reported by our own messages */
    return loaded = true;
}
