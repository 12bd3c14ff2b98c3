/* io/mat.h - variables of MATLAB files, whatever the level of the format: what io.read_mat and the
 * readers of levels share.
 *
 * A reader lists every variable first, and in doing so checks the whole file: lengths against the
 * file's size, checksums where there are any, and that nothing is left over. Only then is one
 * variable loaded. So a file that was cut short or altered is refused, as far as the format lets
 * anyone notice. */
#ifndef ATOMLOOM_IO_MAT_H
#define ATOMLOOM_IO_MAT_H
#include <atomloom/op.h>

enum { MAT_MAX_RANK = 32, MAT_NAME = 256 };

/* The numbers are those of the format. */
typedef enum mat_class {
    MAT_UNKNOWN,
    MAT_CELL,
    MAT_STRUCT,
    MAT_OBJECT,
    MAT_CHAR,
    MAT_SPARSE,
    MAT_DOUBLE,
    MAT_SINGLE,
    MAT_INT8,
    MAT_UINT8,
    MAT_INT16,
    MAT_UINT16,
    MAT_INT32,
    MAT_UINT32,
    MAT_INT64,
    MAT_UINT64,
    MAT_FUNCTION,
    MAT_OPAQUE,
    MAT_CLASSES
} mat_class;

/* How a number is stored; the numbers are the `mi` types of level 5. */
typedef enum mat_storage {
    MAT_S_INT8 = 1,
    MAT_S_UINT8,
    MAT_S_INT16,
    MAT_S_UINT16,
    MAT_S_INT32,
    MAT_S_UINT32,
    MAT_S_SINGLE,
    MAT_S_DOUBLE = 9,
    MAT_S_INT64 = 12,
    MAT_S_UINT64,
    MAT_STORAGES
} mat_storage;

typedef struct mat_variable {
    struct mat_variable *next;
    char name[MAT_NAME]; /* "proj"; "s.proj" for the field of a structure */
    mat_class class;
    bool complex, logical, field;
    int rank;
    int64_t dim[MAT_MAX_RANK]; /* in MATLAB's order, first index fastest */
    int64_t count;             /* product of dim */
    mat_storage storage;
    uint64_t element, data; /* the level's own: where the variable and its numbers lie */
} mat_variable;

typedef struct mat_file {
    loom_call *call;
    const char *where; /* the parameter that failures are about */
    const char *path;
    const unsigned char *bytes; /* the whole file */
    size_t size;
    bool big; /* big-endian */
    mat_variable *first, **last;
    /* of the file's level: the numbers of a variable, in the order of the file, as elements of
     * mat_dtype(v->class) */
    loom_status (*load)(struct mat_file *, const mat_variable *, void *dst);
} mat_file;

/* Fails with "'PATH' is damaged: ..." for parameter `where`. Returns LOOM_E_IO. */
loom_status mat_damaged(const mat_file *f, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Appends a copy of `v`; bytes of its name that are no printable ASCII become '?'. False: out of
 * memory, reported. */
bool mat_add(mat_file *f, const mat_variable *v);
/* Sets count; false where a length is negative or the product too large. */
bool mat_count(mat_variable *v);

bool mat_is_numeric(const mat_variable *v); /* one of the ten classes of numbers, real and full */
const char *mat_class_text(const mat_variable *v); /* "complex double"; static */
mat_class mat_class_named(const char *name);       /* MAT_UNKNOWN where there is none */
loom_dtype mat_dtype(mat_class class);             /* of a class of numbers */
size_t mat_storage_bytes(mat_storage s);           /* 0 for a number that is none of them */
/* May a variable of this class be stored so? Only where every number of the storage is a number of
 * the class. Octave keeps whole singles as integers of 32 bits: that is for files with a checksum
 * alone, as a changed tag looks the same. */
bool mat_may_store(mat_class class, mat_storage s, bool checksum);
/* n numbers at src (any alignment; big-endian where f->big) to dst, of the dtype of the class.
 * False where one does not fit. */
bool mat_convert(const mat_file *f, const mat_variable *v, const void *src, size_t n, void *dst);

/* One pair for each level. `list` checks the file and appends its variables; `load` fills dst with
 * the numbers of one of them, in the order of the file, as elements of mat_dtype(v->class). */
bool mat4_begins(const unsigned char *bytes, size_t size,
                 bool *big); /* is it a file of level 4, and in which byte order? */
loom_status mat4_list(mat_file *f);
loom_status mat4_load(mat_file *f, const mat_variable *v, void *dst);
loom_status mat5_list(mat_file *f);
loom_status mat5_load(mat_file *f, const mat_variable *v, void *dst);
loom_status mat73_list(mat_file *f);
loom_status mat73_load(mat_file *f, const mat_variable *v, void *dst);

/* The numbers of v to dst, as `load` of the file's level gives them; one of a logical variable that
 * is neither 0 nor 1 is an error. */
loom_status mat_load(mat_file *f, const mat_variable *v, void *dst);

/* Finds the level of the file (call, where, path, bytes and size given), checks the file, and lists
 * its variables. LOOM_OK, or the status after failing. [main] */
loom_status mat_begin(mat_file *f);
/* The variable of that name, or, where it is "", the only numeric one of min_rank to max_rank axes;
 * NULL after failing (on `parameter`, where the name is at fault). */
const mat_variable *mat_choose(const mat_file *f, const char *parameter, const char *wanted,
                               int min_rank, int max_rank);
/* The variable's lengths, slowest first: MATLAB's axes in reverse, with the trailing ones of length
 * 1 that a longer rank brings dropped down to four. False: more than four axes. */
bool mat_shape(const mat_variable *v, int32_t *rank, int64_t dim[LOOM_MAX_RANK]);
#endif
