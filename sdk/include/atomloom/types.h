/* atomloom/types.h - the standard value types, as data. The host checks every value an op makes
 * against these rows; ops read them as documentation. A type may hold more arrays and attributes
 * than its rows name.
 *
 * Conventions for all: angstrom, degree, e/angstrom^2, second. Pixel and voxel centres sit on
 * integers; the rotation centre of n samples is n/2 (integer division). x right, y along the tilt
 * axis, z along the beam at zero tilt, right-handed. Positions are angstrom from the rotation
 * centre, columns x, y, z. Euler angles phi, theta, psi: R = Rz(phi) Ry(theta) Rx(psi), detector
 * coordinates of a point v are the first two components of R^T v. */
#ifndef ATOMLOOM_TYPES_H
#define ATOMLOOM_TYPES_H
#include "value.h"

/* Array row: type, name, dtypes allowed (bit mask), shape, unit, required, doc.
 * Shape: letters name axes, equal letters mean equal lengths within a value, digits are fixed
 * lengths; "*" any rank and shape. */
#define LOOM_BIT(d) (1u << LOOM_##d)
#define LOOM_ANY_DTYPE \
    (LOOM_BIT(U8) | LOOM_BIT(I32) | LOOM_BIT(I64) | LOOM_BIT(F32) | LOOM_BIT(F64))
/* clang-format off */
#define LOOM_TYPE_ARRAYS(X) \
    X("array", "data", LOOM_ANY_DTYPE, "*", "", true, \
      "numbers as read from a file; their meaning is given by the op that takes them") \
    X("frames", "images", LOOM_BIT(F32), "kfyx", "", true, \
      "detector counts or intensity, [tilt][frame][y][x]") \
    X("frames", "angles", LOOM_BIT(F64), "k3", "degree", false, "phi, theta, psi of every tilt") \
    X("frames", "noise_gain", LOOM_BIT(F64), "k", "", false, \
      "variance of a raw pixel = noise_gain (mean - offset) + noise_read^2, of every tilt") \
    X("frames", "noise_read", LOOM_BIT(F64), "k", "", false, \
      "the part of the noise that does not depend on the mean, as a standard deviation") \
    X("frames", "offset", LOOM_BIT(F64), "k", "", false, \
      "what a raw pixel holds without any electron") \
    X("frames", "noise_factor", LOOM_BIT(F64), "k", "", false, \
      "share of the raw pixel's variance that later operations have left") \
    X("tilt_series", "images", LOOM_BIT(F32), "kyx", "", true, "projections [tilt][y][x]") \
    X("tilt_series", "angles", LOOM_BIT(F64), "k3", "degree", true, \
      "phi, theta, psi of every tilt") \
    X("tilt_series", "noise_gain", LOOM_BIT(F64), "k", "", false, \
      "variance of a raw pixel = noise_gain (mean - offset) + noise_read^2, of every tilt") \
    X("tilt_series", "noise_read", LOOM_BIT(F64), "k", "", false, \
      "the part of the noise that does not depend on the mean, as a standard deviation") \
    X("tilt_series", "offset", LOOM_BIT(F64), "k", "", false, \
      "what a raw pixel holds without any electron") \
    X("tilt_series", "noise_factor", LOOM_BIT(F64), "k", "", false, \
      "share of the raw pixel's variance that later operations have left") \
    X("mask_series", "mask", LOOM_BIT(U8), "kyx", "", true, "1 inside, [tilt][y][x]") \
    X("volume", "density", LOOM_BIT(F32), "zyx", "", true, "density [z][y][x]") \
    X("volume", "origin", LOOM_BIT(F64), "3", "angstrom", false, \
      "position x, y, z of the rotation centre sample; zero where absent") \
    X("mask", "mask", LOOM_BIT(U8), "zyx", "", true, "1 inside, [z][y][x]") \
    X("mask", "origin", LOOM_BIT(F64), "3", "angstrom", false, "as of a volume") \
    X("atoms", "position", LOOM_BIT(F64), "n3", "angstrom", true, "x, y, z of every atom") \
    X("atoms", "species", LOOM_BIT(I32), "n", "", true, \
      "index into the words of the attribute `symbols`") \
    X("mesh", "vertex", LOOM_BIT(F64), "v3", "angstrom", true, "x, y, z of every vertex") \
    X("mesh", "face", LOOM_BIT(I32), "f3", "", true, \
      "vertex indices, counter-clockwise seen from outside") \
    X("pairs", "pair", LOOM_BIT(I32), "p2", "", true, "index in the first and in the second set") \
    X("file", "bytes", LOOM_BIT(U8), "b", "", true, "content of the file")
