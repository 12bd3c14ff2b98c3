/* base/unit.h - numbers with a unit of their own: "0.0352 nm" where angstrom are wanted. */
#ifndef ATOMLOOM_BASE_UNIT_H
#define ATOMLOOM_BASE_UNIT_H
#include <stdbool.h>
#include <stddef.h>

/* Reads "NUMBER UNIT" (blanks between them or none) as a number in `wanted`, the unit of a
 * parameter. Lengths: A, angstrom, Å, pm, nm, um, µm, mm, m; angles: degree, deg, °, mrad, rad,
 * radian; doses: e/A^2, e/Å^2, e/angstrom^2, e/nm^2. False where it is no such text, or the two
 * units do not measure the same. 0.0352 nm and 0.352 angstrom give the same double. */
bool unit_number(const char *s, const char *wanted, double *out);

/* The units that could stand for `wanted`, "A, nm, ..."; NULL where it is none of the above. */
const char *unit_choices(const char *wanted);
#endif
