/* tests/damage/files_npy.c - NumPy files as numpy.save writes them. */
#include "damage/formats.h"
#include <stdio.h>
#include <string.h>

static void put_npy(damage_file *f, int version, const char *descr, bool fortran, const void *data,
                    size_t bytes)
{
    char header[160];
    int lengths = version == 1 ? 10 : 12;
    int n = snprintf(header, sizeof header,
                     "{'descr': '%s', 'fortran_order': %s, 'shape': (%d, %d, %d), }", descr,
                     fortran ? "True" : "False", NZ, NY, NX);
    int padded = (lengths + n + 1 + 63) / 64 * 64 - lengths;
    memset(header + n, ' ', (size_t)(padded - n));
    header[padded - 1] = '\n';
    damage_bytes(f, (char[]){ '\x93', 'N', 'U', 'M', 'P', 'Y', (char)version, 0, (char)padded, 0 },
                 10);
    if (version > 1) damage_bytes(f, "\0", 2);
    damage_bytes(f, header, (size_t)padded);
    damage_bytes(f, data, bytes);
}

bool make_npy(damage_file *out)
{
    put_npy(out, 1, "<f8", false, damage_reals(), NUMBERS * 8);
    return damage_find(out, damage_reals(), NUMBERS, 8, 0, "data");
}

bool make_npy_big_endian(damage_file *out)
{
    unsigned char big[NUMBERS * 4];
    for (int i = 0; i < NUMBERS * 4; i++)
        big[i] = ((const unsigned char *)damage_floats())[i / 4 * 4 + 3 - i % 4];
    put_npy(out, 2, ">f4", false, big, sizeof big);
    return damage_find(out, big, NUMBERS, 4, 0, "data");
}

bool make_npy_counts(damage_file *out)
{
    put_npy(out, 1, "<u2", false, damage_counts(), NUMBERS * 2);
    return damage_find(out, damage_counts(), NUMBERS, 2, 0, "data");
}

/* Half floats: sign, 5 bits of exponent, 10 of mantissa. */
bool make_npy_half(damage_file *out)
{
    uint16_t half[NUMBERS];
    for (int i = 0; i < NUMBERS; i++) half[i] = (uint16_t)(0x3c00 + 37 * i);
    put_npy(out, 3, "<f2", false, half, sizeof half);
    return damage_find(out, half, NUMBERS, 2, 0, "data");
}
