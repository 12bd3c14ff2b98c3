/* store/object_read.c - an HDF5 file as a value; see object.h
 *
 * The bytes are foreign: every count, type and length is checked before memory is asked for. Files
 * of other programs are welcome as long as they hold what a value holds (any integer or float type
 * that fits one of ours is converted by HDF5). */
#include "store/h5_names.h"
#include "store/h5_refuse.h"
#include "store/object.h"
#include "base/io_error.h"
#include "base/trust.h"
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MAPPED = 1 << 20,      /* bytes: smaller arrays are read at once */
    MOST_EXPANSION = 1100, /* deflate gives at most 1032:1 */
};

typedef struct reader {
    const char *path;
    int fd;
    hid_t file;
    uint64_t file_bytes;
    loom_h5_map map;
    loom_value *value;
    error *e;
} reader;

static const char foreign[] =
    "write it again, or export it with `atomloom get ... -o FILE.h5` as a pattern";

static bool bad(reader *r, const char *what, const char *name)
{
    return error_set(r->e, LOOM_E_DATA, foreign, "'%s' is not a value: %s%s%s%s", r->path, what,
                     name ? " '" : "", name ? name : "", name ? "'" : "");
}

static bool untrusted(reader *r, const char *name, const char *fault)
{
    return error_set(r->e, LOOM_E_DATA, foreign, "'%s' is not a value: dataset '%s' %s", r->path,
                     name, fault);
}

/* The text in an attribute or a scalar dataset; NULL when it holds none. Owned. */
static char *text_in(hid_t object, bool attribute)
{
    assert(object >= 0);
    hid_t type = attribute ? H5Aget_type(object) : H5Dget_type(object),
          space = attribute ? H5Aget_space(object) : H5Dget_space(object);
    char *out = NULL;
    if (type >= 0 && space >= 0 && H5Tget_class(type) == H5T_STRING
        && H5Sget_simple_extent_npoints(space) == 1) {
        size_t n = H5Tget_size(type);
        if (H5Tis_variable_str(type) > 0) {
            char *s = NULL;
            hid_t memory = H5Tcopy(type);
            if ((attribute ? H5Aread(object, memory, &s)
                           : H5Dread(object, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, &s))
                    >= 0
                && s) {
                out = strdup(s);
                H5free_memory(s);
            }
            H5Tclose(memory);
        } else if (n > 0 && n <= VALUE_MAX_TEXT && (out = calloc(n + 1, 1))) {
            if ((attribute ? H5Aread(object, type, out)
                           : H5Dread(object, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out))
                < 0) {
                free(out);
                out = NULL;
            } else if (H5Tget_strpad(type) == H5T_STR_SPACEPAD)
                for (size_t i = n; i > 0 && out[i - 1] == ' '; i--) out[i - 1] = 0;
        }
    }
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    return out;
}

static char *text_attribute(hid_t object, const char *name)
{
    if (H5Aexists(object, name) <= 0) return NULL;
    hid_t a = H5Aopen(object, name, H5P_DEFAULT);
    char *s = a >= 0 ? text_in(a, true) : NULL;
    if (a >= 0) H5Aclose(a);
    return s;
}

static bool number_in(hid_t attribute, double *out)
{
    assert(attribute >= 0);
    hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    H5T_class_t class = type >= 0 ? H5Tget_class(type) : H5T_NO_CLASS;
    bool good = space >= 0 && (class == H5T_FLOAT || class == H5T_INTEGER)
                && H5Sget_simple_extent_npoints(space) == 1
                && H5Aread(attribute, H5T_NATIVE_DOUBLE, out) >= 0;
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    return good;
}

/* Is it the unit of a number that has an attribute of its own? */
static bool is_unit(hid_t file, const char *name)
{
    size_t n = strlen(name), suffix = strlen(H5_UNIT_SUFFIX);
    if (n <= suffix || strcmp(name + n - suffix, H5_UNIT_SUFFIX) != 0) return false;
    char *of = strndup(name, n - suffix);
    bool unit = of && H5Aexists(file, of) > 0;
    free(of);
    return unit;
}

