/* pipeline/source.c - the text of a pipeline file: read whole, UTF-8, its lines known. */
#include "pipeline/yaml.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Bytes of the UTF-8 sequence at s, 0 where it is none. */
static size_t utf8_length(const unsigned char *s, size_t left)
{
    if (s[0] < 0x80) return s[0] ? 1 : 0;
    size_t n = s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;
    if (!n || n > left) return 0;
    for (size_t i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80) return 0;
    if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] >= 0xa0) || (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] >= 0x90))
        return 0;
    return n;
}

static bool check_utf8(const source *s, span *at, error *e)
{
    int line = 1, column = 1;
    for (size_t i = 0, n; i < s->length; i += n) {
        n = utf8_length((const unsigned char *)s->text + i, s->length - i);
        if (!n) {
            *at = (span){ { s->path, line, column }, 1 };
            return error_set(e, LOOM_E_PARAM, "save the file as UTF-8 text", "byte 0x%02x is not UTF-8 text", (unsigned char)s->text[i]);
        }
        if (n == YAML_STAND_IN_BYTES && !memcmp(s->text + i, YAML_STAND_IN, 3)) {
            *at = (span){ { s->path, line, column }, 1 };
            return error_set(e, LOOM_E_PARAM, "remove it", "a character of the last private-use plane of Unicode");
        }
        column++;
        if (s->text[i] == '\n') { line++; column = 1; }
    }
    return true;
}

static void index_lines(arena *memory, source *s)
{
    int n = 1;
    for (size_t i = 0; i < s->length; i++) n += s->text[i] == '\n';
    size_t *line = arena_take(memory, (size_t)(n + 1) * sizeof *line);
    int k = 1;
    for (size_t i = 0; i < s->length; i++)
        if (s->text[i] == '\n') line[k++] = i + 1;
    line[n] = s->length + 1;
    s->line = line;
    s->line_count = n;
}

bool source_read(arena *memory, const char *path, source *out, span *at, error *e)
{
    struct stat st;
    const char *slash = strrchr(path, '/');
    *out = (source){ .path = path, .dir = arena_text(memory, path, slash ? (size_t)(slash - path) + 1 : 0), .text = "" };
    *at = (span){ { path, 0, 0 }, 1 };
    FILE *f = fopen(path, "rb");
    bool good = f && !fstat(fileno(f), &st);
    if (good && S_ISDIR(st.st_mode)) { errno = EISDIR; good = false; }
    if (good && st.st_size > YAML_MAX_BYTES) {
        fclose(f);
        return error_set(e, LOOM_E_PARAM, "keep large tables in files of their own and name them in a parameter",
                         "the file has %lld bytes; a pipeline may have %d", (long long)st.st_size, YAML_MAX_BYTES);
    }
    char *buffer = NULL;
    size_t got = 0, room = good && st.st_size > 0 ? (size_t)st.st_size : 4096;
    while (good) { /* a pipe or /dev/stdin has no size beforehand */
        char *more = realloc(buffer, room + 1);
        if (!more) { errno = ENOMEM; good = false; break; }
        buffer = more;
        got += fread(buffer + got, 1, room - got, f);
        if (got < room || got > YAML_MAX_BYTES) break;
        room *= 2;
    }
    good = good && !ferror(f);
    int reason = errno;
    if (f) fclose(f);
    if (good) {
        out->text = arena_text(memory, buffer, got);
        out->length = got;
    }
    free(buffer);
    if (!good) return error_set(e, LOOM_E_IO, "check the path", "cannot read the pipeline: %s", strerror(reason));
    if (out->length >= 3 && !memcmp(out->text, "\xef\xbb\xbf", 3)) { out->text += 3; out->length -= 3; }
    if (!check_utf8(out, at, e)) return false;
    index_lines(memory, out);
    return true;
}
