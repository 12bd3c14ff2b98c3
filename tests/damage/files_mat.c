/* tests/damage/files_mat.c - MATLAB files of levels 4 and 5, byte by byte as the format's
 * description has them. */
#include "damage/formats.h"
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { INT8 = 1, UINT8 = 2, INT32 = 5, UINT32 = 6, DOUBLE = 9, MATRIX = 14, COMPRESSED = 15 };
enum { STRUCT_CLASS = 2, DOUBLE_CLASS = 6 };

typedef struct buffer {
    damage_file f;
    bool big;
} buffer;

static void put_u32(buffer *b, uint32_t v)
{
    unsigned char little[4] = { (unsigned char)v, (unsigned char)(v >> 8), (unsigned char)(v >> 16),
                                (unsigned char)(v >> 24) };
    unsigned char big[4] = { little[3], little[2], little[1], little[0] };
    damage_bytes(&b->f, b->big ? big : little, 4);
}

/* A data element of numbers of `width` bytes, in the file's byte order, padded to 8. */
static void put_element(buffer *b, uint32_t type, const void *data, size_t count, size_t width)
{
    put_u32(b, type);
    put_u32(b, (uint32_t)(count * width));
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < width; k++)
            damage_bytes(&b->f, (const char *)data + i * width + (b->big ? width - 1 - k : k), 1);
    while (b->f.size % 8) damage_bytes(&b->f, "", 1);
}

static void put_header_elements(buffer *b, uint32_t class, const char *name, int rank,
                                const int32_t *dim)
{
    uint32_t flags[2] = { class, 0 };
    put_element(b, UINT32, flags, 2, 4);
    put_element(b, INT32, dim, (size_t)rank, 4);
    put_element(b, INT8, name, strlen(name), 1);
}

static void put_matrix(buffer *b, const buffer *body)
{
    put_u32(b, MATRIX);
    put_u32(b, (uint32_t)body->f.size);
    damage_bytes(&b->f, body->f.bytes, body->f.size);
}

/* A variable of NX x NY x NZ doubles stored as `type`. */
static void put_array(buffer *b, const char *name, uint32_t type, const void *data, size_t width)
{
    buffer body = { .big = b->big };
    put_header_elements(&body, DOUBLE_CLASS, name, 3, (int32_t[]){ NX, NY, NZ });
    put_element(&body, type, data, NUMBERS, width);
    put_matrix(b, &body);
    free(body.f.bytes);
}

static void put_scalar(buffer *b, const char *name, double value)
{
    buffer body = { .big = b->big };
    put_header_elements(&body, DOUBLE_CLASS, name, 2, (int32_t[]){ 1, 1 });
    put_element(&body, DOUBLE, &value, 1, 8);
    put_matrix(b, &body);
    free(body.f.bytes);
}

/* A 1 x 1 structure with the fields `pixel` (a number) and `proj` (the array). */
static void put_struct(buffer *b, const char *name)
{
    buffer body = { .big = b->big };
    static const char fields[2][8] = { "pixel", "proj" };
    put_header_elements(&body, STRUCT_CLASS, name, 2, (int32_t[]){ 1, 1 });
    put_u32(&body, 4u << 16 | INT32); /* the small form: four bytes behind the tag */
    put_u32(&body, sizeof fields[0]);
    put_element(&body, INT8, fields, sizeof fields, 1);
    put_scalar(&body, "", 0.35);
    put_array(&body, "", DOUBLE, damage_reals(), 8);
    put_matrix(b, &body);
    free(body.f.bytes);
}

static void put_file_header(buffer *b)
{
    char header[124];
    memset(header, ' ', sizeof header);
    memcpy(header, "MATLAB 5.0 MAT-file, made by a test", 35);
    memset(header + 116, 0, 8);
    damage_bytes(&b->f, header, sizeof header);
    damage_bytes(&b->f, b->big ? "\1\0MI" : "\0\1IM", 4);
}

/* The same matrices, each deflated. */
static void pack(buffer *b, const buffer *matrix)
{
    uLongf n = compressBound(matrix->f.size);
    unsigned char *packed = malloc(n);
    if (!packed || compress2(packed, &n, matrix->f.bytes, matrix->f.size, 6) != Z_OK) abort();
    put_u32(b, COMPRESSED);
    put_u32(b, (uint32_t)n);
    damage_bytes(&b->f, packed, n);
    free(packed);
    free(matrix->f.bytes);
}

static bool finish(damage_file *out, buffer *b, const void *data, size_t width)
{
    *out = b->f;
    return !data || damage_find(out, data, NUMBERS, width, 0, "data");
}