static bool take_attribute(reader *r, const char *name)
{
    assert(name && *name);
    char unit_name[VALUE_MAX_NAME + sizeof H5_UNIT_SUFFIX];
    if (!strcmp(name, H5_TYPE) || !strcmp(name, H5_DIGEST) || is_unit(r->file, name)) return true;
    hid_t a = H5Aopen(r->file, name, H5P_DEFAULT);
    double number;
    char *s = NULL;
    bool good;
    if (a >= 0 && number_in(a, &number)) {
        snprintf(unit_name, sizeof unit_name, "%.*s" H5_UNIT_SUFFIX, (int)VALUE_MAX_NAME, name);
        s = text_attribute(r->file, unit_name);
        good = value_set_number(r->value, name, number, s, r->e);
    } else if (a >= 0 && (s = text_in(a, true))) good = value_set_text(r->value, name, s, r->e);
    else good = bad(r, "neither one number nor one text in attribute", name);
    free(s);
    if (a >= 0) H5Aclose(a);
    return good;
}

static bool take_attributes(reader *r)
{
    h5_names n = { 0 };
    bool good = h5_attribute_names(r->file, &n) || bad(r, "its attributes are damaged", NULL);
    for (size_t i = 0; good && i < n.count; i++) good = take_attribute(r, n.item[i].text);
    h5_names_free(&n);
    return good;
}

static bool take_long_text(reader *r, hid_t group, const h5_name *link)
{
    if (!link->hard) return bad(r, "a soft or external link", link->text);
    hid_t set = H5Dopen2(group, link->text, H5P_DEFAULT);
    const char *fault = set >= 0 ? h5_text_refusal(set) : NULL;
    char *s = set >= 0 && !fault ? text_in(set, false) : NULL;
    bool good = fault ? untrusted(r, link->text, fault)
                : s   ? value_set_text(r->value, link->text, s, r->e)
                      : bad(r, "no text in " H5_TEXTS, link->text);
    free(s);
    if (set >= 0) H5Dclose(set);
    return good;
}

static bool take_long_texts(reader *r)
{
    h5_names n = { 0 };
    hid_t group = H5Gopen2(r->file, H5_TEXTS, H5P_DEFAULT);
    bool good = (group >= 0 && h5_link_names(group, &n)) || bad(r, "cannot open group", H5_TEXTS);
    for (size_t i = 0; good && i < n.count; i++) good = take_long_text(r, group, &n.item[i]);
    h5_names_free(&n);
    if (group >= 0) H5Gclose(group);
    return good;
}

/* The dtype that holds every number of an HDF5 type, or LOOM_DTYPE_COUNT. */
static loom_dtype dtype_for(hid_t type)
{
    size_t n = H5Tget_size(type);
    H5T_class_t class = H5Tget_class(type);
    if (class == H5T_FLOAT) return n <= 4 ? LOOM_F32 : n == 8 ? LOOM_F64 : LOOM_DTYPE_COUNT;
    if (class == H5T_ENUM) return n == 1 ? LOOM_U8 : LOOM_DTYPE_COUNT; /* h5py's booleans */
    if (class != H5T_INTEGER) return LOOM_DTYPE_COUNT;
    bool has_sign = H5Tget_sign(type) != H5T_SGN_NONE;
    if (n == 1 && !has_sign) return LOOM_U8;
    if (n < 4 || (n == 4 && has_sign)) return LOOM_I32;
    return n < 8 || (n == 8 && has_sign) ? LOOM_I64 : LOOM_DTYPE_COUNT;
}

static bool shape_of(reader *r, hid_t set, hid_t space, const char *name, size_t element, int *rank,
                     int64_t dim[LOOM_MAX_RANK])
{
    assert(element > 0);
    hsize_t extent[H5S_MAX_RANK];
    uint64_t bytes = element;
    H5S_class_t class = H5Sget_simple_extent_type(space);
    *rank = class == H5S_SCALAR ? 0 : class == H5S_SIMPLE ? H5Sget_simple_extent_ndims(space) : -1;
    if (*rank < 0 || *rank > LOOM_MAX_RANK) return bad(r, "rank is not 0 to 4 in dataset", name);
    if (*rank) H5Sget_simple_extent_dims(space, extent, NULL);
    for (int i = 0; i < *rank; i++) {
        dim[i] = (int64_t)extent[i];
        if (dim[i] < 0 || __builtin_mul_overflow(bytes, (uint64_t)dim[i], &bytes))
            return bad(r, "impossible lengths in dataset", name);
    }
    uint64_t stored = H5Dget_storage_size(set);
    if (stored > r->file_bytes || bytes / MOST_EXPANSION > stored)
        return bad(r, "more numbers than the file has room for in dataset", name);
    return true;
}

