/* kit/unit.h - units that came with data: of columns, attributes and headers of files. */
#ifndef LOOM_KIT_UNIT_H
#define LOOM_KIT_UNIT_H
#ifdef __cplusplus
extern "C" {
#endif

/* What a number in `from` is multiplied by to be one in `to`: 10 for nm and angstrom, 1 for one
 * unit under two names. 0 where they do not measure the same, or where one is not known and they
 * are not the same text. Lengths, angles, pixels, in the ways that microscopes and tables write
 * them. [any] */
double loom_unit_factor(const char *from, const char *to);
#ifdef __cplusplus
}
#endif
#endif
