/* damage: an HDF5 file can point at bytes that are not in it, at programs that unpack it, and at
 * nothing. No reader of the project follows it there: every file here is at once a MATLAB 7.3 file
 * and a value, and is tried on io.read_mat and on the framework's own reader. */
#include "store/store.h"
#include "support/op_test.h"
#include "support/scratch.h"
#include "support/suite.h"
#include <hdf5.h>
#include <string.h>

enum { N = 12, FILTER = 301 };
static const hsize_t shape[1] = { N };
static const double numbers[N] = { 1.5, 2.25, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };

static const char *place(const char *name)
{
    static char path[2][700];
    static int next;
    next = 1 - next;
    snprintf(path[next], sizeof path[next], "%s/%s", scratch_directory(), name);
    return path[next];
}

static void put_text(hid_t object, const char *name, const char *content)
{
    hid_t type = H5Tcopy(H5T_C_S1), space = H5Screate(H5S_SCALAR);
    H5Tset_size(type, strlen(content));
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    hid_t a = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(a, type, content);
    H5Aclose(a);
    H5Sclose(space);
    H5Tclose(type);
}

static void put_numbers(hid_t file, const char *name, hid_t creation, bool written)
{
    const hsize_t most[1] = { H5S_UNLIMITED };
    bool chunked = H5Pget_layout(creation) == H5D_CHUNKED; /* such may grow */
    hid_t space = H5Screate_simple(1, shape, chunked ? most : NULL);
    hid_t set = H5Dcreate2(file, name, H5T_IEEE_F64LE, space, H5P_DEFAULT, creation, H5P_DEFAULT);
    ck_assert_int_ge(set, 0);
    if (written)
        ck_assert_int_ge(H5Dwrite(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, numbers),
                         0);
    put_text(set, "MATLAB_class", "double");
    H5Dclose(set);
    H5Sclose(space);
}

