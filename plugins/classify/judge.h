/* classify/judge.h - are the classes apart, and can they be what their symbols say? */
#ifndef CLASSIFY_JUDGE_H
#define CLASSIFY_JUDGE_H
#include <atomloom/op.h>

enum { JUDGE_MAX_CLASSES = 16 };
typedef struct judge_classes {
    const double *sorted; /* [first[k]] intensities, ascending */
    const int64_t *first; /* [k + 1] where each class begins */
    int64_t k, discard;   /* classes; the dimmest ones that are dropped */
    const char *symbols;  /* one word for each class that is kept */
    bool named;           /* a person chose the symbols */
} judge_classes;

/* The common area of normal curves of area 1 fitted to the classes c and c + 1, into overlap[c] for
 * c < k - 1; -1 where a class is too small to tell. The curves are a mixture fitted to all
 * intensities by expectation-maximisation (at most 1000 quantiles of them), from the classes as
 * they are, so that the tails which the split cut off are counted. False when out of memory
 * (reported). [main] */
bool judge_overlap(loom_call *call, const judge_classes *c, double *overlap);

/* Warns of classes that overlap by more than 0.2, that hold next to no atoms, that are too dim for
 * their element beside the next one (peaks of noise), and of symbols in the wrong order. False when
 * out of memory (reported). [main] */
bool judge_warn(loom_call *call, const judge_classes *c);
#endif
