/* Small inputs for the contract of ops that read files, or that generated values are too large or
 * too plain for: contract.files DIRECTORY Files of the outside world are written byte by byte,
 * values as HDF5. */
#include "store/store.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void put(FILE *f, const void *bytes, size_t n)
{
    if (fwrite(bytes, 1, n, f) != n) exit(1);
}

static FILE *begin(const char *name)
{
    FILE *f = fopen(name, "wb");
    if (!f) {
        perror(name);
        exit(1);
    }
    return f;
}

static void write_text(const char *name, const char *content)
{
    FILE *f = begin(name);
    put(f, content, strlen(content));
    if (fclose(f)) exit(1);
}

/* NumPy's format: magic, version, length of the header, header padded to 64 bytes, data. */
static void write_npy(const char *name)
{
    FILE *f = begin(name);
    char header[118];
    memset(header, ' ', sizeof header);
    int n = snprintf(header, sizeof header,
                     "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }");
    header[n] = ' ';
    header[sizeof header - 1] = '\n';
    put(f, "\x93NUMPY\x01\x00", 8);
    put(f, &(uint16_t){ sizeof header }, 2);
    put(f, header, sizeof header);
    for (int i = 0; i < 12; i++) put(f, &(double){ i * 0.5 }, 8);
    if (fclose(f)) exit(1);
}

/* MRC: 1024 bytes of header, then 4 x 3 x 2 floats. */
static void write_mrc(const char *name)
{
    FILE *f = begin(name);
    union {
        int32_t i[256];
        float f[256];
        unsigned char b[1024];
    } header = { { 4, 3, 2, 2, 0, 0, 0, 4, 3, 2 } };
    for (int k = 0; k < 3; k++) {
        header.f[10 + k] = (float[]){ 2, 1.5f, 1 }[k]; /* the cell: half an angstrom per sample */
        header.f[13 + k] = 90;
        header.i[16 + k] = k + 1;
    }
    header.f[20] = 23;
    header.f[21] = 11.5f;
    header.i[22] = 1;
    header.i[27] = 20140;
    memcpy(header.b + 208, "MAP \x44\x44", 6);
    put(f, &header, sizeof header);
    for (int i = 0; i < 24; i++) put(f, &(float){ (float)i }, 4);
    if (fclose(f)) exit(1);
}

/* TIFF: one directory, one strip of 4 x 3 pixels of 16 bits. */
static void write_tiff(const char *name)
{
    static const uint16_t tags[][2] = { { 256, 4 }, { 257, 3 }, { 258, 16 },
                                        { 259, 1 }, { 262, 1 }, { 273, 122 },
                                        { 277, 1 }, { 278, 3 }, { 279, 24 } };
    FILE *f = begin(name);
    unsigned char file[146] = "II\x2a\x00\x08";
    file[8] = sizeof tags / sizeof *tags;
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++) {
        unsigned char *entry = file + 10 + 12 * i;
        memcpy(entry, &tags[i][0], 2);
        entry[2] = 3; /* one 16-bit number */
        entry[4] = 1;
        memcpy(entry + 8, &tags[i][1], 2);
    }
    for (int i = 0; i < 12; i++) file[122 + 2 * i] = (unsigned char)(10 * i);
    put(f, file, sizeof file);
    if (fclose(f)) exit(1);
}

/* MATLAB 5: a text, a version, one matrix `x` of 2 x 3 doubles; every part padded to 8 bytes. */
static void write_mat(const char *name)
{
    FILE *f = begin(name);
    char words[128];
    memset(words, ' ', sizeof words);
    memcpy(words, "MATLAB 5.0 MAT-file", 19);
    memcpy(words + 124, "\x00\x01IM", 4);
    const uint32_t head[] = {
        14, 16 + 16 + 8 + 56, 6, 8, 6, 0, 5, 8, 2, 3, 1 | 1 << 16, 'x', 9, 48
    };
    put(f, words, sizeof words);
    put(f, head, sizeof head);
    for (int i = 0; i < 6; i++) put(f, &(double){ i + 1 }, 8);
    if (fclose(f)) exit(1);
}

/* ---- values ---------------------------------------------------------------------------------- */

static void write_value(const char *name, loom_value *v)
{
    error e = { 0 };
    unlink(name);
    if (!value_write_h5(v, name, &e)) {
        fprintf(stderr, "%s: %s\n", name, e.message);
        exit(1);
    }
    value_free(v);
}

