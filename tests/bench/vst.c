/* bench/vst.c - prints the largest relative bias of the inverse of kit/anscombe.h. */
#include "kit/anscombe.h"
#include <math.h>
#include <stdio.h>

int main(void)
{
    static const double reads[] = { 0, 0.05, 0.3, 1, 3, 10, 20 };
    static loom_anscombe a;
    double worst = 0;
    for (unsigned i = 0; i < sizeof reads / sizeof *reads; i++) {
        loom_anscombe_make(1, reads[i], 0, &a);
        for (double m = 0.5; m <= 200; m *= 1.07) {
            double back = loom_anscombe_back(&a, loom_anscombe_expected(m, reads[i]));
            worst = fmax(worst, fabs(back / m - 1));
        }
    }
    printf("%.3g\n", worst);
    return 0;
}