/* Where the array lies in the file as it would in memory, page by page; -1 where it does not, or is
 * not worth mapping. */
static int64_t mappable(const reader *r, hid_t set, hid_t type, loom_dtype dtype)
{
    haddr_t at =
        r->fd >= 0 && H5Dget_storage_size(set) >= MAPPED && H5Tequal(type, h5_type_of(dtype)) > 0
            ? H5Dget_offset(set)
            : HADDR_UNDEF;
    /* an offset means contiguous, without filters */
    return at == HADDR_UNDEF || at % (haddr_t)sysconf(_SC_PAGESIZE) ? -1 : (int64_t)at;
}

static bool read_array(reader *r, hid_t set, hid_t type, const loom_array *a)
{
    if (!a || !loom_array_count(a)) return a;
    hid_t memory = H5Tget_class(type) == H5T_ENUM ? type : h5_type_of(a->dtype);
    if (H5Dread(set, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, a->data) < 0)
        return bad(r, "cannot read dataset", a->name);
    const char *fault = h5_order_refusal(a, &r->map);
    return !fault || untrusted(r, a->name, fault);
}

static bool take_array(reader *r, hid_t set, const char *name)
{
    assert(set >= 0);
    hid_t type = H5Dget_type(set), space = H5Dget_space(set);
    char *unit = text_attribute(set, H5_UNIT);
    int64_t dim[LOOM_MAX_RANK];
    int rank;
    loom_dtype dtype = type >= 0 ? dtype_for(type) : LOOM_DTYPE_COUNT;
    bool good = (type >= 0 && space >= 0 && dtype != LOOM_DTYPE_COUNT)
                || bad(r, "numbers of no known type in dataset", name);
    good = good && shape_of(r, set, space, name, H5Tget_size(type), &rank, dim);
    const char *fault = good ? h5_refusal(set, type, &r->map) : NULL;
    good = good && (!fault || untrusted(r, name, fault));
    int64_t offset = good ? mappable(r, set, type, dtype) : -1;
    if (good && offset >= 0)
        good = value_map_array(r->value, name, dtype, rank, dim, unit, r->fd, offset, r->e);
    else if (good)
        good =
            read_array(r, set, type, value_add_array(r->value, name, dtype, rank, dim, unit, r->e));
    free(unit);
    if (space >= 0) H5Sclose(space);
    if (type >= 0) H5Tclose(type);
    return good;
}

static bool take_link(reader *r, const h5_name *link)
{
    if (!link->hard) return bad(r, "a soft or external link", link->text);
    if (!strcmp(link->text, H5_TEXTS)) return take_long_texts(r);
    hid_t set = H5Dopen2(r->file, link->text, H5P_DEFAULT);
    bool good = set >= 0 ? take_array(r, set, link->text) : bad(r, "not a dataset:", link->text);
    if (set >= 0) H5Dclose(set);
    return good;
}

static bool take_links(reader *r)
{
    H5G_info_t info;
    h5_names n = { 0 };
    if (H5Gget_info(r->file, &info) < 0 || info.nlinks > VALUE_MAX_ARRAYS + 1 /* the texts */)
        return bad(r, "too many datasets", NULL);
    bool good = h5_link_names(r->file, &n) || bad(r, "its list of datasets is damaged", NULL);
    for (size_t i = 0; good && i < n.count; i++) good = take_link(r, &n.item[i]);
    h5_names_free(&n);
    return good;
}

/* A file that left the store holds its digest: whoever changed it since, a disk or a program, it is
 * not the value that it says it is. */
static bool is_what_was_written(const reader *r)
{
    char hex[65];
    if (H5Aexists(r->file, H5_DIGEST) <= 0) return true;
    char *said = text_attribute(r->file, H5_DIGEST);
    digest found = value_digest(r->value);
    bool same = said && !strcmp(said, digest_text(&found, hex));
    free(said);
    return same
           || error_set(r->e, LOOM_E_DATA,
                        "get it again; where it was changed on purpose, remove the attribute "
                        "'" H5_DIGEST "' of the file",
                        "'%s' was changed after it was written: its content has another digest "
                        "than its attribute '" H5_DIGEST "' says",
                        r->path);
}

