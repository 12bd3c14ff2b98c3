/* replay FILE_OR_DIRECTORY...: each file as it is, then mutated a fixed number of times in ways
 * that depend on nothing but its bytes. */
#include "fuzz/fuzz.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MUTATIONS = 60, MAX_BYTES = 1 << 16 };

static uint64_t next(uint64_t *state) /* xorshift */
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

/* One to three edits: a byte changed, a piece removed, a piece copied elsewhere. */
static size_t mutate(uint8_t *b, size_t n, uint64_t *state)
{
    static const uint8_t telling[] = "{}[]&*:#,\n\t '\"$-<=!|>%@`~0";
    for (uint64_t edits = 1 + next(state) % 3; edits && n; edits--) {
        size_t at = next(state) % n, length = 1 + next(state) % 24, to = next(state) % n;
        if (at + length > n) length = n - at;
        switch (next(state) % 4) {
        case 0: b[at] = (uint8_t)next(state); break;
        case 1: b[at] = telling[next(state) % (sizeof telling - 1)]; break;
        case 2:
            memmove(b + at, b + at + length, n - at - length);
            n -= length;
            break;
        default:
            if (n + length > 2 * MAX_BYTES) break;
            memmove(b + to + length, b + to, n - to);
            memmove(b + to, b + (at < to ? at : at + length) % (n + 1), length);
            n += length;
        }
    }
    return n;
}

static void play(const char *path)
{
    static uint8_t original[MAX_BYTES], changed[2 * MAX_BYTES + 64];
    FILE *f = fopen(path, "rb");
    if (!f) return;
    size_t n = fread(original, 1, sizeof original, f);
    fclose(f);
    LLVMFuzzerTestOneInput(original, n);
    uint64_t state = 88172645463325252u + n;
    for (int i = 0; i < MUTATIONS; i++) {
        memcpy(changed, original, n);
        size_t length = mutate(changed, n, &state);
        LLVMFuzzerTestOneInput(changed, length);
    }
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int main(int argc, char **argv)
{
    int played = 0;
    for (int i = 1; i < argc; i++) {
        struct dirent **entry = NULL;
        struct stat st;
        int n = !stat(argv[i], &st) && S_ISDIR(st.st_mode) ? scandir(argv[i], &entry, NULL, by_name)
                                                           : -1;
        if (n < 0) {
            play(argv[i]);
            played++;
        }
        for (int k = 0; k < n; k++) {
            char path[4096];
            snprintf(path, sizeof path, "%s/%s", argv[i], entry[k]->d_name);
            if (!stat(path, &st) && S_ISREG(st.st_mode)) {
                play(path);
                played++;
            }
            free(entry[k]);
        }
        free(entry);
    }
    printf("%d seeds, %d mutations of each\n", played, MUTATIONS);
    return played ? EXIT_SUCCESS : EXIT_FAILURE;
}
