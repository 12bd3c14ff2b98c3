/* A value survives the way through its HDF5 file unchanged, whatever it holds; the same value gives
 * the same bytes. */
#include "store/object.h"
#include "support/store_test.h"

static void fill(void *data, size_t bytes, unsigned seed)
{
    for (size_t i = 0; i < bytes; i++)
        ((uint8_t *)data)[i] = (uint8_t)((i * 2654435761u + seed) >> 7);
}

/* Every dtype at every rank, an empty array of every rank from 1 on, units with and without. */
static loom_value *one_of_everything(int64_t longest)
{
    loom_value *v = make_value("array");
    char name[64];
    for (int dtype = 0; dtype < LOOM_DTYPE_COUNT; dtype++)
        for (int rank = 0; rank <= LOOM_MAX_RANK; rank++) {
            int64_t dim[LOOM_MAX_RANK] = { longest, 3, 2, 5 };
            snprintf(name, sizeof name, "%s of rank %d", loom_dtype_text(dtype), rank);
            loom_array *a =
                value_add_array(v, name, dtype, rank, dim, rank % 2 ? "e/angstrom^2" : "", &e);
            must(a != NULL);
            fill(a->data, (size_t)loom_array_count(a) * loom_dtype_bytes(dtype),
                 (unsigned)(dtype * 7 + rank));
            if (!rank) continue;
            dim[rank - 1] = 0;
            snprintf(name, sizeof name, "%s of rank %d, empty", loom_dtype_text(dtype), rank);
            must(value_add_array(v, name, dtype, rank, dim, "Å", &e) != NULL);
        }
    must(value_set_number(v, "plain", 0.1, "", &e)
         && value_set_number(v, "with unit", -1e-300, "angstrom", &e));
    must(value_set_text(v, "empty", "", &e)
         && value_set_text(v, "words", "größe Å\nsecond line", &e));
    must(value_set_text(v, "categories.kind", "core\nshell", &e));
    return v;
}

static void must_equal(const loom_value *a, const loom_value *b)
{
    digest da = value_digest(a), db = value_digest(b);
    ck_assert_str_eq(value_type(a), value_type(b));
    for (int64_t i = 0; value_array_at(a, i) || value_array_at(b, i); i++) {
        const loom_array *x = value_array_at(a, i), *y = value_array_at(b, i);
        ck_assert_ptr_nonnull(x);
        ck_assert_ptr_nonnull(y);
        ck_assert_str_eq(x->name, y->name);
        ck_assert_str_eq(x->unit, y->unit);
        ck_assert_int_eq(x->dtype, y->dtype);
        ck_assert_int_eq(x->rank, y->rank);
        ck_assert_mem_eq(x->dim, y->dim, sizeof x->dim);
        ck_assert_mem_eq(x->data, y->data,
                         (size_t)loom_array_count(x) * loom_dtype_bytes(x->dtype));
    }
    ck_assert(digest_equal(&da, &db));
}

static void round_trip(const loom_value *v)
{
    const char *path = place("value.h5");
    must(value_write_h5(v, path, &e));
    loom_value *back = value_read_h5(path, &e);
    must(back != NULL);
    must_equal(v, back);
    value_free(back);
}

START_TEST(everything_survives)
{
    loom_value *v = one_of_everything(4);
    round_trip(v);
    value_free(v);
}
END_TEST

START_TEST(odd_sizes_survive)
{
    loom_value *v = make_value("file");
    round_trip(v); /* nothing in it at all */
    char *letters = malloc(300001), name[201];
    memset(letters, 'x', 300000);
    letters[300000] = 0;
    memset(name, 'n', 200);
    name[200] = 0;
    must(value_set_text(v, name, letters, &e)); /* beyond what an HDF5 attribute holds */
    letters[32768] = 0;
    must(value_set_text(v, "just fits", letters, &e));
    must(value_add_array(v, name, LOOM_U8, 1, (int64_t[]){ 3 }, NULL, &e) != NULL);
    round_trip(v);
    for (int i = 0; i < 300; i++) {
        snprintf(name, sizeof name, "column %d", 299 - i);
        must(value_add_array(v, name, LOOM_F64, 1, (int64_t[]){ 2 }, "s", &e) != NULL);
        must(value_set_number(v, name, i, "s", &e));
    }
    round_trip(v); /* order of columns kept: must_equal goes by index */
    free(letters);
    value_free(v);
}
END_TEST