static loom_value *with(const char *type, const char *name, loom_dtype dtype, int32_t rank,
                        const int64_t *dim, const char *unit, const void *data)
{
    error e = { 0 };
    loom_value *v = value_new(type, &e);
    loom_array *a = v ? value_add_array(v, name, dtype, rank, dim, unit, &e) : NULL;
    if (!a) exit(1);
    memcpy(a->data, data, (size_t)loom_array_count(a) * loom_dtype_bytes(dtype));
    return v;
}

static loom_value *four_atoms(void)
{
    static const double position[12] = { -1.4, 0, 0, 1.4, 0, 0, 0, 1.4, 1, 0, -1.4, -1 };
    static const int32_t species[4] = { 0, 1, 0, 1 };
    error e = { 0 };
    loom_value *atoms =
        with("atoms", "position", LOOM_F64, 2, (int64_t[]){ 4, 3 }, "angstrom", position);
    loom_array *a = value_add_array(atoms, "species", LOOM_I32, 1, (int64_t[]){ 4 }, "", &e);
    if (!a || !value_set_text(atoms, "symbols", "Pd Ir", &e)) exit(1);
    memcpy(a->data, species, sizeof species);
    return atoms;
}

static void write_values(void)
{
    static const double eight[24] = { 0, -60, 0, 0, -40, 0, 0, -20, 0, 0, 0,  0,
                                      0, 20,  0, 0, 40,  0, 0, 60,  0, 0, 70, 0 };
    static float images[8 * 6 * 7];
    error e = { 0 };
    write_value("atoms.h5", four_atoms());
    static const double p[2][4] = { { 0.9, 0.2, 0.7, 0.1 }, { 0.1, 0.8, 0.3, 0.9 } };
    static const int32_t pair[6] = { 0, 0, 1, 2, 3, 3 };
    loom_value *atoms = four_atoms();
    for (int k = 0; k < 2; k++) { /* a stage as classify.mixture leaves it */
        loom_array *a =
            value_add_array(atoms, k ? "p_Ir" : "p_Pd", LOOM_F64, 1, (int64_t[]){ 4 }, "", &e);
        if (!a) exit(1);
        memcpy(a->data, p[k], sizeof p[k]);
    }
    write_value("stage.h5", atoms);
    write_value("table.h5", with("table", "x", LOOM_F64, 1, (int64_t[]){ 4 }, "", p[0]));
    write_value("pairs.h5", with("pairs", "pair", LOOM_I32, 2, (int64_t[]){ 3, 2 }, "", pair));
    write_value("eight_angles.h5",
                with("array", "data", LOOM_F64, 2, (int64_t[]){ 8, 3 }, "", eight));
    for (int i = 0; i < 8 * 6 * 7; i++) images[i] = (float)(i % 11);
    write_value("images.h5",
                with("array", "data", LOOM_F32, 3, (int64_t[]){ 8, 6, 7 }, "", images));
    for (int i = 0; i < 8 * 6 * 7; i++) images[i] *= 0.01F; /* of a beam */
    loom_value *tilts =
        with("tilt_series", "images", LOOM_F32, 3, (int64_t[]){ 8, 6, 7 }, "", images);
    loom_array *angles =
        value_add_array(tilts, "angles", LOOM_F64, 2, (int64_t[]){ 8, 3 }, "degree", &e);
    if (!angles || !value_set_number(tilts, "pixel_size", 0.5, "angstrom", &e)) exit(1);
    memcpy(angles->data, eight, sizeof eight);
    write_value("fractions.h5", tilts);
}

int main(int argc, char **argv)
{
    if (argc != 2 || chdir(argv[1])) {
        fprintf(stderr, "usage: contract.files DIRECTORY\n");
        return 2;
    }
    write_text("read.csv", "a,b [angstrom],name\n1,0.5,Pd\n2,0.25,Ir\n3,0.125,Pd\n");
    write_text("read.xyz", "3\nsmall\nPd 0 0 0\nIr 2.7 0 0\nPd 0 2.7 0\n");
    write_npy("read.npy");
    write_mrc("read.mrc");
    write_tiff("read.tiff");
    write_mat("read.mat");
    write_values();
    return 0;
}