/* A plain file with one dataset `secret`, and the same numbers as bytes. */
static void make_other_files(void)
{
    hid_t file = H5Fcreate(place("other.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    put_numbers(file, "secret", H5P_DEFAULT, true);
    H5Fclose(file);
    FILE *f = fopen(place("other.bin"), "wb");
    ck_assert_uint_eq(fwrite(numbers, sizeof *numbers, N, f), N);
    fclose(f);
}

static size_t pass_through(unsigned flags, size_t n, const unsigned values[], size_t bytes,
                           size_t *room, void **buffer)
{
    (void)flags, (void)n, (void)values, (void)room, (void)buffer;
    return bytes;
}

/* ---- what `data` may be ---------------------------------------------------------------------- */

static void put_plain(hid_t file, hid_t creation) { put_numbers(file, "data", creation, true); }

static void put_external(hid_t file, hid_t creation)
{
    H5Pset_external(creation, place("other.bin"), 0, N * sizeof *numbers);
    put_numbers(file, "data", creation, false);
}

static void put_virtual(hid_t file, hid_t creation)
{
    hid_t space = H5Screate_simple(1, shape, NULL);
    H5Pset_virtual(creation, space, place("other.h5"), "secret", space);
    put_numbers(file, "data", creation, false);
    H5Sclose(space);
}

static void put_external_link(hid_t file, hid_t creation)
{
    (void)creation;
    H5Lcreate_external(place("other.h5"), "secret", file, "data", H5P_DEFAULT, H5P_DEFAULT);
}

static void put_soft_link(hid_t file, hid_t creation)
{
    put_numbers(file, "other", creation, true);
    H5Lcreate_soft("/other", file, "data", H5P_DEFAULT, H5P_DEFAULT);
}

static void put_own_filter(hid_t file, hid_t creation)
{
    H5Pset_chunk(creation, 1, (hsize_t[]){ 5 });
    H5Pset_filter(creation, FILTER, H5Z_FLAG_MANDATORY, 0, NULL);
    put_numbers(file, "data", creation, true);
}

static void put_nothing(hid_t file, hid_t creation) { put_numbers(file, "data", creation, false); }

static void put_no_chunks(hid_t file, hid_t creation)
{
    H5Pset_chunk(creation, 1, (hsize_t[]){ 5 });
    H5Pset_deflate(creation, 3);
    put_numbers(file, "data", creation, false);
}

/* A chunk of 128 MiB for twelve numbers. */
static void put_wide_chunk(hid_t file, hid_t creation)
{
    H5Pset_chunk(creation, 1, (hsize_t[]){ 1 << 24 });
    H5Pset_deflate(creation, 1);
    put_numbers(file, "data", creation, true);
}

static const struct row {
    const char *name;
    void (*put)(hid_t file, hid_t creation);
    const char *says; /* NULL: read */
} rows[] = {
    { "plain", put_plain, NULL },
    { "external storage", put_external, "in other files (external storage)" },
    { "virtual dataset", put_virtual, "in other files (a virtual dataset)" },
    { "external link", put_external_link, "link" },
    { "soft link", put_soft_link, "link" },
    { "unknown filter", put_own_filter, "by a filter other than deflate" },
    { "never written", put_nothing, "was never written" },
    { "a chunk far too large", put_wide_chunk, "has chunks for far more numbers than it has" },
    { "chunks never written", put_no_chunks, "has not all of its chunks" },
};

static void make_file(const struct row *row, bool newer)
{
    hid_t plist = H5Pcreate(H5P_FILE_CREATE), access = H5Pcreate(H5P_FILE_ACCESS);
    hid_t creation = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_userblock(plist, 512);
    if (newer) H5Pset_libver_bounds(access, H5F_LIBVER_LATEST, H5F_LIBVER_LATEST);
    hid_t file = H5Fcreate(place("it.mat"), H5F_ACC_TRUNC, plist, access);
    ck_assert_int_ge(file, 0);
    put_text(file, "atomloom_type", "array");
    row->put(file, creation);
    H5Pclose(creation);
    H5Fclose(file);
    H5Pclose(access);
    H5Pclose(plist);
    char header[128];
    memset(header, ' ', sizeof header);
    memcpy(header, "MATLAB 7.3 MAT-file", 19);
    memcpy(header + 124, "\0\2IM", 4);
    FILE *f = fopen(place("it.mat"), "r+b");
    ck_assert_uint_eq(fwrite(header, 1, sizeof header, f), sizeof header);
    fclose(f);
}

static void check_numbers(const struct row *row, const loom_value *v, const error *e)
{
    if (row->says) {
        ck_assert_msg(!v, "%s was read", row->name);
        ck_assert_msg(strstr(e->message, row->says) != NULL, "%s: %s", row->name, e->message);
        return;
    }
    ck_assert_msg(v != NULL, "%s: %s", row->name, e->message);
    const loom_array *a = value_array(v, "data");
    ck_assert(a && loom_array_count(a) == N && !memcmp(a->data, numbers, sizeof numbers));
}

/* _i: the row, in the older and in the newer form of HDF5. */
START_TEST(no_reader_leaves_the_file)
{
    const struct row *row = &rows[_i / 2];
    static const H5Z_class2_t filter = { H5Z_CLASS_T_VERS, FILTER, 1,    1,
                                         "test",           NULL,   NULL, pass_through };
    char param[720];
    H5Zregister(&filter);
    make_other_files();
    make_file(row, _i % 2);

    op_call c = { .op = op_load("io.read_mat"), .params = { param, "variable=data" } };
    snprintf(param, sizeof param, "file=%s", place("it.mat"));
    bool good = op_run(&c);
    check_numbers(row, good ? op_output(&c, "array") : NULL, &c.result.failure);
    op_end(&c);

    error e = { 0 };
    loom_value *v = value_read_h5(place("it.mat"), &e);
    check_numbers(row, v, &e);
    value_free(v);
}
END_TEST

int main(void)
{
    const TTest *const none[] = { NULL };
    const suite_options options = { .loop = no_reader_leaves_the_file,
                                    .loops = 2 * sizeof rows / sizeof *rows };
    return run_suite("damage.outside", options, none, 0);
}