static char *bytes_of(const loom_value *v, size_t *n)
{
    const char *path = place("value.h5");
    must(value_write_h5(v, path, &e));
    FILE *f = fopen(path, "rb");
    char *bytes = malloc(1 << 20);
    *n = fread(bytes, 1, 1 << 20, f);
    ck_assert_uint_lt(*n, 1 << 20);
    fclose(f);
    return bytes;
}

START_TEST(the_same_value_gives_the_same_bytes)
{
    loom_value *a = one_of_everything(900), *b = one_of_everything(900);
    size_t na, nb;
    char *first = bytes_of(a, &na);
    sleep(1); /* any time stamp would show */
    char *dirt = malloc(200000);
    memset(dirt, 0x5a, 200000); /* and so would memory that nobody set */
    free(dirt);
    char *second = bytes_of(b, &nb);
    ck_assert_uint_eq(na, nb);
    ck_assert_mem_eq(first, second, na);
    free(first);
    free(second);
    value_free(a);
    value_free(b);
}
END_TEST

/* A value with long texts, and more arrays and attributes than stay in HDF5's object header. */
static loom_value *many_items(int count)
{
    loom_value *v = make_value("test.many");
    char name[32], *s = calloc(40001, 1);
    memset(s, 't', 40000);
    for (int i = 0; i < count; i++) {
        snprintf(name, sizeof name, "item %d", i);
        loom_array *a = value_add_array(v, name, LOOM_F32, 1, (int64_t[]){ i % 5 },
                                        i % 2 ? "angstrom" : "", &e);
        must(a && value_set_number(v, name, i, i % 2 ? "" : "degree", &e));
        fill(a->data, (size_t)(i % 5) * 4, (unsigned)i);
    }
    for (int i = 0; i < 12; i++) { /* more than a plain group holds in its header */
        snprintf(name, sizeof name, "text %d", i);
        must(value_set_text(v, name, s, &e));
    }
    free(s);
    return v;
}

START_TEST(long_texts_and_many_items_give_the_same_bytes_at_another_time)
{
    loom_value *v = many_items(300);
    digest first, second;
    must(value_write_h5(v, place("first.h5"), &e));
    sleep(2); /* HDF5's times are whole seconds */
    must(value_write_h5(v, place("second.h5"), &e));
    must(sha256_file(place("first.h5"), &first, &e)
         && sha256_file(place("second.h5"), &second, &e));
    ck_assert(digest_equal(&first, &second));
    round_trip(v);
    value_free(v);
}
END_TEST

START_TEST(flipped_bits_among_many_items_are_noticed)
{
    loom_value *v = many_items(150);
    store *s = open_store();
    digest d;
    text path = { 0 };
    struct stat st;
    int damaged = 0;
    must(store_put(s, v, &d, &e) && store_object_path(s, &d, &path) && !stat(path.data, &st));
    for (off_t at = 0; at < st.st_size;
         at += at < 60000 ? 211 : 2003) { /* what HDF5 interprets comes first */
        flip_bit(path.data, at);
        e = (error){ 0 };
        loom_value *back = store_get(s, &d, true, &e);
        if (back) must_equal(v, back); /* a byte that means nothing */
        value_free(back);
        damaged += !back;
        if (back) flip_bit(path.data, at);
        else must(store_put(s, v, &d, &(error){ 0 }));
    }
    ck_assert_int_gt(damaged, 100);
    text_free(&path);
    value_free(v);
    store_close(s);
}
END_TEST

