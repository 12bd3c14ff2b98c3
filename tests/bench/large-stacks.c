/* bench.large-stacks OP FILE COUNT: reads the file with the op (io.read_series, io.read_image),
 * with read(2) into one small block, as `cat` does, and with read(2) into as much new memory as the
 * file is long, in turns, its pages dropped from memory before each turn; then the largest resident
 * size of the reader. bench.large-stacks once OP FILE COUNT: the seconds of one reading of a file
 * that is in memory. COUNT: images in it. */
#include "pairs.h"
#include "support/op_test.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

typedef struct work {
    const char *op, *file;
    int64_t images;
} work;

static void drop(const char *file)
{
    int fd = open(file, O_RDONLY);
    if (fd < 0 || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED)) exit(1);
    close(fd);
}

static void read_with_op(const work *w)
{
    char file[4200], step[] = "step=0.0078125";
    bool series = !strcmp(w->op, "io.read_series");
    snprintf(file, sizeof file, "%s=%s", series ? "files" : "file", w->file);
    op_call c = { .op = op_load(w->op), .params = { file } };
    if (series) {
        c.params[1] = step;
        c.params[2] = "start=-0.5";
        c.params[3] = "pixel_size=1";
    }
    op_must_run(&c);
    const loom_value *v = op_output(&c, c.op->outputs[0].name);
    const loom_array *a = v ? value_array_at(v, 0) : NULL;
    if (!a || a->dim[0] != w->images) {
        fprintf(stderr, "large-stacks: not the %lld images of '%s'\n", (long long)w->images,
                w->file);
        _exit(1);
    }
    op_end(&c);
}

/* In a process of its own, so that the next begins with nothing; returns the largest resident
 * size. */
static long in_a_child(const work *w, void (*does)(const work *))
{
    struct rusage use;
    int status;
    fflush(stdout);
    pid_t pid = fork();
    if (!pid) {
        does(w);
        _exit(0);
    }
    if (pid < 0 || wait4(pid, &status, 0, &use) != pid || status) exit(1);
    return use.ru_maxrss;
}

static void read_alone(const work *w)
{
    enum { BLOCK = 1 << 22 };
    char *block = malloc(BLOCK);
    int fd = open(w->file, O_RDONLY);
    ssize_t got = 1;
    while (block && fd >= 0 && got > 0) got = read(fd, block, BLOCK);
    if (!block || fd < 0 || got < 0) _exit(1);
    close(fd);
    free(block);
}

/* What any program does that has the whole file in memory in the end. */
static void read_into_memory(const work *w)
{
    struct stat st;
    int fd = open(w->file, O_RDONLY);
    if (fd < 0 || fstat(fd, &st)) _exit(1);
    char *all = malloc((size_t)st.st_size);
    ssize_t got = 1;
    for (off_t at = 0; all && got > 0 && at < st.st_size; at += got)
        got = read(fd, all + at, (size_t)(st.st_size - at));
    if (!all || got < 0) _exit(1);
    free(all);
    close(fd);
}

static double timed(const work *w, void (*does)(const work *), bool cold, long *peak_kib)
{
    if (cold) drop(w->file);
    double began = pairs_now_s();
    long peak = in_a_child(w, does);
    if (peak_kib && peak > *peak_kib) *peak_kib = peak;
    return pairs_now_s() - began;
}

int main(int argc, char **argv)
{
    double op[PAIRS_MIN], alone[PAIRS_MIN], memory[PAIRS_MIN], again[PAIRS_MIN];
    long peak_kib = 0;
    bool once = argc == 5 && !strcmp(argv[1], "once");
    if (argc != 4 && !once) return 2;
    work w = { argv[argc - 3], argv[argc - 2], strtoll(argv[argc - 1], NULL, 10) };
    if (once) {
        printf("%.4f\n", timed(&w, read_with_op, false, NULL));
        return 0;
    }
    for (int i = 0; i < PAIRS_MIN; i++) {
        op[i] = timed(&w, read_with_op, true, &peak_kib);
        alone[i] = timed(&w, read_alone, true, NULL);
        memory[i] = timed(&w, read_into_memory, true, NULL);
        again[i] = op[i]; /* pairs_of sorts */
    }
    pairs p = pairs_of(alone, op, PAIRS_MIN); /* of speeds: the op's over the disk's */
    pairs_print("disk", &p);
    p = pairs_of(memory, again, PAIRS_MIN);
    pairs_print("memory", &p);
    printf("peak %ld KiB\n", peak_kib);
    return 0;
}