static bool take_all(reader *r)
{
    char *type = text_attribute(r->file, H5_TYPE);
    if (!type || !*type) {
        free(type);
        return bad(r, "no attribute '" H5_TYPE "' that names its type", NULL);
    }
    r->value = value_new(type, r->e);
    free(type);
    if (!r->value) return false;
    return take_attributes(r) && take_links(r) && is_what_was_written(r);
}

static bool begins_checked(int fd)
{
    static const unsigned char begin[9] =
        "\x89HDF\r\n\x1a\n\x02"; /* the format's mark, and version 2 of its superblock */
    unsigned char found[sizeof begin] = { 0 };
    return pread(fd, found, sizeof found, 0) == (ssize_t)sizeof found
           && !memcmp(found, begin, sizeof begin);
}

bool object_is_whole(const char *path)
{
    struct stat st;
    uint64_t end = 0;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return errno != ENOENT && errno != ENOTDIR; /* nothing is known of it */
    bool whole = !fstat(fd, &st) && begins_checked(fd)
                 && pread(fd, &end, sizeof end, H5_SUPERBLOCK_END) == (ssize_t)sizeof end
                 && end == (uint64_t)st.st_size;
    close(fd);
    return whole;
}

bool object_is_checked(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool same = fd >= 0 && begins_checked(fd);
    if (fd >= 0) close(fd);
    return same;
}

/* Could the process not look, so that nothing is known of the file? Without memory, HDF5 and this
 * reader fail in as many ways as there are pieces of memory to ask for: damage is believed only
 * where there is memory to spare. */
static bool was_short(const char *path, bool own, error *e)
{
    enum { TO_SPARE = 16 << 20 };
    /* never touched */
    void *some = mmap(NULL, TO_SPARE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    int code = some != MAP_FAILED ? h5_trouble_take() : ENOMEM;
    if (some != MAP_FAILED) munmap(some, TO_SPARE);
    return io_is_shortage(code) && !io_error(e, code, own ? IO_STORE : IO_USER, "read", path);
}

static hid_t open_file(const char *path)
{
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    /* objects never change; on network file systems locking often fails */
    H5Pset_file_locking(access, false, true);
    hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
    H5Pclose(access);
    return file;
}

loom_value *object_read(const char *path, bool own, error *e)
{
    static const char no_hdf5[] = "check the path; the file may be cut short or not HDF5 at all";
    struct stat st;
    error inner = { 0 };
    reader r = { .path = path, .fd = -1, .file = -1, .e = &inner };
    if (!h5_load(e)) return NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | (own ? O_NOFOLLOW | O_NONBLOCK : 0));
    if (fd < 0 || fstat(fd, &st)) {
        io_error(e, errno, own ? IO_STORE : IO_USER, "open", path);
        if (fd >= 0) close(fd);
        return NULL;
    }
    r.file_bytes = (uint64_t)st.st_size;
    /* a file that another user may change is copied: what is checked is what is used */
    if (own && r.file_bytes >= MAPPED && trust_look(path, &st) == TRUST_GOOD) r.fd = fd;
    h5_trouble_take();
    bool checked = begins_checked(fd);
    const char *fault = own || checked ? NULL : h5_map(&r.map, fd, r.file_bytes);
    r.map.size = r.file_bytes;
    if (!fault && (!own || checked)) r.file = open_file(path);
    bool good = !fault || error_set(&inner, LOOM_E_IO, no_hdf5, "'%s' %s", path, fault);
    good = good
           && (r.file >= 0
               || error_set(&inner, own ? LOOM_E_DATA : LOOM_E_IO, no_hdf5,
                            "cannot open '%s' as an HDF5 file", path));
    good = good && take_all(&r);
    /* asked before memory is given back; whatever it is: not what was written */
    loom_status status = own && inner.status != LOOM_E_MEMORY ? LOOM_E_DATA : inner.status;
    if (!good && (status == LOOM_E_MEMORY || !was_short(path, own, e)))
        error_set(e, status, inner.todo, "%s", inner.message);
    if (r.file >= 0) H5Fclose(r.file);
    h5_unmap(&r.map);
    close(fd);
    if (good) return r.value;
    value_free(r.value);
    return NULL;
}