/* clang-format on */

/* What the letters of shapes stand for: type ("" for all others), letter, word. For readers of
 * descriptions. */
/* clang-format off */
#define LOOM_TYPE_AXES(X) \
    X("frames", 'f', "frame") X("mesh", 'f', "face") X("", 'k', "tilt") X("", 'z', "z") \
    X("", 'y', "y") X("", 'x', "x") X("", 'n', "atom") X("", 'v', "vertex") X("", 'p', "pair") \
    X("", 'b', "byte")
/* clang-format on */

/* Attribute row: type, name, kind ('n' number, 't' text), unit, required, doc. */
/* clang-format off */
#define LOOM_TYPE_ATTRIBUTES(X) \
    X("frames", "pixel_size", 'n', "angstrom", true, "edge of a pixel") \
    X("tilt_series", "pixel_size", 'n', "angstrom", true, "edge of a pixel") \
    X("tilt_series", "dose", 'n', "e/angstrom^2", false, "total dose of the series") \
    X("tilt_series", "counts", 'n', "", false, \
      "1 where the images are raw electron counts (Poisson)") \
    X("frames", "noise_model", 't', "", false, \
      "where the noise is known from: `known`, or `estimated` from the images themselves") \
    X("tilt_series", "noise_model", 't', "", false, \
      "where the noise is known from: `known`, or `estimated` from the images themselves") \
    X("volume", "voxel_size", 'n', "angstrom", true, "edge of a voxel") \
    X("mask", "voxel_size", 'n', "angstrom", true, "edge of a voxel") \
    X("atoms", "symbols", 't', "", true, \
      "chemical symbols, one per species, separated by a space: `Pd Ir`") \
    X("atoms", "image_width", 'n', "angstrom", false, \
      "width (sigma) of an atom's image in the series that the atoms were fitted to") \
    X("panel", "title", 't', "", true, "heading in the report") \
    X("panel", "caption", 't', "", true, "what the reader should see") \
    X("panel", "renderer", 't', "", true, "points, mesh, image, plot, bars or table") \
    X("file", "media_type", 't', "", true, "as in HTTP: text/plain, image/png") \
    X("file", "extension", 't', "", true, "without the dot")
/* clang-format on */

/* Types with a rule of their own beyond rows:
 *   table   every array has rank 1 and the same length; each is a column with its unit. A column of
 * words is an I32 array of codes NAME and a text attribute `categories.NAME`, one word per line. A
 * column of F64 in which numbers are missing holds NaN there and has a text attribute
 * `missing.NAME`; without it every number is finite, as in all other types.
 *   atoms, pairs, mesh   every further rank-1 array of n (p; v or f) entries is a per-atom
 * (per-pair, per-vertex, per-face) column. */
/* clang-format off */
#define LOOM_TYPE_NAMES(X) \
    X("array",       "numbers of any shape, as read from a file") \
    X("frames",      "several fast scans per tilt") \
    X("tilt_series", "one image per tilt, with its Euler angles") \
    X("mask_series", "one mask per tilt") \
    X("volume",      "a density on a regular grid") \
    X("mask",        "a set of voxels") \
    X("atoms",       "positions and species, with any per-atom columns") \
    X("mesh",        "a triangulated surface") \
    X("pairs",       "atoms of one set matched to atoms of another") \
    X("table",       "columns with units") \
    X("panel",       "something a report shows") \
    X("file",        "bytes in a format of the outside world")
/* clang-format on */
#endif