bool make_mat5(damage_file *out)
{
    buffer b = { 0 };
    put_file_header(&b);
    put_array(&b, "proj", DOUBLE, damage_reals(), 8);
    return finish(out, &b, damage_reals(), 8);
}

bool make_mat5_big_endian(damage_file *out)
{
    buffer b = { .big = true };
    put_file_header(&b);
    put_array(&b, "projections", DOUBLE, damage_reals(), 8);
    *out = b.f;
    out->run[out->runs++] = (damage_run){ out->size - NUMBERS * 8, NUMBERS, 8, 0, "data" };
    return true;
}

/* MATLAB keeps doubles that are small whole numbers in as many bytes as they need. */
bool make_mat5_narrow(damage_file *out)
{
    buffer b = { 0 };
    unsigned char small[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) small[i] = (unsigned char)(7 * i + 3);
    put_file_header(&b);
    put_array(&b, "proj", UINT8, small, 1);
    return finish(out, &b, small, 1);
}

/* The class of such a variable is in one byte, and a single or an int64 may hold the same whole
 * numbers. */
bool explains_narrow(const unsigned char *bytes, size_t size, const loom_value *whole,
                     const loom_value *got)
{
    const loom_array *a = value_array(whole, "data"), *b = value_array(got, "data");
    (void)bytes, (void)size;
    if (!a || !b || a->dtype != LOOM_F64 || a->rank != b->rank
        || memcmp(a->dim, b->dim, sizeof a->dim) != 0)
        return false;
    for (int64_t i = 0; i < loom_array_count(a); i++) {
        double n = b->dtype == LOOM_F32   ? (double)((float *)b->data)[i]
                   : b->dtype == LOOM_I64 ? (double)((int64_t *)b->data)[i]
                                          : -1;
        if (n != ((double *)a->data)[i]) return false;
    }
    return true;
}

bool make_mat5_several(damage_file *out)
{
    buffer b = { 0 };
    put_file_header(&b);
    put_scalar(&b, "pixel", 0.35);
    put_array(&b, "proj", DOUBLE, damage_reals(), 8);
    put_scalar(&b, "pixels", 3.5);
    return finish(out, &b, damage_reals(), 8);
}

bool make_mat5_struct(damage_file *out)
{
    buffer b = { 0 };
    put_file_header(&b);
    put_struct(&b, "s");
    return finish(out, &b, damage_reals(), 8);
}

bool make_mat5_packed(damage_file *out)
{
    buffer b = { 0 }, m = { 0 };
    put_file_header(&b);
    put_array(&m, "proj", DOUBLE, damage_reals(), 8);
    pack(&b, &m);
    return finish(out, &b, NULL, 0);
}

bool make_mat5_packed_several(damage_file *out)
{
    buffer b = { 0 }, m[3] = { 0 };
    put_file_header(&b);
    put_scalar(&m[0], "pixel", 0.35);
    put_array(&m[1], "proj", DOUBLE, damage_reals(), 8);
    put_scalar(&m[2], "pixels", 3.5);
    for (int i = 0; i < 3; i++) pack(&b, &m[i]);
    return finish(out, &b, NULL, 0);
}

bool make_mat5_packed_struct(damage_file *out)
{
    buffer b = { 0 }, m = { 0 };
    put_file_header(&b);
    put_struct(&m, "s");
    pack(&b, &m);
    return finish(out, &b, NULL, 0);
}

/* Level 4: type, rows, columns, no imaginary part, length of the name with its NUL; name; numbers.
 */
static void put_level4(damage_file *f, uint32_t type, uint32_t rows, uint32_t columns,
                       const char *name, const void *data, size_t bytes)
{
    damage_u32(f, type);
    damage_u32(f, rows);
    damage_u32(f, columns);
    damage_u32(f, 0);
    damage_u32(f, (uint32_t)strlen(name) + 1);
    damage_bytes(f, name, strlen(name) + 1);
    damage_bytes(f, data, bytes);
}

bool make_mat4(damage_file *out)
{
    put_level4(out, 0, 1, 1, "pixel", (double[]){ 0.35 }, 8);
    put_level4(out, 0, NX * NY, NZ, "proj", damage_reals(), NUMBERS * 8);
    return damage_find(out, damage_reals(), NUMBERS, 8, 0, "data");
}

bool make_mat4_integers(damage_file *out)
{
    put_level4(out, 40, NX * NY, NZ, "proj", damage_counts(), NUMBERS * 2);
    return damage_find(out, damage_counts(), NUMBERS, 2, 0, "data");
}