START_TEST(order_of_arrays_is_identity_order_of_attributes_is_not)
{
    loom_value *a = make_value("table"), *b = make_value("table"), *c = make_value("table");
    int64_t n = 1;
    value_add_array(a, "x", LOOM_F64, 1, &n, "", &e),
        value_add_array(a, "y", LOOM_F64, 1, &n, "", &e);
    value_add_array(b, "y", LOOM_F64, 1, &n, "", &e),
        value_add_array(b, "x", LOOM_F64, 1, &n, "", &e);
    value_add_array(c, "x", LOOM_F64, 1, &n, "", &e),
        value_add_array(c, "y", LOOM_F64, 1, &n, "", &e);
    value_set_number(a, "p", 1, "", &e), value_set_number(a, "q", 2, "", &e);
    value_set_number(c, "q", 2, "", &e), value_set_number(c, "p", 1, "", &e);
    digest da = value_digest(a), db = value_digest(b), dc = value_digest(c);
    ck_assert(digest_equal(&da, &dc));
    ck_assert(!digest_equal(&da, &db));
    value_free(a), value_free(b), value_free(c);
}
END_TEST

START_TEST(reserved_names_are_refused)
{
    loom_value *v = make_value("array");
    const char *bad[] = { "atomloom_type", "dose.unit", ".unit", "a/b", "", "a\nb" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        e = (error){ 0 };
        ck_assert(!value_set_number(v, bad[i], 1, "", &e));
        ck_assert_int_eq(e.status, LOOM_E_BUG);
        e = (error){ 0 };
        ck_assert_ptr_null(value_add_array(v, bad[i], LOOM_F32, 0, NULL, "", &e));
        ck_assert_int_eq(e.status, LOOM_E_BUG);
    }
    value_free(v);
}
END_TEST

START_TEST(files_that_are_no_values_are_refused)
{
    const char *path = place("value.h5");
    FILE *f = fopen(path, "wb");
    fputs("no HDF5 at all", f);
    fclose(f);
    ck_assert_ptr_null(value_read_h5(path, &e));
    ck_assert_int_eq(e.status, LOOM_E_IO);
    ck_assert_ptr_nonnull(strstr(e.message, path));

    e = (error){ 0 };
    loom_value *v = one_of_everything(1000);
    must(value_write_h5(v, path, &e));
    struct stat st;
    stat(path, &st);
    ck_assert_int_eq(truncate(path, st.st_size / 2), 0);
    ck_assert_ptr_null(value_read_h5(path, &e));
    ck_assert_ptr_nonnull(strstr(e.message, path));
    value_free(v);
}
END_TEST

/* h5py is the reader that most users have. */
START_TEST(plain_h5py_reads_it)
{
    if (system("/usr/bin/python3 -c 'import h5py' 2>/dev/null")) {
        printf("skipped: no h5py for /usr/bin/python3\n");
        return;
    }
    const char *path = place("value.h5");
    char command[4000];
    const float density[8] = { 0, 1, 2, 3, 4, 5, 6, 7.5f };
    loom_value *v = make_volume(2, 2, 2, 0.195, density);
    must(value_set_text(v, "note", "Å", &e));
    must(value_write_h5(v, path, &e));
    snprintf(command, sizeof command,
             "/usr/bin/python3 -c \"\nimport h5py\nf = h5py.File('%s', 'r')\n"
             "assert list(f) == ['density'], list(f)\nd = f['density']\nassert d.shape == (2, 2, "
             "2) and d.dtype == 'float32' and d[1, 1, 1] == 7.5\n"
             "assert f.attrs['atomloom_type'] == b'volume' and f.attrs['voxel_size'] == 0.195\n"
             "assert f.attrs['voxel_size.unit'] == b'angstrom' and f.attrs['note'].decode() == "
             "'\\u00c5'\n\"",
             path);
    ck_assert_int_eq(system(command), 0);
    value_free(v);
}
END_TEST

int main(void)
{
    return run_suite(
        "store.object",
        (const TTest *const[]){
            everything_survives, odd_sizes_survive, the_same_value_gives_the_same_bytes,
            long_texts_and_many_items_give_the_same_bytes_at_another_time,
            flipped_bits_among_many_items_are_noticed,
            order_of_arrays_is_identity_order_of_attributes_is_not, reserved_names_are_refused,
            files_that_are_no_values_are_refused, plain_h5py_reads_it, NULL });
}
