/* check/symbols.c - what a shared object exports: the dynamic symbol table of a 64-bit ELF file. */
#include "check/check.h"
#include <assert.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct image {
    const unsigned char *bytes;
    size_t size;
} image;

/* `n` items of `each` bytes at `offset`, or NULL where the file is too short for them. */
static const void *part(const image *m, uint64_t offset, uint64_t n, uint64_t each)
{
    assert(offset <= m->size || each);
    if (offset > m->size || (each && n > (m->size - offset) / each)) return NULL;
    return m->bytes + offset;
}

static void list_symbols(const Elf64_Sym *symbols, uint64_t n, const char *names,
                         uint64_t names_size, text *out)
{
    assert(symbols || !n);
    for (uint64_t i = 1; i < n; i++) {
        unsigned bind = ELF64_ST_BIND(symbols[i].st_info),
                 seen = ELF64_ST_VISIBILITY(symbols[i].st_other);
        if (symbols[i].st_shndx == SHN_UNDEF || bind == STB_LOCAL || seen == STV_HIDDEN
            || seen == STV_INTERNAL)
            continue;
        if (symbols[i].st_name >= names_size) continue;
        text_printf(
            out, "%.*s\n",
            (int)strnlen(names + symbols[i].st_name, (size_t)(names_size - symbols[i].st_name)),
            names + symbols[i].st_name);
    }
}

static bool read_image(const image *m, text *out)
{
    const Elf64_Ehdr *head = part(m, 0, 1, sizeof *head);
    if (!head || memcmp(head->e_ident, ELFMAG, SELFMAG) != 0
        || head->e_ident[EI_CLASS] != ELFCLASS64 || head->e_shentsize != sizeof(Elf64_Shdr))
        return false;
    const Elf64_Shdr *sections = part(m, head->e_shoff, head->e_shnum, sizeof *sections);
    for (uint16_t i = 0; sections && i < head->e_shnum; i++) {
        const Elf64_Shdr *s = &sections[i];
        if (s->sh_type != SHT_DYNSYM || s->sh_link >= head->e_shnum) continue;
        const Elf64_Shdr *t = &sections[s->sh_link];
        uint64_t n = s->sh_size / sizeof(Elf64_Sym);
        const Elf64_Sym *symbols = part(m, s->sh_offset, n, sizeof *symbols);
        const char *names = part(m, t->sh_offset, t->sh_size, 1);
        if (!symbols || !names) return false;
        list_symbols(symbols, n, names, t->sh_size, out);
        return true;
    }
    return false;
}

bool exported_symbols(const char *path, text *out, error *e)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        if (fd >= 0) close(fd);
        return error_set(e, LOOM_E_IO, "check the path", "cannot open '%s': %s", path,
                         strerror(errno));
    }
    image m = { .size = (size_t)st.st_size };
    void *bytes = m.size ? mmap(NULL, m.size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
    m.bytes = bytes;
    bool good = bytes != MAP_FAILED && read_image(&m, out);
    if (bytes != MAP_FAILED) munmap(bytes, m.size);
    close(fd);
    return good
           || error_set(e, LOOM_E_IO, "it must be a shared object for this machine",
                        "'%s' has no table of dynamic symbols that can be read", path);
}
